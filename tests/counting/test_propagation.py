"""A name that stands anywhere in a message is a name in the rest of it."""

from string import ascii_lowercase

import pytest

from dlpguard import counting
from dlpguard.counting import Participants, propagation
from dlpguard.detectors import Setup, person_name
from dlpguard.detectors._pattern import finding
from dlpguard.document import Block, Document, Table, Text
from dlpguard.finding import Confidence
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


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["o'neill"], "We saw O’Neill at home."),
        (["o'neill"], "We saw O'NEILL at home."),
        (["siân llwyd"], "they told siân llwyd so"),
        (["siân llwyd"], "they told siân llwyd so…"),
        (["иван иванов"], "to иван иванов"),
        (["strauss"], "We saw Strauß there."),
        ([], "We saw Strau there, “nobody”."),
    ],
)
def test_a_name_is_seen_however_it_is_written(expected: list[str], text: str) -> None:
    known = propagation.known(["pat o'neill", "siân llwyd", "иван иванов", "joe strauss"])

    assert expected == [f.value for f in propagation.add(Text("body", text), [], known, 0)]


def test_a_name_that_was_found_is_looked_for_in_the_rest_only() -> None:
    text = Text("body", "Ann Price rang. Price said so, and ann price.")
    first = finding(person_name.KIND, "ann price", text, 0, 9, Confidence.MEDIUM, "")
    known = propagation.known(["ann price"])

    assert [(0, 9)] == [
        (f.start, f.end) for f in propagation.add(Text("body", text.text[:16]), [first], known, 0)
    ]
    assert [0, 35] == [f.start for f in propagation.add(text, [first], known, 0)]


def test_every_letter_that_stands_for_one_of_a_to_z_is_known() -> None:
    folded = [c for c in map(chr, range(0x80, 0x20000)) if set(c.casefold()) & {*ascii_lowercase}]

    assert "ß" in folded
    assert folded == [c for c in folded if propagation._FOLDED.fullmatch(c)]
