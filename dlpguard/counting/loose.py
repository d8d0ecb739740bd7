"""Tables that are no lists of people and speak of people all the same.

A seating plan, a page of a diary, labels for envelopes: each cell is a text of its own, about
somebody or about nobody.  Who is only named in one is not counted: menus have Earl Grey in them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from dlpguard import detectors
from dlpguard.counting import prose
from dlpguard.counting.grids import Grid
from dlpguard.counting.mention import Mention
from dlpguard.counting.tallies import Tallies
from dlpguard.document import Hidden, Text

SHORTEST = 8
"""Characters of a cell that could name somebody and tell something of them."""

_BETWEEN = "\n\n\n\n"
"""More than an empty line: what stands in one cell is not told of whom the next one names."""


def read(grid: Grid, setup: detectors.Setup, index: int, found: Tallies) -> list[Mention]:
    """Who is mentioned in the cells of a grid, with something that is told of them.

    What stands there goes to `found`; `index` is the block's.
    """
    mentions: list[Mention] = []
    by_reason: dict[Hidden | None, list[tuple[int, int]]] = {}
    for row, column in _texts(grid):
        by_reason.setdefault(grid.hidden(row, column), []).append((row, column))
    for hidden, cells in by_reason.items():
        mentions += _read(grid, cells, hidden, setup, index, found)
    return mentions


def _texts(grid: Grid) -> Iterator[tuple[int, int]]:
    """The cells that hold words, each text once."""
    seen: set[str] = set()
    for row, cells in enumerate(grid.rows):
        for column, cell in enumerate(cells):
            if len(cell) < SHORTEST or cell in seen:
                continue
            if any(c.isalpha() for c in cell) and any(c.isspace() for c in cell.strip()):
                seen.add(cell)
                yield row, column


def _read(
    grid: Grid,
    cells: list[tuple[int, int]],
    hidden: Hidden | None,
    setup: detectors.Setup,
    index: int,
    found: Tallies,
) -> Iterator[Mention]:
    starts: list[int] = []
    length = 0
    for row, column in cells:
        starts.append(length)
        length += len(grid.rows[row][column]) + len(_BETWEEN)
    whole = _BETWEEN.join(grid.rows[row][column] for row, column in cells)
    reading = prose.read(Text(grid.block.where, whole, hidden), setup, index)
    for finding in reading.findings:
        place = bisect_right(starts, finding.start) - 1
        row, column = cells[place]
        if not found.note(finding.kind, finding.value, finding.confidence):
            continue
        at, across = grid.spot(row, column)
        found.keep(
            replace(
                finding,
                where=grid.where(row),
                start=finding.start - starts[place],
                end=finding.end - starts[place],
                row=at,
                column=across,
            )
        )
    return (mention for mention in reading.mentions if len(mention.details) > 1)
