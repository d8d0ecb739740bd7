"""The goals that dlpguard's speed is held to, beside what was measured.

    at_least("4 KB prose against Postfix's own queue", 0.35, ratios, "×")
    at_most("start of `serve` to the first 220", 1.5, seconds, "s")

The modules of this family that measure one have a function `goals`, which gives them in the order
in which they are printed.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

HEADINGS = ("goal", "to be", "minimum", "median", "maximum", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """What was aimed at, and a value for each round; none where it could not be measured.

    The median decides.  `goal` says with its unit what is wanted ("≥ 0.35×").
    """

    name: str
    goal: str
    values: tuple[float, ...]
    unit: str
    is_met: bool

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if not self.values:
            return "not measured"
        return "met" if self.is_met else "missed"


def at_least(name: str, limit: float, values: Sequence[float], unit: str) -> Goal:
    """A goal that more is better for, such as a ratio of speeds."""
    is_met = bool(values) and statistics.median(values) >= limit
    return Goal(name, f"≥ {_with(unit, f'{limit:g}')}", tuple(values), unit, is_met)


def at_most(name: str, limit: float, values: Sequence[float], unit: str) -> Goal:
    """A goal that less is better for, such as seconds or bytes."""
    is_met = bool(values) and statistics.median(values) <= limit
    return Goal(name, f"≤ {_with(unit, f'{limit:g}')}", tuple(values), unit, is_met)


def rows(goals: Iterable[Goal]) -> Iterator[tuple[str, ...]]:
    """A row for each, with the columns of `HEADINGS`."""
    for goal in goals:
        values = goal.values
        figures = (min(values), statistics.median(values), max(values)) if values else ()
        said = [_with(goal.unit, _shown(figure)) for figure in figures]
        yield (goal.name, goal.goal, *(said or ["–"] * 3), goal.verdict)


def table(goals: Iterable[Goal]) -> Table:
    """For a terminal."""
    printed = Table(title="Goals, and what was measured", title_justify="left")
    for heading in HEADINGS:
        is_figure = heading in {"minimum", "median", "maximum"}
        printed.add_column(heading, justify="right" if is_figure else "left")
    for row in rows(goals):
        printed.add_row(*row)
    return printed


def markdown(goals: Iterable[Goal]) -> str:
    """For a page of the documentation."""
    lines = ["| goal | to be | minimum | median | maximum | |", "|---|---|--:|--:|--:|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows(goals)]
    return "\n".join(lines) + "\n"


def _with(unit: str, number: str) -> str:
    """A number and its unit: `8×` and `1.5 s`."""
    return f"{number}×" if unit == "×" else f"{number} {unit}".rstrip()


def _shown(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
