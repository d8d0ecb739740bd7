"""The XML of an OpenDocument file (ODF 1.3-3), streamed: what is seen, and what is not and why.

One reader takes all of it: content.xml, styles.xml and flat files, texts, sheets and slides.  Cells
and rows may say that they repeat a million times; they are counted, not copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard import mime
from dlpguard.document import SEPARATOR, Hidden, Table, Text
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._grid import Grid
from dlpguard.extractors._leftovers import says_something
from dlpguard.extractors._odfstyles import Styles
from dlpguard.extractors._ooxml import Attributes, Events, attribute

_MOST_COPIES = 100
"""Of a cell that holds something and repeats itself; what more there is says nothing new."""

_MOST_REPEATS = 1_048_576
"""Rows of the longest sheet there is."""

_MOST_SPACES = 100

_STYLE_SECTIONS = frozenset({"styles", "automatic-styles"})
_ASIDE: dict[str, tuple[str, Hidden | None]] = {
    "annotation": ("comments", Hidden.COMMENT),
    "tracked-changes": ("changes", Hidden.TRACKED_CHANGE),
    "notes": ("notes", Hidden.SPEAKER_NOTE),
    "note": ("footnotes", None),
    "header": ("headers", Hidden.HEADER),
    "header-left": ("headers", Hidden.HEADER),
    "header-first": ("headers", Hidden.HEADER),
    "footer": ("footers", Hidden.HEADER),
    "footer-left": ("footers", Hidden.HEADER),
    "footer-first": ("footers", Hidden.HEADER),
    "meta": ("properties", Hidden.PROPERTY),
}
"""Elements whose paragraphs stand apart: what a person calls them, why they are not seen."""

_SPOKEN: dict[str, Hidden] = {
    "title": Hidden.PROPERTY,
    "desc": Hidden.PROPERTY,
    "creator": Hidden.PROPERTY,
    "script": Hidden.MACRO,
    "header-decl": Hidden.HEADER,
    "footer-decl": Hidden.HEADER,
    "date-time-decl": Hidden.HEADER,
}
"""Elements with text of their own, outside paragraphs."""

_IN_ATTRIBUTES: dict[str, tuple[tuple[str, ...], Hidden]] = {
    "a": (("href",), Hidden.PROPERTY),
    "hidden-text": (("string-value",), Hidden.HIDDEN_TEXT),
    "conditional-text": (("string-value-if-true", "string-value-if-false"), Hidden.HIDDEN_TEXT),
    "user-field-decl": (("string-value",), Hidden.HIDDEN_TEXT),
    "variable-set": (("string-value",), Hidden.HIDDEN_TEXT),
    "content-validation": (("condition",), Hidden.VALIDATION),
    "help-message": (("title",), Hidden.VALIDATION),
    "named-expression": (("expression",), Hidden.DEFINED_NAME),
    "filter-condition": (("value",), Hidden.DEFINED_NAME),
    "text": (("current-value", "value"), Hidden.HIDDEN_TEXT),
    "textarea": (("current-value", "value"), Hidden.HIDDEN_TEXT),
    "item": (("label",), Hidden.HIDDEN_TEXT),
    "option": (("label", "value"), Hidden.HIDDEN_TEXT),
    "user-defined": (("name",), Hidden.PROPERTY),
    "template": (("href", "title"), Hidden.PROPERTY),
}
_VALUES = ("date-value", "time-value", "boolean-value", "string-value", "value")
_VISIBILITY = {"collapse": Hidden.ROW, "filter": Hidden.FILTERED_ROW}


@dataclass(slots=True)
class _Aside:
    """Somewhere that paragraphs go to: the body, a comment, the notes of a slide."""

    element: str
    where: str
    hidden: Hidden | None
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Paragraph:
    hidden: Hidden | None
    pieces: list[str] = field(default_factory=list)
    spans: list[Hidden | None] = field(default_factory=list)


@dataclass(slots=True)
class _OpenTable:
    where: str
    hidden: Hidden | None
    grid: Grid = field(default_factory=Grid)
    row: int = 0
    rows: int = 1
    column: int = 0
    copies: int = 1
    columns: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    lines: list[str] | None = None
    """The paragraphs of the cell that is open, None between cells."""
    value: str = ""
    cell_hidden: Hidden | None = None
    heading_rows: int = 0


class OdfReader(Events):
    """Takes the events of a part; `finish` gives its blocks in order.

    `sheets`: it is part of a spreadsheet, whose top-level tables are sheets with names (content.xml
    says so itself).  Styles that were read from another part before are kept.
    """

    def __init__(self, where: str, budget: Budget, styles: Styles, *, sheets: bool) -> None:
        self._where = where
        self._budget = budget
        self._styles = styles
        self._sheets = sheets
        self._in_styles = ""
        self._asides = [_Aside("", where, None)]
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_OpenTable] = []
        self._spoken: list[str] | None = None
        self._file: list[str] | None = None
        self._slides = 0
        self._blocks: list[Text | Table] = []
        self._unseen: dict[Hidden, dict[str, None]] = {}
        self.files: list[bytes] = []
        """Pictures and objects of a flat file, in the order of their ends."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if self._in_styles:
            self._styles.start(name, attributes)
        elif name in _STYLE_SECTIONS:
            self._in_styles = name
        elif name in {"p", "h"}:
            hidden = self._styles.hides("paragraph", attribute(attributes, "style-name"))
            self._paragraphs.append(_Paragraph(hidden))
        elif name == "span" and self._paragraphs:
            hidden = self._styles.hides("text", attribute(attributes, "style-name"))
            self._paragraphs[-1].spans.append(hidden)
        elif name == "s":
            count = attribute(attributes, "c", "1")
            short = count.isdecimal() and len(count) < 6
            self.text(" " * (min(int(count), _MOST_SPACES) if short else 1))
        elif name == "tab":
            self.text("\t")
        elif name == "line-break":
            self.text("\n")
        elif name in _SPOKEN:
            self._spoken = []
        elif name == "binary-data":
            self._file = []
        else:
            self._structure(name, attributes)
        if attributes and name in _IN_ATTRIBUTES:
            names, why = _IN_ATTRIBUTES[name]
            self._keep(why, *(attribute(attributes, wanted) for wanted in names))

    def _structure(self, name: str, attributes: Attributes) -> None:
        """Elements that change where text goes."""
        if name == "table":
            self._start_table(attributes)
        elif name == "table-column" and self._tables:
            self._column(self._tables[-1], attributes)
        elif name == "table-row" and self._tables:
            self._start_row(self._tables[-1], attributes)
        elif name in {"table-cell", "covered-table-cell"} and self._tables:
            self._start_cell(self._tables[-1], attributes)
        elif name == "table-header-rows" and self._tables and not self._tables[-1].row:
            self._tables[-1].heading_rows = -1
        elif name in _ASIDE:
            self._start_aside(name)
        elif name == "section" and attribute(attributes, "display") in {"none", "condition"}:
            self._asides.append(_Aside(name, self._asides[-1].where, Hidden.HIDDEN_TEXT))
        elif name == "section":
            self._asides.append(_Aside(name, self._asides[-1].where, self._asides[-1].hidden))
            self._asides[-1].lines = self._asides[-2].lines
        elif name == "hidden-paragraph" and self._paragraphs:
            self._paragraphs[-1].hidden = Hidden.HIDDEN_TEXT
        elif name == "page":
            self._start_slide(attributes)
        elif name == "spreadsheet":
            self._sheets = True
        elif name == "master-page":
            called = f"{self._where}{SEPARATOR}master {attribute(attributes, 'name')}"
            self._asides.append(_Aside(name, called, None))

    def _start_aside(self, name: str) -> None:
        called, hidden = _ASIDE[name]
        where = self._asides[-1].where
        if self._sheets and self._tables and name == "annotation":
            hidden = Hidden.CELL_COMMENT
            where = f"{where}{SEPARATOR}row {self._tables[-1].row}"
        elif hidden is Hidden.HEADER and not self._sheets:
            hidden = None  # of a page that is read as it is printed
        self._asides.append(_Aside(name, f"{where}{SEPARATOR}{called}", hidden))

    def _start_slide(self, attributes: Attributes) -> None:
        self._slides += 1
        self._budget.charge(pages=1)
        style = attribute(attributes, "style-name")
        hidden = None if self._styles.shown("drawing-page", style) else Hidden.HIDDEN_SLIDE
        where = f"{self._where}{SEPARATOR}slide {self._slides}"
        self._asides.append(_Aside("page", where, hidden))

    def _start_table(self, attributes: Attributes) -> None:
        where = self._asides[-1].where
        hidden = self._asides[-1].hidden
        if self._sheets and not self._tables:
            where = f"{where}{SEPARATOR}{attribute(attributes, 'name')}"
        elif not self._tables:
            self._flush(self._asides[-1])
        if not self._styles.shown("table", attribute(attributes, "style-name")):
            hidden = hidden or Hidden.SHEET
        self._asides.append(_Aside("table", where, hidden))
        self._tables.append(_OpenTable(where, hidden))

    def _column(self, table: _OpenTable, attributes: Attributes) -> None:
        first = table.column + 1
        table.column += _count(attributes, "number-columns-repeated")
        flat = self._styles.flat("table-column", attribute(attributes, "style-name"))
        if flat or attribute(attributes, "visibility") in _VISIBILITY:
            table.grid.hidden_columns.append((first, table.column))

    def _start_row(self, table: _OpenTable, attributes: Attributes) -> None:
        table.row += table.rows if table.row else 1
        table.rows = _count(attributes, "number-rows-repeated")
        table.column = 0
        table.columns, table.texts = [], []
        why = _VISIBILITY.get(attribute(attributes, "visibility"))
        if why is None and self._styles.flat("table-row", attribute(attributes, "style-name")):
            why = Hidden.ROW
        if why is not None:
            table.grid.hidden_rows[table.row] = why

    def _start_cell(self, table: _OpenTable, attributes: Attributes) -> None:
        table.column += 1
        table.copies = _count(attributes, "number-columns-repeated")
        table.lines = []
        table.value = ""
        table.cell_hidden = None
        if attributes:
            values = (attribute(attributes, name) for name in _VALUES)
            table.value = next(filter(None, values), "")
            style = attribute(attributes, "style-name")
            table.cell_hidden = self._styles.hides("table-cell", style)

    def text(self, text: str) -> None:
        """Characters."""
        if self._file is not None:
            self._file.append(text)
        elif self._paragraphs:
            paragraph = self._paragraphs[-1]
            why = next((span for span in reversed(paragraph.spans) if span), None)
            if why is None:
                paragraph.pieces.append(text)
            else:
                self._keep(why, text)
        elif self._spoken is not None:
            self._spoken.append(text)
        elif self._asides[-1].element == "meta":
            self._asides[-1].lines.append(text.strip())
        elif says_something(text):
            self._keep(Hidden.PROPERTY, text.strip())

    def end(self, name: str) -> None:
        """An element ends."""
        if self._in_styles:
            if name == self._in_styles:
                self._in_styles = ""
        elif name in {"p", "h"}:
            self._end_paragraph()
        elif name == "span":
            if self._paragraphs and self._paragraphs[-1].spans:
                self._paragraphs[-1].spans.pop()
        elif name in _SPOKEN:
            self._keep(_SPOKEN[name], "".join(self._spoken or ()).strip())
            self._spoken = None
        elif name == "binary-data" and self._file is not None:
            self.files.append(mime.base64("".join(self._file).encode("ascii", "replace")))
            self._file = None
        elif name in {"table-cell", "covered-table-cell"} and self._tables:
            self._end_cell(self._tables[-1])
        elif name == "table-row" and self._tables:
            self._end_row(self._tables[-1])
        elif name == "table" and self._tables:
            self._end_table(self._tables.pop())
        elif len(self._asides) > 1 and self._asides[-1].element == name:
            self._end_aside()

    def _keep(self, why: Hidden, *texts: str) -> None:
        self._unseen.setdefault(why, {}).update((text, None) for text in texts if text.strip())

    def _end_paragraph(self) -> None:
        if not self._paragraphs:
            return
        self._budget.charge()
        paragraph = self._paragraphs.pop()
        text = "".join(paragraph.pieces)
        aside = self._asides[-1]
        if paragraph.hidden and aside.hidden is None:
            self._keep(paragraph.hidden, text)
        elif aside.element == "table" and self._tables:
            cell = self._tables[-1].lines
            (aside.lines if cell is None else cell).append(text)
        else:
            aside.lines.append(text)

    def _end_cell(self, table: _OpenTable) -> None:
        lines = [line for line in table.lines or () if line.strip()]
        text = "\n".join(lines) or table.value
        if text:
            copies = min(table.copies, _MOST_COPIES)
            self._budget.charge(cells=copies)
            for column in range(table.column, table.column + copies):
                table.columns.append(column)
                table.texts.append(text)
                if table.cell_hidden is not None:
                    table.grid.hidden_cells[table.row, column] = table.cell_hidden
        table.column += table.copies - 1
        table.lines = None

    def _end_row(self, table: _OpenTable) -> None:
        if table.texts:
            table.grid.add(table.row, table.columns, table.texts)
            table.columns, table.texts = [], []
        if table.heading_rows == -1:
            table.heading_rows = 1

    def _end_table(self, open_table: _OpenTable) -> None:
        self._end_row(open_table)
        table = open_table.grid.table(open_table.where, open_table.hidden, open_table.heading_rows)
        if table is not None:
            if max(map(len, table.rows)) == 1 and not self._sheets:
                # A frame around text.
                text = "\n".join(row[0] for row in table.rows)
                self._blocks.append(Text(table.where, text, table.hidden))
            else:
                self._blocks.append(table)
        while len(self._asides) > 1 and self._end_aside() != "table":
            pass

    def _end_aside(self) -> str:
        """Close what is open; its element."""
        aside = self._asides.pop()
        if aside.element != "section" or aside.lines is not self._asides[-1].lines:
            self._flush(aside)
        return aside.element

    def _flush(self, aside: _Aside) -> None:
        """Paragraphs so far, as one block."""
        text = "\n".join(aside.lines).strip("\n")
        aside.lines.clear()
        if text.strip():
            self._blocks.append(Text(aside.where, text, aside.hidden))

    def finish(self) -> Iterator[Text | Table]:
        """All blocks.  What was open when the part was cut off ends here."""
        self._budget = Budget()  # what was kept so far has been paid for
        while self._paragraphs:
            self._end_paragraph()
        while self._tables:
            if self._tables[-1].lines is not None:
                self._end_cell(self._tables[-1])
            self._end_table(self._tables.pop())
        while len(self._asides) > 1:
            self._end_aside()
        self._flush(self._asides[0])
        yield from self._blocks
        for why, texts in self._unseen.items():
            if texts:
                yield Text(self._where, "\n".join(texts), why)


def _count(attributes: Attributes, name: str) -> int:
    """How often a row, column or cell repeats itself; never more than any sheet has rows."""
    value = attribute(attributes, name, "1")
    if not value.isdecimal():
        return 1
    return max(1, min(int(value), _MOST_REPEATS)) if len(value) < 9 else _MOST_REPEATS
