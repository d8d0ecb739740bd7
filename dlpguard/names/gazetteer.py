"""What is known about a word: how often it is a first name, a surname, an ordinary word, a place.

The table (`gazetteer.txt`, made by `build.py`) has a line for each combination of the four and is
read once, when first asked: about 90 ms and 32 MB.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent / "gazetteer.txt"

LATER = Path(__file__).parent / "lists" / "later.txt"
"""First names that were added after the weights were trained, so that training can be repeated."""

REMEMBERED = 50_000
"""Spellings whose entry is kept at hand: those of a large text, some 10 MB at most."""


class Word(NamedTuple):
    """A word's tiers.

    `first` and `last`: 0 never a first name (surname) to 4 hardly anything else.  `common`: 0 not
    among ordinary English words to 3 very common.  `place`: also a town or a country.
    """

    first: int
    last: int
    common: int
    place: bool


UNKNOWN = Word(0, 0, 0, place=False)


@lru_cache(REMEMBERED)
def look_up(word: str) -> Word:
    """What is known about a word; of a double-barrelled one, its best part.

    >>> look_up("Siân").first, look_up("O'Neill").last, look_up("Table").first
    (4, 4, 0)
    """
    table = _table()[0]
    found = table.get(key(word))
    if found is None and "-" in word:
        parts = [table.get(key(part), UNKNOWN) for part in word.split("-") if part]
        found = max(parts, key=lambda w: (max(w.first, w.last), w), default=UNKNOWN)
    return found or UNKNOWN


@lru_cache(REMEMBERED)
def is_place(words: tuple[str, ...]) -> bool:
    """Whether words together are a place, such as Milton Keynes."""
    return len(words) > 1 and "_".join([key(w) for w in words]) in _table()[1]


def phrases() -> frozenset[str]:
    """The places of several words, joined by "_" and in lower case."""
    return _table()[1]


def words_of(wanted: Callable[[Word], bool]) -> list[str]:
    """The words of the table of which something is so, in the table's order."""
    return [word for word, known in _table()[0].items() if wanted(known)]


def key(word: str) -> str:
    """The spelling under which a word stands in the table: a to z only, accents off.

    >>> key("D'Souza"), key("Łukasz"), key("Muñoz-Ørsted")
    ('dsouza', 'lukasz', 'munozorsted')
    """
    lower = word.lower()
    if lower.isascii():
        return lower if lower.isalpha() else "".join(c for c in lower if c.isalpha())
    plain = unicodedata.normalize("NFKD", lower.translate(_UNDECOMPOSED))
    return "".join(c for c in plain if "a" <= c <= "z")


_UNDECOMPOSED = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i",
    "ħ": "h", "ŋ": "n", "ŧ": "t",
})  # fmt: skip


_as_trained = False


def as_trained() -> None:
    """From now on know what was known when the weights were trained.  For training only."""
    global _as_trained  # noqa: PLW0603 - a process either trains or finds
    _as_trained = True
    _table.cache_clear()
    look_up.cache_clear()
    is_place.cache_clear()


@cache
def _table() -> tuple[dict[str, Word], frozenset[str]]:
    words: dict[str, Word] = {}
    phrases: frozenset[str] = frozenset()
    for line in TABLE.read_text("ascii").splitlines():
        code, _, rest = line.partition(" ")
        if code == "phrases":
            phrases = frozenset(rest.split(" "))
        else:
            first, last, common, place = map(int, code)
            words.update(dict.fromkeys(rest.split(" "), Word(first, last, common, bool(place))))
    if not _as_trained:
        for line in LATER.read_text("utf-8").splitlines():
            for name in line.split() if not line.startswith("#") else ():
                words.setdefault(key(name), Word(4, 0, 0, place=False))
    return words, phrases
