"""Pieces of text with positions, as lines; lines that stand in columns as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dlpguard.document import Hidden
from dlpguard.extractors._budget import Budget

_FEWEST_ROWS = 3
"""Lines with the same columns that make a table; two are a letterhead."""

_LONGEST_CELL = 60
"""Characters on average above which columns are those of a newspaper, not of a table."""

_NARROWEST_GAP = 2.0
"""Points (1/72 inch) of white between two columns."""


class Segment(NamedTuple):
    """Text without a wide gap in it, and its box in points, y upwards.

    `hidden` is why nobody would see it on the page.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    hidden: Hidden | None = None

    def __repr__(self) -> str:
        """Where it stands, never what it says."""
        return f"Segment(left={self.left}, bottom={self.bottom}, hidden={self.hidden})"

    @property
    def middle(self) -> float:
        """Half-way between bottom and top."""
        return (self.bottom + self.top) / 2


Line = list[Segment]
Edges = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines that stand in columns; `edges` are left and right of each column.

    `hidden` maps (row index, column index) to why the cell would not be seen.
    """

    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    edges: Edges
    hidden: dict[tuple[int, int], Hidden] = field(default_factory=dict)

    def is_continued_by(self, other: Grid) -> bool:
        """Whether the other, on the next page, has the same columns."""
        return len(self.edges) == len(other.edges) and all(
            left < other_right and other_left < right
            for (left, right), (other_left, other_right) in zip(
                self.edges, other.edges, strict=True
            )
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines of running text, and why they would not be seen."""

    text: str = field(repr=False)
    hidden: Hidden | None = None


def blocks(segments: list[Segment], budget: Budget) -> Iterator[Passage | Grid]:
    """Running text and grids, in reading order; then, reason by reason, text that nobody sees.

    Text that is not seen stays in its table where it stands in one: a cell under a black box
    belongs to its row.
    """
    pending: list[str] = []
    unseen: dict[Hidden, list[str]] = {}
    for run in _runs(_lines(segments)):
        grid = _grid(run)
        if grid is None:
            for line in run:
                pending.extend(_seen(line, unseen))
            continue
        if pending:
            yield Passage("\n".join(pending))
            pending = []
        budget.charge(cells=len(grid.rows) * len(grid.edges))
        yield grid
    if pending:
        yield Passage("\n".join(pending))
    for hidden, lines in unseen.items():
        yield Passage("\n".join(lines), hidden)


def _seen(line: Line, unseen: dict[Hidden, list[str]]) -> Iterator[str]:
    """The part of a line that can be seen, if any; the rest is added to what cannot."""
    for hidden in dict.fromkeys(segment.hidden for segment in line):
        text = "  ".join(segment.text for segment in line if segment.hidden == hidden)
        if hidden is None:
            yield text
        else:
            unseen.setdefault(hidden, []).append(text)


def _lines(segments: list[Segment]) -> list[Line]:
    """Segments side by side as one line.

    The order of the file is kept: a segment joins the line before it, or one of the last lines
    when the file draws column by column.
    """
    lines: list[Line] = []
    by_height: dict[int, Line] = {}
    for segment in segments:
        # Lines are found again by their height in points; neighbours catch the rounding.
        key = round(segment.middle / 2)
        line = next((by_height[k] for k in (key, key - 1, key + 1) if k in by_height), None)
        if line is not None and _beside(line, segment):
            line.append(segment)
        else:
            line = [segment]
            lines.append(line)
        by_height[key] = line
    for line in lines:
        line.sort(key=lambda segment: segment.left)
    return lines


def _beside(line: Line, segment: Segment) -> bool:
    """Whether a segment stands beside a line's, overlapping none of them."""
    return all(
        (segment.left >= other.right or segment.right <= other.left)
        and other.bottom <= segment.middle <= other.top
        for other in line
    )


def _runs(lines: list[Line]) -> Iterator[list[Line]]:
    """Consecutive lines of several segments together, others one by one."""
    run: list[Line] = []
    for line in lines:
        if len(line) > 1:
            run.append(line)
            continue
        if run:
            yield run
            run = []
        yield [line]
    if run:
        yield run


def _grid(run: list[Line]) -> Grid | None:
    """A grid of lines whose segments fall into the same columns, None when they do not."""
    segments = [segment for line in run for segment in line]
    if len(run) < _FEWEST_ROWS:
        return None
    if sum(len(segment.text) for segment in segments) > _LONGEST_CELL * len(segments):
        return None
    columns = _columns(segments)
    if len(columns) < 2:
        return None
    rows = []
    hidden: dict[tuple[int, int], Hidden] = {}
    for number, line in enumerate(run):
        row = [""] * len(columns)
        for segment in line:
            index = next(i for i, (_, right) in enumerate(columns) if segment.right <= right)
            row[index] = f"{row[index]} {segment.text}".strip()
            if segment.hidden:
                hidden[number, index] = segment.hidden
        rows.append(tuple(row))
    return Grid(tuple(rows), tuple(columns), hidden)


def _columns(segments: list[Segment]) -> list[tuple[float, float]]:
    """The stretches of a line that any segment covers: between them is white from top to bottom."""
    columns: list[tuple[float, float]] = []
    for segment in sorted(segments, key=lambda s: s.left):
        if columns and segment.left < columns[-1][1] + _NARROWEST_GAP:
            columns[-1] = (columns[-1][0], max(columns[-1][1], segment.right))
        else:
            columns.append((segment.left, segment.right))
    return columns
