"""One sheet of an old workbook: its cells, and all that is on it beside them (MS-XLS 2.1.7)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Hidden, Table, Text
from dlpguard.extractors import _officeart
from dlpguard.extractors._biff import Record, decimal, rk_number
from dlpguard.extractors._biffbook import Book
from dlpguard.extractors._budget import Budget
from dlpguard.extractors._grid import Grid, cell_name
from dlpguard.extractors._numberformat import general

_ERRORS = {
    0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A",
}  # fmt: skip
_HEADER_CODE = re.compile(r'&(?:"[^"]{0,100}"|\d{1,3}|[A-Z])')
_NOTE = 0x19
"""The type of an object that is the text of a comment."""

_DEEPEST = 10
"""Containers in containers of a drawing; Excel writes four."""

_WIDE_TEXT = re.compile(
    rb"(?:[\x20-\x7e\xa0-\xff]\x00|[\x01-\xff][\x01-\x06\x30-\x9f\xac-\xd7]"
    rb"|\x00[\x01-\x06\x30-\x9f\xac-\xd7](?!\x00)){4,2000}"
)
"""A letter whose first byte is zero is none when another zero follows: then it is Latin text one
byte off."""
_NARROW_TEXT = re.compile(rb"[\x20-\x7e\xa0-\xff]{4,2000}")


class SheetWalk:
    """Takes the records of a sheet; `finish` gives its blocks."""

    def __init__(self, book: Book, where: str, hidden: Hidden | None, budget: Budget) -> None:
        self._book = book
        self._where = where
        self._hidden = hidden
        self._budget = budget
        self._grid = Grid()
        self._rows: dict[int, dict[int, str]] = {}
        self._pending: tuple[int, int, int] | None = None
        self._flat: set[int] = set()
        self._filtering = False
        self._object = (0, 0)
        self._notes: dict[int, tuple[int, int, str]] = {}
        self._texts: dict[int, str] = {}
        self._old_notes: list[tuple[str, str]] = []
        self._boxes: list[str] = []
        self._chart: list[str] = []
        self._headers: list[str] = []
        self._allowed: list[str] = []
        self._links: list[str] = []
        self._cached: list[str] = []
        self._drawing: list[bytes] = []

    def take(self, record: Record, *, in_chart: bool) -> None:
        """A record of the sheet, or of a chart on it."""
        kind, data = record.kind, record.data
        read = _CELLS.get(kind)
        if read is not None and len(data) >= 6:
            self._budget.charge(cells=1)
            for row, column, style, text in read(self, record):
                if in_chart:
                    self._chart.append(text)
                else:
                    self._put(row, column, style, text)
        elif kind in {0x0008, 0x0208}:
            self._row(data)
        elif kind == 0x007D:
            self._columns(data)
        elif kind in {0x0007, 0x0207}:
            self._result(record, in_chart=in_chart)
        else:
            self._other(record)

    def _other(self, record: Record) -> None:
        """Records beside the cells."""
        kind, data, book = record.kind, record.data, self._book
        if kind == 0x009B:
            self._filtering = True
        elif kind in {0x0014, 0x0015}:
            self._headers.append(book.reader(record, 0).string(2 if book.wide else 1))
        elif kind == 0x089C and len(data) > 38:
            self._later_headers(record)
        elif kind == 0x001C:
            self._note(record)
        elif kind == 0x005D and len(data) >= 8:
            self._object = struct.unpack_from("<HH", data, 4)
        elif kind == 0x01B6 and record.joints:
            self._text_object(record)
        elif kind == 0x100D:
            self._chart.append(book.reader(record, 2).string(1))
        elif kind == 0x01BE:
            self._allowed += _loose(data)
        elif kind in {0x01B8, 0x0800}:
            self._links += _loose(data)
        elif kind in {0x00DC, 0x00CD, 0x01AD, 0x005A, 0x009E, 0x00AF}:
            self._cached += _loose(data)
        elif kind == 0x00EC:
            self._drawing.append(data)

    def _put(self, row: int, column: int, style: int, text: str) -> None:
        if text.strip():
            self._rows.setdefault(row, {})[column] = text
            why = self._book.style(style)[1]
            if why is not None:
                self._grid.hidden_cells[row + 1, column + 1] = why

    # Each of these gives (row, column, style, text) of the cells of a record.

    def _shared(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column, style = struct.unpack_from("<HHH", record.data)
        index = int.from_bytes(record.data[6:10], "little")
        strings = self._book.strings
        self._book.used.add(index)
        yield row, column, style, strings[index] if index < len(strings) else ""

    def _label(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column, style = struct.unpack_from("<HHH", record.data)
        yield row, column, style, self._book.reader(record, 6).string()

    def _old_label(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column = struct.unpack_from("<HH", record.data)
        yield row, column, -1, self._book.reader(record, 7).string(1)

    def _number(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column, style = struct.unpack_from("<HHH", record.data)
        (number,) = struct.unpack_from("<d", record.data.ljust(14, b"\0"), 6)
        yield row, column, style, self._shown(number, style)

    def _old_number(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column = struct.unpack_from("<HH", record.data)
        if record.kind == 0x0002:
            yield row, column, -1, str(int.from_bytes(record.data[7:9], "little"))
        else:
            (number,) = struct.unpack_from("<d", record.data.ljust(15, b"\0"), 7)
            yield row, column, -1, self._shown(number, -1)

    def _packed(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column, style, packed = struct.unpack_from("<HHHI", record.data.ljust(10, b"\0"))
        yield row, column, style, self._shown(rk_number(packed), style)

    def _many_packed(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, first = struct.unpack_from("<HH", record.data)
        count = (len(record.data) - 6) // 6
        self._budget.charge(cells=max(0, count - 1))
        for number in range(count):
            style, packed = struct.unpack_from("<HI", record.data, 4 + 6 * number)
            yield row, first + number, style, self._shown(rk_number(packed), style)

    def _boolean(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column, style = struct.unpack_from("<HHH", record.data)
        start = 7 if record.kind == 0x0005 else 6
        value, is_error = record.data.ljust(9, b"\0")[start : start + 2]
        text = _ERRORS.get(value, "#") if is_error else ("TRUE" if value else "FALSE")
        yield row, column, style, text

    def _formula(self, record: Record) -> Iterator[tuple[int, int, int, str]]:
        row, column, style = struct.unpack_from("<HHH", record.data)
        old = record.kind == 0x0006 and self._book.version < 0x0500
        start, style = (7, -1) if old else (6, style)
        result = record.data.ljust(start + 8, b"\0")[start : start + 8]
        self._pending = (row, column, style)
        if result[6:8] != b"\xff\xff":
            yield row, column, style, self._shown(struct.unpack("<d", result)[0], style)
        elif result[0] == 1:
            yield row, column, style, "TRUE" if result[2] else "FALSE"
        elif result[0] == 2:
            yield row, column, style, _ERRORS.get(result[2], "#")

    def _shown(self, number: float, style: int) -> str:
        shown = self._book.style(style)[0]
        return (shown or general)(decimal(number))

    def _result(self, record: Record, *, in_chart: bool) -> None:
        """The text that the formula before gave."""
        text = self._book.reader(record, 0).string(1 if record.kind == 0x0007 else 2)
        if in_chart:
            self._chart.append(text)
        elif self._pending is not None:
            self._put(*self._pending, text)
        self._pending = None

    def _row(self, data: bytes) -> None:
        row, _, _, height = struct.unpack_from("<HHHH", data.ljust(8, b"\0"))
        flags = data[12] if len(data) > 12 else 0
        if flags & 0x20 or height & 0x7FFF == 0:
            self._flat.add(row + 1)

    def _columns(self, data: bytes) -> None:
        first, last, width, _, flags = struct.unpack_from("<HHHHH", data.ljust(10, b"\0"))
        if flags & 1 or width == 0:
            self._grid.hidden_columns.append((first + 1, last + 1))

    def _later_headers(self, record: Record) -> None:
        """Headers of even and of first pages (MS-XLS 2.4.137)."""
        lengths = struct.unpack_from("<4H", record.data.ljust(38, b"\0"), 30)
        strings = self._book.reader(record, 38)
        self._headers += [strings.characters(length) for length in lengths if length]

    def _note(self, record: Record) -> None:
        row, column, flags, number = struct.unpack_from("<4H", record.data.ljust(8, b"\0"))
        if self._book.wide:
            self._notes[number] = (row, column, self._book.reader(record, 8).string())
        else:
            # A long note goes on in records whose row is 0xFFFF; flags are its length.
            text = self._book.reader(record, 6).characters(min(flags, len(record.data) - 6))
            if row == 0xFFFF and self._old_notes:
                cell, so_far = self._old_notes.pop()
                self._old_notes.append((cell, so_far + text))
            else:
                self._old_notes.append((cell_name(row + 1, column + 1), text))

    def _text_object(self, record: Record) -> None:
        length = int.from_bytes(record.data[10:12], "little")
        text = self._book.reader(record, record.joints[0]).characters(length)
        kind, number = self._object
        if kind == _NOTE:
            self._texts[number] = text
        else:
            self._boxes.append(text)

    def finish(self) -> Iterator[Text | Table]:
        """The table, then everything beside it."""
        self._budget = Budget()  # what was kept so far has been paid for
        for row in sorted(self._rows):
            cells = sorted(self._rows[row].items())
            columns = [column + 1 for column, _ in cells]
            self._grid.add(row + 1, columns, [text for _, text in cells])
        why = Hidden.FILTERED_ROW if self._filtering else Hidden.ROW
        self._grid.hidden_rows = dict.fromkeys(self._flat, why)
        table = self._grid.table(self._where, self._hidden)
        if table is not None:
            yield table
        yield from self._comments()
        headers = (" ".join(_HEADER_CODE.sub(" ", text).split()) for text in self._headers)
        for called, texts, why_not in (
            ("headers", headers, Hidden.HEADER),
            ("text boxes", [*self._boxes, *self._words(None)], None),
            ("charts", self._chart, None),
            ("alternative texts", self._words(Hidden.PROPERTY), Hidden.PROPERTY),
            ("allowed values", self._allowed, Hidden.VALIDATION),
            ("links", self._links, Hidden.PROPERTY),
            ("connections", self._cached, Hidden.CACHE),
        ):
            text = "\n".join(dict.fromkeys(filter(str.strip, texts)))
            if text:
                yield Text(f"{self._where}{SEPARATOR}{called}", text, self._hidden or why_not)

    def _comments(self) -> Iterator[Text]:
        notes: list[tuple[str, str]] = []
        for number, text in self._texts.items():
            row, column, _ = self._notes.get(number, (0, 0, ""))
            notes.append((cell_name(row + 1, column + 1), text))
        for cell, text in [*notes, *self._old_notes]:
            where = f"{self._where}{SEPARATOR}cell {cell}{SEPARATOR}comment"
            yield Text(where, text, Hidden.CELL_COMMENT)
        authors = dict.fromkeys(author for _, _, author in self._notes.values() if author.strip())
        if authors:
            yield Text(
                f"{self._where}{SEPARATOR}authors of comments", "\n".join(authors), Hidden.PROPERTY
            )

    def _words(self, wanted: Hidden | None) -> Iterator[str]:
        """Word art and alternative texts of shapes."""
        waiting = [(0, b"".join(self._drawing))]
        while waiting:
            depth, content = waiting.pop()
            for found in _officeart.records(content):
                self._budget.charge()
                if found.version == _officeart.CONTAINER and depth < _DEEPEST:
                    waiting.append((depth + 1, found.content))
                elif found.kind in _officeart.SHAPE_PROPERTIES:
                    yield from (text for text, why in _officeart.words(found) if why is wanted)


_CELLS = {
    0x00FD: SheetWalk._shared,
    0x0204: SheetWalk._label,
    0x00D6: SheetWalk._label,
    0x0004: SheetWalk._old_label,
    0x0203: SheetWalk._number,
    0x0002: SheetWalk._old_number,
    0x0003: SheetWalk._old_number,
    0x027E: SheetWalk._packed,
    0x00BD: SheetWalk._many_packed,
    0x0205: SheetWalk._boolean,
    0x0005: SheetWalk._boolean,
    0x0006: SheetWalk._formula,
    0x0206: SheetWalk._formula,
    0x0406: SheetWalk._formula,
}


def _loose(data: bytes) -> list[str]:
    """Texts in a record whose fields nobody here knows, wide or narrow."""
    wide = [match.decode("utf-16-le", "replace") for match in _WIDE_TEXT.findall(data)]
    narrow = [match.decode("latin-1") for match in _NARROW_TEXT.findall(data)]
    return [*wide, *narrow]
