"""Masks tell enough to recognise what one knows, and no more."""

from __future__ import annotations

import pytest

from dlpguard.web.masking import mask, mask_address, mask_known, mask_person, words_of


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("John Smith", "J*** S****"),
        ("Ann-Marie O'Neill", "A**-M**** O'N****"),
        ("07700 900123", "****23"),
        ("AB 12 34 56 C", "A* ****56 C"),
        ("ILS/2013/04417", "I**/****17"),
        ("1974", "****"),
        ("Łukasz Żółć", "Ł**** Ż***"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_a_value_is_masked(text: str, masked: str) -> None:
    assert masked == mask(text)


def test_how_long_a_name_is_stays_unknown() -> None:
    assert mask("Wolfeschlegelsteinhausen") == mask("Wilks")


def test_an_address_keeps_its_domain() -> None:
    assert "j*** s****@webmail.example" == mask_address("john smith@webmail.example")
    assert "*@webmail.example" == mask_address("@webmail.example")


def test_a_normalised_name_gets_its_capitals_back() -> None:
    assert "J*** S****" == mask_person("john smith")


def test_in_a_file_name_only_what_tells_of_somebody_is_masked() -> None:
    name = "Report on John Smith 07700 900123 john@webmail.example.xlsx › Sheet1 › row 14"

    masked = mask_known(name, words_of(["john smith"]))

    assert "Report on J*** S**** ****23 j***@webmail.example.xlsx › Sheet1 › row 14" == masked
