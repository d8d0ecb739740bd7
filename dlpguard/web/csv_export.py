"""Tables as files for spreadsheet programs (RFC 4180), in which no cell is taken for a formula.

A program that opens such a file calculates whatever begins like a formula; names of policies or
files could be written to do that (OWASP, "CSV Injection").  Such a cell gets an apostrophe, which
spreadsheet programs read as "this is text".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fastapi import Response

_FORMULA = tuple("=+-@\t\r\n|＝＋－＠")
"""How formulas begin, full-width forms and the DDE bar included."""

_MARK = "\ufeff"
"""Without a byte order mark Excel takes UTF-8 for the Windows code page."""


def download(name: str, heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Response:
    """A table as an answer that browsers save as "<name>.csv"."""
    return Response(
        text(heads, rows).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def text(heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """The same as text.

    >>> text(["a"], [["=1+1"], [-1]])
    "\\ufeffa\\r\\n'=1+1\\r\\n-1\\r\\n"
    """
    return "".join(pieces(heads, [rows]))


def pieces(heads: Sequence[str], batches: Iterable[Iterable[Sequence[str | int]]]) -> Iterator[str]:
    """The same piece by piece: the line of heads, then the lines of each batch."""
    yield _MARK + _lines([heads])
    for batch in batches:
        yield _lines(batch)


def _lines(rows: Iterable[Sequence[str | int]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return made.getvalue()


def _cell(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
