"""Cuts a text into runs of capitalised words, the only places where a name can be.

A run is words on one line with one space between them; the dot of an initial or a title and
lower-case particles ("van der") do not end it.  Words joined to "@", "/", digits and the like
(addresses, paths, codes) are in no run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dlpguard.names.gazetteer import REMEMBERED, Word, look_up
from dlpguard.names.lexicon import lexicon

_CAPITALS = "".join(
    c for c in map(chr, (*range(0x41, 0x250), *range(0x1E00, 0x1F00))) if c.isupper()
)
CANDIDATE = re.compile(
    rf"[{_CAPITALS}](?<![\w@#/\\+=%][\w\W])"  # the capital first: three times as fast
    r"[^\W\d_]{0,40}+(?:['’‑-][^\W\d_]{1,40}+){0,3}(?![\w@\\=])"
)
"""A capitalised word in Latin script: letters, with apostrophes or hyphens inside."""

_CONTRACTION = re.compile(r"['’](?:m|ll|ve|re|d|t)\Z", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\Z", re.IGNORECASE)
_ARTICLES = frozenset({"al-", "el-", "ul-"})
LONGEST_GAP = 16
"""Characters between two words of a run: " van der " and some more."""


class Token(NamedTuple):
    """A capitalised word: where it stands, itself without a possessive s, what it is known as.

    `is_initial`: it is a single letter; `is_capitals`: it is more, and written in capitals only;
    `is_ordinary`: it is no name unless its place were very odd.
    """

    start: int
    end: int
    text: str
    lower: str
    word: Word
    is_initial: bool
    is_capitals: bool
    is_ordinary: bool


Run = list[Token]

_token = tuple.__new__
"""Makes a `Token` of its values in half the time of `Token(…)`, and a text has thousands."""


class _Spelling(NamedTuple):
    """What can be said of a word as it is written, wherever it stands: `told` is what a `Token`
    has after its place, `cut` the length of its possessive s."""

    told: tuple[str, str, Word, bool, bool, bool]
    cut: int
    is_idle: bool


def runs(text: str, *, idle: bool = True) -> Iterator[Run]:
    """The runs of a text, in order; without `idle`, not those that can neither be nor show a name.

    Such a run is one word, ordinary wherever it stands: half of all runs of prose ("The", "On").
    """
    if text.isascii() and text == text.lower():
        return  # without a capital; looking for one takes fifteen times as long
    particles, titles = lexicon().particles, lexicon().titles
    run: Run = []
    may_go = False
    last = 0
    for match in CANDIDATE.finditer(text):
        spelling = _spelling(match[0])
        if spelling is None:
            continue
        told, cut, is_idle = spelling
        start, end = match.span()
        if text[start - 1] == "-" and _is_after_article(text, start):
            start -= 3
        end -= cut
        token = _token(Token, (start, end, *told))
        if (
            run
            and start - last <= LONGEST_GAP
            and text[last] in " ."
            and (text[last:start] == " " or _joined(text, run[-1], token, particles, titles))
        ):
            run.append(token)
            may_go = False
        else:
            if run and not may_go:
                yield run
            run = [token]
            may_go = is_idle and not idle
        last = end
    if run and not may_go:
        yield run


@lru_cache(REMEMBERED)
def _spelling(written: str) -> _Spelling | None:
    """A word without its possessive s; None for a contraction."""
    if _CONTRACTION.search(written):
        return None
    possessive = _POSSESSIVE.search(written)
    text = written[: possessive.start()] if possessive else written
    lower, word = text.lower(), look_up(text)
    is_initial = len(text) == 1
    is_capitals = not is_initial and text.isupper()
    told = text, lower, word, is_initial, is_capitals, _is_ordinary(lower, word)
    return _Spelling(told, len(written) - len(text), _is_idle(text, lower, word))


def _is_ordinary(lower: str, word: Word) -> bool:
    first, last, common, place = word
    best = max(first, last)
    if (best <= 1 and common >= 2) or (best <= 2 and place):
        return True
    return len(lower) == 1 or lower in lexicon().never


def _is_idle(text: str, lower: str, word: Word) -> bool:
    """Whether a word that no other goes with is no name and no part of "Surname, Forename"."""
    if max(word.first, word.last) > 1:
        return False
    if len(text) == 1 or lower in lexicon().never:
        return True
    if text.isupper():
        return False
    return word.common >= 2 or word.place


def _is_after_article(text: str, start: int) -> bool:
    """Whether "al-" or the like is a word's beginning."""
    return text[start - 3 : start].lower() in _ARTICLES and not text[max(0, start - 4)].isalnum()


def _joined(
    text: str, left: Token, right: Token, particles: frozenset[str], titles: frozenset[str]
) -> bool:
    """Whether what stands between two words leaves them in one run."""
    gap = text[left.end : right.start]
    if gap == " ":
        return True
    if gap[:1] == "." and (left.is_initial or left.lower in titles or left.lower == "st"):
        gap = gap[1:]
        if not gap:
            return left.is_initial
    if gap == " ":
        return True
    words = gap.split(" ")
    if len(words) < 3 or words[0] or words[-1]:
        return False
    return particles.issuperset(words[1:-1])
