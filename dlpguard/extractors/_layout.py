"""Paragraphs, cells and rows, in the order in which old formats say them, as texts and tables."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.document import Block, Hidden, Table, Text
from dlpguard.extractors._budget import Budget


class Layout:
    """Takes the ends of paragraphs, cells and rows; `finish` gives the blocks of the story."""

    def __init__(self, where: str, hidden: Hidden | None, budget: Budget) -> None:
        self._where, self._hidden, self._budget = where, hidden, budget
        self._lines: list[str] = []
        self._cell: list[str] = []
        self._row: list[str] = []
        self._rows: list[tuple[str, ...]] = []
        self._headed = False
        self._blocks: list[Block] = []

    def end_paragraph(self, text: str, *, in_cell: bool) -> None:
        """A paragraph, of the cell that is open or of running text; the latter ends a table."""
        self._budget.charge()
        if in_cell:
            self._cell.append(text)
            return
        if self._rows or self._row or self._cell:
            self.end_row(heading=False)
            self._end_table()
        self._lines.append(text)

    def end_cell(self, text: str) -> None:
        """The last paragraph of a cell."""
        self._budget.charge(cells=1)
        self._cell.append(text)
        self._row.append("\n".join(line for line in self._cell if line.strip()))
        self._cell = []

    def end_row(self, *, heading: bool) -> None:
        """The end of a row; only the first can be the heading."""
        if self._cell:
            self.end_cell("")
        if any(self._row):
            self._headed = self._headed or (heading and not self._rows)
            self._rows.append(tuple(self._row))
        self._row = []

    def finish(self) -> Iterator[Block]:
        """All blocks.  What was open when the story was cut off ends here."""
        self.end_row(heading=False)
        self._end_table()
        self._end_text()
        yield from self._blocks

    def _end_text(self) -> None:
        text = "\n".join(self._lines).strip("\n")
        self._lines = []
        if text.strip():
            self._blocks.append(Text(self._where, text, self._hidden))

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        headed, self._headed = self._headed, False
        if not rows:
            return
        self._end_text()
        if max(map(len, rows)) == 1:  # a frame around text
            text = "\n".join(row[0] for row in rows)
            self._blocks.append(Text(self._where, text, self._hidden))
            return
        heading = rows[0] if headed and len(rows) > 1 else ()
        cells = tuple(rows[1:] if heading else rows)
        self._blocks.append(Table(self._where, heading, cells, self._hidden))
