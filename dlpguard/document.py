"""What can be read in a file: blocks of text and tables, and gaps where nothing can be read.

Every block says where it stands in words a person can follow (`clients.xlsx › Sheet2`), and
`hidden` says why a person looking at the file would not see it (None: they would).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

SEPARATOR = " › "
"""Between the steps of a place: file, member, sheet, row."""

MESSAGE = "message"
"""The place of the message as a whole."""


class Hidden(StrEnum):
    """Why a person looking at the file would not see a block, row, column or cell."""

    SHEET = "hidden sheet"
    VERY_HIDDEN_SHEET = "very hidden sheet"
    ROW = "hidden row"
    FILTERED_ROW = "filtered row"
    COLUMN = "hidden column"
    CELL_FORMAT = "number format that shows nothing"
    PIVOT_CACHE = "pivot cache"
    CELL_COMMENT = "cell comment"
    COMMENT = "comment"
    TRACKED_CHANGE = "tracked change"
    HIDDEN_TEXT = "hidden text"
    SAME_COLOUR = "text in the colour of its background"
    SPEAKER_NOTE = "speaker note"
    HIDDEN_SLIDE = "hidden slide"
    HEADER = "page header or footer"
    EMBEDDED = "embedded object"
    PROPERTY = "document property"
    PDF_ANNOTATION = "PDF annotation"
    COVERED = "text under a box or a picture"
    OFF_PAGE = "text outside the page"
    LAYER = "layer that is switched off"
    SCRIPT = "script"
    HTML = "HTML that is not displayed"
    ALTERNATIVE = "alternative that is not displayed"
    PREAMBLE = "text outside the MIME parts"
    HEADER_FIELD = "header field that is not displayed"
    DEFINED_NAME = "defined name"
    VALIDATION = "list of allowed values"
    CACHE = "cached value"
    MACRO = "macro"
    TEMPLATE = "slide master, layout or template"
    MEMBER = "member that the directory of the archive does not list"


class Unread(StrEnum):
    """Why something could not be read."""

    ENCRYPTED = "encrypted"
    SCAN = "scan"
    UNSUPPORTED = "unsupported"
    CORRUPT = "corrupt"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_SLOW = "too-slow"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read.  It decides like a finding; it is never silence.

    `detail` says why in words for an administrator ("needs a password"), `format` is the sniffed
    format ("pdf", "" when unknown).  `detail` never holds content.
    """

    where: str = field(repr=False)
    why: Unread
    detail: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Running text.  Findings point into it by character offset."""

    where: str = field(repr=False)
    text: str = field(repr=False)
    hidden: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, as strings a person would see.

    `heading` is what the format itself marks as a heading (HTML `th`, a Word header row); empty
    elsewhere, and `counting.columns` then looks for one among the first rows.  `numbers` are the
    rows' own numbers in their source, parallel to `rows` (empty: 1, 2, 3, …).  `hidden` is about
    the whole table; `hidden_rows` and `hidden_columns` map indexes into `rows` and into a row to
    a reason, `hidden_cells` (row index, column index) pairs.
    """

    where: str = field(repr=False)
    heading: tuple[str, ...] = field(repr=False)
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    hidden: Hidden | None = None
    numbers: tuple[int, ...] = ()
    hidden_rows: dict[int, Hidden] = field(default_factory=dict)
    hidden_columns: dict[int, Hidden] = field(default_factory=dict)
    hidden_cells: dict[tuple[int, int], Hidden] = field(default_factory=dict)

    def hidden_at(self, row: int, column: int) -> Hidden | None:
        """Why the cell at these indexes would not be seen, None when it would."""
        return (
            self.hidden
            or self.hidden_rows.get(row)
            or self.hidden_columns.get(column)
            or self.hidden_cells.get((row, column))
        )

    def row_place(self, row: int) -> str:
        """Where the row with this index stands: `clients.xlsx › Sheet2 › row 14`."""
        number = self.numbers[row] if self.numbers else row + 1
        return f"{self.where}{SEPARATOR}row {number}"


Block = Text | Table


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds; what is attached, zipped or embedded in it is `inside`.

    `format` is what its bytes say it is ("xlsx", "pdf", "mail"); `defects` are short names of
    contradictions ("type-contradiction").
    """

    name: str = field(repr=False)
    format: str
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    gaps: tuple[Gap, ...] = ()
    inside: tuple[Document, ...] = field(default=(), repr=False)
    defects: tuple[str, ...] = ()

    def concealed(self, why: Hidden) -> Document:
        """The same document with its own blocks hidden for a reason."""
        return replace(self, blocks=tuple(replace(block, hidden=why) for block in self.blocks))

    def walk(self) -> Iterator[Document]:
        """This document and everything inside it, outermost first, in order."""
        yield self
        for document in self.inside:
            yield from document.walk()
