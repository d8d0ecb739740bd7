"""JSON: arrays of records as tables, everything else as text, a line for each value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from dlpguard.document import SEPARATOR, Table, Text
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"json"})

_FEWEST_RECORDS = 2
_WIDEST = 500
"""Names of fields that get a column; a record with more is a map, not a row."""

_ROWS_A_CHARGE = 1000
_LONGEST = 20_000_000
"""Characters that are read as a tree, which may take forty times their memory; more are text."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Tables and text of one value, of several values line by line, or the text as it stands."""
    text = decode(part.content, part.charset)
    values = _values(text) if len(text) <= _LONGEST else None
    if values is None:
        if text.strip():
            yield Text(place, text)
        return
    yield from _Reading(place, budget).read(values[0] if len(values) == 1 else values)


def _values(text: str) -> list[Any] | None:
    """The value of a file, or its values when it has one a line; None when it is no JSON."""
    try:
        return [_loaded(text)]
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
    except RecursionError:
        return None  # nobody reads it as a tree; as text it can be read
    try:
        return [_loaded(line) for line in lines] or None
    except (ValueError, RecursionError):
        return None


def _loaded(text: str) -> Any:
    """One value, numbers as they stand."""
    # A byte order mark is not JSON, and common.
    cleaned = text.removeprefix("\ufeff")
    return json.loads(
        cleaned, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_record
    )


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a name that comes twice readers take one or the other, so both stay."""
    found = dict(pairs)
    if len(found) < len(pairs):
        found = {}
        for key, value in pairs:
            found[key] = [*_as_list(found[key]), value] if key in found else value
    return found


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Reading:
    """Goes through a value; tables come out at once, other text is kept for the end."""

    def __init__(self, place: str, budget: Budget) -> None:
        self._place = place
        self._budget = budget

    def read(self, value: Any) -> Iterator[Piece]:
        """Every value in it, in order, with the way that leads there."""
        lines: list[str] = []
        stack: list[tuple[str, Any]] = [("", value)]
        while stack:
            path, item = stack.pop()
            if _is_records(item):
                yield from self._table(path, item)
            elif isinstance(item, dict):
                children = [(_joined(path, key), child) for key, child in item.items()]
                stack.extend(reversed(children))
            elif isinstance(item, list):
                if all(not isinstance(child, dict | list) for child in item):
                    lines.append(_line(path, ", ".join(_shown(child) for child in item)))
                else:
                    stack.extend(reversed([(path, child) for child in item]))
            else:
                lines.append(_line(path, _shown(item)))
            if len(lines) % _ROWS_A_CHARGE == 0:
                self._budget.charge()
        if any(lines):
            yield Text(self._place, "\n".join(lines))

    def _table(self, path: str, records: list[dict[str, Any]]) -> Iterator[Piece]:
        columns = list(dict.fromkeys(key for record in records for key in _flat(record)))
        rows = []
        for record in records:
            flat = _flat(record)
            self._budget.charge(cells=len(columns))
            rows.append(tuple(flat.get(column, "") for column in columns))
        where = f"{self._place}{SEPARATOR}{path}" if path else self._place
        yield Table(where, tuple(columns), tuple(rows))


def _is_records(value: Any) -> bool:
    """Whether a value is a list of records with names in common, not too many."""
    if not isinstance(value, list) or len(value) < _FEWEST_RECORDS:
        return False
    if not all(isinstance(item, dict) and item for item in value):
        return False
    names = {key for item in value for key in item}
    return len(names) <= _WIDEST and sum(map(len, value)) * 2 >= len(names) * len(value)


def _flat(record: dict[str, Any]) -> dict[str, str]:
    """A record as cells; what is nested has its way in its heading, lists stand in one cell."""
    cells: dict[str, str] = {}
    stack: list[tuple[str, Any]] = list(reversed(record.items()))
    while stack:
        path, item = stack.pop()
        if isinstance(item, dict):
            stack.extend(reversed([(_joined(path, key), child) for key, child in item.items()]))
        elif isinstance(item, list):
            stack.extend(reversed([(path, child) for child in item]))
        else:
            shown = _shown(item)
            cells[path] = f"{cells[path]}\n{shown}" if path in cells else shown
    return cells


def _joined(path: str, key: str) -> str:
    return f"{path} {key}" if path else key


def _line(path: str, value: str) -> str:
    return f"{path}: {value}" if path else value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
