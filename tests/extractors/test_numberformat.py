import datetime
import random

import pytest

from dlpguard.extractors._numberformat import (
    _numbered,
    _place_by_place,
    _places,
    _tokens,
    formatter,
    general,
)


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ("00000", "417", "00417"),
        ("00000 000000", "7700900123", "07700 900123"),
        ("(000) 000-0000", "5550100123", "(555) 010-0123"),
        ("000\\-00\\-0000", "12345678", "012-34-5678"),
        ("00-00-00", "123456", "12-34-56"),
        ("£#,##0.00", "12345.5", "£12,345.50"),
        ("[$£-809]#,##0", "1234", "£1,234"),
        ("#,##0.00_);[Red](#,##0.00)", "-5", "-5.00"),
        ("0.0%", "0.256", "25.6%"),
        ("0", "3.7", "4"),
        ('"ILS/"0000', "12", "ILS/0012"),
        ("General", "5.0", "5"),
        ("@", "77", "77"),
        ("dd/mm/yyyy", "28570", "21/03/1978"),
        ("d mmmm yyyy", "28570", "21 March 1978"),
        ("ddd d-mmm-yy", "28570", "Tue 21-Mar-78"),
        ("yyyy-mm-dd;@", "28570", "1978-03-21"),
        ("dd mmm yyyy hh:mm:ss", "28570.5", "21 Mar 1978 12:00:00"),
        ("h:mm AM/PM", "0.75", "6:00 PM"),
        ("[$-809]dd mmmm yyyy", "28570", "21 March 1978"),
        ("# ?/?", "0.5", "0.5"),
        ("0.00E+00", "1234", "1234"),
        ("dd/mm/yyyy", "not a number", "not a number"),
        ("dd/mm/yyyy", "99999999", "99999999"),
        ("00000", "1e400", "inf"),
        ("00000", "nan", "nan"),
    ],
)
def test_numbers_are_shown_as_a_person_sees_them(code: str, stored: str, shown: str) -> None:
    assert shown == formatter(200, code)(stored)


@pytest.mark.parametrize("days", [61, 20000, 28570, 45000, 60000])
def test_days_count_from_1900_and_from_1904(days: int) -> None:
    day = datetime.date(1899, 12, 30) + datetime.timedelta(days=days)

    assert day.isoformat() == formatter(14, "")(str(days))
    assert day.isoformat() == formatter(14, "", date1904=True)(str(days - 1462))


def test_numbers_without_a_format_keep_all_their_digits() -> None:
    chance = random.Random(1)
    numbers = [chance.randrange(10**15) for _ in range(200)]

    assert [str(n) for n in numbers] == [general(f"{n:.15E}") for n in numbers]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "code", ['"' * 50_000, "0" * 50_000, "[" * 50_000, "\\" * 50_001, "y" * 50_000]
)
def test_a_hostile_format_takes_linear_time(code: str) -> None:
    assert isinstance(formatter(200, code)("1"), str)


@pytest.mark.parametrize("seed", range(200))
def test_a_number_shown_at_once_is_the_same_place_by_place(seed: int) -> None:
    generator = random.Random(seed)
    pieces = ["0", "0", "#", "#", "?", ",", ".", "$", '"x "', "-", "%", " ", "0.00", "#,##0", "000"]
    code = "".join(generator.choice(pieces) for _ in range(generator.randrange(1, 8)))
    places = _places(_tokens(code))
    factor = 100 if places.is_share else 1

    for stored in ("0", "0.4", "0.995", "12", "1234.5678", "999999.995", "5", "99999999999"):
        slow = _place_by_place(places, float(stored) * factor).strip()
        assert slow == _numbered(places, stored), (code, stored)
        if any(character in "123456789" for character in stored) and float(stored):
            assert f"-{slow}" == _numbered(places, f"-{stored}")
