"""Rows under headings, whatever way round a table has them.

A `Grid` is what the rest of counting looks at: one heading, rows of records below it, and where
each cell stands in its block.  A table gives several when a heading comes again after an empty
row; a form ("Name", "Ann Bee" / "Phone", "01632 960001") is turned sideways into one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from dlpguard.counting import dumps, headings
from dlpguard.detectors import Setup
from dlpguard.document import Block, Hidden, Table

PLAIN = Setup()
"""An organisation without kinds of its own."""

HEADING_WITHIN = 10
"""Rows at the top of a table among which its heading is looked for; titles come before it."""

COMPARED = 10
"""Rows below a heading that is only half known, to see whether values stand there."""

RECOGNISED = 0.5
"""The share of a row's cells that must be known headings for the row to be one."""

LABELS = 0.6
"""The share of a column's cells that must be known headings for the table to be a form."""

FORM_ROWS = 60
"""A form has its labels in so many rows at most; longer first columns are data."""

EMPTY = frozenset(
    {
        *("", "-", "--", "–", "?", ".", "0", "x", "n/a", "na", "n.a.", "nil", "none", "no", "null"),
        *("unknown", "not known", "not applicable", "not recorded", "not stated", "not disclosed"),
        *("tbc", "tba", "tbd", "vacant", "vacancy", "blank", "nan", "#n/a", "#ref!", "refused"),
        *("total", "totals", "grand total", "subtotal", "sub total", "sum", "average", "overall"),
    }
)
"""What people write where there is nothing, and in the first cell of a line of totals."""

LONGEST_EMPTY = max(map(len, EMPTY))

Rows = Sequence[tuple[str, ...]]
Spot = tuple[int, int]
"""Where a cell stands: row and column in a table, start and end in a text."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Records under one heading.

    `heading` is as wide as the widest row, "" where a column has none.  `spots` say where each
    cell stands; empty means row `first` and onwards of the table itself.
    """

    block: Block
    heading: tuple[str, ...] = field(repr=False)
    rows: Rows = field(repr=False)
    first: int = 0
    spots: tuple[tuple[Spot, ...], ...] = ()

    def spot(self, row: int, column: int) -> Spot:
        """Where a cell of the grid stands in its block."""
        return self.spots[row][column] if self.spots else (self.first + row, column)

    def hidden(self, row: int, column: int) -> Hidden | None:
        """Why a cell would not be seen."""
        if isinstance(self.block, Table):
            return self.block.hidden_at(*self.spot(row, column))
        return self.block.hidden

    def hidden_alike(self) -> tuple[Hidden | None] | None:
        """Why all cells alike would (not) be seen; None when one has to ask cell by cell."""
        block = self.block
        if block.hidden or not isinstance(block, Table):
            return (block.hidden,)
        hides_some = block.hidden_rows or block.hidden_columns or block.hidden_cells
        return None if hides_some else (None,)

    def where(self, row: int) -> str:
        """The place of a record, in words."""
        if isinstance(self.block, Table):
            first = next((s for s in self.spots[row] if s[0] >= 0), (0, 0)) if self.spots else None
            return self.block.row_place(first[0] if first else self.first + row)
        return self.block.where


def of(table: Table, setup: Setup) -> Iterator[Grid]:
    """The grids of a table, in order."""
    if not table.rows:
        return
    if written := list(_written(table)):
        yield from written
        return
    if form := _form(table):
        yield form
        return
    start, heading = _top(table, setup)
    for end, following, following_heading in _breaks(table, start):
        yield _grid(table, heading, start, end)
        start, heading = following, following_heading
    yield _grid(table, heading, start, len(table.rows))


def filled(block: Block, text: str, spot: Callable[[int, int], Spot]) -> Iterator[Grid]:
    """The grids that the statements of a text fill; `spot` says where a stretch of it stands."""
    for fields, written in dumps.rows(text):
        if not fields and len(written) < FEWEST_WRITTEN:
            continue
        width = len(written[0])
        yield Grid(
            block,
            fields if len(fields) == width else ("",) * width,
            tuple(tuple(value for value, _ in cells) for cells in written),
            0,
            tuple(tuple(spot(*stretch) for _, stretch in cells) for cells in written),
        )


FEWEST_WRITTEN = 3
"""Rows of statements that do not say what their fields are, and are no accident."""


def _written(table: Table) -> Iterator[Grid]:
    """What a program wrote and somebody took for a table, because of its commas."""
    first = ", ".join(table.rows[0])
    if not dumps.are_written(first):
        return
    lines = [", ".join(row) for row in table.rows]
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def spot(start: int, _end: int) -> Spot:
        row = bisect_right(starts, start) - 1
        borders = list(accumulate(len(cell) + len(", ") for cell in table.rows[row]))
        return row, min(bisect_right(borders, start - starts[row]), len(borders) - 1)

    text = "\n".join(lines)
    yield from filled(table, text, spot)
    cells = [
        (label, spot(*stretch), value)
        for label, (value, stretch) in dumps.pairs(text)
        if headings.read(label)
    ]
    if len({label for label, _, _ in cells}) > 1:
        yield gather(table, cells)


def is_heading(row: Sequence[str], setup: Setup = PLAIN) -> bool:
    """Whether a row of cells looks like headings: known ones, and nothing that is data."""
    said = [cell for cell in row if cell.strip()]
    if not said or any(is_data(cell) for cell in said):
        return False
    known = sum(bool(headings.own(cell, setup) or headings.read(cell)) for cell in said)
    if headings.read(said[0]) and len(said) > 1:
        known += sum(headings.illness(cell) is not None for cell in said[1:])
    return known / len(said) >= RECOGNISED and (known >= 2 or len(said) == 1)


def _stands_above_data(row: Sequence[str], below: Rows, setup: Setup) -> bool:
    """Whether one known heading and other words stand above columns of values."""
    filled = {column: cell for column, cell in enumerate(row) if cell.strip()}
    if len(filled) < 2 or not below or any(map(is_data, filled.values())):
        return False
    if not any(headings.own(cell, setup) or headings.read(cell) for cell in filled.values()):
        return False
    return any(
        sum(is_data(other[column]) for other in below if column < len(other)) > len(below) / 2
        for column in filled
    )


def is_data(cell: str) -> bool:
    """Whether a cell can only be a value: an address, a number of some length, a text."""
    return (
        len(cell) > headings.LONGEST
        or "@" in cell
        or sum(c.isdigit() for c in cell) >= 4
        or cell.strip().isdigit()
    )


def _top(table: Table, setup: Setup) -> tuple[int, tuple[str, ...]]:
    """The first row of data, and the heading above it."""
    marked = table.heading
    narrow = all(_filled(row) < 2 for row in table.rows[: HEADING_WITHIN + COMPARED])
    for index, row in enumerate(table.rows[:HEADING_WITHIN]):
        if _filled(row) < 2 and not narrow:
            continue  # "Ward 1" is a title
        following = table.rows[index + 1 : index + 1 + COMPARED]
        if not is_heading(row, setup) and not _stands_above_data(row, following, setup):
            continue
        above = table.rows[index - 1] if index else marked
        below = table.rows[index + 1] if index + 1 < len(table.rows) else ()
        if is_heading(below, setup) and _filled(row) > 1:
            return index + 2, _stacked(row, below)
        if _filled(above) > 1 and not any(map(is_data, above)):
            return index + 1, _stacked(above, row)
        return index + 1, row
    return 0, marked


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _stacked(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """One heading of two rows; a merged cell above goes on to its right."""
    width = max(len(upper), len(lower))
    over = ""
    stacked = []
    for column in range(width):
        top = upper[column].strip() if column < len(upper) else ""
        bottom = lower[column].strip() if column < len(lower) else ""
        over = top or (over if bottom else "")
        stacked.append(f"{over} {bottom}".strip() if bottom != over else bottom)
    return tuple(stacked)


def _breaks(table: Table, start: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Where a heading comes again: the end of what was before, the first row after, the heading."""
    after_empty = False
    heading = tuple(table.heading) or (table.rows[start - 1] if start else ())
    for index in range(start, len(table.rows)):
        row = table.rows[index]
        if not any(row) or not any(map(str.strip, row)):
            after_empty = True
            continue
        again = after_empty and _filled(row) > 1 and index + 1 < len(table.rows)
        if row == heading or (again and is_heading(row)):
            yield index, index + 1, row
        after_empty = False


def _grid(table: Table, heading: tuple[str, ...], start: int, end: int) -> Grid:
    rows = table.rows[start:end]
    width = max((len(row) for row in rows), default=0)
    padded = tuple(heading[:width]) + ("",) * (width - len(heading))
    return Grid(table, padded, rows, start)


def _form(table: Table) -> Grid | None:
    """A table whose first column holds the labels, turned sideways; None when it does not."""
    rows = ((table.heading,) if table.heading else ()) + tuple(table.rows[:FORM_ROWS])
    offset = 1 if table.heading else 0
    if any(len(row) > 1 and is_heading(row) and headings.read(row[1]) for row in rows):
        return None
    width = max((len(row) for row in rows), default=0)
    if width < 2 or not _are_labels(rows, 0):
        return None
    pairs = [c for c in range(0, width - 1, 2) if _are_labels(rows, c)] if width > 2 else [0]
    if len(table.rows) > FORM_ROWS:
        # Cards below each other: the same labels again and again.
        rows = ((table.heading,) if table.heading else ()) + tuple(table.rows)
        if not (len(pairs) > 1 or width == 2) or not _are_labels(rows, 0):
            return None
    if len(pairs) > 1 or width == 2:
        cells = [
            (row[c], (r - offset, c + 1), row[c + 1])
            for c in pairs
            for r, row in enumerate(rows)
            if c + 1 < len(row) and row[c].strip()
        ]
        return gather(table, cells)
    labels = tuple(row[0] if row else "" for row in rows)
    people = [
        [
            (row[column] if column < len(row) else "", (r - offset, column))
            for r, row in enumerate(rows)
        ]
        for column in range(1, width)
    ]
    return Grid(
        table,
        labels,
        tuple(tuple(text for text, _ in person) for person in people),
        0,
        tuple(tuple(spot for _, spot in person) for person in people),
    )


def gather(block: Block, cells: Sequence[tuple[str, Spot, str]]) -> Grid:
    """Labels and values in order, as records: a label that comes again starts the next one."""
    records: list[dict[str, tuple[Spot, str]]] = [{}]
    for written, spot, value in cells:
        label = written.strip()
        if label in records[-1] and headings.read(label):
            if label == next(iter(records[0])):
                records.append({})
            elif value.strip() == records[-1][label][1].strip():
                continue
            else:
                label += " "  # a second phone number of the same person
        records[-1][label] = (spot, value)
    heading = tuple(dict.fromkeys(label for record in records for label in record))
    nowhere: tuple[Spot, str] = ((-1, -1), "")
    return Grid(
        block,
        tuple(label.strip() for label in heading),
        tuple(tuple(record.get(h, nowhere)[1] for h in heading) for record in records),
        0,
        tuple(tuple(record.get(h, nowhere)[0] for h in heading) for record in records),
    )


def _are_labels(rows: Sequence[Sequence[str]], column: int) -> bool:
    labels = [row[column] for row in rows if column < len(row) and row[column].strip()]
    known = {cell for cell in set(labels) if not is_data(cell) and headings.read(cell)}
    count = sum(cell in known for cell in labels)
    return 2 <= len(known) <= FORM_ROWS and count / len(labels) >= LABELS
