"""Names of the people who live in Britain, in sentences that say little else."""

from __future__ import annotations

import pytest

from dlpguard import names

COMMUNITIES = {
    "Welsh": ["Gwenllian Bowen", "Iolo Ap Rhys", "Angharad Prydderch"],
    "Irish": ["Caoimhe Ní Dhomhnaill", "Saoirse Gallagher", "Pádraig Ó Conaire"],
    "Scottish": ["Mairi MacLeod", "Hamish Buchanan"],
    "South Asian": ["Gurpreet Singh Dhillon", "Aishwarya Venkataraman", "Shafiqul Chowdhury"],
    "Bangladeshi": ["Shafiqul Islam", "Mizanur Rahman", "Kamrul Alam"],
    "Pakistani": ["Nusrat Bibi", "Zubair Ahmed Chaudhry"],
    "West African": ["Oluwaseun Adeyemi", "Chiamaka Nwosu", "Kofi Boateng"],
    "East African": ["Wanjiru Kamau", "Tesfaye Bekele", "Mehret Abebe", "Senait Haile"],
    "Chinese": ["Xiaoming Zhang", "Wai-Ling Cheung"],
    "Arabic": ["Noor Al-Hashimi", "Yusuf bin Khalid"],
    "Turkish": ["Ayşe Yılmaz"],
    "Polish": ["Małgorzata Wiśniewska", "Krzysztof Szczepański"],
    "Romanian": ["Ionuț Popescu"],
    "English": ["Nigel Ramsbottom", "Philippa Cholmondeley-Smythe", "Grace Young"],
}  # fmt: skip


@pytest.mark.parametrize("community", COMMUNITIES)
@pytest.mark.parametrize(
    "sentence",
    ["I spoke to {} on Monday about the repair.", "The claim of {} was refused.", "Name: {}\n"],
)
def test_names_of_each_community_are_found(community: str, sentence: str) -> None:
    for name in COMMUNITIES[community]:
        text = sentence.format(name)

        assert [name] == [text[a:b] for a, b in names.find(text)]


def test_a_roster_in_capitals_is_read_line_by_line() -> None:
    people = [name.upper() for group in COMMUNITIES.values() for name in group[:1]]
    text = "\n".join(people) + "\n"

    found = [text[a:b] for a, b in names.find(text)]

    assert len(people) - 1 <= len(set(people) & set(found))


@pytest.mark.parametrize("separator", ["\n", ", ", "; ", "\t01632 960001\n", " (Chair), "])
def test_people_in_a_list_are_several(separator: str) -> None:
    people = ["Ann Lee", "Oluwaseun Adeyemi", "Gurpreet Dhillon", "Saoirse Gallagher"]
    text = "Present: " + separator.join(people)

    assert people == [text[a:b] for a, b in names.find(text)]


def test_two_full_names_with_a_comma_are_not_surname_and_forename() -> None:
    text = "Ngozi Adichie, Kwame Nkrumah"

    assert ["Ngozi Adichie", "Kwame Nkrumah"] == [text[a:b] for a, b in names.find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mr van der Berg came.", "van der Berg"),
        ("Mrs. de Souza came.", "de Souza"),
        ("We wrote to Dr O’Leary.", "O’Leary"),
        ("Prof. Dr. Ann Lee spoke.", "Ann Lee"),
        ("Rev Iolo Pugh’s letter", "Iolo Pugh"),
        ("Mr & Mrs A Rahman rang.", "A Rahman"),
        ("Mr and Mrs I Popescu rang.", "I Popescu"),
    ],
)  # fmt: skip
def test_titles_are_no_part_of_a_name_and_particles_are(text: str, name: str) -> None:
    assert [name] == [text[a:b] for a, b in names.find(text)]


@pytest.mark.parametrize("short", ["Md", "Md.", "Mohd", "Muhd."])
def test_mohammed_written_short_is_part_of_a_name(short: str) -> None:
    text = f"The claim of {short} Shafiqul Islam was refused."

    assert [f"{short} Shafiqul Islam"] == [text[a:b] for a, b in names.find(text)]


def test_a_managing_director_is_not_called_so() -> None:
    text = "We met the MD Margaret Thompson."

    assert ["Margaret Thompson"] == [text[a:b] for a, b in names.find(text)]


def test_a_couple_with_two_first_names_is_two_people() -> None:
    text = "John & Mary Okafor live there."

    assert ["John", "Mary Okafor"] == [text[a:b] for a, b in names.find(text)]
