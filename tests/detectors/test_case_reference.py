from __future__ import annotations

import pytest

from dlpguard.detectors import Setup, case_reference
from dlpguard.document import Text
from dlpguard.finding import Confidence

OWN = Setup(case_references=(r"ILS/\d{4}/\d{5}",))


def values(text: str, setup: Setup = OWN) -> list[str]:
    return [f.value for f in case_reference.find(Text("body", text), setup)]


def test_the_organisation_s_own_pattern_needs_no_word_nearby() -> None:
    (finding,) = case_reference.find(Text("body", "Siân: see ils/2013/04417."), OWN)

    assert ("ILS/2013/04417", Confidence.HIGH) == (finding.value, finding.confidence)
    assert (10, 24) == (finding.start, finding.end)


def test_a_part_of_a_longer_token_is_not_one() -> None:
    assert [] == values("FILS/2013/04417 ILS/2013/044171 ILS/2013/04417a")


def test_one_reference_with_its_label_is_one_finding() -> None:
    assert ["ILS/2013/04417"] == values("Case ref: ILS/2013/04417")


@pytest.mark.parametrize(
    "text",
    [
        "Case ref: AB12345", "case reference AB12345", "Client ID AB12345",
        "client number: AB12345",
        "Our ref: AB12345", "Your Ref.\tAB12345", "crime no. AB12345", "Hospital Number is AB12345",
        "MRN AB12345", "hospital no AB12345", "NOMS no: AB12345", "police ref AB12345",
        "occurrence number AB12345", "medical record number AB12345", "CRN: AB12345",
        "Cyf: AB12345", "claim ref no: ab12345", "Referral ID #AB12345",
    ],
)  # fmt: skip
def test_a_token_with_digits_after_a_word_for_references_is_one(text: str) -> None:
    assert ["AB12345"] == values(text)


@pytest.mark.parametrize(
    "text",
    [
        "invoice ref AB12345", "order no 12345", "part number AB-1234", "case no 7",
        "in this case 12345 people", "client reference group", "Our ref: see above",
        "case number 02/03/1984", "AB12345", "quote ref 998877",
    ],
)  # fmt: skip
def test_references_of_other_things_are_left_alone(text: str) -> None:
    assert [] == values(text)


def test_a_pnc_id_is_told_by_its_check_letter() -> None:
    found = list(case_reference.find(Text("body", "see 2003/0062845E, 03/62845F, 96/346527V"), OWN))

    assert [("2003/0062845E", Confidence.MEDIUM), ("96/346527V", Confidence.MEDIUM)] == [
        (f.value, f.confidence) for f in found
    ]
    assert ["03/62845F"] == values("PNC ID: 03/62845F")


def test_broken_characters_do_not_move_a_reference() -> None:
    (finding,) = case_reference.find(Text("body", "\udcff é ILS/2013/04417"), OWN)

    assert (4, 18) == (finding.start, finding.end)
    assert not case_reference.is_own("\udcff", OWN)


def test_a_cell_is_a_reference_by_the_own_pattern_or_by_its_shape() -> None:
    read = case_reference.read_cell

    assert "ILS/2013/04417" == read("ILS/2013/04417 ", OWN)
    assert case_reference.is_own("ILS/2013/04417", OWN)
    assert "AB12345" == read("ab12345", OWN)
    assert not case_reference.is_own("AB12345", OWN)
    assert [None] * 5 == [read(c, OWN) for c in ("", "Total", "02/03/1984", "12.50", "AB 12 345 X")]


def test_hostile_patterns_of_administrators_stay_linear() -> None:
    nested = Setup(case_references=(r"(a+)+b",))

    assert [] == values("a" * 100_000, nested)
