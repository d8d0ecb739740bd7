"""PowerPoint presentations up to 2003 (ppt, pps; MS-PPT): slides, notes, comments, masters.

A presentation is a row of records.  Saving quickly appends changed slides and leaves the old ones
where they were: a table that each saving writes anew says which are current.  The others are read
too, as text that is not shown.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _macros
from dlpguard.extractors._budget import Budget, Inflation, Piece, Unreadable
from dlpguard.extractors._compound import Compound
from dlpguard.extractors._officeart import (
    CONTAINER,
    SHAPE_PROPERTIES,
    Record,
    pictures,
    records,
    words,
)
from dlpguard.extractors._propertysets import properties
from dlpguard.mail import Part

FORMATS = frozenset({"ppt"})


class _Kind(IntEnum):
    """Types of records (MS-PPT 2.13.24)."""

    DOCUMENT = 1000
    SLIDE = 1006
    NOTES = 1008
    NOTES_ATOM = 1009
    SLIDE_PERSIST = 1011
    MASTER = 1016
    SLIDE_SHOW = 1017
    TEXT = 4000
    BYTES = 4008
    FONT = 4023
    STRING = 4026
    HANDOUT = 4041
    EMBEDDED = 4044
    LINKED = 4046
    LINK = 4055
    SLIDE_LIST = 4080
    EDIT = 4085
    OBJECT = 4113
    TAG_STRING = 5001
    TAG_DATA = 5003
    DIRECTORY = 6002
    COMMENT = 12000


_ENCRYPTED = 0xF3D1C4DF
"""What the stream `Current User` begins with when there is a password (MS-PPT 2.3.2)."""

_HIDDEN_SLIDE = 0x04
_EDITS = 10_000
"""Savings of one file that are followed; each leaves a record that names the one before."""

_DEEPEST = 100
_AS_SHOWN = {0x0B: "\n", 0x0D: "\n", 0: None}
_CALLED: dict[int, tuple[str, Hidden | None]] = {
    _Kind.DOCUMENT: ("outline", None),
    _Kind.NOTES: ("notes", Hidden.SPEAKER_NOTE),
    _Kind.MASTER: ("slide master", Hidden.TEMPLATE),
    _Kind.HANDOUT: ("handout master", Hidden.TEMPLATE),
}
_STALE = Hidden.TRACKED_CHANGE


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Slides in order with their notes, templates, what was replaced, properties, and objects."""
    compound = Compound(part.content, budget)
    user = _stream(compound, "Current User")
    if int.from_bytes(user[12:16], "little") == _ENCRYPTED:
        raise Unreadable(Unread.ENCRYPTED, "a PowerPoint presentation with a password")
    content = _stream(compound, "PowerPoint Document")
    show = _Show(content, int.from_bytes(user[16:20], "little"), budget)
    for (label, hidden), lines in show.read().items():
        where = f"{place}{SEPARATOR}{label}" if label else place
        yield Text(where, "\n".join(dict.fromkeys(lines)), hidden)
    names = properties(compound)
    if names:
        text = "\n".join(dict.fromkeys(names))
        yield Text(f"{place}{SEPARATOR}properties", text, Hidden.PROPERTY)
    for number, record in enumerate(show.objects, start=1):
        yield from _object(record, f"{place}{SEPARATOR}object {number}", part, budget)
    for number, picture in enumerate(pictures(_stream(compound, "Pictures")), start=1):
        budget.charge(members=1)
        yield budget.open(Part(part.path, picture), f"{place}{SEPARATOR}picture {number}")


def _stream(compound: Compound, name: str) -> bytes:
    path = compound.find(name)
    return compound.read(path) if path else b""


def _object(record: Record, where: str, part: Part, budget: Budget) -> Iterator[Piece]:
    """An embedded file or the project of macros: a compound file, mostly deflated."""
    content = record.content
    if record.instance == 1:
        try:
            content = _inflated(content[4:], budget)
        except zlib.error:
            yield Gap(where, Unread.CORRUPT, "an embedded object is damaged", "ppt")
            return
    try:
        project = list(_macros.macros(Compound(content, budget), where, budget))
    except Unreadable as fault:
        if fault.why is not Unread.CORRUPT:
            raise
        project = []
    if project:
        yield from project
    else:
        budget.charge(members=1)
        yield budget.open(Part(part.path, content), where)


def _inflated(compressed: bytes, budget: Budget) -> bytes:
    inflation = Inflation(budget, len(compressed))
    stream = zlib.decompressobj()
    pieces = []
    while compressed and not stream.eof:
        pieces.append(stream.decompress(compressed, 1 << 16))
        inflation.charge(len(pieces[-1]))
        compressed = stream.unconsumed_tail
    return b"".join(pieces)


@dataclass(slots=True)
class _Context:
    """Where a text belongs while records are walked."""

    label: str
    hidden: Hidden | None = None
    link: bool = False


@dataclass(slots=True)
class _Show:
    """A presentation while it is read.  `edit` is where the record of the last saving is."""

    content: bytes = field(repr=False)
    edit: int
    budget: Budget
    objects: list[Record] = field(default_factory=list, repr=False)
    _found: dict[tuple[str, Hidden | None], list[str]] = field(default_factory=dict, repr=False)
    _slides: dict[int, str] = field(default_factory=dict)
    """Which slide begins at a position."""
    _numbers: dict[int, str] = field(default_factory=dict)
    """Which slide has this identifier; notes name it."""

    def read(self) -> dict[tuple[str, Hidden | None], list[str]]:
        """Lines by what a person calls their place, and why they are not shown."""
        current = self._current()
        top = list(records(self.content))
        live = set(current.values())
        for record in top:
            if record.kind == _Kind.DOCUMENT and (not live or record.position in live):
                self._list_slides(record, current)
        # The order of the show, not of the file.
        order = {position: number for number, position in enumerate(self._slides)}
        top.sort(key=lambda record: (order.get(record.position, len(order)), record.position))
        for record in top:
            if record.kind in {_Kind.SLIDE, _Kind.OBJECT, *_CALLED}:
                context = self._context(record)
                if live and record.position not in live:
                    context.hidden = context.hidden or _STALE
                self._walk(record, context, 0)
        return self._found

    def _current(self) -> dict[int, int]:
        """Positions of the current records by their identifiers (MS-PPT 2.3.6); newest first."""
        current: dict[int, int] = {}
        edit = self.edit
        for _ in range(_EDITS):
            record = next(records(self.content, edit), None)
            if record is None or record.kind != _Kind.EDIT:
                return current if edit == 0 and current else {}
            before, directory = (
                int.from_bytes(record.content[at : at + 4], "little") for at in (8, 12)
            )
            listed = next(records(self.content, directory), None)
            if listed is not None and listed.kind == _Kind.DIRECTORY:
                for number, position in _entries(listed.content):
                    current.setdefault(number, position)
            if before == 0:
                return current
            edit = before
            self.budget.charge()
        return {}

    def _list_slides(self, document: Record, current: dict[int, int]) -> None:
        """The slides in the order of the show; the outline may hold texts of their titles."""
        for listing in document.inside():
            if listing.kind != _Kind.SLIDE_LIST or listing.instance != 0:
                continue
            for record in listing.inside():
                if record.kind == _Kind.SLIDE_PERSIST:
                    label = f"slide {len(self._numbers) + 1}"
                    reference = int.from_bytes(record.content[:4], "little")
                    self._numbers[int.from_bytes(record.content[12:16], "little")] = label
                    self._slides[current.get(reference, -len(self._slides) - 1)] = label

    def _context(self, record: Record) -> _Context:
        """What a person calls a record at the top, and why a show does not have it."""
        if record.kind != _Kind.SLIDE:
            label, hidden = _CALLED.get(record.kind, ("", None))
            if record.kind == _Kind.DOCUMENT:
                label = ""
            elif record.kind == _Kind.NOTES:
                for atom in record.inside():
                    number = int.from_bytes(atom.content[:4], "little")
                    if atom.kind == _Kind.NOTES_ATOM and number in self._numbers:
                        label = f"{self._numbers[number]}{SEPARATOR}{label}"
            return _Context(label, hidden)
        hidden = None
        for atom in record.inside():
            if atom.kind == _Kind.SLIDE_SHOW and len(atom.content) > 10:
                hidden = Hidden.HIDDEN_SLIDE if atom.content[10] & _HIDDEN_SLIDE else None
        return _Context(self._slides.get(record.position, "slide"), hidden)

    def _walk(self, record: Record, context: _Context, depth: int) -> None:
        """Every text in a record, however deep."""
        self.budget.charge()
        if depth > _DEEPEST:
            raise Unreadable(Unread.TOO_DEEP, f"records nested deeper than {_DEEPEST}")
        match record.kind:
            case _Kind.TEXT:
                self._say(record.content.decode("utf-16-le", "replace"), context)
            case _Kind.BYTES:
                self._say(record.content.decode("latin-1"), context)
            case _Kind.STRING:
                text = record.content.decode("utf-16-le", "replace")
                if not text.startswith("___PPT"):  # the name of a program's own data
                    hidden = Hidden.PROPERTY if context.link else context.hidden
                    self._say(text, _Context(context.label, hidden))
            case _Kind.OBJECT:
                self.objects.append(record)
            case kind if kind in SHAPE_PROPERTIES:
                for text, why in words(record):
                    self._say(text, _Context(context.label, context.hidden or why))
            case kind if record.version == CONTAINER or kind == _Kind.TAG_DATA:
                self._inside(record, context, depth)

    def _inside(self, record: Record, context: _Context, depth: int) -> None:
        if record.kind in {_Kind.FONT, _Kind.TAG_STRING}:
            return
        inner = context
        if record.kind in {_Kind.LINK, _Kind.EMBEDDED, _Kind.LINKED}:
            inner = _Context(context.label, context.hidden, link=True)
        elif record.kind == _Kind.COMMENT:
            label = f"{context.label}{SEPARATOR}comments" if context.label else "comments"
            inner = _Context(label, Hidden.COMMENT)
        in_list = record.kind == _Kind.SLIDE_LIST and record.instance == 0
        for child in record.inside():
            if in_list and child.kind == _Kind.SLIDE_PERSIST:
                number = int.from_bytes(child.content[12:16], "little")
                inner = _Context(self._numbers.get(number, context.label), context.hidden)
            self._walk(child, inner, depth + 1)

    def _say(self, text: str, context: _Context) -> None:
        shown = text.translate(_AS_SHOWN).strip()
        if shown:
            self._found.setdefault((context.label, context.hidden), []).append(shown)


def _entries(directory: bytes) -> Iterator[tuple[int, int]]:
    """Identifiers and positions: a first identifier and a count, then positions (MS-PPT 2.3.5)."""
    position = 0
    while position + 4 <= len(directory):
        head = int.from_bytes(directory[position : position + 4], "little")
        position += 4
        for number in range(head >> 20):
            offset = directory[position : position + 4]
            if len(offset) < 4:
                return
            yield (head & 0xFFFFF) + number, int.from_bytes(offset, "little")
            position += 4
