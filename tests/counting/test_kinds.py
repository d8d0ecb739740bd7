"""An organisation's own kinds of numbers, in columns and in text."""

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.detectors import Custom, Setup
from dlpguard.document import Document, Table, Text
from dlpguard.people import People

BADGE = r"\bZZ\d{5}\b"


def people(*blocks: Text | Table, private: bool = False, strong: bool = False) -> People:
    badge = Custom("badge", BADGE, ("lanyard",), private=private, strong=strong)
    document = Document("message", "mail", blocks)
    return counting.examine(document, Participants(), Setup(custom=(badge,))).people


def column(heading: str) -> Table:
    rows = (
        ("Surname", "Forename", heading),
        ("Bee", "Ann", "ZZ00001"),
        ("Khan", "Omar", "ZZ00002"),
    )
    return Table("x.csv", (), rows)


def test_a_private_kind_in_a_column_makes_its_row_private() -> None:
    assert [("badge", "person_name")] * 2 == [
        person.kinds for person in people(column("Lanyard"), private=True).select(private=True)
    ]


def test_a_kind_that_is_not_private_leaves_contacts() -> None:
    found = people(column("Badge"))

    assert (2, 0) == (len(found.everyone), found.private)


def test_a_private_kind_in_text_makes_its_name_private() -> None:
    text = Text("body", "Margaret Thompson has lost her lanyard ZZ00017.")

    assert 1 == people(text, private=True).private
    assert 0 == people(text).private


def test_a_strong_kind_tells_who_somebody_is_without_a_name() -> None:
    rows = tuple((f"ZZ0000{n}", f"{n}.50") for n in range(1, 5))
    table = Table("x.csv", (), (("Lanyard", "Lunch"), *rows))

    assert 4 == len(people(table, strong=True, private=True).everyone)
    assert 0 == len(people(table, private=True).everyone)


def test_a_strong_kind_is_one_person_whatever_the_name() -> None:
    rows = (("Name", "Lanyard"), ("Ann Bee", "ZZ00001"), ("Ann Smith", "ZZ00001"))

    assert 1 == len(people(Table("x.csv", (), rows), strong=True).everyone)
    assert 2 == len(people(Table("x.csv", (), rows)).everyone)
