"""Workbooks that Excel 2003 saved as XML (SpreadsheetML): sheets as tables, with what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlpguard.document import SEPARATOR, Hidden, Table, Text
from dlpguard.extractors import _xmlvalues
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part

MARK = b"urn:schemas-microsoft-com:office:spreadsheet"
"""Stands near the beginning of every such file."""

_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_EXCEL = "{urn:schemas-microsoft-com:office:excel}"
_OFFICE = "{urn:schemas-microsoft-com:office:office}"
_NAMESPACES = tuple(
    name.strip("{}") for name in (_SHEET, _EXCEL, _OFFICE, "http://www.w3.org/TR/REC-html40", "")
)
_WHOLE = frozenset({"Data", "Comment"})
"""Elements that are one text, with bold words in them."""

_OF_THE_PROGRAM = frozenset({"Styles", "Visible"})

_HIDDEN_SHEETS = {"SheetHidden": Hidden.SHEET, "SheetVeryHidden": Hidden.VERY_HIDDEN_SHEET}
_WIDEST = 16_384
"""Columns of a sheet; an index beyond is a lie."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The sheets, then comments, names, headers and properties, then whatever else says something.

    Raises what lxml raises for a file that is no XML at all.
    """
    known: set[str] = set()
    for piece in _known(part.content, place, budget):
        texts = [piece.text] if isinstance(piece, Text) else [c for row in piece.rows for c in row]
        for text in texts:
            # A cell may be a text with its link behind it.
            parts = (text, *text.split("\n"), *text.removesuffix(">").rsplit(" <", 1))
            known.update(" ".join(part.split()) for part in parts)
        yield piece
    # Pivot caches, lists of allowed values, criteria of filters, comments in the XML.
    found = _xmlvalues.values(part.content, budget, _NAMESPACES, _WHOLE, _OF_THE_PROGRAM)
    others = "\n".join(value for value in found if " ".join(value.split()) not in known)
    if others:
        yield Text(f"{place}{SEPARATOR}other values", others, Hidden.CACHE)


def _known(content: bytes, place: str, budget: Budget) -> Iterator[Text | Table]:
    from lxml import etree  # noqa: PLC0415 - 20 ms that most mail does not need

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(content, parser)
    names = []
    for sheet in root.iter(f"{_SHEET}Worksheet"):
        name = sheet.get(f"{_SHEET}Name", "sheet")
        names.append(name)
        where = f"{place}{SEPARATOR}{name}"
        hidden = _HIDDEN_SHEETS.get(sheet.findtext(f".//{_EXCEL}Visible") or "")
        table = sheet.find(f"{_SHEET}Table")
        if table is not None:
            yield from _table(table, where, hidden, budget)
        yield from _said(sheet, f"{_SHEET}Comment", where, Hidden.CELL_COMMENT)
        headers = [item.get(f"{_EXCEL}Data", "") for item in sheet.iter(f"{_EXCEL}Header")]
        headers += [item.get(f"{_EXCEL}Data", "") for item in sheet.iter(f"{_EXCEL}Footer")]
        if any(headers):
            yield Text(where, "\n".join(filter(None, headers)), Hidden.HEADER)
    yield from _said(root, f"{_OFFICE}DocumentProperties", place, Hidden.PROPERTY)
    ranges = root.iter(f"{_SHEET}NamedRange")
    defined = [f"{n.get(f'{_SHEET}Name', '')}: {n.get(f'{_SHEET}RefersTo', '')}" for n in ranges]
    if defined:
        yield Text(f"{place}{SEPARATOR}names", "\n".join(defined), Hidden.DEFINED_NAME)
    if names:
        yield Text(f"{place}{SEPARATOR}sheet names", "\n".join(names))


def _said(parent: Any, tag: str, where: str, hidden: Hidden) -> Iterator[Text]:
    """The words of all elements of a name, a line each."""
    texts = [" ".join(" ".join(item.itertext()).split()) for item in parent.iter(tag)]
    if any(texts):
        yield Text(where, "\n".join(filter(None, texts)), hidden)


def _table(table: Any, where: str, hidden: Hidden | None, budget: Budget) -> Iterator[Table]:
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    hidden_rows: dict[int, Hidden] = {}
    number = 0
    for row in table.iterfind(f"{_SHEET}Row"):
        number = _index(row, number)
        cells = _cells(row)
        budget.charge(cells=len(cells))
        if any(cells):
            if _is_hidden(row):
                hidden_rows[len(rows)] = Hidden.ROW
            rows.append(tuple(cells))
            numbers.append(number)
    if rows:
        columns = _hidden_columns(table)
        yield Table(where, (), tuple(rows), hidden, tuple(numbers), hidden_rows, columns)


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    column = 0
    for cell in row.iterfind(f"{_SHEET}Cell"):
        column = _index(cell, column)
        if column > _WIDEST:
            column = len(cells) + 1
        data = cell.find(f"{_SHEET}Data")
        text = "".join(data.itertext()) if data is not None else ""
        link = cell.get(f"{_SHEET}HRef", "")
        cells.extend([""] * (column - 1 - len(cells)))
        cells.append(f"{text} <{link}>" if link and link != text else text)
        column += _number(cell, "MergeAcross")
    return cells


def _hidden_columns(table: Any) -> dict[int, Hidden]:
    found: dict[int, Hidden] = {}
    column = 0
    for item in table.iterfind(f"{_SHEET}Column"):
        column = _index(item, column)
        span = min(_number(item, "Span"), _WIDEST)
        if _is_hidden(item):
            found |= dict.fromkeys(range(column - 1, column + span), Hidden.COLUMN)
        column += span
    return found


def _index(item: Any, before: int) -> int:
    """The number of a row, column or cell: its own, or one more than that of the one before."""
    return _number(item, "Index") or before + 1


def _number(item: Any, name: str) -> int:
    value = item.get(f"{_SHEET}{name}", "")
    return int(value) if value.isdecimal() and value.isascii() and len(value) < 8 else 0


def _is_hidden(item: Any) -> bool:
    return bool(item.get(f"{_SHEET}Hidden") == "1" or item.get(f"{_SHEET}Height") == "0")
