"""Earlier versions of a PDF that are still in the file.

A program may save a PDF by writing the changes behind it (ISO 32000-2 7.5.6): what was taken out or
blackened is still there, and cutting the file brings it back.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dlpguard.document import Document, Gap, Hidden, Table, Text
from dlpguard.extractors._budget import Piece

MOST = 10
"""Versions of one file that are read; a form that was filled in and signed has three."""

_END = re.compile(rb"startxref\s{1,8}(\d{1,10})\s{1,8}%%EOF")
_OBJECT = re.compile(rb"\b\d{1,10}\s{1,8}\d{1,5}\s{1,8}obj\b")
_SECTION = re.compile(rb"\s{0,8}(?:xref\b|\d{1,10}\s{1,8}\d{1,5}\s{1,8}obj\b)")
"""What stands where a table of objects begins."""


def earlier(content: bytes) -> Iterator[bytes]:
    """The file as it was, the latest version first; it may be whole or damaged."""
    ends = [match.end() for match in _END.finditer(content) if _is_version(content, match)]
    for end, following in reversed(list(itertools.pairwise(ends))):
        # Some programs write a second table and no objects.
        if _OBJECT.search(content, end, following):
            yield content[:end] + b"\n"


def _is_version(content: bytes, end: re.Match[bytes]) -> bool:
    """Whether an end mark is one of this file, not of a file in it nor of a linearised beginning.

    A linearised file (Annex F) has a mark after its first page, and names an offset behind it or 0.
    """
    offset = int(end[1])
    return 0 < offset < end.start() and bool(_SECTION.match(content, offset))


class Said:
    """What one version says, to tell what another has beside it."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._others: list[Piece] = []
        self._text = ""

    def add(self, piece: Piece) -> None:
        """Take note of a piece."""
        self._words.extend(_words(piece))
        if isinstance(piece, Document | Gap):
            self._others.append(piece)

    @property
    def characters(self) -> int:
        """How much was said."""
        self.has("")
        return len(self._text)

    def has(self, text: str) -> bool:
        """Whether a text was said, however its lines were broken."""
        if self._words:
            self._text += "\n".join([*self._words, ""])
            self._words.clear()
        return _squeezed(text) in self._text

    def unsaid(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces of an earlier version, as far as they say something else."""
        for piece in pieces:
            if isinstance(piece, Text):
                lines = [line for line in piece.text.splitlines() if not self.has(line)]
                if lines:
                    yield Text(piece.where, "\n".join(lines), Hidden.TRACKED_CHANGE)
            elif isinstance(piece, Table):
                rows = tuple(row for row in piece.rows if not all(map(self.has, row)))
                if rows:
                    yield Table(piece.where, piece.heading, rows, Hidden.TRACKED_CHANGE)
            elif isinstance(piece, Document):
                if not any(_is_same(piece, other) for other in self._others):
                    yield piece.concealed(Hidden.TRACKED_CHANGE)
            elif not any(_is_same(piece, other) for other in self._others):
                yield piece


def _is_same(piece: Piece, other: Piece) -> bool:
    """Whether two documents say the same, or two gaps are about the same, in two versions."""
    if isinstance(piece, Gap) and isinstance(other, Gap):
        return replace(piece, where="") == replace(other, where="")
    if isinstance(piece, Document) and isinstance(other, Document):
        return [b for d in piece.walk() for b in map(_placeless, d.blocks)] == [
            b for d in other.walk() for b in map(_placeless, d.blocks)
        ]
    return False


def _placeless(block: Text | Table) -> Text | Table:
    return replace(block, where="")


def _words(piece: Piece) -> Iterator[str]:
    """What a piece says, without its white space."""
    if isinstance(piece, Text):
        yield _squeezed(piece.text)
    elif isinstance(piece, Table):
        yield from (_squeezed(cell) for row in piece.rows for cell in row)


def _squeezed(text: str) -> str:
    return "".join(text.split())
