from __future__ import annotations

import itertools

import pytest

from dlpguard import names

STYLES = [
    ("Ann Bee", "we met Ann Bee on the stairs"),
    ("John Smith", "Please ask John Smith about it."),
    ("J. Smith", "signed by J. Smith in ink"),
    ("J.R. Hartley", "the book by J.R. Hartley is out of print"),
    ("John P. Smith", "and John P. Smith agreed"),
    ("Mary Ann Evans", "then Mary Ann Evans wrote"),
    ("O'Neill", "a call from Mrs O'Neill about it"),
    ("Siân Llwyd-Jones", "by Siân Llwyd-Jones, Cardiff"),
    ("Ludwig van der Berg", "with Ludwig van der Berg there"),
    ("SMITH, John", "SMITH, John\n"),
    ("Jones, Mary", "Smith, Peter\nJones, Mary\n"),
    ("SMITH John", "present: SMITH John (chair)"),
    ("JOHN SMITH", "JOHN SMITH\nMARY JONES\n"),
    ("Lee", "Dear Mr Lee,"),
    ("Chukwuemeka Okonkwo", "when Chukwuemeka Okonkwo rang"),
    ("Agnieszka Kowalczyk", "that Agnieszka Kowalczyk moved"),
    ("Mohammed Iqbal", "for Mohammed Iqbal to sign"),
    ("Harpreet Kaur", "and Harpreet Kaur’s daughter"),
    ("Abdirahman Warsame", "that Abdirahman Warsame came"),
    ("Xiaoming Zhang", "because Xiaoming Zhang said so"),
    ("Aoife Ní Bhriain", "from Aoife Ní Bhriain today"),
    ("Renee", "Renee,\nI would like to have a meeting."),
    ("Fatima al-Sadr", "and Fatima al-Sadr came"),
    ("Kwame Mensah", "1. Kwame Mensah\n2. Ewa Nowak\n"),
]

NOT_NAMES = [
    "Station Road and Victoria Street are closed.",
    "Victoria Park, Albert Road, Stanley Hospital, Charlotte Street",
    "Kind Regards",
    "Yours Sincerely",
    "Dear Sir or Madam",
    "Adult Social Care and Council Tax",
    "Milton Keynes, Bury St Edmunds and St Helens",
    "Plymouth City Council, Cornwall, Devon, England",
    "Monday 3 March, Tuesday 4 April, May and June",
    "John Lewis Partnership, Marks Group and Morgan Solutions Ltd",
    "Windows Server 2019, Microsoft Office, Google Chrome",
    "2024-01-01 12:00:00 INFO Worker started WARN Queue Full ERROR Connection Reset",
    "Annual Report and Accounts\nExecutive Summary\nTerms And Conditions",
    "INVOICE NUMBER TOTAL DUE BALANCE CARRIED FORWARD",
    "I will, it may, he rose, the young can hope for grace",
    "Will you come? May I ask? Mark my words? Rose petals? Young people? Hope so.",
    "Bus 12: Mill Lane, Church Street, Hill View, Rose Walk, Grace Court",
    "Ward: Ann Street North. Polling station: St John's Church Hall",
    "see C:\\Users\\Smith\\John.Smith@x.example and /home/Ann/Bee",
]


@pytest.mark.parametrize(("name", "text"), STYLES, ids=[name for name, _ in STYLES])
def test_a_name_is_found_in_the_styles_people_write(name: str, text: str) -> None:
    assert name in [text[a:b] for a, b in names.find(text)]


@pytest.mark.parametrize("text", NOT_NAMES)
def test_what_is_not_a_person_gives_no_name(text: str) -> None:
    assert [] == [text[a:b] for a, b in names.find(text)]


def test_a_surname_alone_is_a_name_only_where_the_text_has_it_in_full() -> None:
    alone = "Carter, 12 points"
    after = f"Ann Carter rang. {alone}"

    assert [] == names.find(alone)
    assert ["Ann Carter", "Carter"] == [after[a:b] for a, b in names.find(after)]


def test_a_list_of_names_is_one_name_a_line() -> None:
    lines = ["Ann Bee", "John Smith", "Priya Patel", "Tomasz Wójcik"]

    assert lines == [text[a:b] for text in ["\n".join(lines)] for a, b in names.find(text)]


def test_spans_are_in_order_and_do_not_overlap() -> None:
    text = "Smith, John; Mr Ann Bee, Dr Lee and SMITH John\nBee, Ann\n" * 20
    spans = names.find(text)

    assert spans
    assert all(a < b for a, b in spans)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))


@pytest.mark.parametrize(
    "cell",
    [
        "Ann Bee", "SMITH, John", "Smith, John", "JOHN SMITH", "john smith", "Mr Bee", "Mrs A Bee",
        "J. Smith", "Siân O’Neill", "Ludwig van der Berg", "Zhang Wei", "Priya Patel",
        "Mary-Ann Llwyd-Jones", "Fatima Begum", "Kwame Mensah", "Agnieszka Wiśniewska",
    ],
)  # fmt: skip
def test_a_cell_with_a_name_is_one(cell: str) -> None:
    assert names.is_name(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "", "Ann", "Station Road", "Victoria Street", "Adult Social Care", "Milton Keynes", "Total",
        "Council Tax", "12 Ann Street", "John Smith Ltd", "01632 960123", "Head Office",
        "North East",
        "Ann Bee was seen on Monday and again by the nurse on Thursday afternoon", "PL1 2AB", "N/A",
        "Social Worker", "Area Manager", "Black African", "White British", "Printer Paper",
    ],
)  # fmt: skip
def test_a_cell_with_anything_else_is_not(cell: str) -> None:
    assert not names.is_name(cell)


def test_first_names_and_surnames_are_told_from_words() -> None:
    assert [True] * 6 == [
        names.is_forename(w) for w in ("Ann", "Siobhán", "MOHAMMED", "Jean-Luc", "Mary Ann", "wei")
    ]
    assert [True] * 6 == [
        names.is_surname(w)
        for w in ("Smith", "O'Neill", "KAUR", "Smith-Jones", "van der Berg", "Ng")
    ]
    assert not any(names.is_forename(w) for w in ("Council", "Plymouth", "Road", "Total", "12", ""))
    assert not any(names.is_surname(w) for w in ("Council", "Street", "Total", "Monday", "12", ""))


@pytest.mark.parametrize(
    "spelling",
    ["John Smith", "SMITH, John", "Smith, John", "Mr John Smith", "Mr. John  Smith", "JOHN SMITH"],
)
def test_spellings_of_a_name_have_one_canonical_form(spelling: str) -> None:
    assert "john smith" == names.canonical(spelling)


def test_a_title_is_seen_before_a_name() -> None:
    text = "Dear Mrs. Lee and Ann"

    assert names.has_title(text, text.index("Lee"))
    assert not names.has_title(text, text.index("Ann"))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "unit",
    ["A", "A ", "Aa ", "O'", "A-", "J.", "Smith, ", "John de la ", "Mr ", "SMITH John, ", "É"],
)
def test_long_hostile_text_takes_time_in_proportion(unit: str) -> None:
    names.find(unit * (30_000 // len(unit)))
    names.find(unit * (450_000 // len(unit)))
