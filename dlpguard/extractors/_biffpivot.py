"""Pivot caches of old workbooks: the rows that a pivot table carries with it (MS-XLS 2.1.7.22).

A cache is a stream of its own.  Each field lists its distinct values; a record has the number of
one for each such field, and the values of the others themselves.
"""

from __future__ import annotations

import struct

from dlpguard.document import Hidden, Table
from dlpguard.extractors._biff import Record, Strings, decimal, records
from dlpguard.extractors._budget import Budget

_FIELD, _FIELD_TYPE, _ROW = 0x00C7, 0x01BB, 0x00C8
_SHARED, _LONG = 0x0001, 0x0200
"""Flags of a field: its values are listed, and their numbers need two bytes."""


def pivot_cache(stream: bytes, where: str, budget: Budget, *, wide: bool) -> Table | None:
    """The records of a cache; without records, the distinct values, a field a row."""
    heading: list[str] = []
    items: list[list[str]] = []
    flags: list[int] = []
    rows: list[list[str]] = []
    missing: list[int] = []
    for record in records(stream):
        if record.kind == _FIELD and len(record.data) > 14:
            flags.append(int.from_bytes(record.data[:2], "little"))
            heading.append(Strings(record, 14, wide=wide).string(2 if wide else 1))
            items.append([])
        elif record.kind == _ROW:
            budget.charge(cells=len(items))
            row, missing = _row(record.data, flags, items)
            rows.append(row)
        elif (text := _value(record, wide=wide)) is not None:
            if not rows and items:
                budget.charge(cells=1)
                items[-1].append(text)
            elif missing:
                rows[-1][missing.pop(0)] = text
    found = rows or [values for values in items if any(values)]
    if not found:
        return None
    shown = tuple(tuple(row) for row in found)
    return Table(where, tuple(heading) if rows else (), shown, Hidden.PIVOT_CACHE)


def _row(data: bytes, flags: list[int], items: list[list[str]]) -> tuple[list[str], list[int]]:
    """A record's values that are listed, and the fields whose values follow."""
    row: list[str] = []
    missing: list[int] = []
    position = 0
    for index, (flag, values) in enumerate(zip(flags, items, strict=True)):
        row.append("")
        if not flag & _SHARED:
            missing.append(index)
            continue
        size = 2 if flag & _LONG else 1
        number = int.from_bytes(data[position : position + size], "little")
        position += size
        if number < len(values):
            row[-1] = values[number]
    return row, missing


def _value(record: Record, *, wide: bool) -> str | None:
    """The value in a record of its own; None when it is no value."""
    kind, data = record.kind, record.data
    if kind == 0x00CD:
        return Strings(record, 0, wide=wide).string(2 if wide else 1)
    if kind == 0x00C9 and len(data) >= 8:
        return decimal(struct.unpack_from("<d", data)[0])
    if kind == 0x00CC and len(data) >= 2:
        return str(int.from_bytes(data[:2], "little", signed=True))
    if kind == 0x00CA:
        return "TRUE" if data[:1] == b"\1" else "FALSE"
    if kind == 0x00CE and len(data) >= 5:
        year, month, day, hour, minute = struct.unpack_from("<HHBBB", data.ljust(7, b"\0"))
        time = f" {hour:02}:{minute:02}" if hour or minute else ""
        return f"{year:04}-{month:02}-{day:02}{time}"
    return "" if kind in {0x00CB, 0x00CF} else None
