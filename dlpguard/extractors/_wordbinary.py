"""The binary format of Word 97 to 2003 (MS-DOC): its characters, and what is said of them.

The characters of all stories (body, footnotes, headers, …) stand in one row and have a position
(CP) each.  A table of pieces says where in the file they are; what is hidden, deleted or the end
of a table row is said by position in the file (FC).
"""

from __future__ import annotations

import bisect
import struct
import sys
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from dlpguard.document import Hidden, Unread
from dlpguard.extractors._budget import Budget, Unreadable

_Value = TypeVar("_Value")

_TABLES = 0x9A
"""Where the pairs of offset and length of the tables begin (FibRgFcLcb97, MS-DOC 2.5.6)."""

_CHARACTERS, _PARAGRAPHS, _PIECES = 12, 13, 33
_COUNTS = 0x4C
"""Where the lengths of the stories stand, in the order in which the stories do (2.5.5)."""

_STORIES = (
    ("", None),
    ("footnotes", None),
    ("headers", None),
    ("macros", Hidden.MACRO),
    ("comments", Hidden.COMMENT),
    ("endnotes", None),
    ("text boxes", None),
    ("header text boxes", None),
)
_STRINGS = (21, 32, 51, 60, 71)
"""Tables of strings: bookmarks, title to author, reviewers, variables, who saved it where."""

_COMMENTERS = 36
_PAGE = 512

_DELETED, _VANISH = 0x0800, 0x083C
_IN_TABLE, _ROW_END, _HEADING = 0x2416, 0x2417, 0x3404
_ELSEWHERE = frozenset({0x6645, 0x6646})
"""The properties are in the stream `Data`, for lack of room (sprmPHugePapx)."""

_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)
"""Bytes of an operand by the top three bits of its operation (MS-DOC 2.2.5.1)."""

_LONG_SIZE = 0xD608
"""The one operation with two bytes of length (sprmTDefTable)."""


@dataclass(frozen=True, slots=True)
class Story:
    """One story: what a person calls it, its characters, why it is not seen."""

    name: str
    start: int
    end: int
    hidden: Hidden | None


@dataclass(frozen=True, slots=True)
class Characters:
    """A piece: the characters from `start` up to `end` are at `offset`, `width` bytes each."""

    start: int
    end: int
    offset: int
    width: int


class WordBinary:
    """The characters of a document and what is said of them, all by character position.

    `hidden` (from, up to, why) and `tables` (from, up to) are runs in ascending order; `row_ends`
    has the marks that end table rows, and whether the row is a heading.  A UTF-16 surrogate counts
    as a character: `joined` makes one character of two.
    """

    def __init__(self, main: bytes, table: bytes, data: bytes, budget: Budget) -> None:
        self._main, self._table, self._data = main, table, data
        self._budget = budget
        self._pieces = list(piece_table(self._slice(_PIECES)))
        self.text = "".join(self._characters())
        self.stories = list(self._split())
        self.hidden = list(self._positions(sorted(self._runs(_CHARACTERS, 1, _hidden_by))))
        self.tables: list[tuple[int, int]] = []
        self.row_ends: dict[int, bool] = {}
        paragraphs = sorted(self._runs(_PARAGRAPHS, 13, self._table_part))
        for start, end, (is_end, is_heading) in self._positions(paragraphs):
            self.tables.append((start, end))
            if is_end:
                self.row_ends[end - 1] = is_heading

    def strings(self) -> list[str]:
        """Names of reviewers and commenters, bookmarks, variables, titles, paths of old copies."""
        found = [text for index in _STRINGS for text in _string_table(self._slice(index))]
        owners = self._slice(_COMMENTERS)
        position = 0
        while position + 2 <= len(owners):
            length = int.from_bytes(owners[position : position + 2], "little") * 2
            position += 2
            found.append(owners[position : position + length].decode("utf-16-le", "replace"))
            position += length
        return [text for text in found if text.strip("\0 ") and not text.startswith("_")]

    def _slice(self, index: int) -> bytes:
        """One of the tables of the table stream; b"" where it is missing."""
        offset, length = _unpack("<II", self._main, _TABLES + 8 * index) or (0, 0)
        return self._table[offset : offset + length]

    def _characters(self) -> Iterator[str]:
        position = 0
        for piece in self._pieces:
            if piece.start != position:
                raise Unreadable(Unread.CORRUPT, "the table of pieces has holes")
            position = piece.end
            size = (piece.end - piece.start) * piece.width
            raw = self._main[piece.offset : piece.offset + size]
            # Several pieces may show the same bytes: what comes out is what counts.
            self._budget.charge(inflated=size)
            text = raw.decode("cp1252", "replace") if piece.width == 1 else _units(raw)
            yield text.ljust(piece.end - piece.start, "\0")

    def _split(self) -> Iterator[Story]:
        counts = _unpack("<8i", self._main, _COUNTS) or (len(self.text), *[0] * 7)
        position = 0
        for (name, hidden), count in zip(_STORIES, counts, strict=True):
            end = min(position + max(count, 0), len(self.text))
            if end > position:
                yield Story(name, position, end, hidden)
            position = end

    def _runs(
        self, index: int, first: int, judge: Callable[[bytes], _Value | None]
    ) -> Iterator[tuple[int, int, _Value]]:
        """What pages of properties say (MS-DOC 2.9.29, 2.9.33): from, up to (in the file), what.

        `first` is the size of one entry of the page; its first byte says where the properties are.
        """
        numbers = self._slice(index)
        count = (len(numbers) - 4) // 8
        if count <= 0:
            return
        # A page that is named twice says nothing new.
        for number in dict.fromkeys(struct.unpack_from(f"<{count}I", numbers, 4 * (count + 1))):
            self._budget.charge()
            page = self._main[number * _PAGE : (number + 1) * _PAGE]
            runs = page[-1] if len(page) == _PAGE else 0
            if 4 * (runs + 1) + first * runs >= _PAGE:
                continue
            bounds = struct.unpack_from(f"<{runs + 1}I", page)
            for run in range(runs):
                position = page[4 * (runs + 1) + first * run] * 2
                said = judge(page[position:]) if position else None
                if said is not None and bounds[run] < bounds[run + 1]:
                    yield bounds[run], bounds[run + 1], said

    def _positions(self, runs: list[tuple[int, int, _Value]]) -> Iterator[tuple[int, int, _Value]]:
        """Runs of the file as runs of characters, in their order."""
        starts = [run[0] for run in runs]
        for piece in self._pieces:
            end = piece.offset + (piece.end - piece.start) * piece.width
            number = max(0, bisect.bisect_right(starts, piece.offset) - 1)
            self._budget.charge()
            while number < len(runs) and runs[number][0] < end:
                begin, until, said = runs[number]
                number += 1
                self._budget.charge(cells=1)
                if until > piece.offset:
                    yield (
                        piece.start + (max(begin, piece.offset) - piece.offset) // piece.width,
                        piece.start + (min(until, end) - piece.offset) // piece.width,
                        said,
                    )

    def _table_part(self, page: bytes) -> tuple[bool, bool] | None:
        """Of a paragraph in a table: whether it ends a row, and whether that is a heading."""
        size = 2 * page[0] - 1 if page[0] else 2 * page[1]
        start = 1 if page[0] else 2
        properties = page[start + 2 : start + size]  # behind the number of the style
        in_table = row_end = heading = False
        for operation, operand in _operations(properties, self._data):
            is_on = operand[:1] == b"\1"
            in_table = in_table or (operation == _IN_TABLE and is_on)
            row_end = row_end or (operation == _ROW_END and is_on)
            heading = heading or (operation == _HEADING and is_on)
        return (row_end, heading) if in_table or row_end else None


def piece_table(clx: bytes) -> Iterator[Characters]:
    """Where characters are (MS-DOC 2.9.38): property lists after a 1 each, after a 2 the pieces.

    `Unreadable` CORRUPT when there are no pieces.  Before Word 97 `width` says nothing: it is 1.
    """
    position = 0
    while clx[position : position + 1] == b"\1":
        position += 3 + int.from_bytes(clx[position + 1 : position + 3], "little")
    if clx[position : position + 1] != b"\2":
        raise Unreadable(Unread.CORRUPT, "the table of pieces is missing")
    pieces = clx[position + 5 :]
    count = (len(pieces) - 4) // 12
    starts = struct.unpack_from(f"<{count + 1}I", pieces)
    for number in range(count):
        (offset,) = struct.unpack_from("<2xI", pieces, 4 * (count + 1) + 8 * number)
        start, end = starts[number], starts[number + 1]
        if end <= start:
            continue
        if offset & 0x40000000:
            yield Characters(start, end, (offset & 0x3FFFFFFF) // 2, 1)
        else:
            yield Characters(start, end, offset & 0x3FFFFFFF, 2)


def joined(text: str) -> str:
    """The text with its surrogates put together."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _hidden_by(page: bytes) -> Hidden | None:
    """Why characters with these properties are not seen."""
    for operation, operand in _operations(page[1 : 1 + page[0]]):
        if operation == _DELETED and operand[:1] == b"\1":
            return Hidden.TRACKED_CHANGE
        # 0x81 is the opposite of what the style says, which hardly ever hides.
        if operation == _VANISH and operand[:1] in {b"\1", b"\x81"}:
            return Hidden.HIDDEN_TEXT
    return None


def _operations(properties: bytes, data: bytes = b"") -> Iterator[tuple[int, bytes]]:
    """Single property modifiers (MS-DOC 2.2.5): operation and operand."""
    position = 0
    while position + 2 < len(properties):
        operation = int.from_bytes(properties[position : position + 2], "little")
        position += 2
        size = _SIZES[operation >> 13]
        if operation == _LONG_SIZE:
            size = 1 + int.from_bytes(properties[position : position + 2], "little")
        elif not size:
            size = 1 + properties[position]
        operand = properties[position : position + size]
        position += size
        yield operation, operand
        if operation in _ELSEWHERE and data:
            offset = int.from_bytes(operand, "little")
            length = int.from_bytes(data[offset : offset + 2], "little")
            yield from _operations(data[offset + 2 : offset + 2 + length])


def _string_table(table: bytes) -> Iterator[str]:
    """The strings of an STTB (MS-DOC 2.2.4), of two bytes a character or of one."""
    wide = table[:2] == b"\xff\xff"
    count, extra = _unpack("<HH", table, 2 if wide else 0) or (0, 0)
    position, width = (6, 2) if wide else (4, 1)
    for _ in range(count):
        if position >= len(table):
            return
        length = int.from_bytes(table[position : position + width], "little") * width
        position += width
        raw = table[position : position + length]
        position += length + extra
        yield raw.decode("utf-16-le" if wide else "cp1252", "replace")


def _units(raw: bytes) -> str:
    """UTF-16 with one character for each unit, so that positions stay right."""
    text = raw.decode("utf-16-le", "replace")
    if len(text) * 2 == len(raw):
        return text
    units = array("H", raw[: len(raw) & ~1])
    if sys.byteorder == "big":
        units.byteswap()
    return "".join(map(chr, units))


def _unpack(layout: str, content: bytes, offset: int) -> tuple[int, ...] | None:
    """Numbers at an offset; None where the content ends before."""
    if offset + struct.calcsize(layout) > len(content):
        return None
    return struct.unpack_from(layout, content, offset)
