"""A name that stands anywhere in a message is a name in the rest of it."""

import pytest

from dlpguard import counting
from dlpguard.counting import Participants, propagation
from dlpguard.detectors import Setup
from dlpguard.document import Block, Document, Table, Text
from dlpguard.people import People

REGISTER = Table("a.xlsx", ("Name", "DOB"), (("Qwertina Zzyxland", "02/03/1984"),))


def people(*blocks: Block) -> People:
    return counting.count(Document("message", "mail", blocks), Participants(), Setup())[1]


def names(text: str) -> list[tuple[str, str]]:
    known = propagation.known(["qwertina zzyxland", "ann price"])
    return [(f.value, f.confidence.name) for f in propagation.add(Text("body", text), [], known, 0)]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ([("qwertina zzyxland", "MEDIUM")], "qwertina zzyxland rang."),
        ([("zzyxland", "LOW")], "We hear that Zzyxland rang."),
        ([], "The zzyxland rang."),
        ([], "Go to Zzyxland House."),
        ([], "Price: two pounds."),
        ([], "Price and other prices: the price is high."),
        ([("price", "LOW")], "We saw Price at home."),
        ([("price", "LOW")], "Price was seen at home."),
        ([("ann price", "MEDIUM")], "they told ann price what\nthe others had said"),
        ([("ann price", "MEDIUM")], "we saw Ann price"),
        ([], "they asked what\nprice it was, and Price laughed"),
        ([], "Go and see Tom Price there."),
        ([], "We saw the Price-Jones sign and O’Price."),
    ],
)
def test_known_names_are_found(expected: list[tuple[str, str]], text: str) -> None:
    assert expected == names(text)


def test_what_a_letter_tells_of_a_surname_is_told_of_who_is_in_the_register() -> None:
    found = people(Text("body", "Zzyxland, NI number AB123456C, has moved."), REGISTER)

    assert [("qwertina zzyxland", True)] == [(p.name, "gb_nino" in p.kinds) for p in found.everyone]


def test_a_name_in_the_body_and_the_same_with_a_number_in_a_sheet_are_one() -> None:
    sheet = Table("a.xlsx", ("Surname", "Forename", "NINO"), (("Smith", "John", "AB123456C"),))
    found = people(Text("body", "Please ring John Smith, Mr J Smith or Smith, John."), sheet)

    assert [("john smith", True)] == [(p.name, p.private) for p in found.everyone]
