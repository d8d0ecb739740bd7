"""Working time: weekends, holidays, and the two nights a year on which clocks are put."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.working_time import USUAL, Calendar, parse_length, parse_time, parse_week

LONDON = ZoneInfo("Europe/London")
OFFICE = Calendar(parse_week("Mon-Fri 09:00-17:00"), LONDON)
ALWAYS = "Mon-Sun 00:00-24:00"
HOUR = 3600.0

ZONES = ["UTC", "Europe/London", "America/New_York", "America/Havana", "Australia/Lord_Howe"]
"""Clocks put by an hour at night, at midnight (Havana), and by half an hour (Lord Howe)."""

WEEKS = [
    "Mon-Fri 09:00-17:00",
    "Mon-Thu 08:30-12:00, Mon-Thu 12:45-17:15, Fri 09:00-13:00",
    ALWAYS,
    "Sat-Sun 00:30-01:30, Sat-Sun 02:00-03:00",
    "Sun 01:15-02:00, Wed 23:00-24:00",
]

calendars = st.builds(
    Calendar,
    st.sampled_from(WEEKS).map(parse_week),
    st.sampled_from(ZONES).map(ZoneInfo),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20),
)
moments = st.integers(1_766_000_000, 1_800_000_000).map(float)
"""From before the year 2026 until after its end."""

lengths = st.integers(0, 30 * 3600).map(float)


def at(text: str, zone: ZoneInfo = LONDON) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def shown(moment: float, zone: ZoneInfo = LONDON) -> str:
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-17 10:00", 1, "2026-11-17 11:00"),
        ("2026-11-17 16:30", 1, "2026-11-18 09:30"),
        ("2026-11-17 20:00", 1, "2026-11-18 10:00"),
        ("2026-11-20 16:30", 1, "2026-11-23 09:30"),  # a Friday
        ("2026-11-21 12:00", 1, "2026-11-23 10:00"),  # a Saturday
        ("2026-11-17 10:00", 16, "2026-11-19 10:00"),
        ("2026-11-17 06:00", 8, "2026-11-17 17:00"),  # exactly a day: until it ends
        ("2026-12-24 16:00", 2, "2026-12-29 10:00"),  # Christmas, its Monday, and a weekend
        ("2026-03-27 16:00", 2, "2026-03-30 10:00"),  # the clocks are put forward in between
        ("2026-10-23 16:00", 2, "2026-10-26 10:00"),  # and back
    ],
)
def test_working_time_passes_in_working_hours_only(start: str, hours: int, end: str) -> None:
    calendar = Calendar(OFFICE.week, LONDON, frozenset({date(2026, 12, 25), date(2026, 12, 28)}))

    assert end == shown(calendar.add(at(start), hours * HOUR))
    assert hours * HOUR == calendar.between(at(start), at(end))


def test_an_hour_has_sixty_minutes_when_the_clocks_are_put() -> None:
    nights = Calendar(parse_week("Mon-Sun 00:00-06:00"), LONDON)
    forward, back = at("2026-03-29 00:00"), at("2026-10-25 00:00")

    assert "2026-03-29 05:00" == shown(nights.add(forward, 4 * HOUR))
    assert "2026-10-25 03:00" == shown(nights.add(back, 4 * HOUR))
    assert 5 * HOUR == nights.between(forward, forward + 12 * HOUR)
    assert 7 * HOUR == nights.between(back, back + 12 * HOUR)


def test_hours_that_the_clocks_leave_out_are_none() -> None:
    never = Calendar(parse_week("Sun 01:15-02:00"), LONDON)

    assert 0.0 == never.between(at("2026-03-29 00:00"), at("2026-03-30 00:00"))
    assert "2026-04-05 01:16" == shown(never.add(at("2026-03-29 00:00"), 60))


@given(calendars, moments, lengths)
def test_so_much_has_passed_and_not_earlier(
    calendar: Calendar, start: float, length: float
) -> None:
    end = calendar.add(start, length)

    assert end >= start
    assert length == pytest.approx(calendar.between(start, end), abs=1e-3)
    if length:
        assert calendar.between(start, end - 1) < length
        assert calendar.is_working(end - 0.5)


@given(calendars, moments, lengths)
def test_going_back_is_the_same_from_the_other_end(
    calendar: Calendar, end: float, length: float
) -> None:
    start = calendar.subtract(end, length)

    assert start <= end
    assert length == pytest.approx(calendar.between(start, end), abs=1e-3)
    if length:
        assert calendar.between(start + 1, end) < length


@given(calendars, moments, moments, lengths)
def test_what_is_due_can_be_asked_from_both_ends(
    calendar: Calendar, start: float, now: float, length: float
) -> None:
    """The janitor asks the database with one number for everything that waits."""
    is_due = calendar.add(start, length) <= now

    assert is_due == (start <= calendar.subtract(now, length))


@given(calendars, moments, lengths, lengths)
def test_lengths_add_up(calendar: Calendar, start: float, one: float, other: float) -> None:
    together = calendar.add(calendar.add(start, one), other)

    assert together == pytest.approx(calendar.add(start, one + other), abs=1e-3)


@given(calendars, st.integers(1_774_000_000, 1_795_000_000), st.integers(1, 48))
def test_it_is_what_one_would_count_minute_by_minute(
    calendar: Calendar, start: int, hours: int
) -> None:
    start -= start % 60
    minutes = range(start, start + hours * 3600, 60)
    counted = sum(60.0 for minute in minutes if calendar.is_working(minute))

    assert counted == calendar.between(start, start + hours * HOUR)


@pytest.mark.parametrize("zone", ZONES)
def test_somebody_who_is_always_there_is_always_there(zone: str) -> None:
    calendar = Calendar(parse_week(ALWAYS), ZoneInfo(zone))
    year = 365 * 24 * HOUR

    assert year == calendar.between(1_766_000_000.0, 1_766_000_000.0 + year)


def test_a_working_day_is_the_longest_of_the_week() -> None:
    short_fridays = Calendar(parse_week("Mon-Thu 09:00-17:00, Fri 09:00-12:00"))

    assert 8 * HOUR == short_fridays.day
    assert 16 * HOUR == parse_length("2d", short_fridays)
    assert (1800.0, 5400.0, 0.0) == tuple(parse_length(t, USUAL) for t in ("30m", "1.5 h", "0d"))


def test_the_last_working_day_before_a_monday_is_a_friday() -> None:
    friday = date(2026, 11, 20)

    assert friday == OFFICE.last_working_day(date(2026, 11, 23))
    assert friday == OFFICE.last_working_day(date(2026, 11, 22))
    closed = Calendar(OFFICE.week, LONDON, frozenset({friday}))
    assert date(2026, 11, 19) == closed.last_working_day(date(2026, 11, 23))


def test_moments_are_what_the_clocks_show() -> None:
    summer = datetime(2026, 7, 1, 7, 30, tzinfo=UTC).timestamp()

    assert summer == OFFICE.at(date(2026, 7, 1), 8 * 60 + 30)
    assert at("2026-07-02 00:00") == OFFICE.at(date(2026, 7, 1), 24 * 60)
    assert not OFFICE.is_working(summer)
    assert OFFICE.is_working(summer + 1800)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "working hours look like"),
        ("Mon-Fri", "working hours look like"),
        ("Mo-Fr 09:00-17:00", "working hours look like"),
        ("Mon 17:00-09:00", "ends before it begins; a day ends at 24:00"),
        ("Mon 09:00-24:30", "24:30 is no time of day"),
        ("Mon 09:60-17:00", "09:60 is no time of day"),
        ("Mon-Fri 09:00-17:00, Fri 16:00-18:00", "overlap"),
        ("Mon 09:00-17:00" + " " * 100_000, ""),
        ("Mon" + " " * 100_000 + "x", "working hours look like"),
    ],
)
def test_working_hours_that_are_none_are_explained(text: str, problem: str) -> None:
    before = time.process_time()
    if problem:
        with pytest.raises(ValueError, match=problem):
            parse_week(text)
    else:
        assert parse_week(text)[0]
    assert time.process_time() - before < 0.5, "linear in its length"


@pytest.mark.parametrize("text", ["", "2", "2 days", "-1h", "1e9h", "2w"])
def test_a_length_has_a_unit(text: str) -> None:
    with pytest.raises(ValueError, match="working time is a number and one of m, h, d"):
        parse_length(text, USUAL)


@pytest.mark.parametrize(("text", "minutes"), [("08:30", 510), ("0:00", 0), ("23:59", 1439)])
def test_a_time_of_day(text: str, minutes: int) -> None:
    assert minutes == parse_time(text)


@pytest.mark.parametrize("text", ["8", "24:00", "25:00", "08:60", "8.30"])
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"time of day|a day begins"):
        parse_time(text)


def test_a_week_without_work_is_refused() -> None:
    with pytest.raises(ValueError, match="a week needs working hours"):
        Calendar(((),) * 7)
