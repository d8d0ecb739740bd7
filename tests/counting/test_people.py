"""Mentions to people: who is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.counting import kinds
from dlpguard.counting.mention import Detail, Mention
from dlpguard.counting.participants import Participants, Parts, Role
from dlpguard.counting.people import agree, count
from dlpguard.detectors import Setup
from dlpguard.document import Hidden
from dlpguard.people import People

NINO = Detail("gb_nino", "AB123456C")
DOB = Detail("date_of_birth", "1984-03-02")
OTHER_DOB = Detail("date_of_birth", "1985-04-03")
CASE = Detail("case_reference", "ILS/2013/04417")


def mention(
    name: str, *details: Detail, hidden: Hidden | None = None, row: bool = False
) -> Mention:
    named = (Detail("person_name", name, hidden),) if name else ()
    return Mention(name, named + details, "x", 0, hidden, record=row)


def people(*mentions: Mention) -> People:
    return count(mentions, Parts(Participants()), kinds.of(Setup()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (mention("john smith", NINO), mention("", NINO)),
        (mention("john smith", NINO), mention("mary jones", NINO)),  # married, misspelled, …
        (mention("john smith", CASE), mention("j smith", CASE)),
        (mention("john smith", DOB), mention("john smith", DOB)),
        (mention("john smith", DOB), mention("smith")),
        (mention("john smith", DOB), mention("john")),
        (mention("john paul smith"), mention("john smith")),
    ],
)
def test_these_are_one_person(one: Mention, other: Mention) -> None:
    assert 1 == len(people(one, other).everyone)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (mention("john smith", DOB), mention("john smith", OTHER_DOB)),
        (mention("john smith", CASE), mention("mary jones", CASE)),
        (mention("john smith"), mention("jane smith")),
        (mention("john smith", row=True), mention("j smith", row=True)),
        (
            mention("john smith", CASE, row=True),
            mention("john smith", CASE._replace(value="ILS/2013/1"), row=True),
        ),
    ],
)
def test_these_are_two(one: Mention, other: Mention) -> None:
    assert 2 == len(people(one, other).everyone)


def test_one_person_has_one_digest_however_they_are_found() -> None:
    one = people(mention("john smith", NINO)).everyone[0]
    other = people(mention("j smith", NINO, DOB)).everyone[0]

    assert one.digest == other.digest
    assert 16 == len(one.digest)


def test_namesakes_have_two_digests() -> None:
    first, second = people(mention("john smith", DOB), mention("john smith", OTHER_DOB)).everyone

    assert first.digest != second.digest


def test_a_repr_tells_nothing_of_a_person() -> None:
    found = people(mention("john smith", NINO))

    assert "smith" not in repr(found)
    assert "AB123456C" not in repr(found.everyone)


def test_the_private_detail_decides_whether_somebody_is_hidden() -> None:
    hidden = NINO._replace(hidden=Hidden.COMMENT)
    phone = Detail("phone", "+441632960001", Hidden.COMMENT)

    assert [Hidden.COMMENT] == [p.hidden for p in people(mention("john smith", hidden)).everyone]
    assert [None] == [p.hidden for p in people(mention("john smith", phone)).everyone]
    assert [None] == [p.hidden for p in people(mention("john smith", hidden, DOB)).everyone]


names = st.lists(st.sampled_from(["john", "j", "jane", "paul", "p"]), max_size=2).map(
    lambda forenames: " ".join([*forenames, "smith"])
)


@given(names, names)
def test_agreeing_goes_both_ways(one: str, other: str) -> None:
    assert agree(one, other) == agree(other, one)
    assert agree(one, one)


PARTS = Parts(
    Participants(
        addresses=frozenset({"ann.bee@care.council.example", "j.smith@firm.example"}),
        names=("Robert Jones",),
        domains=frozenset({"council.example"}),
        contacts=frozenset({"Mary Brown", "press@paper.example"}),
    ),
    greeted=("kate walsh",),
    taking_part=("omar khan", "eve@firm.example"),
)


@pytest.mark.parametrize(
    ("role", "name", "email"),
    [
        (Role.INSIDE, "robert jones", ""),
        (Role.INSIDE, "r jones", ""),
        (Role.INSIDE, "ann bee", ""),
        (Role.INSIDE, "", "ann.bee@care.council.example"),
        (Role.INSIDE, "mary brown", ""),
        (Role.INSIDE, "", "press@paper.example"),
        (Role.OUTSIDE, "john smith", ""),
        (Role.OUTSIDE, "", "j.smith@firm.example"),
        (Role.OUTSIDE, "kate walsh", ""),
        (Role.OUTSIDE, "omar khan", ""),
        (Role.OUTSIDE, "", "eve@firm.example"),
        (Role.NONE, "jane jones", ""),
        (Role.NONE, "kate brown", ""),
        (Role.NONE, "", "x@notcouncil.example"),
    ],
)
def test_who_takes_part_is_known_by_name_or_address(role: Role, name: str, email: str) -> None:
    assert role is PARTS.role(name, [email] if email else [])


@pytest.mark.parametrize(("rows", "counted"), [(1, 0), (2, 2), (5, 5)])
def test_of_several_namesakes_none_is_taken_for_who_takes_part(rows: int, counted: int) -> None:
    """An officer "A Khan" may be Amina Khan who sends the list; of five of them nobody knows."""
    officers = [
        mention("a khan", Detail("case_reference", f"{10_000_000 + n}"), row=True)
        for n in range(rows)
    ]
    sender = Parts(Participants(names=("Amina Khan",)))

    assert counted == len(count(officers, sender, kinds.of(Setup())).everyone)


def test_a_namesake_who_takes_part_by_address_is_still_known() -> None:
    rows = [
        mention("john smith", Detail("email_address", "j.smith@council.example"), DOB, row=True),
        mention("john smith", Detail("email_address", "js@webmail.example"), OTHER_DOB, row=True),
    ]
    sender = Participants(
        addresses=frozenset({"j.smith@council.example"}),
        names=("John Smith",),
        domains=frozenset({"council.example"}),
    )
    [other] = count(rows, Parts(sender), kinds.of(Setup())).everyone

    assert {other.digest} == {p.digest for p in people(rows[1]).everyone}
