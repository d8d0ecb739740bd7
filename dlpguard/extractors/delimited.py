"""Tables in text: values separated by commas, semicolons, tabs or bars (RFC 4180)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from dlpguard.document import Table, Text
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"csv"})

_DELIMITERS = (",", ";", "\t", "|", "~", "^", "\x1f")
_SAMPLE_LINES = 60
"""Lines that decide on the delimiter: enough to see through a title and a few odd rows."""

_AGREEING = 0.7
"""Share of the lines that must have the same number of cells to be a table by its looks alone:
titles and totals differ, prose with commas differs nearly always."""

_LINES_OF_A_ROW = 100
"""A quoted cell may hold a letter of so many lines; beyond, its quote was never closed."""

_ROWS_A_CHARGE = 1000


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """One table; the rows keep the numbers that a spreadsheet program would show."""
    text = decode(part.content, part.charset)
    text, delimiter = _announced(text)
    delimiter = delimiter or _best(text)[0] or ","
    yield from tabulate(text, delimiter, place, budget)


def delimiter_of(text: str) -> str:
    """The delimiter of a text that is plainly a table without being called one, or "".

    >>> delimiter_of("name\\tphone\\nAnn\\t1\\nBob\\t2\\n")
    '\\t'
    >>> delimiter_of("Dear Ann, dear Bob,\\nthanks.\\nYours, Carl\\n")
    ''
    """
    delimiter, agreeing = _best(text)
    return delimiter if agreeing >= _AGREEING else ""


def tabulate(text: str, delimiter: str, place: str, budget: Budget) -> Iterator[Piece]:
    """The rows of a text with a known delimiter."""
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, row in enumerate(_rows(text, delimiter), 1):
        if number % _ROWS_A_CHARGE == 0:
            budget.charge()
        cells = tuple(cell.strip() for cell in row)
        if any(cells):
            budget.charge(cells=len(cells))
            rows.append(cells)
            numbers.append(number)
    if sum(len(row) > 1 for row in rows) * 2 < len(rows):
        # Lines, some of which have a comma: an address below a name is no second column.
        yield Text(place, text.strip())
        return
    if not rows:
        return
    gapless = not numbers or numbers[-1] == len(numbers)
    yield Table(place, (), tuple(rows), numbers=() if gapless else tuple(numbers))


def _announced(text: str) -> tuple[str, str]:
    """Excel's first line `sep=;`, taken off."""
    first, _, rest = text.partition("\n")
    if first.startswith("sep=") and len(first.strip()) <= 5:
        return rest, first.rstrip("\r\n")[4:5]
    return text, ""


def _best(text: str) -> tuple[str, float]:
    """The delimiter that most lines agree about, and the share of lines that do."""
    sample = _lines(text[:100_000])[:_SAMPLE_LINES]
    best, best_score, best_share = "", 0.0, 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths or len(rows) < 2:
            continue
        width, agreeing = widths.most_common(1)[0]
        share = agreeing / len(rows)
        if agreeing >= 2 and share * min(width, 5) > best_score:
            best, best_score, best_share = delimiter, share * min(width, 5), share
    return best, best_share


def _lines(text: str) -> list[str]:
    """The lines of a table; vertical tabs and the like end them only where nothing else does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if len(lines) > 2 else text.splitlines()


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Rows of cells.  A quote that never closes does not swallow what follows.

    The csv module refuses a cell of more than 128 KiB, which is what an open quote makes of a
    long file; where that happens, or a cell has too many lines, quotes mean nothing.
    """
    lines = _lines(text)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter)
    before = 0
    try:
        for row in reader:
            if reader.line_num - before > _LINES_OF_A_ROW:
                for line in lines[before : reader.line_num]:
                    yield line.split(delimiter)
            else:
                yield row
            before = reader.line_num
    except csv.Error:
        for line in lines[before:]:
            yield line.split(delimiter)
