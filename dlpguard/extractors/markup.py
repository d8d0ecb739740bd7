"""XML that is no document format of its own: repeated records as tables, the rest as text.

Read by libxml2 as a stream of events into the few nodes that are open, without recursion.  It ends
reading where entities grow beyond measure, and fetches none from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from dlpguard.document import SEPARATOR, Document, Hidden, Table, Text
from dlpguard.extractors import _flatopc, _xmlsheet
from dlpguard.extractors._budget import Budget, Defect, Piece, Unreadable
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"xml"})

_CHUNK = 1 << 16
_HEAD = 4096
_FEWEST_RECORDS = 2
_INLINE = frozenset({"p", "para", "paragraph", "text"})
"""Elements whose parts are one line, as the runs of Word are: text is not torn apart in them."""

_WORDS = re.compile(r"\w{2}[\s@/]{1,5}\w{2}")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")

_Cells = list[tuple[str, str]]


@dataclass(slots=True)
class _Record:
    """An element with nothing but simple elements and attributes in it."""

    tag: str
    cells: _Cells


@dataclass(slots=True)
class _Node:
    """An element that is still open, and what was in it so far."""

    tag: str
    attributes: _Cells
    inline: bool
    text: list[str] = field(default_factory=list)
    items: list[str | Table | _Record] = field(default_factory=list)
    simple: bool = True


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Text and tables in order, comments hidden; an Office document in XML is read as one."""
    read_whole = False
    try:
        for piece in _as_office(part, place, budget):
            read_whole = read_whole or _says_something(piece)
            yield piece
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - what is damaged is read as any XML is
        read_whole = False
    if not read_whole:
        yield from _as_xml(part, place, budget)


def _as_office(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """A document or workbook that an Office program saved as XML, nothing when it is none."""
    head = part.content[:_HEAD]
    if _flatopc.MARK in head:
        if packed := _flatopc.package(part.content, budget):
            yield budget.open(Part(part.path, packed), f"{place}{SEPARATOR}document")
    elif _xmlsheet.MARK in head:
        yield from _xmlsheet.read(part, place, budget)


def _says_something(piece: Piece) -> bool:
    if isinstance(piece, Document):
        return any(document.blocks for document in piece.walk())
    return isinstance(piece, Text | Table)


def _as_xml(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    reading = _Reading(place, budget)
    _feed(reading, part.content, budget)
    pieces = list(reading.pieces())
    text = decode(part.content, part.charset)
    yield from pieces or ([Text(place, text)] if text.strip() else [])
    if "<!ENTITY" in text:
        # A reader that expands entities shows one thing, one that refuses to another, and libxml2
        # stops where they grow too much: the source, with its declarations, has everything.
        yield Defect("xml-entities")
        yield Text(f"{place}{SEPARATOR}source", _TAG.sub(" ", text))


def _feed(reading: _Reading, content: bytes, budget: Budget) -> None:
    from lxml import etree  # noqa: PLC0415 - 20 ms that most mail does not need

    target: Any = reading  # lxml asks for plain methods, its stubs for more
    parser = etree.XMLParser(
        target=target, recover=True, huge_tree=True, resolve_entities=False, no_network=True
    )
    for start in range(0, len(content), _CHUNK):
        budget.charge()
        parser.feed(content[start : start + _CHUNK])
    if content.strip():
        parser.close()


class _Reading:
    """The target of lxml's parser."""

    def __init__(self, place: str, budget: Budget) -> None:
        self._place = place
        self._budget = budget
        self._root = _Node("", [], inline=False)
        self._open = [self._root]
        self._comments: list[str] = []
        self._asides: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        parent = self._open[-1]
        name = _local(tag)
        cells = [(_local(key), value.strip()) for key, value in attributes.items()]
        inline = parent.inline or name.lower() in _INLINE
        self._open.append(_Node(name, [c for c in cells if c[1]], inline))

    def data(self, text: str) -> None:
        """Characters."""
        self._open[-1].text.append(text)

    def end(self, tag: str) -> None:
        """An element ends, and goes into the one around it."""
        del tag
        if len(self._open) == 1:
            return
        node = self._open.pop()
        parent = self._open[-1]
        if node.inline:
            self._end_inline(node, parent)
            return
        text = _one_line(node.text)
        if not node.items:
            self._end_leaf(node, parent, text)
            return
        if text:
            node.items.append(text)
            node.simple = False
        if node.simple:
            records = [item for item in node.items if isinstance(item, _Record)]
            cells = [cell for record in records for cell in record.cells]
            if len(node.items) == 1 and len(cells) == 1:
                # A value in a wrapping of its own.
                cells = [(node.tag, cells[0][1])]
            parent.simple = parent.simple and len(cells) == 1
            parent.items.append(_Record(node.tag, [*node.attributes, *cells]))
        else:
            parent.simple = False
            parent.items.extend(_line(cell) for cell in node.attributes)
            parent.items.extend(self._settled(node.items))

    def _end_inline(self, node: _Node, parent: _Node) -> None:
        """A run of a paragraph: its text goes on in the paragraph."""
        if not parent.inline and not "".join(node.text).strip():
            self._end_leaf(node, parent, "")
            return
        # Attributes in running text are a program's, unless there are words in them.
        self._asides += [value for _, value in node.attributes if _WORDS.search(value)]
        if parent.inline:
            parent.text.extend(node.text)
            return
        parent.simple = False
        if text := _one_line(node.text):
            parent.items.append(text)

    def _end_leaf(self, node: _Node, parent: _Node, text: str) -> None:
        cells = [(f"{node.tag} {name}" if text else name, value) for name, value in node.attributes]
        if text:
            cells.insert(0, (node.tag, text))
        if len(node.attributes) > 1 and not text:
            parent.items.append(_Record(node.tag, cells))  # <person name="…" phone="…"/>
            parent.simple = False
        elif cells:
            parent.items.append(_Record(node.tag, cells))

    def comment(self, text: str) -> None:
        """A comment."""
        if text.strip():
            self._comments.append(text.strip())

    def close(self) -> None:
        """lxml calls it at the end; elements that never ended end here."""
        while len(self._open) > 1:
            self.end("")

    def pieces(self) -> Iterator[Piece]:
        """What was read."""
        self.close()
        lines: list[str] = []
        for item in [*self._settled(self._root.items), None]:
            if isinstance(item, str):
                lines.append(item)
                continue
            if lines:
                yield Text(self._place, "\n".join(lines))
                lines = []
            if item is not None:
                yield item
        if self._asides:
            yield Text(self._place, "\n".join(self._asides), Hidden.PROPERTY)
        if self._comments:
            yield Text(self._place, "\n".join(self._comments), Hidden.COMMENT)

    def _settled(self, items: list[str | Table | _Record]) -> Iterator[str | Table]:
        """Items with records that follow each other as tables, others as lines."""
        for kind, group in groupby(items, key=_kind):
            if not kind:
                yield from (item for item in group if not isinstance(item, _Record))
                continue
            records = [item for item in group if isinstance(item, _Record)]
            widest = max(len(record.cells) for record in records)
            if len(records) >= _FEWEST_RECORDS and widest > 1:
                yield self._table(records)
            else:
                several = widest > 1
                for record in records:
                    yield from (_line(cell) if several else cell[1] for cell in record.cells)

    def _table(self, records: list[_Record]) -> Table:
        heading: tuple[str, ...] = ()
        rows: list[tuple[str, ...]] = []
        named = all(len({name for name, _ in r.cells}) == len(r.cells) for r in records)
        if named:
            names = dict.fromkeys(name for record in records for name, _ in record.cells)
            heading = tuple(names)
        for record in records:
            self._budget.charge(cells=len(heading) or len(record.cells))
            if named:
                cells = dict(record.cells)
                rows.append(tuple(cells.get(name, "") for name in heading))
            else:
                rows.append(tuple(value for _, value in record.cells))
        return Table(self._place, heading, tuple(rows))


def _kind(item: str | Table | _Record) -> str:
    """What must be alike for records to be rows of one table; "" for what is none."""
    return item.tag if isinstance(item, _Record) else ""


def _line(cell: tuple[str, str]) -> str:
    return f"{cell[0]}: {cell[1]}"


def _one_line(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())


def _local(name: str) -> str:
    return name.rpartition("}")[2]
