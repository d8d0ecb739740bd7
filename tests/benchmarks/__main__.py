"""Everything that can be measured without data from outside, in one go.

    python -m tests.benchmarks

The others want a folder or time, and their names: `python -m tests.benchmarks extraction --data
FOLDER` (recall, speed, other programs), `detection --data FOLDER` (names and people), `limits`
(hostile input), `memory` (a crowd of clients), `relay --rounds N`, `site` (pages of the review
site).
"""

from __future__ import annotations

import importlib
import sys

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import relay, sandbox
from tests.benchmarks._programs import Program
from tests.benchmarks.extraction import DLPGUARD, normalised, pivoted


def main() -> None:
    """Print all tables."""
    console = Console(width=max(Console().width, 110))
    console.print(pivots())
    console.print(sandbox.measure())
    for table in relay.measure(rounds=1):
        console.print(table)


def pivots() -> Table:
    """How many of the strings that only a pivot cache holds are found."""
    program = Program(DLPGUARD)
    table = Table("workbook", "found", title="Strings in a pivot cache only")
    for name, strings, answer in pivoted(program):
        text = normalised(answer["text"]) if answer else ""
        hits = [normalised(string) in text for string in strings]
        table.add_row(name, f"{sum(hits)}/{len(hits)}")
    program.stop()
    return table


if __name__ == "__main__":
    if len(sys.argv) > 1:
        typer.run(importlib.import_module(f"tests.benchmarks.{sys.argv.pop(1)}").main)
    else:
        main()
