"""Plots of numbers by day, as shapes for `figures-parts.html`: bars, a limit, what the axes say.

Only bars and lines are in the picture, which is stretched to whatever room there is; all words
stand around it as text, so that they are as large on a telephone as anywhere.  One plot shows one
thing: nothing has to be told apart by colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

HEIGHT = 100.0
"""Of the picture, in its own units; `STEP` is the room for one day."""

STEP = 10.0
_BAR = 8.0

_TOPS = (2, 4, 6, 10)
"""What an axis may end with, times a power of ten: its half is a whole number too."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where its bar stands, and what it says.  `over`: beyond the limit."""

    x: float
    y: float
    height: float
    day: date
    number: int
    over: bool


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot from 0 to `top`, as wide as `width`.  `limit` is where the line of the limit is, None
    without one; `days` are those that the axis names; up to `uncounted` nothing was counted, and
    there is no bar."""

    bars: tuple[Bar, ...]
    top: int
    width: float
    days: tuple[date, ...]
    limit: float | None = None
    uncounted: float = 0.0

    @property
    def over(self) -> int:
        """On how many days it was more than the limit."""
        return sum(bar.over for bar in self.bars)

    @property
    def total(self) -> int:
        """All days together."""
        return sum(bar.number for bar in self.bars)

    @property
    def most(self) -> Bar:
        """The day with the most; of several the last."""
        return max(self.bars, key=lambda bar: (bar.number, bar.x))


def by_day(days: Sequence[tuple[date, int]], limit: int = 0, uncounted: int = 0) -> Plot:
    """A plot of one number for each of some days (at least one), with a limit unless that is 0.

    Of the first `uncounted` days there are no numbers.
    """
    top = _top(max(limit, *(number for _, number in days)))
    bars = tuple(
        Bar(
            STEP * place + (STEP - _BAR) / 2,
            HEIGHT - HEIGHT * number / top,
            HEIGHT * number / top,
            day,
            number,
            bool(limit) and number > limit,
        )
        for place, (day, number) in enumerate(days)
        if place >= uncounted
    )
    named = (days[0][0], days[len(days) // 2][0], days[-1][0])
    line = HEIGHT - HEIGHT * limit / top if limit else None
    return Plot(bars, top, STEP * len(days), named, line, STEP * uncounted)


def _top(number: int) -> int:
    """The end of an axis that starts at zero.

    >>> _top(0), _top(2), _top(5), _top(25), _top(61), _top(1234)
    (2, 2, 6, 40, 100, 2000)
    """
    scale = 1
    while True:
        for step in _TOPS:
            if step * scale >= number:
                return step * scale
        scale *= 10
