"""Cells where a sheet has them, kept sparse while they come, a table at the end.

Declared dimensions are never looked at.  Columns that no cell uses are left out, so that a lone
cell in the last column costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlpguard.document import Hidden, Table

_PADDING = 8
"""Empty cells for each full one that keeping columns in line may cost; a sparser sheet is no table,
and its rows are packed to the left."""


class Grid:
    """Rows in the order in which they come: the columns used (shared between alike rows), texts."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._columns: list[tuple[int, ...]] = []
        self._texts: list[tuple[str, ...]] = []
        self._shapes: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.hidden_rows: dict[int, Hidden] = {}
        self.hidden_columns: list[tuple[int, int]] = []
        """First and last of ranges."""
        self.hidden_cells: dict[tuple[int, int], Hidden] = {}
        """By number of row and column."""

    def add(self, number: int, columns: Sequence[int], texts: Sequence[str]) -> None:
        """A row that has cells: its number, the numbers of its columns, and the texts there."""
        shape = tuple(columns)
        self._numbers.append(number)
        self._columns.append(self._shapes.setdefault(shape, shape))
        self._texts.append(tuple(texts))

    @property
    def strings(self) -> set[str]:
        """Every text, once."""
        return {text for row in self._texts for text in row}

    def table(self, where: str, hidden: Hidden | None, heading_rows: int = 0) -> Table | None:
        """Everything as one table; None when there is no cell."""
        if not self._texts:
            return None
        used = sorted({column for shape in self._shapes for column in shape})
        index_of = {column: index for index, column in enumerate(used)}
        wide = sum(max(map(index_of.__getitem__, shape)) + 1 for shape in self._columns)
        full = sum(map(len, self._columns))
        packed = wide > _PADDING * full + 1000
        texts = (
            tuple(self._texts)
            if packed or list(self._shapes) == [tuple(used)]
            else tuple(
                _spread(shape, row, index_of)
                for shape, row in zip(self._columns, self._texts, strict=True)
            )
        )
        numbers = tuple(self._numbers)
        heading: tuple[str, ...] = ()
        if heading_rows == 1 and len(texts) > 1:
            heading, texts, numbers = texts[0], texts[1:], numbers[1:]
        row_index = {number: index for index, number in enumerate(numbers)}
        return Table(
            where,
            heading,
            texts,
            hidden,
            () if numbers == tuple(range(1, len(numbers) + 1)) else numbers,
            {
                row_index[number]: why
                for number, why in self.hidden_rows.items()
                if number in row_index
            },
            {}
            if packed
            else {
                index_of[column]: Hidden.COLUMN for column in _covered(used, self.hidden_columns)
            },
            {
                (row_index[number], index_of[column]): why
                for (number, column), why in self.hidden_cells.items()
                if number in row_index and column in index_of and not packed
            },
        )


def _covered(columns: list[int], ranges: list[tuple[int, int]]) -> Iterator[int]:
    """Those of sorted columns that lie in a range; in one pass, however many ranges there are."""
    waiting = sorted(ranges, reverse=True)
    end = 0
    for column in columns:
        while waiting and waiting[-1][0] <= column:
            end = max(end, waiting.pop()[1])
        if column <= end:
            yield column


def cell_name(row: int, column: int) -> str:
    """What a spreadsheet calls a cell, both counted from 1.

    >>> cell_name(4, 28)
    'AB4'
    """
    letters = ""
    while column > 0:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row}"


def _spread(
    shape: tuple[int, ...], texts: tuple[str, ...], index_of: dict[int, int]
) -> tuple[str, ...]:
    """Texts at the places of their columns."""
    row = [""] * (max(map(index_of.__getitem__, shape)) + 1)
    for column, text in zip(shape, texts, strict=True):
        index = index_of[column]
        row[index] = f"{row[index]} {text}" if row[index] else text
    return tuple(row)
