"""How many messages there were of what, day by day (UTC), for as long as decisions are kept.

Rows of forwarded mail are gone after a month.  So a day that is over is counted once, from what is
committed, and its numbers are kept; younger days are counted whenever somebody asks.  Counting a
day again gives the same numbers, so it does not matter how many nodes do it or where one stopped.

What was forwarded counts by messages.  What was stopped, and what was decided on, counts by
mailings: one, however many copies it has, because one decision is for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, text

from dlpguard.lifecycle import Event, State
from dlpguard.store import waits
from dlpguard.store.database import Transaction
from dlpguard.store.periods import DAY
from dlpguard.store.schema import (
    DECISIONS,
    gaps,
    matches,
    messages,
    moves,
    sums,
    tallies,
    verdicts,
)


class What(StrEnum):
    """What is counted.  A mailing that was stopped is of the day on which its message arrived, a
    decision of the day on which it was made."""

    FORWARDED = "forwarded"
    ASKED = "asked"
    HELD = "held"
    REFUSED = "refused"
    WOULD_ASK = "would-ask"
    WOULD_HOLD = "would-hold"
    WOULD_REFUSE = "would-refuse"
    RELEASED = "released"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    WAITED = "waited"
    """Decisions of reviewers, by how long the mailing had been held (`waits.step`)."""
    POLICY = "policy"
    """By what a policy did ("quarantine people-list-webmail")."""
    WATCHED = "watched"
    """By what a policy would have done, had it not only observed."""
    GAP = "gap"
    """By why something could not be read."""


Key = tuple[str, str]
"""What, and a name ("" where there is none)."""

MARK = "closed"
"""In place of what: this day has been counted for good."""

SETTLED = DAY
"""Seconds after the end of a day at which it is counted for good: what arrived before midnight has
been judged, and its copies with it."""

_STOPPED = {"confirm": What.ASKED, "quarantine": What.HELD, "reject": What.REFUSED}
_WOULD = {"confirm": What.WOULD_ASK, "quarantine": What.WOULD_HOLD, "reject": What.WOULD_REFUSE}
_DECIDED = {
    (Event.RELEASE, State.READY): What.RELEASED,
    (Event.RETURN, State.DONE): What.RETURNED,
    (Event.CONFIRM, State.READY): What.CONFIRMED,
    (Event.CANCEL, State.DONE): What.CANCELLED,
}
_WAITING = (str(State.QUARANTINED), str(State.AWAITING_SENDER))


@dataclass(frozen=True, slots=True)
class Day:
    """The numbers of a day; `closed`: they will not change any more."""

    day: date
    numbers: Mapping[Key, int]
    closed: bool

    def of(self, what: What) -> int:
        """One number of it."""
        return self.numbers.get((what, ""), 0)


def days(tx: Transaction, first: date, last: date) -> tuple[Day, ...]:
    """Every day from the first to the last.  Those that are not closed are counted now.

    Days before the first that was ever counted have no numbers (`since`).
    """
    counted = since(tx)
    kept: dict[str, dict[Key, int]] = {}
    rows = select(tallies).where(tallies.c.day >= str(first), tallies.c.day <= str(last))
    for row in tx.execute(rows):
        kept.setdefault(row.day, {})[row.what, row.name] = row.number
    return tuple(
        Day(day, kept[str(day)], closed=True)
        if str(day) in kept
        else Day(day, _count(tx, day) if counted and day >= counted else {}, closed=False)
        for day in _each(first, last)
    )


def since(tx: Transaction) -> date | None:
    """The first day of which there are numbers; None while there has been no mail."""
    first = tx.execute(select(func.min(tallies.c.day)).where(tallies.c.what == MARK)).scalar()
    return date.fromisoformat(first) if first else _oldest(tx)


def close(tx: Transaction) -> bool:
    """Count the oldest day that is over and has not been counted; False: there is none.

    It waits for messages of that day that nobody has been able to judge yet.
    """
    day = _next(tx)
    end = start_of(day + timedelta(days=1)) if day else 0.0
    if day is None or end + SETTLED > tx.now() or _is_unjudged(tx, end):
        return False
    numbers = {(MARK, ""): 1, **_count(tx, day)}
    for (what, name), number in numbers.items():
        values = {"day": str(day), "what": what, "name": name, "number": number}
        new = tx.upsert(tallies).values(values)
        index = ["day", "what", "name"]
        tx.execute(new.on_conflict_do_update(index_elements=index, set_={"number": number}))
    return True


def forget(tx: Transaction) -> int:
    """Delete the numbers of days that are older than what was decided on them."""
    oldest = datetime.fromtimestamp(tx.now() - tx.periods.decisions, UTC).date()
    return int(tx.execute(delete(tallies).where(tallies.c.day < str(oldest))).rowcount)


def today(tx: Transaction) -> date:
    """The day that it is, by the database's clock."""
    return datetime.fromtimestamp(tx.now(), UTC).date()


def start_of(day: date) -> float:
    """The moment at which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def mailing(row: Row[Any]) -> object:
    """What tells the mailing of a message's row from others (`copies.together`): one that is
    in no campaign is its own."""
    if row.campaign_id is None or row.content is None:
        return row.id
    return row.campaign_id, row.content


def _each(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _next(tx: Transaction) -> date | None:
    """The day after the last one that was counted."""
    last = tx.execute(select(func.max(tallies.c.day)).where(tallies.c.what == MARK)).scalar()
    if last:
        return date.fromisoformat(last) + timedelta(days=1)
    return _oldest(tx)


def _oldest(tx: Transaction) -> date | None:
    """The day of the oldest message; but later than all days of which rows were deleted already,
    as an earlier version did that counted nothing."""
    oldest = tx.execute(select(func.min(messages.c.received_at))).scalar()
    if oldest is None:
        return None
    # What is older than anything that is kept was received by a clock that was wrong.
    first = datetime.fromtimestamp(max(oldest, tx.now() - tx.periods.decisions), UTC).date()
    deleted = tx.execute(select(func.max(sums.c.day))).scalar()
    return max(first, date.fromisoformat(deleted) + timedelta(days=1)) if deleted else first


def _is_unjudged(tx: Transaction, before: float) -> bool:
    waiting = (str(State.RECEIVED), str(State.SET_ASIDE))
    some = select(messages.c.id).where(
        messages.c.state.in_(waiting), messages.c.received_at < before
    )
    return tx.execute(some.limit(1)).first() is not None


def _count(tx: Transaction, day: date) -> Counter[Key]:
    """A day's numbers, from the rows of its messages and moves."""
    start, end = start_of(day), start_of(day + timedelta(days=1))
    arrived = (messages.c.received_at >= start, messages.c.received_at < end)
    numbers: Counter[Key] = Counter()
    judged = select(verdicts.c.action, verdicts.c.observed, func.count().label("number"))
    for row in tx.execute(
        judged.join(messages, messages.c.id == verdicts.c.message_id)
        .where(*arrived)
        .group_by(verdicts.c.action, verdicts.c.observed)
    ):
        if row.action not in _STOPPED:
            numbers[What.FORWARDED, ""] += row.number
    for key in _stopped(tx, arrived):
        numbers[key] += 1
    for key in _by_policy(tx, arrived):
        numbers[key] += 1
    unread = select(gaps.c.why, func.count().label("number"))
    for row in tx.execute(
        unread.join(messages, messages.c.id == gaps.c.message_id)
        .where(*arrived)
        .group_by(gaps.c.why)
    ):
        numbers[What.GAP, row.why] += row.number
    for key in _decided(tx, start, end):
        numbers[key] += 1
    return numbers


def _with_mailing(*columns: Any) -> Select[Any]:
    return select(messages.c.id, messages.c.campaign_id, messages.c.content, *columns)


def _stopped(tx: Transaction, arrived: tuple[Any, ...]) -> Iterator[Key]:
    """What was done, or would have been, with each mailing that was not let through."""
    passed = ("allow", "tag")
    found = (
        _with_mailing(verdicts.c.action, verdicts.c.observed)
        .join(verdicts, verdicts.c.message_id == messages.c.id)
        .where(*arrived, verdicts.c.action.not_in(passed) | verdicts.c.observed.not_in(passed))
    )
    mailings = {(mailing(row), row.action, row.observed) for row in tx.execute(found)}
    for _, action, observed in mailings:
        what = _STOPPED.get(action) or _WOULD[observed]
        yield what, ""


def _by_policy(tx: Transaction, arrived: tuple[Any, ...]) -> Iterator[Key]:
    found = (
        _with_mailing(matches.c.policy, matches.c.action, matches.c.watched)
        .join(matches, matches.c.message_id == messages.c.id)
        .where(*arrived)
    )
    rows = {(mailing(row), row.action, row.policy, row.watched) for row in tx.execute(found)}
    for _, action, policy, watched in rows:
        yield What.WATCHED if watched else What.POLICY, f"{action} {policy}"


def _decided(tx: Transaction, start: float, end: float) -> Iterator[Key]:
    """The decisions of a day, one for each mailing; what was undone the same day was none."""
    found = (
        _with_mailing(moves.c.event, moves.c.source, moves.c.target, moves.c.moved_at)
        .join(moves, moves.c.message_id == messages.c.id)
        .where(text(DECISIONS), moves.c.moved_at >= start, moves.c.moved_at < end)
        .order_by(moves.c.moved_at)
    )
    decisions: dict[tuple[object, What], Row[Any]] = {}
    for row in tx.execute(found):
        if row.event == Event.UNDO:
            decisions.pop((mailing(row), What.RELEASED), None)
        elif row.event == Event.EXPIRE and row.source in _WAITING:
            decisions.setdefault((mailing(row), What.EXPIRED), row)
        elif what := _DECIDED.get((Event(row.event), State(row.target))):
            decisions.setdefault((mailing(row), what), row)
    for (_, what), row in decisions.items():
        yield what, ""
        if what in {What.RELEASED, What.RETURNED}:
            yield What.WAITED, str(waits.step(row.moved_at - _held_at(tx, row)))


def _held_at(tx: Transaction, row: Row[Any]) -> float:
    """When a message was held first: from then on its sender waited."""
    first = select(func.min(moves.c.moved_at)).where(
        moves.c.message_id == row.id, moves.c.target == str(State.QUARANTINED)
    )
    at = tx.execute(first).scalar()
    return float(row.moved_at if at is None else at)
