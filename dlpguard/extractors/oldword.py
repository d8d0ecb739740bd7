"""Word documents up to Word 2003 (doc, dot; MS-DOC): every story, and what Word does not show.

Body, notes, headers, comments and text boxes, in this order; tables as tables; text that is hidden
or deleted under tracked changes, and the codes of fields, after the story that they are in.
Word 6 and 95 say how text looks in another way: of their documents all characters are read.
"""

from __future__ import annotations

import bisect
import itertools
import re
import struct
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Hidden, Text, Unread
from dlpguard.extractors import _macros, ole
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compound import Compound
from dlpguard.extractors._languages import charset_of
from dlpguard.extractors._layout import Layout
from dlpguard.extractors._officeart import pictures
from dlpguard.extractors._propertysets import properties
from dlpguard.extractors._wordbinary import Story, WordBinary, joined, piece_table
from dlpguard.mail import Part

FORMATS = frozenset({"doc"})

_SHORTEST = 0x200
_WORD_97 = 193
_COMPLEX, _ENCRYPTED, _TABLE_1, _WIDE, _OBFUSCATED = 0x0004, 0x0100, 0x0200, 0x1000, 0x8000

_PIECES_95 = 0x160
"""Where Word 6 and 95 say where the table of pieces is, in the same stream."""

_ENDS = re.compile(r"[\r\x07]")
_FIELD_MARKS = re.compile(r"[\x13-\x15]")
_PLAIN_CODE = re.compile(
    r"\s{0,9}(?:PAGE|NUMPAGES|SECTIONPAGES|DATE|TIME|CREATEDATE|SAVEDATE|PRINTDATE|AUTHOR|TITLE"
    r"|SUBJECT|FILENAME|FORMTEXT|FORMCHECKBOX|FORMDROPDOWN|EMBED Package|TOC|INDEX)"
    r"(?:\s{1,9}\\\* MERGEFORMAT|\s{1,9}\\[a-z]){0,5}\s{0,9}"
)
"""Codes of fields that say nothing but what is shown anyway."""

_Run = tuple[int, int, Hidden | None]
"""Characters that are not shown: from, up to, and why; None when they say nothing."""

_AS_SHOWN = {
    **dict.fromkeys((*range(9), *range(14, 32))),
    7: "\n", 9: "\t", 11: "\n", 12: "\n", 14: "\n", 30: "-",
    # A hyphen that is not shown unless the line breaks there.
    0xAD: None,
}  # fmt: skip
"""Characters that stand for something else (MS-DOC 2.4.1), or for nothing that can be read."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """All stories, names and properties, macros; pictures and embedded files, inside."""
    compound = Compound(part.content, budget)
    path = compound.find("WordDocument")
    main = compound.read(path) if path else b""
    if len(main) < _SHORTEST:
        raise Unreadable(Unread.CORRUPT, "the document is cut off")
    version, flags = struct.unpack_from("<2xH6xH", main)
    if flags & _ENCRYPTED:
        way = "an obfuscation password" if flags & _OBFUSCATED else "a password"
        raise Unreadable(Unread.ENCRYPTED, f"a Word document with {way}")
    names = properties(compound)
    if version < _WORD_97:
        yield from _before_97(main, flags, place, budget)
    else:
        binary = _binary(compound, main, flags, budget)
        for story in binary.stories:
            yield from _story(binary, story, place, budget)
        names += binary.strings()
    if names:
        text = "\n".join(dict.fromkeys(names))
        yield Text(f"{place}{SEPARATOR}properties", text, Hidden.PROPERTY)
    yield from _macros.macros(compound, place, budget)
    data = compound.find("Data")
    seen = itertools.chain(pictures(main), pictures(compound.read(data)) if data else ())
    for number, picture in enumerate(seen, start=1):
        budget.charge(members=1)
        yield budget.open(Part(part.path, picture), f"{place}{SEPARATOR}picture {number}")
    for path in compound.storages:
        if path[-1].lower() == "objectpool":
            yield from ole.embedded(compound, path, part, place, budget)


def _binary(compound: Compound, main: bytes, flags: int, budget: Budget) -> WordBinary:
    table = compound.find("1Table" if flags & _TABLE_1 else "0Table")
    data = compound.find("Data")
    if table is None:
        raise Unreadable(Unread.CORRUPT, "the table of pieces is missing")
    return WordBinary(main, compound.read(table), compound.read(data) if data else b"", budget)


def _before_97(main: bytes, flags: int, place: str, budget: Budget) -> Iterator[Piece]:
    """Word 6 and 95: characters between two offsets (fcMin, fcMac) or in pieces; fields and all."""
    charset = charset_of(int.from_bytes(main[6:8], "little"))
    if flags & _COMPLEX:
        offset, length = struct.unpack_from("<II", main, _PIECES_95)
        if flags & _WIDE:
            charset = "utf-16-le"
        width = 2 if flags & _WIDE else 1
        raw = b"".join(
            main[piece.offset : piece.offset + (piece.end - piece.start) * width]
            for piece in piece_table(main[offset : offset + length])
        )
        budget.charge(inflated=len(raw))
    else:
        start, end = struct.unpack_from("<II", main, 0x18)
        raw = main[start:end]
    text = _FIELD_MARKS.sub(" ", raw.decode(charset, "replace"))
    shown = text.replace("\r", "\n").translate(_AS_SHOWN)
    if shown.strip():
        yield Text(place, shown.strip("\n"))


def _story(binary: WordBinary, story: Story, place: str, budget: Budget) -> Iterator[Piece]:
    where = f"{place}{SEPARATOR}{story.name}" if story.name else place
    unseen = _Unseen(binary, story)
    layout = Layout(where, story.hidden, budget)
    start = story.start
    for mark in _ENDS.finditer(binary.text, story.start, story.end):
        end = mark.start()
        text = unseen.cut(start, end)
        if end in binary.row_ends:
            layout.end_row(heading=binary.row_ends[end])
        elif mark[0] == "\x07":
            layout.end_cell(text)
        else:
            layout.end_paragraph(text, in_cell=_covered(binary.tables, end))
        start = end + 1
    layout.end_paragraph(unseen.cut(start, story.end), in_cell=False)
    yield from layout.finish()
    for why, lines in unseen.found.items():
        yield Text(where, "\n".join(lines), story.hidden or why)


def _covered(runs: list[tuple[int, int]], position: int) -> bool:
    number = bisect.bisect_right(runs, (position, 1 << 32)) - 1
    return number >= 0 and position < runs[number][1]


class _Unseen:
    """What of a story is not shown; `cut` must be asked from its beginning to its end."""

    def __init__(self, binary: WordBinary, story: Story) -> None:
        self._text = binary.text
        first = bisect.bisect_left(binary.hidden, (story.start, 0, Hidden.HIDDEN_TEXT))
        until = bisect.bisect_left(binary.hidden, (story.end, 0, Hidden.HIDDEN_TEXT))
        codes = _codes(binary.text, story)
        hidden: list[_Run] = [*binary.hidden[max(0, first - 1) : until], *codes]
        self._runs = _merged(sorted(hidden, key=lambda run: run[:2]))
        self._next = 0
        self.found: dict[Hidden, list[str]] = {}

    def cut(self, start: int, end: int) -> str:
        """What is shown of these characters; the rest joins `found`."""
        shown: list[str] = []
        unseen: dict[Hidden, list[str]] = {}
        position = start
        while self._next < len(self._runs) and self._runs[self._next][0] < end:
            begin, until, why = self._runs[self._next]
            begin = max(begin, position)
            if until > begin:
                shown.append(self._text[position:begin])
                if why is not None:
                    unseen.setdefault(why, []).append(_shown(self._text[begin : min(until, end)]))
                position = min(until, end)
            if until > end:
                break
            self._next += 1
        shown.append(self._text[position:end])
        for why, pieces in unseen.items():
            text = "".join(pieces).strip()
            if text:
                self.found.setdefault(why, []).append(text)
        return _shown("".join(shown))


def _shown(text: str) -> str:
    return joined(text.translate(_AS_SHOWN))


def _codes(text: str, story: Story) -> Iterator[_Run]:
    """The outermost codes of fields: between a field's beginning and its separator."""
    opened: list[int] = []  # where code began, -1 behind the separator
    for mark in _FIELD_MARKS.finditer(text, story.start, story.end):
        position = mark.start()
        if mark[0] == "\x13":
            opened.append(position)
        elif opened:
            began = opened[-1]
            if began >= 0 and all(outer < 0 for outer in opened[:-1]):
                plain = _PLAIN_CODE.fullmatch(text, began + 1, position)
                yield began, position + 1, None if plain else Hidden.HIDDEN_TEXT
            opened[-1] = -1
            if mark[0] == "\x15":
                opened.pop()


def _merged(runs: list[_Run]) -> list[_Run]:
    """Runs that touch and say the same, as one."""
    merged: list[_Run] = []
    for start, end, why in runs:
        if merged and merged[-1][2] is why and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), why)
        else:
            merged.append((start, end, why))
    return merged
