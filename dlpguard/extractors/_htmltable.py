"""Tables of a web page while they are being read: a stack of flows, cells and rows.

Mail uses tables for layout more than for data.  One is data when it has no table inside it, at
least two rows and two columns, and no cell as long as an article; the others are read as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from dlpguard.document import Hidden, Table

_LONGEST_CELL = 2000
"""Characters; a cell with more is a column of a page, not a value."""

_WIDEST_SPAN = 100
"""Columns that one cell is believed to span."""

LINE, PARAGRAPH = "\x1e", "\x1d"
"""In a flow: a new line begins here, a paragraph does.  `\\n` is a line break by itself."""

_BREAKS = re.compile(r"[ \n\x1d\x1e]{0,1000}[\n\x1d\x1e][ \n\x1d\x1e]{0,1000}")
_SPACES = re.compile(r"[ \t\xa0]{1,1000}")

Flow = list["str | Table"]


def tidy(text: str) -> str:
    """White space as a browser shows it: runs are one space, empty lines at most one."""
    return _BREAKS.sub(_breaks, _SPACES.sub(" ", text)).strip()


def _breaks(match: re.Match[str]) -> str:
    run = match[0]
    return "\n\n" if PARAGRAPH in run or run.count("\n") > 1 else "\n"


@dataclass(slots=True)
class Cell:
    """A cell being read: its flow, and whether it is a heading or hidden."""

    flow: Flow = field(default_factory=list)
    span: int = 1
    heading: bool = False
    hidden: Hidden | None = None


@dataclass(slots=True)
class Row:
    """A row being read."""

    cells: list[Cell] = field(default_factory=list)
    hidden: Hidden | None = None


@dataclass(slots=True)
class OpenTable:
    """A table being read."""

    rows: list[Row] = field(default_factory=list)
    hidden: Hidden | None = None

    def cell(self) -> Cell:
        """The cell that text now belongs to; made if the page forgot to."""
        if not self.rows:
            self.rows.append(Row())
        if not self.rows[-1].cells:
            self.rows[-1].cells.append(Cell())
        return self.rows[-1].cells[-1]

    def close(self, place: str) -> Flow:
        """A `Table` where it is data, its text otherwise."""
        rows = [row for row in self.rows if row.cells]
        plain = all(
            isinstance(item, str) for row in rows for cell in row.cells for item in cell.flow
        )
        if len(rows) < 2 or max(len(row.cells) for row in rows) < 2 or not plain:
            return _as_text(rows)
        texts = [[_text(cell) for cell in row.cells] for row in rows]
        if any(len(text) > _LONGEST_CELL for row in texts for text in row):
            return _as_text(rows)
        return [self._table(place, rows)]

    def _table(self, place: str, rows: list[Row]) -> Table:
        heading: tuple[str, ...] = ()
        if all(cell.heading for cell in rows[0].cells) and rows[0].hidden is None:
            heading, rows = _spread(rows[0]), rows[1:]
        cells = {
            (number, column): cell.hidden
            for number, row in enumerate(rows)
            for column, cell in _columns(row)
            if cell.hidden is not None
        }
        return Table(
            place,
            heading,
            tuple(_spread(row) for row in rows),
            hidden=self.hidden,
            hidden_rows={n: row.hidden for n, row in enumerate(rows) if row.hidden is not None},
            hidden_cells=cells,
        )


def _columns(row: Row) -> list[tuple[int, Cell]]:
    """Each cell with the column it begins in."""
    found, column = [], 0
    for cell in row.cells:
        found.append((column, cell))
        column += max(1, min(cell.span, _WIDEST_SPAN))
    return found


def _spread(row: Row) -> tuple[str, ...]:
    texts: list[str] = []
    for column, cell in _columns(row):
        texts.extend([""] * (column - len(texts)))
        texts.append(_text(cell))
    return tuple(texts)


def _text(cell: Cell) -> str:
    """The text of a cell; lines stay, for an address has some."""
    text = tidy("".join(item for item in cell.flow if isinstance(item, str)))
    return "\n".join(line for line in text.split("\n") if line)


def _as_text(rows: list[Row]) -> Flow:
    flow: Flow = [LINE]
    for row in rows:
        for cell in row.cells:
            flow.extend(cell.flow)
            flow.append("  " if len(row.cells) > 1 else LINE)
        flow.append(LINE)
    return flow
