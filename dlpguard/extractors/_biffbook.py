"""What an old workbook says before its sheets: names, strings, formats (MS-XLS 2.1.7.20)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from dlpguard.document import Hidden
from dlpguard.extractors._biff import Record, Strings
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._numberformat import Formatter, formatter, hides

_VISIBILITY = {1: Hidden.SHEET, 2: Hidden.VERY_HIDDEN_SHEET}
_UNICODE = 0x0600
_WHITE = frozenset({1, 9})
"""Numbers of the colour white; what stands behind a cell without a pattern."""

_SOLID = 1
_CONSTANT_TEXT = 0x17
"""The token of a formula that is a text (ptgStr)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it; `position` is where in the stream it begins."""

    name: str = field(repr=False)
    position: int
    hidden: Hidden | None


class Book:
    """The workbook's own records; `take` is given each of them."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._fonts: list[int] = []
        self._codes: dict[int, str] = {}
        self._styles: list[tuple[int, int, int, int]] = []
        self._cached: dict[int, tuple[Formatter | None, Hidden | None]] = {}
        self.version = 0
        self.charset = "cp1252"
        self.date1904 = False
        self.sheets: list[Sheet] = []
        self.strings: list[str] = []
        self.used: set[int] = set()
        """Numbers of the strings that cells refer to."""
        self.names: list[str] = []
        self.links: list[str] = []
        self.author = ""
        self.drawing = b""

    @property
    def wide(self) -> bool:
        """Whether strings are Unicode: Excel 97 and later."""
        return self.version >= _UNICODE

    def reader(self, record: Record, position: int) -> Strings:
        """To read the strings of a record."""
        return Strings(record, position, wide=self.wide, charset=self.charset)

    def take(self, record: Record) -> None:
        """A record of the workbook as a whole; those that say nothing to a reader are ignored."""
        kind, data = record.kind, record.data
        if kind == 0x0042:  # CODEPAGE
            page = int.from_bytes(data[:2], "little")
            self.charset = {0x8000: "mac-roman", 0x8001: "cp1252"}.get(page, f"cp{page}")
        elif kind == 0x0022:
            self.date1904 = data[:1] == b"\1"
        elif kind == 0x0085:
            self._bound_sheet(record)
        elif kind == 0x00FC:
            self._shared_strings(record)
        elif kind in {0x0031, 0x0231}:
            self._fonts.append(int.from_bytes(data[4:6], "little"))
        elif kind in {0x001E, 0x041E}:
            self._format(record)
        elif kind in {0x00E0, 0x0043, 0x0243, 0x0443}:
            self._style(kind, data)
        elif kind in {0x0018, 0x0218}:
            self._name(record)
        elif kind == 0x01AE:
            self._external_book(record)
        elif kind == 0x0023 and self.wide and data[:2] == b"\0\0":
            self.links.append(self.reader(record, 6).string(1))
        elif kind == 0x005C:
            self.author = self.reader(record, 0).string(2 if self.wide else 1).strip()
        elif kind == 0x00EB:
            self.drawing += data

    def _bound_sheet(self, record: Record) -> None:
        position, state = struct.unpack_from("<IB", record.data.ljust(6, b"\0"))
        name = self.reader(record, 6).string(1)
        self.sheets.append(Sheet(name, position, _VISIBILITY.get(state & 3)))

    def _shared_strings(self, record: Record) -> None:
        strings = self.reader(record, 8)
        for _ in range(int.from_bytes(record.data[4:8], "little")):
            if strings.left <= 0:
                break
            text = strings.string()
            self._budget.charge()
            self.strings.append(text)

    def _format(self, record: Record) -> None:
        if self.version >= 0x0500:
            id = int.from_bytes(record.data[:2], "little")
            self._codes[id] = self.reader(record, 2).string(2 if self.wide else 1)
        else:
            # Until Excel 4 the order is the number.
            start = 2 if record.kind == 0x041E else 0
            self._codes[len(self._codes)] = self.reader(record, start).string(1)

    def _style(self, kind: int, data: bytes) -> None:
        """A cell style: font, number format, colour and pattern behind the cell."""
        if kind != 0x00E0:
            self._styles.append((-1, data[1] if len(data) > 1 else 0, 0, 0))
            return
        font, number = struct.unpack_from("<HH", data.ljust(4, b"\0"))
        colour = pattern = 0
        if self.wide and len(data) >= 20:
            pattern = data[17] >> 2
            colour = int.from_bytes(data[18:20], "little") & 0x7F
        elif len(data) >= 12:
            pattern = data[10] & 0x3F
            colour = data[8] & 0x7F
        self._styles.append((font, number, colour, pattern))

    def style(self, index: int) -> tuple[Formatter | None, Hidden | None]:
        """How a cell style shows numbers, and why it shows nothing."""
        if index not in self._cached:
            self._cached[index] = self._resolved(index)
        return self._cached[index]

    def _resolved(self, index: int) -> tuple[Formatter | None, Hidden | None]:
        if not 0 <= index < len(self._styles):
            return None, None
        font, number, colour, pattern = self._styles[index]
        code = self._codes.get(number, "")
        if hides(code):
            return formatter(number, code, self.date1904), Hidden.CELL_FORMAT
        # There is no font number 4 (MS-XLS 2.5.129).
        place = font - 1 if font > 4 else font
        ink = self._fonts[place] if 0 <= place < len(self._fonts) else -1
        same = ink == colour if pattern == _SOLID else pattern == 0 and ink in _WHITE
        return formatter(number, code, self.date1904), Hidden.SAME_COLOUR if same else None

    def _name(self, record: Record) -> None:
        """A defined name that stands for a text."""
        data = record.data
        if self.version < 0x0500 or len(data) < 16:
            return
        length, size = data[3], int.from_bytes(data[4:6], "little")
        strings = self.reader(record, 14)
        name = strings.characters(length)
        tokens = record.data[strings.position : strings.position + size]
        if tokens[:1] == bytes([_CONSTANT_TEXT]):
            strings.position += 1
            self.names.append(f"{name}: {strings.string(1)}")

    def _external_book(self, record: Record) -> None:
        """The path of another workbook and the names of its sheets."""
        if not self.wide or len(record.data) < 5:
            return
        strings = self.reader(record, 2)
        for _ in range(int.from_bytes(record.data[:2], "little") + 1):
            text = strings.string().strip("\x01\x02\x03\x04 ")
            if text:
                self.links.append(text)
