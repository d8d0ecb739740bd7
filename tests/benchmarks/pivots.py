"""How many of the strings that only a pivot cache holds are found.

python -m tests.benchmarks pivots
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.benchmarks._programs import Program
from tests.benchmarks.extraction import DLPGUARD, normalised, pivoted


def main() -> None:
    """Print a row for each workbook."""
    program = Program(DLPGUARD)
    table = Table("workbook", "found", title="Strings in a pivot cache only")
    for name, strings, answer in pivoted(program):
        text = normalised(answer["text"]) if answer else ""
        hits = [normalised(string) in text for string in strings]
        table.add_row(name, f"{sum(hits)}/{len(hits)}")
    program.stop()
    Console().print(table)
