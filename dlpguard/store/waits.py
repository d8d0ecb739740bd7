"""How long something waited, in steps: what can be kept and added up without keeping each wait.

A wait is known by the end of the step that it was in.  The ends are those that people use when they
talk about time, so what is read from them can be said: "half were decided within 20 minutes".

>>> step(100.0)
120
>>> quantile({120: 9, 3600: 1}, 0.5), quantile({120: 9, 3600: 1}, 0.95)
(120, 3600)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

_MINUTE, _HOUR, _DAY = 60, 3600, 86400

ENDS = (
    *(n * _MINUTE for n in (1, 2, 3, 5, 7, 10, 15, 20, 30, 45)),
    *(n * _HOUR for n in (1, 2, 3, 4, 6, 8, 12, 18)),
    *(n * _DAY for n in (1, 2, 3, 4, 5, 7, 10, 14, 21, 30, 60, 90, 180, 365)),
)
"""Ends of steps in seconds.  Never changed but by adding some: tallies are kept by them."""


def step(seconds: float) -> int:
    """The end of the step that a wait was in; beyond a year the last."""
    return ENDS[min(bisect_left(ENDS, seconds), len(ENDS) - 1)]


def quantile(steps: Mapping[int, int], part: float) -> int | None:
    """Within how many seconds at least this part of all waits was over; None without any."""
    wanted, seen = part * sum(steps.values()), 0
    for end, number in sorted(steps.items()):
        seen += number
        if number and seen >= wanted:
            return end
    return None
