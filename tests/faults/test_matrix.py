"""`kill -9` at the points that matter most: what happens after the next start."""

from __future__ import annotations

import asyncio

import pytest

from dlpguard import faults
from dlpguard.lifecycle import Event
from tests.faults._matrix import COLUMNS, UNREACHED, WITH_WALLS, Cell, Line, Matrix, cells

pytestmark = pytest.mark.timeout(900)
"""Two dozen starts of a relay, on a machine that may be busy."""

CELLS = (
    Cell("end-of-data", "forward"),
    Cell("before-accept", "forward"),
    Cell("after-accept", "release"),
    Cell("body-synced", "forward"),
    Cell("inspected", "hold"),
    Cell("before-pass", "forward"),
    Cell("after-pass", "forward"),
    Cell("after-hold", "release"),
    Cell("before-split", "split"),
    Cell("after-split", "split"),
    Cell("after-ask", "ask"),
    Cell("before-release", "release"),
    Cell("after-release", "release"),
    Cell("before-attempt", "forward"),
    Cell("after-attempt", "forward"),
    Cell("before-dot", "forward"),
    Cell("after-dot", "forward"),
    Cell("mid-body-out", "forward"),
    Cell("dot-answered", "forward"),
    Cell("before-outcome", "forward"),
    Cell("after-issue", "hold"),
    Cell("key-rotated", "forward"),
)
"""One for each kind of harm; `make torture ARGS=matrix` does them all."""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> dict[Cell, Line]:
    async def run() -> dict[Cell, Line]:
        matrix = Matrix(tmp_path_factory.mktemp("matrix"))
        try:
            return {cell: await matrix.run(cell) for cell in CELLS}
        finally:
            await matrix.nursery.close()

    return asyncio.run(run())


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c.point}-{c.scenario}")
def test_a_kill_at_a_point_breaks_nothing(cell: Cell, lines: dict[Cell, Line]) -> None:
    line = lines[cell]

    assert line.passed, "the point was never passed"
    assert () == line.broken, line.ended


def test_what_was_sent_and_not_recorded_is_in_doubt(lines: dict[Cell, Line]) -> None:
    assert "twice" in lines[Cell("dot-answered", "forward")].ended
    assert "in doubt" in lines[Cell("dot-answered", "forward")].ended


def test_what_was_not_sent_is_in_no_doubt(lines: dict[Cell, Line]) -> None:
    for point in ("before-attempt", "before-dot", "before-pass"):
        assert "doubt" not in lines[Cell(point, "forward")].ended


def test_every_point_is_in_the_matrix_or_said_to_be_missing() -> None:
    points = {cell.point for cell in cells()}
    missing = {f"{when}-{change}" for change in UNREACHED for when in ("before", "after")}

    assert set(faults.POINTS) == points | missing
    assert {cell.scenario for cell in CELLS} <= set(COLUMNS)
    assert WITH_WALLS.keys() <= points


def test_every_move_is_a_point() -> None:
    assert {str(event) for event in Event} <= faults.CHANGES.keys()
