"""Cuts a text into runs of capitalised words, the only places where a name can be.

A run is words on one line with one space between them; the dot of an initial or a title and
lower-case particles ("van der") do not end it.  Words joined to "@", "/", digits and the like
(addresses, paths, codes) are in no run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dlpguard.names.gazetteer import Word, look_up
from dlpguard.names.lexicon import lexicon

_CAPITALS = "".join(
    c for c in map(chr, (*range(0x41, 0x250), *range(0x1E00, 0x1F00))) if c.isupper()
)
CANDIDATE = re.compile(
    rf"(?<![\w@#/\\+=%])[{_CAPITALS}][^\W\d_]{{0,40}}(?:['’‑-][^\W\d_]{{1,40}}){{0,3}}(?![\w@\\=])"
)
"""A capitalised word in Latin script: letters, with apostrophes or hyphens inside."""

_CONTRACTION = re.compile(r"['’](?:m|ll|ve|re|d|t)\Z", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\Z", re.IGNORECASE)
_ARTICLES = frozenset({"al-", "el-", "ul-"})
LONGEST_GAP = 16
"""Characters between two words of a run: " van der " and some more."""


class Token(NamedTuple):
    """A capitalised word: where it stands, itself without a possessive s, what it is known as."""

    start: int
    end: int
    text: str
    lower: str
    word: Word

    @property
    def is_initial(self) -> bool:
        """Whether it is a single letter."""
        return len(self.text) == 1

    @property
    def is_capitals(self) -> bool:
        """Whether it is written in capitals only, and more than one letter."""
        return len(self.text) > 1 and self.text.isupper()


Run = list[Token]


def runs(text: str) -> Iterator[Run]:
    """The runs of a text, in order."""
    particles, titles = lexicon().particles, lexicon().titles
    run: Run = []
    for match in CANDIDATE.finditer(text):
        word = match[0]
        if _CONTRACTION.search(word):
            continue
        end = match.end()
        if possessive := _POSSESSIVE.search(word):
            word, end = word[: possessive.start()], end - 2
        start = match.start()
        if text[start - 3 : start].lower() in _ARTICLES and not text[max(0, start - 4)].isalnum():
            start -= 3
        token = Token(start, end, word, word.lower(), look_up(word))
        if run and not _joined(text, run[-1], token, particles, titles):
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _joined(
    text: str, left: Token, right: Token, particles: frozenset[str], titles: frozenset[str]
) -> bool:
    if right.start - left.end > LONGEST_GAP:
        return False
    gap = text[left.end : right.start]
    if gap == " ":
        return True
    if gap[:1] == "." and (left.is_initial or left.lower in titles or left.lower == "st"):
        gap = gap[1:]
        if not gap:
            return left.is_initial
    words = gap.split(" ")
    if len(words) < 2 or words[0] or words[-1]:
        return False
    return gap == " " or (len(words) > 2 and all(w in particles for w in words[1:-1]))
