"""Pages, Numbers and Keynote documents (iWork).

Those of '05 to '09 are one XML part with everything in it.  Since 2013 they are protocol buffers
(`Index/*.iwa`), of which all strings are read; the numbers in their tables are a gap.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Block, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import _iwa
from dlpguard.extractors._budget import Budget, Inflation, Piece, Unreadable
from dlpguard.extractors._ooxml import Attributes, Ender, Events, Package, Starter, attribute, parse
from dlpguard.mail import Part

FORMATS = frozenset({"iwork"})

_MAIN = ("index.xml", "index.apxl")
_OF_THE_PROGRAM = (
    "buildversionhistory.plist",
    ".chrtshr",
    "thumbnail.jpg",
    "thumbnail.tiff",
    ".pfc",
)
_PASSWORD = frozenset({".iwpv2", ".iwph"})
_ENDS = frozenset({Unread.TOO_LARGE, Unread.TOO_SLOW})
"""Faults after which nothing more is read."""

_TEMPLATES = ("templateslide", "masterslide")
_CHUNK = 1 << 16

_UNSEEN = {
    "annotation": Hidden.COMMENT,
    "annotation-field": None,
    "sticky-note": Hidden.COMMENT,
    "notes": Hidden.SPEAKER_NOTE,
    "master-slide": Hidden.TEMPLATE,
    "metadata": Hidden.PROPERTY,
}
_BREAKS = {"br": "\n", "lnbr": "\n", "crbr": "\n", "pgbr": "\n", "tab": "\t"}
_VALUES = ("s", "string", "v")
"""Attributes of what is in a cell: text, a number."""

_LOOKS = frozenset(
    {
        *("alignment", "bold", "cell-style", "cell-style-ref", "color", "decimalTab", "fill"),
        *("fontColor", "fontName", "fontSize", "keepLinesTogether", "layoutParagraphStyle"),
        *("layoutstyle", "layoutstyle-ref", "list-label-geometry", "list-label-typeinfo"),
        *("minimumHorizontalInset", "number", "number-format", "opacity", "padding", "pair"),
        *("paragraphstyle", "paragraphstyle-ref", "pattern", "property-map", "shadow-ref"),
        *("stroke", "vector-style", "vector-style-ref", "SFTBackgroundProperty"),
        *("SFTStrokeProperty", "SFTCellTextWrapProperty"),
    }
)
"""Elements that say only how something looks, and never are a cell: half of all that there are."""

_LOOK = "SFTCellStyleProperty"
"""What the names of many others like them begin with."""

_NAMES_OF_STYLES = ("SFTCellStyle", "SFTFormula")

_MEANT: dict[int, Hidden | None] = {_iwa.STORAGE: None, _iwa.COMMENT: Hidden.COMMENT}
"""Why strings are not seen, by the type of the message that they are in."""

_WIDEST = 1000
"""Columns: four times as many as Numbers allows."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The text, tables as tables, comments, notes, properties; pictures and films, inside."""
    package = Package(part.content, budget)
    if not _PASSWORD.isdisjoint(package.names):
        raise Unreadable(Unread.ENCRYPTED, "an iWork document with a password")
    yield from _later(package, place, budget)
    for name in package.names:
        where = f"{place}{SEPARATOR}{name}"
        if name.removesuffix(".gz") in _MAIN:
            yield from _main(package, name, place, budget)
        elif not name.endswith(("/", ".iwa", *_OF_THE_PROGRAM)):
            # Among them Index.zip, which in 2013 held what lies in the package itself since.
            budget.charge(members=1)
            content = package.read(name)
            yield budget.open(Part(part.path, content, filename=name.rpartition("/")[2]), where)


def _later(package: Package, place: str, budget: Budget) -> Iterator[Piece]:
    """What documents of 2013 and later say: running text, comments, templates, other strings."""
    said: dict[Hidden | None, dict[str, None]] = {None: {}, Hidden.COMMENT: {}}
    types: set[int] = set()
    faults: list[Unreadable] = []
    for name in package.names:
        if name.endswith(".iwa") and not any(fault.why in _ENDS for fault in faults):
            is_template = name.rpartition("/")[2].startswith(_TEMPLATES)
            try:
                for message in _iwa.messages(package.read(name), budget):
                    types.add(message.type)
                    why = _MEANT.get(message.type, Hidden.PROPERTY)
                    why = Hidden.TEMPLATE if is_template and why is None else why
                    said.setdefault(why, {}).update(dict.fromkeys(message.strings))
            except Unreadable as error:
                faults.append(error)
    for why, texts in said.items():
        if texts:
            where = f"{place}{SEPARATOR}other strings" if why is Hidden.PROPERTY else place
            yield Text(where, "\n".join(texts), why)
    if _iwa.TILE in types:
        yield Gap(place, Unread.UNSUPPORTED, "numbers in tables of iWork since 2013", "iwork")
    for fault in faults:
        yield Gap(place, fault.why, fault.detail, "iwork")


def _main(package: Package, name: str, place: str, budget: Budget) -> Iterator[Piece]:
    reader = _Reader(place, budget)
    fault: Unreadable | None = None
    try:
        if name.endswith(".gz"):
            parse(_unzipped(package.read(name), budget), reader)
        else:
            package.parse(name, reader)
    except Unreadable as error:
        fault = error
    yield from reader.finish()
    if fault is not None:
        raise fault


def _unzipped(content: bytes, budget: Budget) -> Iterator[bytes]:
    inflation = Inflation(budget, len(content))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            while chunk := stream.read(_CHUNK):
                inflation.charge(len(chunk))
                yield chunk
    except (OSError, EOFError, zlib.error):
        raise Unreadable(Unread.CORRUPT, "a part is cut off or damaged") from None


class _Reader(Events):
    """Follows the elements; their prefixes are left away."""

    def __init__(self, place: str, budget: Budget) -> None:
        self._place, self._budget = place, budget
        self._why: list[Hidden | None] = [None]
        self._lines: dict[Hidden | None, list[str]] = {}
        self._paragraphs: list[list[str]] = []
        self._tables: list[_Grid] = []
        self._blocks: list[Block] = []

    def starter(self, name: str) -> Starter | None:
        """Nothing is asked of what says only how something looks."""
        return None if name in _LOOKS or name.startswith(_LOOK) else self.start

    def ender(self, name: str) -> Ender | None:
        """The same for its end."""
        return None if name in _LOOKS or name.startswith(_LOOK) else self.end

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name in _UNSEEN:
            self._why.append(_UNSEEN[name] or self._why[-1])
        if name == "p":
            self._paragraphs.append([])
        elif name in _BREAKS and self._paragraphs:
            self._paragraphs[-1].append(_BREAKS[name])
        elif name == "tabular-model":
            title = attribute(attributes, "name")
            self._say(title)
            self._tables.append(_Grid(title, self._budget))
        elif self._tables:
            self._tables[-1].start(name, attributes)
            if formula := attributes.get("sf:fs"):
                self._lines.setdefault(Hidden.HIDDEN_TEXT, []).append(formula)
        elif self._why[-1] is Hidden.PROPERTY:
            self._say(attribute(attributes, "string"))
        elif name == "workspace":
            self._say(attribute(attributes, "workspace-name"))

    def text(self, text: str) -> None:
        """Characters; those between paragraphs are the layout of the XML."""
        if self._paragraphs:
            self._paragraphs[-1].append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in _UNSEEN:
            self._why.pop()
        if name == "p" and self._paragraphs:
            text = "".join(self._paragraphs.pop()).strip("\n")
            if self._tables and self._tables[-1].is_open:
                self._tables[-1].take(text)
            else:
                self._say(text)
        elif name == "tabular-model" and self._tables:
            self._end_table(self._tables.pop())
        elif self._tables:
            self._tables[-1].end(name)

    def _say(self, text: str) -> None:
        self._budget.charge()
        if text.strip():
            self._lines.setdefault(self._why[-1], []).append(text)

    def _end_table(self, grid: _Grid) -> None:
        rows = grid.rows()
        if rows:
            where = f"{self._place}{SEPARATOR}{grid.title}" if grid.title else self._place
            self._blocks.append(Table(where, (), rows, self._why[-1]))

    def finish(self) -> Iterator[Block]:
        """All blocks; what was open when the part was cut off ends here."""
        while self._paragraphs:
            self._say("".join(self._paragraphs.pop()))
        while self._tables:
            self._end_table(self._tables.pop())
        for why, lines in self._lines.items():
            where = f"{self._place}{SEPARATOR}properties" if why is Hidden.PROPERTY else self._place
            yield Text(where, "\n".join(lines), why)
        yield from self._blocks


class _Grid:
    """A table: its width, and its cells one after the other, row by row."""

    def __init__(self, title: str, budget: Budget) -> None:
        self.title = title
        self._budget = budget
        self._width = 1
        self._cells: list[str] = []
        self._cell: list[str] = []
        self._depth = -1  # of the element in the list of cells; -1 outside

    @property
    def is_open(self) -> bool:
        """Whether a cell is being read."""
        return self._depth > 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins within the table."""
        if name == "grid":
            width = attribute(attributes, "numcols")
            self._width = max(1, min(int(width), _WIDEST)) if width.isdecimal() else 1
        elif name == "datasource" and self._depth < 0:
            self._depth = 0
        elif self._depth >= 0:
            self._depth += 1
            if not attributes:
                return
            for value in _VALUES:
                text = attribute(attributes, value)
                if text and not text.startswith(_NAMES_OF_STYLES):
                    self.take(text)

    def take(self, text: str) -> None:
        """Some text of a cell."""
        self._cell.append(text)

    def end(self, name: str) -> None:
        """An element ends within the table."""
        if self._depth == 0 and name == "datasource":
            self._depth = -1
        elif self._depth > 0:
            self._depth -= 1
            if self._depth == 0:
                self._budget.charge(cells=1)
                self._cells.append("\n".join(self._cell))
                self._cell = []

    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The rows that hold anything."""
        starts = range(0, len(self._cells), self._width)
        rows = (tuple(self._cells[start : start + self._width]) for start in starts)
        return tuple(row for row in rows if any(row))
