"""Excel workbooks up to Excel 2003 (xls, xlt; MS-XLS): sheets as tables, and all that goes unseen.

Our own walk reads the records of Excel 2 to 2003.  xlrd is the second reader: texts of cells that
it sees and the walk does not are read too, and are a defect.
"""

from __future__ import annotations

import collections
import io
import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Hidden, Table, Text, Unread
from dlpguard.extractors import _biffcrypt, _macros, _officeart, _plainwords, ole
from dlpguard.extractors._biff import BOF, EOF, Record, records
from dlpguard.extractors._biffbook import Book, Sheet
from dlpguard.extractors._biffpivot import pivot_cache
from dlpguard.extractors._biffsheet import SheetWalk
from dlpguard.extractors._budget import Budget, Defect, Piece, Unreadable
from dlpguard.extractors._compound import Compound
from dlpguard.extractors._propertysets import properties
from dlpguard.mail import Part

FORMATS = frozenset({"xls"})

_STREAMS = ("Workbook", "Book")
_PIVOT_CACHES = "_sx_db_cur"
_FILEPASS = 0x002F
_GLOBALS = frozenset({0x0005, 0x0100})
"""Types of a substream that is about the workbook: of Excel 5 to 2003, and of Excel 4."""

_CHART = 0x0020
_EXCEL_5 = 0x0500
_MOST_SHEETS = 2000
_SECOND_READER_BYTES = 100_000
"""Size of a workbook above which xlrd would cost more than the walk."""

_UNSAID = frozenset({
    0x0004, 0x0204, 0x00FC, 0x00FD, 0x00D6, 0x0203, 0x027E, 0x00BD, 0x00BE, 0x0201, 0x0207,
    0x0014, 0x0015, 0x004D, 0x0031, 0x0231, 0x00E0, 0x0293, 0x0892, 0x087D, 0x088E, 0x088F,
    0x0890, 0x0896, 0x00EB,
})  # fmt: skip
"""Records with cells, page headers, settings of printers, fonts, styles, the theme, pictures."""

_TAKEN = ("workbook", "book", "_vba", "dir", "project", "__srp", "package", "contents")
"""Beginnings of the names of streams that are read, or hold whole files."""

_NOT_LETTERS = re.compile(r"[\W_]{1,1000}")


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Sheets in order; then names, pivot caches, macros, properties; pictures and files inside."""
    if not part.content.startswith(b"\xd0\xcf\x11\xe0"):
        yield from _workbook(part.content, part, place, budget)
        return
    compound = Compound(part.content, budget)
    paths = [path for path in map(compound.find, _STREAMS) if path is not None]
    if not paths:
        raise Unreadable(Unread.CORRUPT, "the workbook is missing")
    for path in paths:
        # Excel 97 could save for Excel 95 too: two workbooks in one file.
        yield from _workbook(compound.read(path), part, place, budget)
    for path in compound.streams:
        if len(path) == 2 and path[0].lower() == _PIVOT_CACHES:
            stream, where = compound.read(path), f"{place}{SEPARATOR}pivot cache"
            table = pivot_cache(stream, where, budget, wide=True)
            if table is not None:
                yield table
    yield from _macros.macros(compound, place, budget)
    said = properties(compound)
    if said:
        yield Text(f"{place}{SEPARATOR}properties", "\n".join(said), Hidden.PROPERTY)
    yield from ole.embedded(compound, (), part, place, budget)
    loose = _plainwords.streams(compound, _TAKEN, budget)
    yield from _plainwords.passed_over(loose, (), place, budget)


def _workbook(stream: bytes, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    stream = _in_clear(stream, budget)
    told: list[Piece] = []
    for piece in _sheets(stream, part, place, budget):
        told.append(piece)
        yield piece
    yield from _plainwords.passed_over(_records(stream), told, place, budget)


def _records(stream: bytes) -> Iterator[bytes]:
    """The data of all records but those with cells and those that say how things look."""
    end = 0
    for record in records(stream):
        end = record.end
        if end >= len(stream):  # what follows the last is taken for one, and is none
            yield stream[record.start :]
        elif record.kind not in _UNSAID:
            yield record.data
    yield stream[end:]


def _sheets(stream: bytes, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    book = Book(budget)
    found: set[str] = set()
    walk = _Walk(stream, book, place, budget)
    fault: Unreadable | None = None
    try:
        walk.all()
    except Unreadable as error:
        fault = error
    for sheet in walk.sheets:
        for block in sheet.finish():
            if isinstance(block, Table):
                found.update(text for row in block.rows for text in row)
            yield block
    if fault is not None:
        raise fault
    names = [listed.name for listed in book.sheets]
    unused = (text for i, text in enumerate(book.strings) if i not in book.used and text.strip())
    for called, texts, hidden in (
        ("sheet names", names, None),
        ("names", book.names, Hidden.DEFINED_NAME),
        ("links", book.links, Hidden.PROPERTY),
        ("last author", [book.author], Hidden.PROPERTY),
        ("unused texts", unused, Hidden.CACHE),
    ):
        text = "\n".join(filter(str.strip, dict.fromkeys(texts)))
        if text:
            yield Text(f"{place}{SEPARATOR}{called}", text, hidden)
    for number, picture in enumerate(_officeart.pictures(book.drawing), start=1):
        budget.charge(members=1)
        yield budget.open(Part(part.path, picture), f"{place}{SEPARATOR}picture {number}")
    yield from _second_reader(part, place, found | set(book.strings))


def _in_clear(stream: bytes, budget: Budget) -> bytes:
    """The stream, decrypted when Excel would not ask for a password either."""
    for number, record in enumerate(records(stream)):
        if record.kind == _FILEPASS:
            clear = _biffcrypt.opened(stream, record.data, budget)
            if clear is None:
                raise Unreadable(Unread.ENCRYPTED, "a workbook with a password")
            return clear
        if record.kind == EOF or number > 1000:
            break
    return stream


class _Walk:
    """Goes through a stream, substream by substream; `sheets` is what it found."""

    def __init__(self, stream: bytes, book: Book, place: str, budget: Budget) -> None:
        self._stream = stream
        self._book = book
        self._place = place
        self._budget = budget
        self._begun: set[int] = set()
        self._open: list[SheetWalk | None] = []
        """Substreams in substreams: None is the workbook itself, a chart goes to its sheet."""
        self._charts = 0
        self.sheets: list[SheetWalk] = []

    def all(self) -> None:
        """All sheets, in the order of the stream; those that only the list knows, too."""
        waiting = collections.deque([0])
        listed = 0
        while waiting:
            start = waiting.popleft()
            if start in self._begun or start >= len(self._stream):
                continue
            self._begun.add(start)
            waiting.append(self._substream(start))
            waiting += [sheet.position for sheet in self._book.sheets[listed:]]
            listed = len(self._book.sheets)

    def _substream(self, start: int) -> int:
        """From a beginning to its end; where that is.  What is no beginning is passed over."""
        self._open, self._charts = [], 0
        for record in records(self._stream, start):
            if record.kind in BOF:
                self._begin(record)
            elif not self._open:
                return len(self._stream)
            elif record.kind == EOF:
                if self._open.pop() is not None:
                    self._charts = max(0, self._charts - 1)
                if not self._open:
                    return record.end
            else:
                self._take(record)
        return len(self._stream)

    def _begin(self, record: Record) -> None:
        self._begun.add(record.start)
        kind = int.from_bytes(record.data[2:4], "little")
        outer = self._open[-1] if self._open else None
        if outer is not None:
            self._charts += 1
            self._open.append(outer)
            return
        if not self._book.version:
            _note_version(self._book, record.kind, record.data)
        if not self._open and not self.sheets and kind in _GLOBALS:
            self._open.append(None)
            return
        if len(self.sheets) >= _MOST_SHEETS:
            raise Unreadable(Unread.TOO_LARGE, f"more than {_MOST_SHEETS} sheets")
        sheet = _sheet_at(self._book, record.start, len(self.sheets))
        where = f"{self._place}{SEPARATOR}{sheet.name}"
        self.sheets.append(SheetWalk(self._book, where, sheet.hidden, self._budget))
        self._charts += kind == _CHART
        self._open.append(self.sheets[-1])

    def _take(self, record: Record) -> None:
        sheet = self._open[-1]
        if sheet is None or self._book.version < _EXCEL_5:
            self._book.take(record)  # until Excel 4 a file was one sheet
        if sheet is not None:
            sheet.take(record, in_chart=self._charts > 0)


def _note_version(book: Book, kind: int, data: bytes) -> None:
    """Excel 5 and later say their version; before, it is in the type of the record."""
    stated = int.from_bytes(data[:2], "little")
    book.version = (stated if stated >= 0x0600 else _EXCEL_5) if kind == 0x0809 else kind


def _sheet_at(book: Book, position: int, number: int) -> Sheet:
    listed = next((sheet for sheet in book.sheets if sheet.position == position), None)
    return listed or Sheet(f"Sheet{number + 1}", position, None)


def _second_reader(part: Part, place: str, found: set[str]) -> Iterator[Piece]:
    """Texts of cells that xlrd sees and the walk did not."""
    if len(part.content) > _SECOND_READER_BYTES:
        return
    known = {"", *map(_letters, found)}
    missed = [text for text in _xlrd_texts(part.content) if _letters(text) not in known]
    if missed:
        yield Defect("second-reader")
        yield Text(f"{place}{SEPARATOR}second reader", "\n".join(dict.fromkeys(missed)))


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", text).casefold()


def _xlrd_texts(content: bytes) -> list[str]:
    import xlrd  # noqa: PLC0415 - only old workbooks need it

    try:
        book = xlrd.open_workbook(
            file_contents=content, logfile=io.StringIO(), ragged_rows=True, on_demand=False
        )
    except Exception:  # noqa: BLE001 - a second opinion that cannot be had takes nothing away
        return []
    return [
        cell
        for sheet in book.sheets()
        for row in range(sheet.nrows)
        for cell in sheet.row_values(row)
        if isinstance(cell, str) and cell
    ]
