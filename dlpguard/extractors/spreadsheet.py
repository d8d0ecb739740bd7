"""Excel workbooks (xlsx, xlsm, xltx, Strict too): each sheet a table, and all that goes unseen.

Our own walk reads every XML part.  openpyxl is the second reader: texts of cells that it sees and
the walk does not are read too, and are a defect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _openpyxlreader, _package, _xlsb
from dlpguard.extractors._budget import Budget, Defect, Piece, Unreadable
from dlpguard.extractors._cellstyles import StylesReader
from dlpguard.extractors._leftovers import leftovers
from dlpguard.extractors._ooxml import Package
from dlpguard.extractors._sheet import SheetReader, Styles
from dlpguard.extractors._workbook import (
    CommentsReader,
    Sheet,
    StringsReader,
    WorkbookReader,
    pivot_cache,
)
from dlpguard.mail import Part

FORMATS = frozenset({"xlsx", "xlsb"})

_HEADER_CODE = re.compile(r'&(?:"[^"]{0,100}"|K(?:\d\d[+-]\d{3}|[0-9A-Fa-f]{6})|\d{1,3}|[A-Z])')
_SHEETS = re.compile(
    r"xl/(?:work|chart|dialog|macro)sheets/(?!binaryindex)[^/]{1,200}\.(?:xml|bin)"
)
_BINARY = re.compile(
    r"xl/(?:(?:pivotcache|externallinks|querytables)/[^/]{1,200}|connections)\.bin"
)
"""Parts of binary workbooks that are read for their texts only."""

_DRAWN = {"chart": "chart", "chartEx": "chart", "diagramData": "diagram"}
_NOT_LETTERS = re.compile(r"_x[0-9A-Fa-f]{4}_|[\W_]{1,1000}")


@dataclass(slots=True)
class _Workbook:
    """What the parts around the sheets say."""

    main: str
    strings_part: str
    strings: list[str] = field(default_factory=list, repr=False)
    styles: Styles = field(default_factory=Styles)
    sheets: list[tuple[Sheet, str]] = field(default_factory=list)
    names: list[str] = field(default_factory=list, repr=False)
    readings: list[str] = field(default_factory=list, repr=False)
    seen: set[str] = field(default_factory=set)
    """Parts that have been read."""
    read_as_sheets: list[str] = field(default_factory=list)


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Sheets in order, each with its comments and drawings; then whatever else holds text."""
    package = Package(part.content, budget)
    yield from leftovers(_known(package, part, place, budget), package, part, place, budget)


def _known(package: Package, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What programs show, and what stands in the parts that are known to hide something."""
    book = _open(package, budget)
    found: set[str] = set()
    for sheet, target in book.sheets:
        where = f"{place}{SEPARATOR}{sheet.name}"
        yield from _sheet(package, book, target, where, sheet.hidden, budget, found)
    for name in package.names:
        if name not in book.seen and _SHEETS.fullmatch(name):
            # No program shows it, but it is in the file.
            where = f"{place}{SEPARATOR}{package.spelt(name).rpartition('/')[2]}"
            hidden = Hidden.VERY_HIDDEN_SHEET
            yield from _sheet(package, book, name, where, hidden, budget, found)
    unused = dict.fromkeys(text for text in book.strings if text.strip() and text not in found)
    for called, texts, why in (
        ("sheet names", [sheet.name for sheet, _ in book.sheets], None),
        ("names", book.names, Hidden.DEFINED_NAME),
        ("readings", book.readings, Hidden.ALTERNATIVE),
        # Cells that were deleted may leave their texts behind.
        ("unused texts", unused, Hidden.CACHE),
    ):
        text = "\n".join(texts)
        if text:
            yield Text(f"{place}{SEPARATOR}{called}", text, why)
    found |= unused.keys()
    yield from _pivot_caches(package, place, budget, book.seen)
    for name in package.names:
        if name not in book.seen and _BINARY.fullmatch(name):
            book.seen.add(name)
            text = "\n".join(_xlsb.loose(package.read(name)))
            if text:
                hidden = Hidden.PIVOT_CACHE if "pivotcache" in name else Hidden.CACHE
                yield Text(f"{place}{SEPARATOR}{name.partition('/')[2]}", text, hidden)
    yield from _package.rest(package, part, place, budget, book.seen)
    yield from _second_reader(package, part, book, place, budget, found)


def _open(package: Package, budget: Budget) -> _Workbook:
    main = package.main() or "xl/workbook.xml"
    links = [link for link in package.relationships(main) if package.has(link.target)]
    targets = {link.id: link.target.lower() for link in links}
    kinds = {link.kind: link.target.lower() for link in links}
    strings_part = kinds.get("sharedStrings", "xl/sharedstrings.xml")
    styles_part = kinds.get("styles", "")
    book = _Workbook(main, strings_part)
    book.seen |= {main.lower(), strings_part, styles_part}
    if main.lower().endswith(".bin"):
        sheets, date1904 = _xlsb.workbook(package.read(main))
        if package.has(strings_part):
            book.strings = _xlsb.shared_strings(package.read(strings_part), budget)
        if styles_part:
            book.styles = _xlsb.styles(package.read(styles_part), date1904)
    else:
        reader = WorkbookReader()
        package.parse(main, reader)
        sheets, book.names = reader.sheets, reader.names
        if package.has(strings_part):
            strings = StringsReader()
            package.parse(strings_part, strings)
            book.strings, book.readings = strings.strings, list(strings.readings)
        if styles_part:
            styles = StylesReader(reader.date1904)
            package.parse(styles_part, styles)
            book.styles = styles.styles
    book.sheets = [
        (sheet, targets[sheet.relation]) for sheet in sheets if sheet.relation in targets
    ]
    return book


def _sheet(
    package: Package,
    book: _Workbook,
    target: str,
    where: str,
    hidden: Hidden | None,
    budget: Budget,
    found: set[str],
) -> Iterator[Piece]:
    reader_of = _xlsb.BinarySheet if target.endswith(".bin") else SheetReader
    reader = reader_of(book.strings, book.styles, budget)
    book.seen.add(target)
    book.read_as_sheets.append(target)
    fault: Unreadable | None = None
    try:
        if isinstance(reader, SheetReader):
            reader.read(package.chunks(target))
        else:
            reader.read(package.read(target))
    except Unreadable as error:
        fault = error
    table = reader.table(where, hidden)
    if table is not None:
        yield table
        found |= reader.strings
    for called, texts, why in (
        ("headers", map(_header, reader.headers), Hidden.HEADER),
        ("allowed values", reader.allowed, Hidden.VALIDATION),
        ("links and filters", reader.said, Hidden.PROPERTY),
    ):
        text = "\n".join(filter(None, texts))
        if text:
            yield Text(f"{where}{SEPARATOR}{called}", text, hidden or why)
    if fault is not None:
        # What was read before the fault stays; the gap says that there was more.
        yield Gap(where, fault.why, fault.detail, "xlsx")
        if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
            raise fault
    for link in package.relationships(target):
        part = link.target.lower()
        if link.external or part in book.seen or not package.has(part):
            continue
        if link.kind in {"comments", "threadedComment"}:
            book.seen.add(part)
            yield from _comments(package, part, where, budget)
        elif link.kind == "drawing":
            yield from _drawing(package, book, part, where, hidden, budget)


def _comments(package: Package, name: str, where: str, budget: Budget) -> Iterator[Piece]:
    if name.endswith(".bin"):
        found, authors = _xlsb.comments(package.read(name))
    else:
        reader = CommentsReader(budget)
        package.parse(name, reader)
        found, authors = reader.found, list(reader.authors)
    for cell, text in found:
        place = f"{where}{SEPARATOR}cell {cell}{SEPARATOR}comment"
        yield Text(place, text, Hidden.CELL_COMMENT)
    if any(authors):
        yield Text(
            f"{where}{SEPARATOR}authors of comments",
            "\n".join(filter(None, authors)),
            Hidden.PROPERTY,
        )


def _drawing(
    package: Package,
    book: _Workbook,
    name: str,
    where: str,
    hidden: Hidden | None,
    budget: Budget,
) -> Iterator[Piece]:
    """Text boxes and shapes, then the charts and diagrams among them."""
    parts = [("drawing", name)]
    for link in package.relationships(name):
        called = _DRAWN.get(link.kind)
        if called and not link.external and package.has(link.target):
            parts.append((called, link.target.lower()))
    for called, part in parts:
        if part not in book.seen:
            book.seen.add(part)
            for text in _package.loose(package, part, f"{where}{SEPARATOR}{called}", budget):
                yield replace(text, hidden=hidden or text.hidden)


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


def _second_reader(
    package: Package, part: Part, book: _Workbook, place: str, budget: Budget, found: set[str]
) -> Iterator[Piece]:
    """Texts of cells that openpyxl sees and the walk did not."""
    sheets = [package.spelt(name) for name in book.read_as_sheets if name.endswith(".xml")]
    if len(part.content) > _openpyxlreader.LARGEST or not sheets:
        return
    strings_part = package.spelt(book.strings_part) if package.has(book.strings_part) else ""
    texts = dict.fromkeys(_openpyxlreader.texts(part.content, strings_part, sheets, budget))
    missed = [text for text in texts if text not in found]
    if missed:
        known = {"", *map(_letters, found)}
        missed = [text for text in missed if _letters(text) not in known]
    if missed:
        yield Defect("second-reader")
        yield Text(f"{place}{SEPARATOR}second reader", "\n".join(missed))


def _letters(text: str) -> str:
    """What must agree: readers differ in white space and escapes."""
    return _NOT_LETTERS.sub("", text).casefold()
