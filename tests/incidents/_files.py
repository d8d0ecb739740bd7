"""What is attached: lists as office programs write them, in every format that a source leaves open.

The makers are those of `samples/`; here they get the people of this bench.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.pivot.cache import (
    CacheDefinition,
    CacheField,
    CacheSource,
    SharedItems,
    WorksheetSource,
)
from openpyxl.pivot.fields import Text
from openpyxl.pivot.record import Record, RecordList
from openpyxl.pivot.table import Location, TableDefinition

sys.path.append(str(Path(__file__).resolve().parents[2] / "samples"))

from _documents import Cell, Row, Sheet, archive, csv, pdf, word, workbook

__all__ = ["Cell", "Row", "Sheet", "archive", "csv", "pdf", "word", "workbook"]

AUTHOR = "Office"

Lists = tuple[Row, ...]


def filed(kind: str, name: str, rows: Lists) -> tuple[str, bytes]:
    """A list (its first row the heading) as a file: xlsx, csv, docx, pdf or zip."""
    return f"{name}.{kind}", _list(kind, name, rows)


@functools.lru_cache(maxsize=64)
def _list(kind: str, name: str, rows: Lists) -> bytes:
    match kind:
        case "xlsx":
            return workbook(Sheet("Sheet1", rows), author=AUTHOR)
        case "csv":
            return csv(rows)
        case "docx":
            return word(rows, title=name, author=AUTHOR)
        case "pdf":
            return pdf(rows, title=name, author=AUTHOR)
        case "zip":
            return archive({f"{name}.xlsx": _list("xlsx", name, rows)})
    raise ValueError(kind)


def pasted(rows: Lists) -> str:
    """The same list as it is pasted into a mail: columns kept apart by blanks."""
    shown = [
        [f"{cell:%d/%m/%Y}" if hasattr(cell, "year") else str(cell) for cell in row] for row in rows
    ]
    widths = [max(map(len, column)) + 2 for column in zip(*shown, strict=True)]
    lines = (
        "".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in shown
    )
    return "\n".join(lines) + "\n"


def hiding(summary: Sequence[Row], name: str, rows: Sequence[Row], how: str) -> bytes:
    """A workbook whose first sheet is `summary` and which keeps `rows` where nobody looks.

    `how`: "hidden sheet"; "hidden rows" (below the summary, the heading visible);
    "filtered rows" (an autofilter leaves only the first ten).
    """
    if how == "hidden sheet":
        return workbook(Sheet("Summary", summary), Sheet(name, rows, hidden=True), author=AUTHOR)
    book = openpyxl.Workbook(write_only=False)
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    visible = len(summary)
    for number in range(visible + 1, len(rows) + 1):
        sheet.row_dimensions[number].hidden = True
    if how == "filtered rows":
        last = openpyxl.utils.get_column_letter(len(rows[0]))
        sheet.auto_filter.ref = f"A1:{last}{len(rows)}"
        sheet.auto_filter.add_filter_column(0, [str(row[0]) for row in rows[1:visible]])
    return _saved(book)


def pivoted(summary: Sequence[Row], rows: Sequence[Row], *, source: bool = False) -> bytes:
    """A workbook with a pivot table over `rows` (text; first the headings) and the table's values.

    The cache keeps every row.  `source`: the rows are also there on a hidden sheet.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    front = book.create_sheet("Summary")
    for row in summary:
        front.append(list(row))
    if source:
        back = book.create_sheet("Data")
        back.sheet_state = "hidden"
        for row in rows:
            back.append(list(row))
    headings = [str(cell) for cell in rows[0]]
    last = f"{openpyxl.utils.get_column_letter(len(headings))}{len(rows)}"
    cache = CacheDefinition(
        cacheSource=CacheSource(
            type="worksheet", worksheetSource=WorksheetSource(ref=f"A1:{last}", sheet="Data")
        ),
        cacheFields=[CacheField(name=name, sharedItems=SharedItems()) for name in headings],
        id="rId1",
    )
    cache.records = RecordList(
        r=[Record(_fields=[Text(v=str(cell)) for cell in row]) for row in rows[1:]]
    )
    table = TableDefinition(
        name="Summary", cacheId=1, dataCaption="Values", location=Location("A1:B6", 1, 1, 1)
    )
    table.cache = cache
    front._pivots.append(table)  # openpyxl writes pivot tables and has no other way to add one
    return _saved(book)


def _saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
