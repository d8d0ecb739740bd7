"""Records as programs write them into text: SQL statements, and JSON on lines or in an answer.

    INSERT INTO clients (surname, dob) VALUES ('Bee', '1984-03-02'), ('Okafor', '1990-12-24');
    {"name": "Ann Bee", "dob": "1984-03-02"}

Only what stands between quotes or commas is taken; the rest of SQL and of JSON does not matter.

>>> [row for rows in rows("INSERT INTO t VALUES (1,'O''Neill')") for row in rows.cells]
[[('1', (22, 23)), ("O'Neill", (25, 33))]]
>>> list(pairs('{"name": "Si\\\\u00e2n"}'))
[('name', ('Siân', (10, 19)))]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

Cell = tuple[str, tuple[int, int]]
"""A value, its quotes and escapes undone, and start and end of what is written in the text."""

_VALUES = re.compile(r"[vV](?<!\w[vV])(?i:alues)\s{0,20}(?=\()")
"""The letter before what must not stand before it: ten times as fast in prose."""
_FIELDS = re.compile(r"\((?P<fields>[\w\s,`\"\[\]]{1,2000})\)\s{0,20}\Z")
_FIELD = re.compile(r"[^\W_][\w ]{0,60}")
_OPENS = re.compile(r"\s{0,20},?\s{0,20}\(")
_CELL = re.compile(
    r"\s{0,8}(?:N?'(?P<quoted>(?:[^'\n]|''){0,2000})'|(?P<bare>[^'(),;\n]{0,80}?))\s{0,8}(?P<end>[,)])"
)
_PAIR = re.compile(
    r"\"(?P<label>[^\"\n\\:]{1,40})\"[ ]{0,4}:[ ]{0,4}"
    r"(?:\"(?P<quoted>(?:[^\"\n\\]|\\.){0,300})\"|(?P<bare>[\w.+-]{1,40}))"
)

BEFORE_VALUES = 2_100
"""Characters before VALUES in which the names of the fields stand."""


class Rows(NamedTuple):
    """Tuples of the same length in statements that follow each other: cells, and their headings.

    `fields` is empty where the statements do not say them.
    """

    fields: tuple[str, ...]
    cells: list[list[Cell]]


def rows(text: str) -> Iterator[Rows]:
    """What the statements of a text put into tables, in order."""
    run = Rows((), [])
    done = 0
    for values in _VALUES.finditer(text) if "(" in text else ():
        if values.start() < done:
            continue
        fields = _fields(text, values.start())
        done = values.end()
        for cells, end in _tuples(text, values.end()):
            done = end
            if run.cells and (len(cells) != len(run.cells[0]) or fields != run.fields):
                yield run
                run = Rows(fields, [])
            run = run if run.cells else Rows(fields, [])
            run.cells.append(cells)
    if run.cells:
        yield run


def are_written(line: str) -> bool:
    """Whether a line begins like a statement that fills a table, or like an object of JSON."""
    return line.startswith(('{"', '[{"')) or _VALUES.search(line[:BEFORE_VALUES] + "(") is not None


def pairs(text: str) -> Iterator[tuple[str, Cell]]:
    """The labels of JSON with their values; what is nested is reached as well."""
    if '"' not in text or ('":' not in text and '" :' not in text):
        return  # a single sign is looked for in a fiftieth of the time
    for match in _PAIR.finditer(text):
        if match["quoted"] is None:
            yield match["label"], (match["bare"], match.span("bare"))
        else:
            yield match["label"], (_unescaped(match["quoted"]), match.span("quoted"))


def _unescaped(written: str) -> str:
    if "\\" not in written:
        return written
    try:
        return str(json.loads(f'"{written}"'))
    except ValueError:
        return written  # no JSON, only like it


def _fields(text: str, end: int) -> tuple[str, ...]:
    written = _FIELDS.search(text, max(0, text.rfind("(", max(0, end - BEFORE_VALUES), end)), end)
    if written is None:
        return ()
    return tuple(
        field[0] if (field := _FIELD.search(part)) else "" for part in written["fields"].split(",")
    )


def _tuples(text: str, at: int) -> Iterator[tuple[list[Cell], int]]:
    """The tuples from a place on, each with where it ends."""
    while opened := _OPENS.match(text, at):
        cells: list[Cell] = []
        at = opened.end()
        while cell := _CELL.match(text, at):
            at = cell.end()
            if cell["quoted"] is None:
                cells.append((cell["bare"], cell.span("bare")))
            else:
                cells.append((cell["quoted"].replace("''", "'"), cell.span("quoted")))
            if cell["end"] == ")":
                break
        if cell is None:
            return
        yield cells, at
