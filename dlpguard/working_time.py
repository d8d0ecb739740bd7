"""Working time: what an hour, or a day, is to people who go home in the evening.

A `Calendar` says when an organisation works: hours of each weekday as the clocks there show them,
and holidays.  Moments are seconds since 1970 (UTC), lengths are seconds of working time; where the
clocks are put forward or back, an hour is still sixty minutes.

>>> from datetime import UTC
>>> calendar = Calendar(parse_week("Mon-Fri 09:00-17:00"), UTC)
>>> friday = datetime(2026, 11, 20, 16, 30, tzinfo=UTC).timestamp()
>>> datetime.fromtimestamp(calendar.add(friday, 3600.0), UTC).strftime("%a %H:%M")
'Mon 09:30'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

Week = tuple[tuple[tuple[int, int], ...], ...]
"""For each weekday, Monday first, from when to when: minutes after midnight, in their order."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = "|".join(_DAYS)
_HOURS = re.compile(
    rf"({_DAY_NAMES})(?:\s?-\s?({_DAY_NAMES}))?\s{{1,5}}"
    r"(\d{1,2}):(\d{2})\s?-\s?(\d{1,2}):(\d{2})",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s?([mhd])")
_MIDNIGHT = 24 * 60
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an organisation works.  A week without working time is refused (`ValueError`)."""

    week: Week
    zone: tzinfo = UTC
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not any(self.week):
            raise ValueError("a week needs working hours")

    @property
    def day(self) -> float:
        """How long a working day is: the longest of the week, so that two working days after
        Thursday morning is never later than Monday morning."""
        return max(60.0 * sum(to - since for since, to in spans) for spans in self.week)

    def add(self, start: float, length: float) -> float:
        """The first moment at which so much working time has passed since `start`."""
        if length <= 0:
            return start
        for opens, closes in self._onwards(start):
            if closes - opens >= length:
                return opens + length
            length -= closes - opens
        raise AssertionError("weeks do not end")

    def subtract(self, end: float, length: float) -> float:
        """The last moment since which so much working time has passed at `end`."""
        if length <= 0:
            return end
        for opens, closes in self._backwards(end):
            if closes - opens >= length:
                return closes - length
            length -= closes - opens
        raise AssertionError("weeks do not end")

    def between(self, start: float, end: float) -> float:
        """How much working time passes from one moment to a later one; 0.0 when it is earlier."""
        total = 0.0
        for opens, closes in self._onwards(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def is_working(self, at: float) -> bool:
        """Whether somebody is there at this moment."""
        return any(opens <= at < closes for opens, closes in self._of(self.local(at).date()))

    def is_working_day(self, day: date) -> bool:
        """Whether somebody is there on this day."""
        return day not in self.holidays and bool(self.week[day.weekday()])

    def last_working_day(self, before: date) -> date:
        """The last day before this one on which somebody was there."""
        day = before - _ONE_DAY
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day

    def local(self, at: float) -> datetime:
        """A moment as the clocks there show it."""
        return datetime.fromtimestamp(at, self.zone)

    def at(self, day: date, minutes: int = 0) -> float:
        """The moment at which the clocks there show a time, in minutes after midnight.

        The first one, when the clocks are put back over it.
        """
        day, minutes = (day + _ONE_DAY, 0) if minutes == _MIDNIGHT else (day, minutes)
        shown = datetime.combine(day, time(minutes // 60, minutes % 60), self.zone)
        return shown.timestamp()

    def _onwards(self, start: float) -> Iterator[tuple[float, float]]:
        """The stretches of working time after a moment, the first cut to begin there."""
        day = self.local(start).date()
        while True:
            for opens, closes in self._of(day):
                if closes > start:
                    yield max(opens, start), closes
            day += _ONE_DAY

    def _backwards(self, end: float) -> Iterator[tuple[float, float]]:
        """The stretches before a moment, the last first, cut to end there."""
        day = self.local(end).date()
        while True:
            for opens, closes in reversed(tuple(self._of(day))):
                if opens < end:
                    yield opens, min(closes, end)
            day -= _ONE_DAY

    def _of(self, day: date) -> Iterator[tuple[float, float]]:
        if not self.is_working_day(day):
            return
        before = self.at(day)
        for since, to in self.week[day.weekday()]:
            # Where the clocks are put forward, a stretch inside the hour that is left out is none.
            opens, closes = max(before, self.at(day, since)), self.at(day, to)
            if opens < closes:
                yield opens, closes
                before = closes


def parse_week(text: str) -> Week:
    """The week that "Mon-Thu 09:00-17:00, Fri 09:00-12:30, Fri 13:00-16:00" describes.

    `ValueError` says what is wrong with it.

    >>> parse_week("Sat-Mon 22:00-24:00")[6]
    ((1320, 1440),)
    """
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for part in text.split(","):
        match = _HOURS.fullmatch(part.strip())
        if not match:
            raise ValueError('working hours look like "Mon-Fri 09:00-17:00, Sat 09:00-12:00"')
        first, last = (_DAYS.index((day or match[1]).lower()) for day in match.group(1, 2))
        since, to = _minutes(match[3], match[4]), _minutes(match[5], match[6])
        if since >= to:
            raise ValueError(f"{part.strip()}: ends before it begins; a day ends at 24:00")
        for number in range((last - first) % len(_DAYS) + 1):
            week[(first + number) % len(_DAYS)].append((since, to))
    for spans in week:
        spans.sort()
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError("working hours of a day overlap")
    return tuple(tuple(spans) for spans in week)


def parse_length(text: str, calendar: Calendar) -> float:
    """A length of working time, such as "30m", "4h" or "2d", in seconds; a day is a working day.

    `ValueError` when it is none.

    >>> parse_length("2d", USUAL) / 3600
    16.0
    """
    match = _LENGTH.fullmatch(text.strip())
    if not match:
        raise ValueError('working time is a number and one of m, h, d: "30m", "4h", "2d"')
    return float(match[1]) * {"m": 60.0, "h": 3600.0, "d": calendar.day}[match[2]]


def parse_time(text: str) -> int:
    """A time of day ("08:30") as minutes after midnight.  `ValueError` when it is none."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if not match:
        raise ValueError('a time of day looks like "08:30"')
    minutes = _minutes(match[1], match[2])
    if minutes == _MIDNIGHT:
        raise ValueError("a day begins at 00:00")
    return minutes


def _minutes(hours: str, minutes: str) -> int:
    number = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or number > _MIDNIGHT:
        raise ValueError(f"{hours}:{minutes} is no time of day")
    return number


USUAL = Calendar(parse_week("Mon-Fri 09:00-17:00"))
"""An office's week, where nothing else is said."""
