"""What hostile files and messages cost in the real sandbox, with the limits that are shipped.

    python -m tests.benchmarks.limits [--write]

`--write` puts the table into docs/limits.md, between the two lines that are there for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from dlpguard.runners.sandbox import Limits
from tests.extractors.hostile._ordeal import HOSTILE, Ordeal, Outcome

PAGE = Path(__file__).resolve().parents[2] / "docs" / "limits.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"

READING = 12.0
"""Seconds that extractors give themselves where a worker has 15 of CPU."""

_MEGABYTE = 1_000_000


def main(
    write: Annotated[bool, typer.Option("--write", help="Change docs/limits.md.")] = False,
) -> None:
    """Print status, seconds and peak memory of each hostile message."""
    rows = list(measure())
    table = Table("message", "MB", "what came of it", "seconds", "peak MB", title="Hostile input")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    if write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        lines = [f"| {' | '.join(row)} |\n" for row in rows]
        heading = "| message | MB | what came of it | seconds | peak MB |\n|---|--:|---|--:|--:|\n"
        PAGE.write_text(f"{before}{BEGIN}{heading}{''.join(lines)}{END}{after}", "utf-8")


def measure() -> Iterator[tuple[str, ...]]:
    """A row for each message, beginning with one that is empty."""
    with Ordeal(Limits(), READING) as ordeal:
        idle = f"{ordeal.idle / _MEGABYTE:.0f}"
        yield ("(nothing: zygote and one idle worker)", "", "", "", idle)
        for name in track(HOSTILE, "Reading", console=Console(stderr=True)):
            raw = HOSTILE[name].make()
            outcome = ordeal.put(raw)
            size = len(raw) / _MEGABYTE
            peak = max(outcome.peak, ordeal.idle) / _MEGABYTE
            yield name, f"{size:.1f}", _status(outcome), f"{outcome.seconds:.1f}", f"{peak:.0f}"


def _status(outcome: Outcome) -> str:
    """In words."""
    if not outcome.gaps:
        return "read whole"
    first = outcome.gaps[0]
    words = f"{first.why.value}: {first.detail}" if first.detail else first.why.value
    more = f" (and {len(outcome.gaps) - 1} more)" if len(outcome.gaps) > 1 else ""
    return f"{'held' if outcome.held else 'passed on'}, {words}{more}"


if __name__ == "__main__":
    typer.run(main)
