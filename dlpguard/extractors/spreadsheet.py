"""Excel workbooks (xlsx, xlsm, xltx, Strict too): each sheet a table, and all that goes unseen.

Our own walk reads every XML part.  openpyxl is the second reader: texts of cells that it sees and
the walk does not are read too, and are a defect.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import SEPARATOR, Gap, Hidden, Text
from dlpguard.extractors import _package
from dlpguard.extractors._budget import Budget, Defect, Piece, Unreadable
from dlpguard.extractors._ooxml import Package
from dlpguard.extractors._sheet import SheetReader, Styles
from dlpguard.extractors._workbook import (
    Sheet,
    StringsReader,
    StylesReader,
    WorkbookReader,
    pivot_cache,
)
from dlpguard.mail import Part

FORMATS = frozenset({"xlsx"})

_SECOND_READER_BYTES = 300_000
"""Size of a workbook above which openpyxl, at 0.2 to 0.4 MB/s, would take longer than a second."""

_SECOND_READER_SECONDS = 1.0
_SECOND_READER_CELLS = 20_000
"""About a second of openpyxl, for budgets that have no clock."""

_SECOND_READER_ROWS = 20_000
_HEADER_CODE = re.compile(r'&(?:"[^"]{0,100}"|K(?:\d\d[+-]\d{3}|[0-9A-Fa-f]{6})|\d{1,3}|[A-Z])')
_NOT_LETTERS = re.compile(r"_x[0-9A-Fa-f]{4}_|[\W_]{1,1000}")


@dataclass(slots=True)
class _Workbook:
    """What the parts around the sheets say."""

    main: str
    strings: list[str] = field(default_factory=list, repr=False)
    styles: Styles = field(default_factory=Styles)
    sheets: list[tuple[Sheet, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Parts that have been read."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Sheets in order, then comments, pivot caches and whatever else holds text."""
    package = Package(part.content, budget)
    book, names = _open(package, budget)
    found: set[str] = set()
    for sheet, target in book.sheets:
        where = f"{place}{SEPARATOR}{sheet.name}"
        reader = SheetReader(book.strings, book.styles, budget)
        book.seen.add(target)
        fault: Unreadable | None = None
        try:
            package.parse(target, reader)
        except Unreadable as error:
            fault = error
        table = reader.table(where, sheet.hidden)
        if table is not None:
            yield table
            found |= reader.strings
        headers = "\n".join(filter(None, map(_header, reader.headers)))
        if headers:
            yield Text(where, headers, Hidden.HEADER)
        if fault is not None:
            # What was read before the fault stays; the gap says that there was more.
            yield Gap(where, fault.why, fault.detail, "xlsx")
    if names:
        yield Text(f"{place}{SEPARATOR}names", "\n".join(names), Hidden.DEFINED_NAME)
    unused = dict.fromkeys(text for text in book.strings if text.strip() and text not in found)
    if unused:
        # Cells that were deleted may leave their texts behind.
        yield Text(f"{place}{SEPARATOR}unused texts", "\n".join(unused), Hidden.CACHE)
        found |= unused.keys()
    yield from _pivot_caches(package, place, budget, book.seen)
    yield from _package.rest(package, part, place, budget, book.seen)
    yield from _second_reader(part, place, budget, found)


def _open(package: Package, budget: Budget) -> tuple[_Workbook, list[str]]:
    main = package.main() or "xl/workbook.xml"
    reader = WorkbookReader()
    package.parse(main, reader)
    links = package.relationships(main)
    targets = {link.id: link for link in links}
    book = _Workbook(main)
    book.seen.add(main.lower())
    for link in links:
        if link.kind == "sharedStrings" and package.has(link.target):
            strings = StringsReader(budget)
            package.parse(link.target, strings)
            book.strings = strings.strings
            book.seen.add(link.target.lower())
        elif link.kind == "styles" and package.has(link.target):
            styles = StylesReader(reader.date1904)
            package.parse(link.target, styles)
            book.styles = styles.styles
    for sheet in reader.sheets:
        link_to = targets.get(sheet.relation)
        if link_to is not None and package.has(link_to.target):
            book.sheets.append((sheet, link_to.target.lower()))
    return book, reader.names


def _header(text: str) -> str:
    """A page header without its codes for place, font and page number (ECMA-376-1 18.3.1.46)."""
    return " ".join(_HEADER_CODE.sub(" ", text).split())


def _pivot_caches(package: Package, place: str, budget: Budget, seen: set[str]) -> Iterator[Piece]:
    for name in package.names:
        if "pivotcacherecords" in name:
            seen.add(name)
        elif "pivotcachedefinition" in name and name.endswith(".xml"):
            seen.add(name)
            table = pivot_cache(package, name, f"{place}{SEPARATOR}pivot cache", budget)
            if table is not None:
                yield table


def _second_reader(part: Part, place: str, budget: Budget, found: set[str]) -> Iterator[Piece]:
    """Texts of cells that openpyxl sees and the walk did not."""
    if len(part.content) > _SECOND_READER_BYTES:
        return
    known = {_letters(text) for text in found}
    missed = [text for text in _openpyxl_texts(part.content, budget) if _letters(text) not in known]
    if missed:
        yield Defect("second-reader")
        yield Text(f"{place}{SEPARATOR}second reader", "\n".join(dict.fromkeys(missed)))


def _letters(text: str) -> str:
    """What must agree: readers differ in white space and escapes."""
    return _NOT_LETTERS.sub("", text).casefold()


def _openpyxl_texts(content: bytes, budget: Budget) -> list[str]:
    import openpyxl  # noqa: PLC0415 - 300 ms that only workbooks need

    texts: list[str] = []
    started = budget.now()
    cells = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of features that it does not keep
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            with contextlib.closing(book):
                for sheet in book.worksheets:
                    sheet.reset_dimensions()
                    rows = itertools.islice(sheet.iter_rows(values_only=True), _SECOND_READER_ROWS)
                    for row in rows:
                        texts.extend(value for value in row if isinstance(value, str))
                        cells += len(row)
                        if (
                            cells > _SECOND_READER_CELLS
                            or budget.now() - started > _SECOND_READER_SECONDS
                        ):
                            return texts
    except Exception:  # noqa: BLE001 - a second opinion that cannot be had takes nothing away
        return texts
    return texts
