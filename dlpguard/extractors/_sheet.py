"""One worksheet, streamed: cells as text where they stand, and what of them is hidden.

The declared dimensions are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dlpguard.document import Hidden, Table
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._grid import Grid
from dlpguard.extractors._leftovers import literals, says_something
from dlpguard.extractors._numberformat import Formatter
from dlpguard.extractors._ooxml import (
    Attributes,
    Ender,
    Events,
    Starter,
    is_on,
    parse,
    unescaped,
)
from dlpguard.extractors._plaincells import ELEMENT, PlainCells

_LETTERS = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
_LAST_COLUMN = 16_384

_HEADERS = frozenset(
    {"oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"}
)
_FORMULAS = frozenset({"formula1", "formula2"})
_SAYING = {
    "dataValidation": ("promptTitle", "prompt", "errorTitle", "error"),
    "hyperlink": ("display", "tooltip", "location"),
    "filter": ("val",),
    "customFilter": ("val",),
    "cfRule": ("text",),
    "scenario": ("name", "comment"),
    "inputCells": ("val",),
}
"""Elements beside the cells whose attributes hold texts, and which."""

_ELEMENTS = frozenset({
    "row", "t", "is", "rPh", "f", "col", "sheetFormatPr", "autoFilter",
    *_HEADERS, *_FORMULAS, *_SAYING,
})  # fmt: skip
"""All that `SheetReader.start` and `end` ask for."""

_STRINGS = frozenset({"str", "inlineStr"})
_BOOLEANS = {"0": "FALSE", "1": "TRUE"}


@dataclass(frozen=True, slots=True)
class Styles:
    """How each cell style shows numbers (None: as they are stored), and why some show nothing."""

    formatters: tuple[Formatter | None, ...] = ()
    hidden: Mapping[int, Hidden] = field(default_factory=dict)


class SheetReader(Events):
    """Takes the events of a worksheet part; `table` afterwards gives what was in it."""

    def __init__(self, strings: Sequence[str], styles: Styles, budget: Budget) -> None:
        self._strings = strings
        self._styles = styles
        self._budget = budget
        self._grid = Grid()
        self._repeated: dict[str, str] = {}
        self._hidden_rows: dict[int, Hidden] = {}
        self._letters: dict[str, int] = {}
        self._plain = PlainCells()
        self._number = 0
        self._columns: list[int] = []
        self._texts: list[str] = []
        self._column = 0
        self._type = "n"
        self._style = 0
        self._cell: Attributes | None = None
        self._in_cell = False
        self._value: list[str] | None = None
        self._inline: list[str] = []
        self._phonetic = False
        self._other: list[str] | None = None
        self._filtered: tuple[int, int] | None = None
        self._zero_height = False
        self._formula = ""
        self.headers: list[str] = []
        self.allowed: dict[str, None] = {}
        """What data validation says: lists of values, prompts."""
        self.said: dict[str, None] = {}
        """Links, filters and scenarios that stand in attributes, texts in formulas."""

    def read(self, chunks: Iterable[bytes]) -> None:
        """Take a worksheet part's XML.  `Unreadable` when it is not well-formed."""
        parse(self._plain.taken_from(chunks), self)

    def starter(self, name: str) -> Starter | None:
        """A sheet may have a million cells: those go straight to what takes them."""
        if name == "c":
            return self._start_cell
        if name == "v":
            return self._start_value
        if name == ELEMENT:
            return self._take_run
        return self.start if name in _ELEMENTS else self._start_other

    def ender(self, name: str) -> Ender | None:
        """The same for ends."""
        if name == "c":
            return self._end_cell
        if name == "v":
            return self._end_value
        return self.end if name in _ELEMENTS else None

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""
        if name == "row":
            self._start_row(attributes)
        elif name == "t" and not self._phonetic:
            self._value = []
        elif name == "is":
            self._inline = []
        elif name == "rPh":
            self._phonetic = True
        elif name == "f" or name in _HEADERS or name in _FORMULAS:
            self._other = []
        elif name == "col":
            self._start_columns(attributes)
        elif name == "sheetFormatPr":
            self._zero_height = is_on(attributes.get("zeroHeight"))
        elif name == "autoFilter":
            self._start_filter(attributes)
        elif name in _SAYING:
            kept = self.allowed if name == "dataValidation" else self.said
            values = (attributes.get(wanted, "") for wanted in _SAYING[name])
            kept.update((value, None) for value in values if value)

    def _start_other(self, _name: str, attributes: Attributes) -> None:
        """An element that shows nothing; somebody's words may stand in it all the same."""
        for value in attributes.values():
            if says_something(value):
                self.said[value] = None

    def _start_row(self, attributes: Attributes) -> None:
        given = attributes.get("r", "")
        number = int(given) if given.isdecimal() and len(given) < 10 else 0
        self._number = number or self._number + 1
        self._column = 0
        self._cell = None
        height = attributes.get("ht", "")
        hidden = attributes.get("hidden")
        if (
            is_on(hidden)
            or (height and not height.strip("0.") and is_on(attributes.get("customHeight")))
            or (self._zero_height and hidden is None)
        ):
            self._hidden_rows[self._number] = Hidden.ROW

    def _start_cell(self, _name: str, attributes: Attributes) -> None:
        if "r" not in attributes:
            self._settle()  # it stands beside the one before
        self._cell = attributes
        self._in_cell = True

    def _take_run(self, _name: str, attributes: Attributes) -> None:
        """A run of plain cells, each of which says where it stands."""
        self._cell = None
        for letters, style, kind, value in self._plain.cells(attributes.get("n", "")):
            self._column = self._column_of(letters)
            self._type = kind or "n"
            self._style = int(style or 0)
            self._keep(self._shown(value))

    def _start_value(self, _name: str, _attributes: Attributes) -> None:
        self._value = []

    def _settle(self) -> None:
        """Look where the cell stands, of what type it is and how it looks, once.

        Most cells of many sheets have borders and no value, and need none of that.
        """
        cell, self._cell = self._cell, None
        if cell is None:
            return
        self._column = self._column_of(cell.get("r", "").rstrip("0123456789"))
        self._type = cell.get("t", "n")
        style = cell.get("s", "0")
        self._style = int(style) if style.isdecimal() else 0

    def _column_of(self, letters: str) -> int:
        """The number of a column; the next one where there is no such."""
        column = self._letters.get(letters)
        if column is None:
            column = self._letters[letters] = column_number(letters)
        return column or self._column + 1

    def _start_columns(self, attributes: Attributes) -> None:
        width = attributes.get("width", "")
        if is_on(attributes.get("hidden")) or (width and not width.strip("0.")):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self._grid.hidden_columns.append((int(first), int(last)))

    def _start_filter(self, attributes: Attributes) -> None:
        ends = _LETTERS.findall(attributes.get("ref", ""))
        if len(ends) == 2:
            self._filtered = (int(ends[0][1]), int(ends[1][1]))

    def text(self, text: str) -> None:
        """Characters."""
        if self._value is not None:
            self._value.append(text)
        elif self._other is not None:
            self._other.append(text)
        elif says_something(text):
            self.said[text.strip()] = None

    def comment(self, text: str) -> None:
        """A comment of the XML, or an instruction."""
        if says_something(text):
            self.said[text.strip()] = None

    def _end_value(self, _name: str) -> None:
        pieces, self._value = self._value, None
        if pieces:
            self._settle()
            self._keep(self._shown(pieces[0] if len(pieces) == 1 else "".join(pieces)))

    def _end_cell(self, _name: str) -> None:
        self._in_cell = False
        if self._formula:
            # A formula without a stored result shows one as soon as the file is opened.
            self._settle()
            self._keep(f"={self._formula}")
            self._formula = ""

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "t":
            if self._value is not None:
                self._inline.append("".join(self._value))
            self._value = None
        elif name == "is":
            self._settle()
            self._keep(unescaped("".join(self._inline)))
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self._phonetic = False
        elif self._other is not None:
            self._end_other(name, "".join(self._other))
            self._other = None

    def _end_other(self, name: str, text: str) -> None:
        if name == "f" and self._in_cell:
            self._formula = text
            if '"' in text:
                self.said.update(dict.fromkeys(literals(text)))
        elif name in _HEADERS:
            self.headers.append(text)
        elif '"' in text or says_something(text):
            self.allowed[text] = None

    def _shown(self, raw: str) -> str:
        """The stored value as a person sees it."""
        kind = self._type
        if kind == "n":
            formatters = self._styles.formatters
            shown = formatters[self._style] if self._style < len(formatters) else None
            if shown is not None:
                raw = shown(raw)
        elif kind == "s":
            raw = raw.strip()
            index = int(raw) if raw.isdecimal() and len(raw) < 10 else -1
            return self._strings[index] if 0 <= index < len(self._strings) else ""
        elif kind == "b":
            return _BOOLEANS.get(raw, raw)
        elif kind in _STRINGS:
            raw = unescaped(raw)
        # Equal texts are stored once: large sheets repeat themselves.
        return self._repeated.setdefault(raw, raw) if len(raw) < 20 else raw

    def _keep(self, text: str) -> None:
        self._formula = ""
        if text and text.strip():
            if self._style in self._styles.hidden:
                why = self._styles.hidden[self._style]
                self._grid.hidden_cells[self._number, self._column] = why
            self._columns.append(self._column)
            self._texts.append(text)

    def _end_row(self) -> None:
        self._budget.charge(cells=len(self._columns))
        self._keep_row()

    def _keep_row(self) -> None:
        if not self._texts:
            return
        self._grid.add(self._number, self._columns, self._texts)
        self._columns, self._texts = [], []

    @property
    def strings(self) -> set[str]:
        """Every text of the sheet, once."""
        return self._grid.strings

    def table(self, where: str, hidden: Hidden | None) -> Table | None:
        """The sheet as one table; None when it has no cells."""
        self._keep_row()  # of a sheet that was cut off
        first, last = self._filtered or (0, -1)
        self._grid.hidden_rows = {
            number: Hidden.FILTERED_ROW if first < number <= last else why
            for number, why in self._hidden_rows.items()
        }
        return self._grid.table(where, hidden)


def column_number(letters: str) -> int:
    """1 for A, 28 for AB; 0 for what is no column.

    >>> column_number("XFD")
    16384
    """
    number = 0
    for letter in letters.upper()[:4]:
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - 64
    return number if number <= _LAST_COLUMN else 0
