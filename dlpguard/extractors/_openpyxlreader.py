"""The texts that openpyxl reads in a workbook: a second opinion on what our own walk found.

Its reader of strings and its reader of rows are asked, each part once.  `load_workbook` would read
styles, themes and names before, which takes twice as long as small sheets do, holds no text of a
cell, and takes the cells with it where it fails.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator

from dlpguard.extractors._budget import Budget

LARGEST = 300_000
"""Bytes of a workbook above which openpyxl, at 0.2 to 0.4 MB/s, would take longer than a second."""

_SECONDS = 1.0
_CELLS = 20_000
"""About a second of openpyxl, for budgets that have no clock."""


def texts(content: bytes, strings_part: str, sheets: Iterable[str], budget: Budget) -> list[str]:
    """Texts of cells of the sheets whose parts these are, up to where it fails or time is up.

    Parts are named as the package spells them; `strings_part` is "" when there is none.
    """
    found: list[str] = []
    deadline = budget.now() + _SECONDS
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(io.BytesIO(content)) as archive:
            warnings.simplefilter("ignore")  # it warns of features that it does not keep
            cells = 0
            for row in _rows(archive, strings_part, sheets):
                found.extend(value for value in row if isinstance(value, str))
                cells += len(row)
                if cells > _CELLS or budget.now() > deadline:
                    break
    except Exception:  # noqa: BLE001 - a second opinion that cannot be had takes nothing away
        return found
    return found


def _rows(
    archive: zipfile.ZipFile, strings_part: str, sheets: Iterable[str]
) -> Iterator[list[object]]:
    """The values of the cells of each row."""
    from openpyxl.reader.strings import read_string_table  # noqa: PLC0415 - 300 ms, workbooks only
    from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser  # noqa: PLC0415
    from openpyxl.xml.functions import iterparse  # noqa: PLC0415

    strings: list[str] = []
    if strings_part:
        with archive.open(strings_part) as source:
            strings = read_string_table(source)
    for sheet in sheets:
        with archive.open(sheet) as source:
            parser = WorkSheetParser(source, strings, data_only=True)
            for _, element in iterparse(source):
                if element.tag == ROW_TAG:
                    _, cells = parser.parse_row(element)
                    element.clear()
                    yield [cell["value"] for cell in cells]
