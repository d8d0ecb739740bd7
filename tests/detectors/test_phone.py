from __future__ import annotations

import random

import phonenumbers
import pytest

from dlpguard.detectors import Setup, phone
from dlpguard.document import Text
from dlpguard.finding import Confidence

GB = Setup()


def values(text: str, setup: Setup = GB) -> list[str]:
    return [f.value for f in phone.find(Text("body", text), setup)]


@pytest.mark.parametrize(
    "written",
    [
        "01632 960123", "(01632) 960123", "01632-960-123", "01632 960 123", "01632960123",
        "+44 1632 960123", "+44 (0)1632 960123", "+441632960123", "0044 1632 960123",
        "01632.960.123",
        "+44(0)1632960123", "(+44) 1632 960123",
    ],
)  # fmt: skip
def test_every_way_of_writing_a_number_is_the_same_number(written: str) -> None:
    assert ["+441632960123"] == values(f"You can ring {written} or write.")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("07700 900123", "+447700900123"),
        ("020 7946 0018", "+442079460018"),
        ("0161 496 0123", "+441614960123"),
        ("0131 496 0123", "+441314960123"),
        ("0191 498 0123", "+441914980123"),
        ("028 9649 6123", "+442896496123"),
        ("029 2018 0123", "+442920180123"),
        ("08081 570123", "+448081570123"),
        ("0909 8790123", "+449098790123"),
        ("03069 990123", "+443069990123"),
    ],
)
def test_numbers_kept_for_drama_are_found(written: str, value: str) -> None:
    assert [value] == values(f"Tel: {written}")


@pytest.mark.parametrize("region", ["US", "FR", "DE", "PL", "IN", "NG", "IE"])
def test_the_library_s_own_examples_are_found_abroad(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example
    for style in (
        phonenumbers.PhoneNumberFormat.E164,
        phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    ):
        written = phonenumbers.format_number(example, style)

        assert [f"+{example.country_code}{example.national_number}"] == values(f"ring {written}.")


def test_two_numbers_side_by_side_are_two() -> None:
    expected = ["+441632960001", "+447700900002"]

    assert expected == values("01632 960001 / 07700 900002")
    assert expected == values("01632 960001 07700 900002")
    assert expected == values("01632960001, 07700900002")


def test_an_extension_is_not_part_of_the_number() -> None:
    assert ["+441632960001"] == values("01632 960001 ext. 1234")
    assert ["+441632960001"] == values("01632 960001x12")


@pytest.mark.parametrize(
    "text",
    [
        "Order 1234567890", "order no 07700900123", "invoice 01632960123", "2013-11-19 0959",
        "19/11/2013", "01.02.2013 12:00", "ISBN 0-19-853453-1", "192.168.100.120", "ext 1234",
        "1234567.89", "£01632960123", "007700900123456789", "AB07700900123", "07700900123abc",
        "943 476 5919", "0.01632960123", "0900 - 1700", "4111 1111 1111 1111", "07700 900", "999",
        "01632_960123", "#07700900123", "id=07700900123",
    ],
)  # fmt: skip
def test_what_is_not_a_telephone_number(text: str) -> None:
    assert [] == values(text)


def test_every_number_of_the_library_s_matcher_is_found() -> None:
    """Numbers in service of many regions, in running text; the matcher is the judge."""
    generator = random.Random(7)
    words = ("call", "or", "and then", "Tel:", "(home)", "fax", "on Monday,", "mobile -", "at 9am")
    pieces = []
    for _ in range(600):
        number = phonenumbers.PhoneNumber(
            country_code=44, national_number=int(f"{generator.choice('1237')}{_nine(generator)}")
        )
        if not phonenumbers.is_valid_number(number):
            continue
        style = generator.choice(
            (
                phonenumbers.PhoneNumberFormat.NATIONAL,
                phonenumbers.PhoneNumberFormat.INTERNATIONAL,
                phonenumbers.PhoneNumberFormat.E164,
            )
        )
        pieces += [generator.choice(words), phonenumbers.format_number(number, style)]
    text = " ".join(pieces)
    theirs = {
        phonenumbers.format_number(m.number, phonenumbers.PhoneNumberFormat.E164)
        for m in phonenumbers.PhoneNumberMatcher(text, "GB")
    }

    assert len(theirs) > 100
    assert set() == theirs - set(values(text))


def _nine(generator: random.Random) -> str:
    return f"{generator.randrange(10**9):09d}"


def test_bare_digits_are_less_sure_than_a_number_written_as_one() -> None:
    sure = {
        text: f.confidence
        for text in ("xx 01632960123", "xx 01632 960123", "phone 01632960123")
        for f in phone.find(Text("body", text), GB)
    }

    assert [Confidence.MEDIUM, Confidence.HIGH, Confidence.HIGH] == list(sure.values())


def test_the_chance_rate_in_the_docstring_holds() -> None:
    generator = random.Random(1)
    hits = sum(bool(values(f"0{generator.randrange(10**10):010d}")) for _ in range(2000))

    assert 0.15 < hits / 2000 < 0.35


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7700900123", "+447700900123"),
        ("7700900123.0", "+447700900123"),
        ("447700900123", "+447700900123"),
        ("07700 900123", "+447700900123"),
        ("+44 (0)7700 900123", "+447700900123"),
        ("01632 960001 ext 12", "+441632960001"),
        ("01632 960001 / 07700 900002", "+441632960001"),
        ("1632960123", "+441632960123"),
        ("2013-11-19", None),
        ("12345678", None),
        ("07700 900123 Ann", None),
        ("£7700900123", None),
        ("", None),
    ],
)
def test_a_cell_may_have_lost_its_first_digit(cell: str, value: str | None) -> None:
    assert value == phone.read_cell(cell, GB)
