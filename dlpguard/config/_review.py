"""How long decisions may take, and who is told when they take longer: the section `review`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from dlpguard.config._values import Duration, GroupName, Section, SenderPattern
from dlpguard.notices import Letterhead
from dlpguard.working_time import USUAL, Calendar, parse_length, parse_time, parse_week


def _week(value: str) -> str:
    parse_week(value)
    return value


def _length(value: str) -> str:
    parse_length(value, USUAL)
    return value


def _time_or_none(value: str) -> str:
    if value:
        parse_time(value)
    return value


def _not_nought(value: str) -> str:
    if not parse_length(value, USUAL):
        raise ValueError("a question has to end, as its mail does")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{value!r} is no time zone that this machine knows; "
            'one looks like "Europe/London" (the package tzdata has them all)'
        ) from None
    return value


_WorkingTime = Annotated[str, AfterValidator(_length)]
_Address = Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")]


class Review(Section):
    """The review site, and how long decisions may take.

    Times are working time, of which a day is a working day; `"0h"`: never.
    """

    second_factor: bool = True
    """everybody who signs in to the review site sets up one-time codes (an app on a phone)"""
    working_hours: Annotated[str, AfterValidator(_week)] = "Mon-Fri 09:00-17:00"
    """when somebody is there to decide; several with commas: `"Mon-Thu 09:00-17:00, Fri
    09:00-12:30"`. For who is always there: `"Mon-Sun 00:00-24:00"`"""
    # The default, too, has to be known to this machine.
    time_zone: Annotated[str, AfterValidator(_zone), Field(validate_default=True)] = "Europe/London"
    """whose clocks those are, and the times in notices"""
    holidays: tuple[date, ...] = ()
    """days on which nobody works: `["2026-12-25", "2026-12-28"]`"""
    remind_after: _WorkingTime = "1h"
    """of working time, after which those who may decide are reminded; `"0h"`: never"""
    escalate_after: _WorkingTime = "4h"
    """after which `review.escalate_to` are told that nobody has decided; `"0h"`: never"""
    return_after: _WorkingTime = "2d"
    """after which it is returned, undecided; `"0h"`: not before `retention.undecided`, which is
    the longest in any case"""
    answer_within: Annotated[_WorkingTime, AfterValidator(_not_nought)] = "1d"
    """after which a question to a sender counts as answered with no"""
    escalate_to: tuple[_Address, ...] = ()
    """addresses (of your own domains); without any: the approvers"""
    duty_officers: tuple[_Address, ...] = ()
    """addresses (of your own domains) that are told at once when [somebody is at
    risk](reviewing.md#someone-is-at-risk); without any: accounts with the role `duty-officer`,
    else approvers"""
    digest_at: Annotated[str, AfterValidator(_time_or_none)] = "08:30"
    """when those who may decide get a mail on working days that says what waits; `""`: none"""
    daily_budget: int = Field(25, ge=0)
    """mailings a day that people have time to look at; when more are held, `review.escalate_to`
    (or the mail administrators) are told once that day, and nothing is released. `0`: any
    number"""
    undo: Annotated[Duration, Field(le=600)] = 20.0
    """how long what was released on the site waits before it is sent, so that the release can
    be taken back; at most ten minutes. `"0s"`: it does not wait"""
    private_senders: dict[GroupName, Annotated[tuple[SenderPattern, ...], Field(min_length=1)]] = (
        Field(default_factory=dict)
    )
    """senders whose mail only a named group of reviewers sees: lists of addresses by group, `*`
    stands for any characters"""

    @property
    def calendar(self) -> Calendar:
        """When somebody is there."""
        week = parse_week(self.working_hours)
        return Calendar(week, ZoneInfo(self.time_zone), frozenset(self.holidays))

    def seconds(self, length: str) -> float:
        """One of the lengths above in seconds of working time; 0.0: never."""
        return parse_length(length, self.calendar)

    def check_addresses(self, domains: Iterable[str]) -> None:
        """`ValueError` when somebody is to be told who is not of the organisation."""
        ours = Letterhead("", "", tuple(domains))
        for key in ("escalate_to", "duty_officers"):
            for address in getattr(self, key):
                if not ours.may_write_to(address):
                    raise ValueError(
                        f"review.{key}: {address} is not in organisation.domains; "
                        "what waits here is told to nobody else"
                    )
