"""Parts of binary workbooks (xlsb; MS-XLSB): the same package, its parts as records.

A record is a type and a length, each in bytes of seven bits, and its data.  The walk gives what the
readers of the XML parts give, so that the rest of a workbook is read alike.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from dlpguard.document import Hidden, Table
from dlpguard.extractors._biff import decimal, rk_number
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._cellstyles import CellStyles
from dlpguard.extractors._grid import Grid, cell_name
from dlpguard.extractors._numberformat import general
from dlpguard.extractors._sheet import Styles
from dlpguard.extractors._workbook import VISIBILITY, Sheet

_ERRORS = {
    0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A",
}  # fmt: skip
_STATES = ("visible", "hidden", "veryHidden")
_WIDE_TEXT = re.compile(
    rb"(?:[\x20-\x7e\xa0-\xff]\x00|[\x01-\xff][\x01-\x06\x30-\x9f\xac-\xd7]"
    rb"|\x00[\x01-\x06\x30-\x9f\xac-\xd7](?!\x00)){3,2000}"
)
"""A letter whose first byte is zero is none when another zero follows: then it is Latin text one
byte off."""


def records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Types and data (MS-XLSB 2.1.4); the last may be cut off."""
    position, length = 0, len(content)
    while position < length:
        kind = content[position]
        position += 1
        if kind & 0x80 and position < length:
            kind = kind & 0x7F | (content[position] & 0x7F) << 7
            position += 1
        size = shift = 0
        while position < length and shift < 28:
            byte = content[position]
            position += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, content[position : position + size]
        position += size


def wide_string(data: bytes, position: int) -> tuple[str, int]:
    """A string after its length in characters, and where it ends; 0xFFFFFFFF is none."""
    length = int.from_bytes(data[position : position + 4], "little")
    position += 4
    if length == 0xFFFFFFFF:
        return "", position
    end = min(position + 2 * length, len(data))
    return data[position:end].decode("utf-16-le", "replace"), end


def workbook(content: bytes) -> tuple[list[Sheet], bool]:
    """The sheets in order, and whether days are counted from 1904."""
    sheets: list[Sheet] = []
    date1904 = False
    for kind, data in records(content):
        if kind == 153:
            date1904 = bool(data[:1] and data[0] & 1)
        elif kind == 156:
            state = int.from_bytes(data[:4], "little")
            relation, position = wide_string(data, 8)
            name, _ = wide_string(data, position)
            hidden = VISIBILITY.get(_STATES[state]) if state < 3 else None
            sheets.append(Sheet(name, relation, hidden))
    return sheets, date1904


def shared_strings(content: bytes, budget: Budget) -> list[str]:
    """The texts that cells refer to by number."""
    strings: list[str] = []
    for kind, data in records(content):
        if kind == 19:
            budget.charge()
            strings.append(wide_string(data, 1)[0])
    return strings


def styles(content: bytes, date1904: bool) -> Styles:
    """How each cell style shows numbers, and why some show nothing."""
    found = CellStyles(date1904)
    in_cells = False
    for kind, data in records(content):
        if kind == 44 and len(data) > 6:
            found.codes[int.from_bytes(data[:2], "little")] = wide_string(data, 2)[0]
        elif kind == 43:
            found.fonts.append(_colour(data[12:20]))
        elif kind == 45:
            pattern = int.from_bytes(data[:4], "little")
            found.fills.append(_colour(data[4:12]) if pattern else "FFFFFF")
        elif kind in {617, 618}:
            in_cells = kind == 617
        elif kind == 47 and in_cells and len(data) >= 8:
            _, number, font, fill = struct.unpack_from("<4H", data)
            found.cells.append((number, font, fill))
    return found.resolved()


def _colour(data: bytes) -> str:
    """A colour (MS-XLSB 2.5.4) as `CellStyles` wants it: red, green, blue are stored with it."""
    if len(data) < 8 or data[0] >> 1 == 0:
        return "automatic"
    return data[4:7].hex().upper()


def comments(content: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """Comments with their cells, and their authors."""
    found: list[tuple[str, str]] = []
    authors: list[str] = []
    cell = ""
    for kind, data in records(content):
        if kind == 632:
            authors.append(wide_string(data, 0)[0])
        elif kind == 635 and len(data) >= 20:
            row, _, column = struct.unpack_from("<III", data, 4)
            cell = cell_name(row + 1, min(column, 16_383) + 1)
        elif kind == 637:
            found.append((cell, wide_string(data, 1)[0]))
    return found, authors


def loose(content: bytes) -> list[str]:
    """Texts in a part whose records nobody here knows: pivot caches, connections, links."""
    return [
        match.decode("utf-16-le", "replace")
        for _, data in records(content)
        for match in _WIDE_TEXT.findall(data)
    ]


class BinarySheet:
    """Takes the bytes of a worksheet part; then it gives what `SheetReader` gives."""

    def __init__(self, strings: Sequence[str], styles: Styles, budget: Budget) -> None:
        self._strings = strings
        self._styles = styles
        self._budget = budget
        self._grid = Grid()
        self._row = 0
        self._columns: list[int] = []
        self._texts: list[str] = []
        self._hidden_rows: dict[int, Hidden] = {}
        self._filtered = (0, -1)
        self.headers: list[str] = []
        self.allowed: dict[str, None] = {}
        self.said: dict[str, None] = {}

    def read(self, content: bytes) -> None:
        """Everything in the part."""
        for kind, data in records(content):
            if kind in _VALUES and len(data) >= 8:
                self._cell(kind, data)
            elif kind == 0 and len(data) >= 12:
                self._start_row(data)
            elif kind == 60 and len(data) >= 18:
                first, last, width, _, flags = struct.unpack_from("<IIIIH", data)
                if flags & 1 or width == 0:
                    self._grid.hidden_columns.append((first + 1, last + 1))
            elif kind == 161 and len(data) >= 8:
                first, last = struct.unpack_from("<II", data)
                self._filtered = (first + 1, last + 1)
            elif kind == 479:
                self._page_headers(data)
            elif kind == 64:
                self.allowed.update((text, None) for text in _texts(data))
            elif kind == 494:
                self.said.update((text, None) for text in _texts(data))

    def _start_row(self, data: bytes) -> None:
        self._keep_row()
        number, _, height = struct.unpack_from("<IIH", data)
        self._row = number + 1
        if data[11] & 0x10 or height == 0:
            self._hidden_rows[self._row] = Hidden.ROW

    def _cell(self, kind: int, data: bytes) -> None:
        self._budget.charge(cells=1)
        column = int.from_bytes(data[:4], "little") + 1
        style = int.from_bytes(data[4:7], "little")
        text = self._shown(kind, data, style)
        if text.strip():
            self._columns.append(column)
            self._texts.append(text)
            if style in self._styles.hidden:
                self._grid.hidden_cells[self._row, column] = self._styles.hidden[style]

    def _shown(self, kind: int, data: bytes, style: int) -> str:
        how = _VALUES[kind]
        body = data[8:].ljust(8, b"\0")
        if how == "text":
            return wide_string(data, 8)[0]
        if how == "rich":
            return wide_string(data, 9)[0]
        if how == "shared":
            index = int.from_bytes(body[:4], "little")
            return self._strings[index] if index < len(self._strings) else ""
        if how == "boolean":
            return "TRUE" if body[0] else "FALSE"
        if how == "error":
            return _ERRORS.get(body[0], "#")
        packed = int.from_bytes(body[:4], "little")
        number = rk_number(packed) if how == "packed" else struct.unpack_from("<d", body)[0]
        formatters = self._styles.formatters
        shown = formatters[style] if style < len(formatters) else None
        return (shown or general)(decimal(number))

    def _page_headers(self, data: bytes) -> None:
        position = 2
        for _ in range(6):
            text, position = wide_string(data, position)
            if text:
                self.headers.append(text)

    def _keep_row(self) -> None:
        if self._texts:
            self._grid.add(self._row, self._columns, self._texts)
            self._columns, self._texts = [], []

    @property
    def strings(self) -> set[str]:
        """Every text of the sheet, once."""
        return self._grid.strings

    def table(self, where: str, hidden: Hidden | None) -> Table | None:
        """The sheet as one table; None when it has no cells."""
        self._keep_row()
        first, last = self._filtered
        self._grid.hidden_rows = {
            number: Hidden.FILTERED_ROW if first < number <= last else why
            for number, why in self._hidden_rows.items()
        }
        return self._grid.table(where, hidden)


_VALUES = {
    2: "packed", 3: "error", 4: "boolean", 5: "number", 6: "text", 7: "shared",
    8: "text", 9: "number", 10: "boolean", 11: "error", 62: "rich",
}  # fmt: skip
"""Records that are cells, and how they hold their value; 8 to 11 are formulas' results."""


def _texts(data: bytes) -> list[str]:
    return [match.decode("utf-16-le", "replace") for match in _WIDE_TEXT.findall(data)]
