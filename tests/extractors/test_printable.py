import random

import pytest

from dlpguard.document import Text
from dlpguard.extractors import Budget, printable
from dlpguard.mail import Part

JUNK = bytes(range(128, 148))


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

    assert len("\n".join(words(content))) < len(content) * 0.01


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", [b"\0a", b"\4\x10\0a", b"abcd\1", b"a\0\0\0", b"\0", b"a"])
def test_hostile_bytes_take_linear_time_and_give_a_bounded_text(unit: bytes) -> None:
    assert len("\n".join(words(unit * (4_000_000 // len(unit))))) < 1_100_000
