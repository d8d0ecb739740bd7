"""Stretches of a text, and whether a place lies in one of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable


class Spans:
    """A set of stretches [start, end).  Asking and adding cost little however many there are.

    >>> spans = Spans([(10, 20), (15, 30)])
    >>> spans.holds(29), spans.holds(30), spans.meets(0, 10), spans.meets(5, 11)
    (True, False, False, True)
    """

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """One more stretch; it is joined to those that it meets or touches."""
        if start >= end:
            return
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def holds(self, at: int) -> bool:
        """Whether a place lies in one of them."""
        before = bisect_right(self._starts, at) - 1
        return before >= 0 and at < self._ends[before]

    def meets(self, start: int, end: int) -> bool:
        """Whether a stretch has a place in common with one of them."""
        before = bisect_left(self._starts, end) - 1
        return start < end and before >= 0 and start < self._ends[before]
