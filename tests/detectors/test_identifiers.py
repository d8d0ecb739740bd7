"""NI numbers, NHS numbers, bank accounts, amounts: identifiers with a fixed shape."""

from __future__ import annotations

import random

import pytest

from dlpguard.detectors import (
    Detector,
    Setup,
    gb_bank_account,
    gb_nhs_number,
    gb_nino,
    money,
)
from dlpguard.document import Text
from dlpguard.finding import Confidence

GB = Setup()


def found(detector: Detector, text: str) -> list[tuple[str, Confidence]]:
    return [(f.value, f.confidence) for f in detector.find(Text("body", text), GB)]


def values(detector: Detector, text: str) -> list[str]:
    return [value for value, _ in found(detector, text)]


@pytest.mark.parametrize("text", ["AB123456C", "AB 12 34 56 C", "AB 123456 C", "(AB123456C)"])
def test_a_ni_number_is_found_in_any_grouping(text: str) -> None:
    assert [("AB123456C", Confidence.MEDIUM)] == found(gb_nino, text)


def test_a_word_nearby_makes_a_ni_number_sure_and_excuses_case_and_suffix() -> None:
    assert [("AB123456C", Confidence.HIGH)] == found(gb_nino, "NI number: ab123456c")
    assert [("AB123456", Confidence.HIGH)] == found(gb_nino, "National Insurance AB 12 34 56")
    assert [] == found(gb_nino, "ab123456c and AB123456")


@pytest.mark.parametrize(
    "text",
    [
        "GX123456", "BG123456C", "ZZ123456A", "DA123456C", "AO123456C", "AB123456E", "AB1234567C",
        "XAB123456C", "AB123456CD", "AB-12-34-56-C", "AB123456C/7",
    ],
)  # fmt: skip
def test_product_codes_are_not_ni_numbers(text: str) -> None:
    assert [] == values(gb_nino, text)


def test_the_chance_rate_of_ni_numbers_in_the_docstring_holds() -> None:
    generator = random.Random(3)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    hits = 0
    for _ in range(20_000):
        one, two, last = generator.choices(letters, k=3)
        hits += bool(values(gb_nino, f"{one}{two}{generator.randrange(10**6):06d}{last}"))

    assert 1 / 15 < hits / 20_000 < 1 / 11


def test_an_nhs_number_is_never_sure_by_its_check_digit_alone() -> None:
    assert [("4010232137", Confidence.LOW)] == found(gb_nhs_number, "4010232137")
    assert [("4010232137", Confidence.MEDIUM)] == found(gb_nhs_number, "401 023 2137")
    assert [("4010232137", Confidence.HIGH)] == found(gb_nhs_number, "NHS no. 4010232137")


def test_an_nhs_number_outside_the_issued_ranges_needs_a_word() -> None:
    assert [] == values(gb_nhs_number, "943 476 5919")
    assert ["9434765919"] == values(gb_nhs_number, "NHS number: 943 476 5919")


@pytest.mark.parametrize(
    "text", ["401 023 2138", "401-023 2137", "1401 023 2137", "401 023 21378", "401.023.2137"]
)
def test_what_is_not_an_nhs_number(text: str) -> None:
    assert [] == values(gb_nhs_number, f"NHS number {text}")


def test_the_chance_rate_of_nhs_numbers_in_the_docstring_holds() -> None:
    generator = random.Random(5)
    hits = sum(
        bool(values(gb_nhs_number, f"{generator.randrange(10**10):010d}")) for _ in range(20_000)
    )

    assert 1 / 30 < hits / 20_000 < 1 / 20


@pytest.mark.parametrize(
    "text",
    [
        "Sort code: 20-11-43 Account number: 12345678", "s/c 201143 a/c 12345678",
        "account 12345678, sort code 20-11-43", "Sort code\n20 11 43\nAccount no\n1234 5678",
        "Bank details: 20-11-43 / 12345678",
    ],
)  # fmt: skip
def test_sort_code_and_account_are_one_in_either_order(text: str) -> None:
    assert [("201143 12345678", Confidence.HIGH)] == found(gb_bank_account, text)


def test_without_a_word_they_must_touch() -> None:
    assert [("201143 12345678", Confidence.MEDIUM)] == found(gb_bank_account, "20-11-43 12345678")
    assert [] == found(gb_bank_account, "on 20-11-43 we had 12345678 visitors")


def test_eight_digits_are_an_account_only_when_called_so() -> None:
    assert [("12345678", Confidence.MEDIUM)] == found(gb_bank_account, "Account number: 12345678")
    assert [] == found(gb_bank_account, "Order 12345678, account manager Ann, sort code 20-11-43")


def test_several_accounts_are_several() -> None:
    text = "Sort code 20-11-43 account 12345678\nSort code 20-11-44 account 12345679"

    assert ["201143 12345678", "201144 12345679"] == values(gb_bank_account, text)


def test_cells_of_bank_details_are_read_as_spreadsheets_hold_them() -> None:
    read = gb_bank_account.read_cell
    cells = {
        "20-11-43": None,
        "201143": None,
        "12345678": "12345678",
        "1234567": "01234567",
        "12345678.0": "12345678",
        "20-11-43 12345678": "201143 12345678",
        "123": None,
        "123456789": None,
    }

    assert cells == {cell: read(cell, GB) for cell in cells}


@pytest.mark.parametrize(
    ("text", "value", "sure"),
    [
        ("personal budget of £12,400", "GBP 12400.00", Confidence.HIGH),
        ("rent arrears: £310.5", "GBP 310.50", Confidence.HIGH),
        ("salary £28k", "GBP 28000.00", Confidence.HIGH),
        ("was awarded 500 pounds", "GBP 500.00", Confidence.MEDIUM),
        ("benefit of GBP 70.20 a week", "GBP 70.20", Confidence.MEDIUM),
    ],
)
def test_an_amount_beside_such_a_word_is_somebody_s(
    text: str, value: str, sure: Confidence
) -> None:
    assert [(value, sure)] == found(money, text)


@pytest.mark.parametrize(
    "text", ["The chairs cost £1,204.50 each", "Total £12.99", "benefits of walking 20 miles"]
)
def test_a_price_is_nobody_s(text: str) -> None:
    assert [] == found(money, text)


def test_cells_of_amounts_are_read() -> None:
    cells = {"£1,234.50": "GBP 1234.50", "1234.5": "GBP 1234.50", "€20": "EUR 20.00", "1.2.3": None}

    assert cells == {cell: money.read_cell(cell, GB) for cell in cells}
