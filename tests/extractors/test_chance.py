import random

import pytest

from dlpguard.extractors import _chance

FAR = 1_000_000
"""Beyond the beginning of a file."""

SHORT = "Dr A Shah, GP"
TELLING = "Ann Lee, 07700 900123"


def written(*lines: tuple[int, str]) -> list[str]:
    return list(_chance.written(lines))


@pytest.mark.parametrize(
    "line", [SHORT, "*B9PHA @ =oY", "jgi |֓ MQHC", "[=\nERrB$ 2H6U [+", "PNG\n \n \nIHDR"]
)
def test_a_line_with_a_short_word_alone_in_much_else_is_chance(line: str) -> None:
    assert [] == written((FAR, line))


@pytest.mark.parametrize(
    "line",
    [
        "Mr P Jones, GP",
        "MR P JONES, GP",
        "Ann Lee - PL1 1AA",
        "J Lee, 3/4/1971",
        "J Lee 07/81 02",
        "-- 12-34-56 --",
        "jo@x.example",
        "Pan Żak, Łódź",
        "Žižić, - - - -",
        "Иван -- -- -- --",
    ],
)
def test_a_line_that_says_more_is_taken_wherever_it_stands(line: str) -> None:
    assert [line] == written((FAR, line))


@pytest.mark.parametrize("distance", [-1000, 1000])
def test_a_line_with_a_short_word_is_taken_near_one_that_says_more(distance: int) -> None:
    lines = sorted([(FAR, TELLING), (FAR + distance, SHORT)])

    assert [line for _, line in lines] == written(*lines)


@pytest.mark.parametrize("distance", [-1100, 1100])
def test_and_not_beyond(distance: int) -> None:
    assert [TELLING] == written(*sorted([(FAR, TELLING), (FAR + distance, SHORT)]))


def test_at_the_beginning_of_a_file_every_line_is_taken() -> None:
    assert [SHORT, SHORT] == written((0, SHORT), (60_000, SHORT), (70_000, SHORT))


def test_the_order_is_kept() -> None:
    lines = [(FAR + 100 * n, f"{n:>3} Carr -----") for n in range(9)]
    lines.insert(5, (FAR + 450, TELLING))

    assert [line for _, line in lines] == written(*lines)


@pytest.mark.timeout(20)
def test_a_file_of_nothing_but_chance_takes_linear_time() -> None:
    assert [] == written(*((FAR + 12 * n, SHORT) for n in range(200_000)))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["a", "A", "1", "1 ", "ab ", "a@", "Ā", "ŁÓ", " ", "Иа"])
def test_long_lines_take_linear_time(unit: str) -> None:
    line = unit * (1_000_000 // len(unit))

    assert written((FAR, line)) in ([line], [])


def test_hardly_any_of_what_chance_makes_is_taken() -> None:
    chance = random.Random(1)
    printable = [chr(n) for n in range(0x20, 0x7F)]
    lines = [(FAR + 5000 * n, "".join(chance.choices(printable, k=14))) for n in range(2000)]

    assert len(written(*lines)) < 0.2 * len(lines)
