"""SYLK, the text format of old spreadsheets (.slk), which Excel still opens whatever it is called.

A record a line, fields separated by semicolons: `C;Y2;X1;K"Ann"` is the cell in row 2, column 1.
A field that repeats the row before is left out; `;;` is a semicolon in a text.
There is no public specification; the records C and F and their fields X, Y, K and A are what
programs agree about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import Table, Text
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"slk"})

_FIELD = re.compile(r";(?!;)([A-Z])((?:[^;]|;;){0,40000})")
_WIDEST = 16_384
"""Columns of an Excel sheet; a number beyond is not a column."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The cells as one table, then the comments of cells."""
    rows: dict[int, dict[int, str]] = {}
    comments: list[str] = []
    row = column = 1
    for number, line in enumerate(decode(part.content, part.charset).splitlines()):
        if number % 1000 == 0:
            budget.charge()
        if not line.startswith(("C;", "F;")):
            continue
        fields = dict(_FIELD.findall(line[1:]))
        row, column = _number(fields.get("Y"), row), _number(fields.get("X"), column)
        if value := _text(fields.get("K", "")):
            budget.charge(cells=1)
            rows.setdefault(row, {})[min(column, _WIDEST)] = value
        if comment := _text(fields.get("A", "")):
            comments.append(comment)
    if rows:
        numbers = sorted(rows)
        cells = tuple(_cells(rows[number], budget) for number in numbers)
        yield Table(place, (), cells, numbers=tuple(numbers))
    if comments:
        yield Text(place, "\n".join(comments))


def _number(field: str | None, before: int) -> int:
    return int(field) if field and field.isdecimal() and len(field) <= 7 else before


def _text(field: str) -> str:
    value = field.replace(";;", ";").strip()
    return value[1:-1] if value.startswith('"') and value.endswith('"') else value


def _cells(row: dict[int, str], budget: Budget) -> tuple[str, ...]:
    last = max(row)
    budget.charge(cells=last)
    return tuple(row.get(column, "") for column in range(1, last + 1))
