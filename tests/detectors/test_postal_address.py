from __future__ import annotations

import random

import pytest

from dlpguard.detectors import Setup, postal_address
from dlpguard.document import Text
from dlpguard.finding import Confidence


def found(text: str) -> list[tuple[str, Confidence]]:
    return [(f.value, f.confidence) for f in postal_address.find(Text("body", text), Setup())]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12 Station Road, Plymouth, PL1 2AB", "PL1 2AB, 12 station road"),
        ("12 Station Road\nPlymouth\nDevon\nPL12AB", "PL1 2AB, 12 station road"),
        ("Flat 2, 12 Station Rd\nPlymouth PL1 2AB", "PL1 2AB, flat 2 12 station rd"),
        ("The Old Rectory, Church Lane, Truro TR1 1AA", "TR1 1AA, the old rectory"),
        ("12a High Street London SW1A 1AA", "SW1A 1AA, 12a high street"),
        ("14-16 St Mary's Close, EC1A 1BB", "EC1A 1BB, 14-16 st mary's close"),
    ],
)
def test_a_house_and_a_postcode_are_an_address(text: str, value: str) -> None:
    assert [(value, Confidence.HIGH)] == found(f"She lives at {text} now.")


def test_two_people_at_one_postcode_are_two_addresses() -> None:
    text = "Ann, 12 Station Road, Plymouth PL1 2AB\nBob, 14 Station Road, Plymouth PL1 2AB"

    assert 2 == len({value for value, _ in found(text)})


def test_the_span_runs_from_the_house_to_the_postcode() -> None:
    text = "Ann Bee, 12 Station Road, Plymouth, PL1 2AB, tel"
    (finding,) = postal_address.find(Text("body", text), Setup())

    assert "12 Station Road, Plymouth, PL1 2AB" == text[finding.start : finding.end]


def test_a_postcode_alone_is_less_sure() -> None:
    assert [("PL1 2AB", Confidence.LOW)] == found("near PL1 2AB")
    assert [("PL1 2AB", Confidence.MEDIUM)] == found("Postcode: PL1 2AB")


def test_a_house_line_alone_is_hardly_sure() -> None:
    assert [("12 station road", Confidence.LOW)] == found("meet at 12 Station Road")


@pytest.mark.parametrize(
    "text",
    [
        "Victoria Street and Station Road", "QX1 2AB", "PL1 2AC4", "XPL1 2AB", "PL1 2CI",
        "PL123 4AB",
        "5 people walked down the street", "Room 5", "12 items on the way", "A4 2UP-1",
        "iPhone SE 3GB", "£12 Station Road",
    ],
)  # fmt: skip
def test_places_and_codes_are_nobody_s_address(text: str) -> None:
    assert [] == found(text)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("PL1 2AB", "PL1 2AB"),
        ("pl12ab", "PL1 2AB"),
        ("12 Station Road", "12 station road"),
        ("12 station road, plymouth", "12 station road"),
        ("12 STATION ROAD, PLYMOUTH, PL1 2AB", "PL1 2AB, 12 station road"),
        ("The Old Rectory, Church Lane", "the old rectory"),
        ("Station Road", None),
        ("Plymouth", None),
        ("12", None),
    ],
)
def test_a_cell_may_hold_a_postcode_a_house_or_both(cell: str, value: str | None) -> None:
    assert value == postal_address.read_cell(cell, Setup())


PIECES = (
    "PL1 2AB", "pl12ab", "M1 1AA", "W1A\u00a01AA", "A1A2BC", "XYZ1 2AB", "TR1 3HG", "-EX4 4QJ",
    "12 Station Road", "Flat 2", "flat b,", "Room 14 ", "12/14 High St.", "3a Mill Lane",
    "7, Old Park Row", "£12 Park", "1.2 Hill", "community", "chapter 3", "Unit 5 Mill Lane", "2",
    "ſuite 3 ", "Siân", "The Old Rectory", "9 ", "A", "x", "é", "-", "/", ", ", " ", " ", "\n",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_looking_from_the_digits_on_finds_what_looking_everywhere_does(seed: int) -> None:
    generator = random.Random(seed)
    text = "".join(generator.choice(PIECES) + generator.choice(("", " ")) for _ in range(300))

    postcodes = [match.span() for match in postal_address._postcodes(text)]
    houses = [match.span() for match in postal_address._houses(text)]

    assert [match.span() for match in postal_address.PATTERN.finditer(text)] == postcodes
    assert [match.span() for match in postal_address._HOUSE.finditer(text)] == houses
