import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.document import Text
from dlpguard.extractors import Budget, printable
from dlpguard.mail import Part

JUNK = bytes(range(128, 148))
NOISE = random.Random(2).randbytes(400_000)

RUNS = re.compile(
    rb"[\t\r\n\x20-\x7e]{4,}(?:[^\t\r\n\x20-\x7e].{0,7}?[\t\r\n\x20-\x7e]{4,})*", re.DOTALL
)
A_WORD = re.compile(r"[A-Z][a-z]{3}|[a-z]{4}|[A-Z0-9]{4}|(?=[^\W_]{4})(?![\0-\x7f]{4})")
SAMPLES = (
    *(b"Ann", b"Lee", b"07700 900123", b"abcd", b"ABCD", b"1234", b"ab", b"o", b"-", b"  ", b"\t"),
    *(each.encode() for each in ("Jörg", "Łódź", "Žižić", "Иван", "王小明", "Lễ", "–", "ł", "😀")),
    *(
        b"\1",
        b"\1\2\5",
        b"\xff" * 8,
        b"\xff" * 9,
        b"\xc3",
        b"\xa9",
        b"\xe2\x82",
        b"\xf0",
        b"x" * 12,
    ),
)


def words(content: bytes) -> list[str]:
    pieces = printable.read(Part("1", content), "a.bin", Budget())
    return [line for piece in pieces if isinstance(piece, Text) for line in piece.text.split("\n")]


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le", "utf-16-be"])
def test_words_between_other_bytes_are_read(charset: str) -> None:
    assert ["Ann Lee, 07700 900123"] == words(JUNK + "Ann Lee, 07700 900123".encode(charset) + JUNK)


@pytest.mark.parametrize("charset", ["utf-16-le", "utf-16-be"])
def test_cyrillic_is_read_with_its_spaces(charset: str) -> None:
    assert ["Иван Петров 07700"] == words(JUNK + "Иван Петров 07700".encode(charset) + JUNK)


def test_the_fields_of_a_record_are_one_line() -> None:
    record = b"Ann Lee".ljust(12, b"\0") + b"07700 900123" + JUNK

    assert ["Ann Lee 07700 900123"] * 2 == words(record * 2)


def test_what_stands_before_the_first_word_is_of_its_line() -> None:
    assert ["abc defghijk"] == words(b"abc\0defghijk")


@pytest.mark.parametrize("before", [b"\4\xa0", b"\0\x10"])
@pytest.mark.parametrize("times", [2040, 2045, 2046, 2047, 2048, 5000])
def test_words_behind_much_that_looks_like_them_are_read(before: bytes, times: int) -> None:
    assert ["Ann Lee, 07700 900123"] == words(
        before * times + "Ann Lee, 07700 900123".encode("utf-16-be")
    )


def test_accents_do_not_break_a_word() -> None:
    assert ["Anna Łukasz-Różewicz"] == words(JUNK + "Anna Łukasz-Różewicz".encode() + JUNK)


@pytest.mark.parametrize("content", [b"", JUNK * 99, b"abc\0" * 99, b"Ann Lee\0\0", bytes(999)])
def test_what_is_too_short_to_be_anybody_is_left_out(content: bytes) -> None:
    assert [] == words(content)


@pytest.mark.timeout(20)
def test_random_bytes_are_fast_and_give_hardly_anything() -> None:
    content = random.Random(1).randbytes(5_000_000)

    assert len("\n".join(words(content))) < len(content) * 0.001


def test_people_are_found_in_the_middle_of_noise() -> None:
    record = b"Dr A Shah, GP\0\0\0\0\0\0\0\0\0\0Ann Lee".ljust(40, b"\0") + b"07700 900123\0\1\2\3"

    read = words(NOISE + JUNK + record + JUNK + NOISE)

    assert {"Dr A Shah, GP", "07700 900123"} <= {line.strip() for line in read}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SAMPLES), max_size=14))
def test_looking_for_runs_and_words_at_once_finds_what_looking_one_by_one_does(
    made: list[bytes],
) -> None:
    content = JUNK + b"".join(made)
    runs = (found[0] for found in RUNS.finditer(content))
    texts = (re.sub("[\1\2\5\ufffd]{1,64}", " ", run.decode("utf-8", "replace")) for run in runs)

    assert [t for t in texts if len(t) >= 12 and A_WORD.search(t)] == words(content)


@pytest.mark.parametrize("size", [9_999, 10_001, 25_000])
def test_long_lines_are_read_whole(size: int) -> None:
    content = (b"Ann Lee, 07700 900123. " * 2000)[:size]

    assert content.decode() == "".join(words(JUNK + content + JUNK))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", [b"\0a", b"\4\x10\0a", b"abcd\1", b"a\0\0\0", b"\0", b"a"])
def test_hostile_bytes_take_linear_time_and_give_a_bounded_text(unit: bytes) -> None:
    assert len("\n".join(words(unit * (4_000_000 // len(unit))))) < 1_100_000
