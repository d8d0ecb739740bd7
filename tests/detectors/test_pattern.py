"""Support words: whole, in any case, with any white space between them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.detectors._pattern import word_pattern

WORDS = ("ni number", "nino", "ssn", "ss#", "kin", "next of kin", "b.", "d.o.b", "(ref)")
"""Words, phrases, signs, and one that begins another."""

PIECES = (
    *WORDS, *map(str.upper, WORDS), "NEXT\nOF\tKIN", "\u017fSN", "\u212aIN", "K\u0131N",
    "n\u0130no", " ", "\n", "_", "1", "s", "é", "-", "x",
)  # fmt: skip


def plain(words: tuple[str, ...]) -> re.Pattern[str]:
    """What is meant, as one would write it down."""
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word).replace(r"\ ", r"\s") for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 8))
def test_words_are_found_as_they_are_meant(text: str, start: int) -> None:
    meant = [match.span() for match in plain(WORDS).finditer(text, start)]

    assert meant == [match.span() for match in word_pattern(WORDS).finditer(text, start)]


@pytest.mark.parametrize("words", [("ärzte", "arzt"), ("", "a"), ("(", ")")])
def test_words_may_begin_with_anything(words: tuple[str, ...]) -> None:
    text = "Die ÄRZTE, a (Arzt)"

    assert plain(words).findall(text) == word_pattern(words).findall(text)


@pytest.mark.parametrize("unit", ["n", "next of ", "next\n", "ss", "b.", "(("])
def test_long_texts_of_beginnings_take_no_longer_than_others(unit: str) -> None:
    text = unit * 100_000
    started = time.process_time()

    word_pattern(WORDS).findall(text)

    assert time.process_time() - started < 2
