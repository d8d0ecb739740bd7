"""Break everything for as long as you like, and compare what is left with what was promised.

    python -m tests.faults run [--seed N] [--messages N] [--kills N] [--seconds N] [--write]
    python -m tests.faults matrix [--points A,B] [--write]
    python -m tests.faults nodes [--seed N] [--seconds N] [--write]

`make torture` is the first with what docs/reliability.md was measured with.  `--write` puts the
counts into that page.  The exit code is 1 when a promise was broken.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from dlpguard import faults
from tests.faults import _nodes, _page
from tests.faults._checker import Found
from tests.faults._matrix import Cell, Line, Matrix, cells, others
from tests.faults._schedule import Plan
from tests.faults._schedule import run as run_plan

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

Write = Annotated[bool, typer.Option("--write", help="Change docs/reliability.md.")]


@app.command()
def run(
    seed: Annotated[int, typer.Option(help="0: chosen by chance, and printed.")] = 0,
    messages: int = 10_000,
    kills: int = 200,
    seconds: Annotated[int, typer.Option(help="Again with other seeds until so long.")] = 0,
    write: Write = False,
) -> None:
    """Random schedules: clients, reviewers, a bad next hop, kills, full disks, locks."""
    started, broken = time.monotonic(), 0
    while True:
        plan = Plan(seed or random.SystemRandom().randrange(1, 1 << 31), messages, kills)
        print(f"seed {plan.seed}: {messages} messages, {kills} kills", flush=True)
        with tempfile.TemporaryDirectory(prefix="dlpguard-torture-") as folder:
            found = run_plan(plan, Path(folder))
        _print(found)
        broken += len(found.broken)
        seed = seed + 1 if seed else 0
        if time.monotonic() - started >= seconds:
            break
    if write:
        _page.write_run(plan, found)
    raise typer.Exit(1 if broken else 0)


@app.command()
def matrix(
    points: Annotated[str, typer.Option(help="Only these, with commas.")] = "", write: Write = False
) -> None:
    """Every fault point with every scenario."""
    chosen = points.split(",") if points else list(faults.POINTS)
    lines = asyncio.run(_matrix(chosen))
    if write:
        _page.write_matrix(lines)
    broken = [line for line in lines if line.broken]
    unpassed = {line.cell.point for line in lines} - {p.cell.point for p in lines if p.passed}
    for point in sorted(unpassed):
        print(f"{point} was never passed")
    raise typer.Exit(1 if broken or unpassed else 0)


@app.command()
def nodes(
    seed: Annotated[int, typer.Option(help="0: chosen by chance, and printed.")] = 0,
    seconds: float = 600,
    write: Write = False,
) -> None:
    """Eight nodes on one PostgreSQL: kills at random, and the database restarted twice."""
    plan = _nodes.Plan(seed or random.SystemRandom().randrange(1, 1 << 31), seconds)
    print(f"seed {plan.seed}: {seconds:g} seconds", flush=True)
    with tempfile.TemporaryDirectory(prefix="dlpguard-nodes-") as folder:
        found = _nodes.run(plan, Path(folder))
    _print(found)
    if write:
        _page.write_nodes(plan.seed, found)
    raise typer.Exit(1 if found.broken else 0)


async def _matrix(points: list[str]) -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="dlpguard-matrix-") as folder:
        made = Matrix(Path(folder))
        for point in points:
            of_point = [cell for cell in cells() if cell.point == point]
            found = [await _one(made, cell) for cell in of_point]
            if of_point and not any(line.passed for line in found):
                found += [await _one(made, cell) for cell in others(point)]
            lines += found
        await made.nursery.close()
    return lines


async def _one(made: Matrix, cell: Cell) -> Line:
    line = await made.run(cell)
    what = "passed" if line.passed else "not passed"
    print(line.cell.point, line.cell.scenario, what, line.ended, *line.broken, sep="; ", flush=True)
    return line


def _print(found: Found) -> None:
    for line in found.broken:
        print(f"BROKEN {line}")
    for what, number in sorted(found.counts.items()):
        print(f"{number:8} {what}")
    print(f"{len(found.broken):8} promises broken", flush=True)


if __name__ == "__main__":
    app()
