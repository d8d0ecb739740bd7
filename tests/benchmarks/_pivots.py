"""Workbooks in which some strings stand in the pivot cache and nowhere else.

That is what an analyst sends who deletes the sheet with the clients and keeps the summary: a
double click on the summary brings them back.  openpyxl writes workbooks with a source sheet, a
pivot table and its cache; then the source's cells are blanked as Excel leaves them when a user
deletes them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator

import openpyxl
from openpyxl.pivot.cache import (
    CacheDefinition,
    CacheField,
    CacheSource,
    SharedItems,
    WorksheetSource,
)
from openpyxl.pivot.fields import Index, Text
from openpyxl.pivot.record import Record, RecordList
from openpyxl.pivot.table import Location, TableDefinition

HEADINGS = ("Case worker", "Client", "Note")
PEOPLE = (
    ("Ann Tolliver", "Bertram Quaife", "meets weekly about debts"),
    ("Ann Tolliver", "Cissie Umfreville", "moved to the hostel"),
    ("Ned Yarwood", "Dorcas Vavasour", "appeals the assessment"),
)

_CELLS = re.compile(rb"<sheetData>.{0,1000000}?</sheetData>", re.DOTALL)
_STRINGS = re.compile(rb"<si>.{0,1000000}?</si>", re.DOTALL)


def workbooks() -> Iterator[tuple[str, bytes, tuple[str, ...]]]:
    """Name, bytes, and the strings that only the pivot cache holds: twelve in three workbooks."""
    shared = sorted({value for row in PEOPLE for value in row[:2]})
    notes = [row[2] for row in PEOPLE]
    joined = _workbook(inline=False)
    yield "pivot-shared.xlsx", blanked(joined), (*shared[:2], *shared[3:4], notes[0])
    yield "pivot-inline.xlsx", blanked(_workbook(inline=True)), (*shared[2:], notes[1])
    orphan = _without_table(blanked(joined))
    yield "pivot-orphan.xlsx", orphan, (*shared[:2], *notes[1:])


def blanked(workbook: bytes) -> bytes:
    """The workbook with no value in any cell of any sheet."""

    def blank(name: str, content: bytes) -> bytes:
        if name.startswith("xl/worksheets/sheet"):
            return _CELLS.sub(b"<sheetData/>", content)
        return (
            _STRINGS.sub(b"<si><t/></si>", content) if name == "xl/sharedStrings.xml" else content
        )

    return _mapped(workbook, blank)


def outside_the_cache(workbook: bytes) -> str:
    """All XML of a workbook but the pivot cache's: where the strings must not be."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        names = [n for n in archive.namelist() if "pivotCache" not in n]
        return "\n".join(archive.read(n).decode("utf-8", "replace") for n in names)


def _workbook(*, inline: bool) -> bytes:
    """A source sheet and a sheet with a pivot table over it.

    `inline`: records hold their values; otherwise they are indexes into items that all share.
    """
    book = openpyxl.Workbook()
    source = book.active
    assert source is not None
    source.title = "Clients"
    for row in (HEADINGS, *PEOPLE):
        source.append(row)
    items = [() if inline else tuple(dict.fromkeys(r[n] for r in PEOPLE)) for n in range(3)]
    cache = CacheDefinition(
        cacheSource=CacheSource(
            type="worksheet", worksheetSource=WorksheetSource(ref="A1:C4", sheet="Clients")
        ),
        cacheFields=[
            CacheField(name=name, sharedItems=SharedItems(_fields=[Text(v=v) for v in values]))
            for name, values in zip(HEADINGS, items, strict=True)
        ],
        id="rId1",
    )
    cache.records = RecordList(
        r=[
            Record(
                _fields=[
                    Text(v=value) if inline else Index(v=items[n].index(value))
                    for n, value in enumerate(row)
                ]
            )
            for row in PEOPLE
        ]
    )
    table = TableDefinition(
        name="Summary", cacheId=1, dataCaption="Values", location=Location("A3:B6", 1, 1, 1)
    )
    table.cache = cache
    book.create_sheet("Summary")._pivots.append(table)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _without_table(workbook: bytes) -> bytes:
    """The pivot table is deleted; its cache stays behind, as some programs leave it."""
    return _mapped(workbook, lambda name, content: None if "pivotTables" in name else content)


def _mapped(workbook: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The package with each of its parts changed; None leaves one out."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return file.getvalue()
