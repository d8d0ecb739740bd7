"""What dlpguard's speed is held to, in one table.

    python -m tests.benchmarks [goals [relay startup memory kept]] [--write]

Without names, all that does not take long.  Each module measures with what it has for defaults, so
that of the relay in its short form: one round, and no more than the goals need.  `--write` puts the
rows into the first table of docs/performance.md.
"""

from __future__ import annotations

import importlib
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks import _goals, _page
from tests.benchmarks._goals import Goal

USUAL = ("relay", "startup", "memory")
"""The others take minutes: `kept` makes a million messages first."""


def main(
    modules: Annotated[list[str] | None, typer.Argument(help="What measures.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Change docs/performance.md.")] = False,
) -> None:
    """Measure, and print the goals."""
    found: list[Goal] = []
    for name in modules or USUAL:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        found += module.goals(module.measure())
    Console(width=max(Console().width, 110)).print(_goals.table(found))
    if write:
        page = _page.put_goals(found, _page.PAGE.read_text("utf-8"))
        _page.PAGE.write_text(page, "utf-8")
