"""Lives that are over: what one line of the log says about each message.

Whoever takes the time since somebody did so last (`since`) says what ended in it: each life is in
the time of one node.  One that is killed between the two says less, never anything twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select, tuple_

from dlpguard.lifecycle import Outcome, State
from dlpguard.store.database import Transaction
from dlpguard.store.schema import gaps, matches, messages, moves, recipients, rounds, verdicts

PAGE = 500
"""Lives that are read at once."""

ROUND = "lives"
"""Its name among what is done now and then (`store.rounds`)."""

STAGES = {
    str(State.RECEIVED): "reading",
    str(State.SET_ASIDE): "reading",
    str(State.AWAITING_SENDER): "asked",
    str(State.QUARANTINED): "held",
    str(State.READY): "sending",
}
"""What a message waited for in each state that it can leave, by the state's name in rows."""

OUTCOMES = tuple(str(outcome) for outcome in Outcome if outcome is not Outcome.PENDING)
"""All that can become of a recipient."""

_NO_TIME = dict.fromkeys(STAGES.values(), 0.0)

Place = tuple[float, str]
"""When a message ended, and its id: its place among all that ended."""


@dataclass(frozen=True, slots=True)
class Life:
    """A message that is DONE.

    `origin` is "client" or "notice"; `by` who ended it ("courier", "reviewer").  `recipients` has
    numbers by outcome, `seconds` the time in each stage and in "total".  `action` is "" for our own
    notices, `observed` is "" where nothing else would have been done.  Neither `policies` (those
    that acted) nor `gaps` are known of mail that goes to a named group (`store.matches`).
    """

    id: str
    origin: str
    by: str
    size: int
    recipients: Mapping[str, int]
    action: str
    observed: str
    policies: tuple[str, ...]
    gaps: tuple[str, ...]
    tries: int
    seconds: Mapping[str, float]
    place: Place

    @property
    def outcome(self) -> str:
        """What all recipients have in common, or "mixed"."""
        outcomes = [outcome for outcome, number in self.recipients.items() if number]
        return outcomes[0] if len(outcomes) == 1 else "mixed"


@dataclass(frozen=True, slots=True)
class Span:
    """A time that is ours: from `start` on, before `end`; seconds since 1970."""

    start: float
    end: float


def is_due(tx: Transaction, lag: float) -> bool:
    """Whether something ended since the time that somebody took last; or nobody ever took any."""
    start, end = _taken(tx), tx.now() - lag
    if start is None:
        return True
    some = select(messages.c.id).where(messages.c.done_at >= start, messages.c.done_at < end)
    return tx.execute(some.limit(1)).first() is not None


def take(tx: Transaction, lag: float) -> Span | None:
    """Take the time since somebody did so last; None when there is none.

    `lag` is how many seconds a transaction may take from asking for the time to its commit: what
    ended so lately may not be visible yet.  Nobody says what ended before the first time.
    """
    start, end = _taken(tx), tx.now() - lag
    if start is not None and start >= end:
        return None
    new = tx.upsert(rounds).values(name=ROUND, done_at=end)
    tx.execute(new.on_conflict_do_update(index_elements=["name"], set_={"done_at": end}))
    return None if start is None else Span(start, end)


def ended(tx: Transaction, span: Span, after: Place | None = None) -> tuple[Life, ...]:
    """What ended in a span, in order, `PAGE` at most; `after` the place of the last one seen."""
    query = (
        select(
            *(messages.c[n] for n in ("id", "origin", "size", "received_at", "done_at", "tries")),
            *(verdicts.c.action, verdicts.c.observed),
        )
        .outerjoin(verdicts, verdicts.c.message_id == messages.c.id)
        .where(messages.c.done_at >= span.start, messages.c.done_at < span.end)
        .order_by(messages.c.done_at, messages.c.id)
        .limit(PAGE)
    )
    if after:
        query = query.where(tuple_(messages.c.done_at, messages.c.id) > after)
    rows = tx.execute(query).all()
    ids = [row.id for row in rows]
    outcomes, policies, unread = _outcomes(tx, ids), _policies(tx, ids), _gaps(tx, ids)
    moved = _moves(tx, ids)
    return tuple(
        _life(row, moved[row.id], outcomes[row.id], policies[row.id], unread[row.id])
        for row in rows
    )


def _taken(tx: Transaction) -> float | None:
    at = tx.execute(select(rounds.c.done_at).where(rounds.c.name == ROUND)).scalar()
    # A time to come was written by a clock that was wrong: nothing would be said until then.
    return None if at is None or at > tx.now() else float(at)


def _life(
    row: Row[Any],
    moved: list[Row[Any]],
    outcomes: Counter[str],
    policies: tuple[str, ...],
    unread: tuple[str, ...],
) -> Life:
    did = row.action or ""
    return Life(
        id=row.id,
        origin=row.origin,
        by=moved[-1].who if moved else "",
        size=row.size,
        recipients={outcome: outcomes[outcome] for outcome in OUTCOMES},
        action=did,
        observed=row.observed if row.observed not in {None, "allow"} else "",
        policies=policies,
        gaps=unread,
        tries=row.tries,
        seconds=_stages(moved, row.received_at, row.done_at),
        place=(row.done_at, row.id),
    )


def _stages(moved: Iterable[Row[Any]], received: float, done: float) -> dict[str, float]:
    """How long it was in each stage; 0.0 where it never was."""
    seconds = {**_NO_TIME, "total": max(0.0, done - received)}
    since, stage = received, ""
    for move in moved:
        at = move.moved_at
        if stage:
            seconds[stage] += max(0.0, at - since)
        since, stage = at, STAGES.get(move.target, "")
    return seconds


def _moves(tx: Transaction, ids: list[str]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    query = select(moves.c.message_id, moves.c.target, moves.c.who, moves.c.moved_at)
    for row in tx.execute(query.where(moves.c.message_id.in_(ids)).order_by(moves.c.id)):
        found[row.message_id].append(row)
    return found


def _outcomes(tx: Transaction, ids: list[str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    query = select(recipients.c.message_id, recipients.c.outcome, func.count().label("number"))
    these = query.where(recipients.c.message_id.in_(ids))
    for row in tx.execute(these.group_by(recipients.c.message_id, recipients.c.outcome)):
        found[row.message_id][row.outcome] = row.number
    return found


def _policies(tx: Transaction, ids: list[str]) -> dict[str, tuple[str, ...]]:
    query = select(matches.c.message_id, matches.c.policy.label("name")).where(~matches.c.watched)
    return _named(tx.execute(query.where(matches.c.message_id.in_(ids)).order_by(matches.c.policy)))


def _gaps(tx: Transaction, ids: list[str]) -> dict[str, tuple[str, ...]]:
    query = select(gaps.c.message_id, gaps.c.why.label("name")).where(gaps.c.message_id.in_(ids))
    return _named(tx.execute(query.order_by(gaps.c.why)))


def _named(rows: Iterable[Row[Any]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.message_id] += (row.name,)
    return found
