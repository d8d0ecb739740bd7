"""Leases: which runner works on which message.

A claim gives a fencing number that grows with each claim.  Whoever still holds an old number
after its lease ran out cannot change anything: every move by a runner is guarded by the fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update

from dlpguard.errors import StaleError
from dlpguard.lifecycle import State
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import attempts, messages, recipients

ATTEMPT_SECONDS = 20 * 60.0
"""How long an attempt blocks other couriers after the last sign of life of its own: more than the
ten minutes that the final reply may take (RFC 5321 4.5.3.2.6)."""

FAR_SECONDS = 2 * 86400.0
"""Nothing of ours sets a time so far ahead (`queue.longest_retry` is a day at most): the clock has
been turned back since, and what waits for that time would wait for the clock."""


def _is_past(column: ColumnElement[float]) -> ColumnElement[bool]:
    return (column <= bindparam("now")) | (column > bindparam("far"))


def _due() -> Select[Any]:
    return (
        select(
            *(messages.c.id, messages.c.fence, messages.c.claims, messages.c.crashes),
            *(messages.c.tries, messages.c.received_at, messages.c.origin),
        )
        .where(
            messages.c.state == bindparam("state"),
            _is_past(messages.c.next_try),
            _is_past(messages.c.lease_until),
        )
        .order_by(messages.c.next_try)
        .limit(bindparam("most"))
    )


_DUE = Prepared(_due())
_DUE_AND_FREE = Prepared(_due().with_for_update(skip_locked=True))
_LEASE = Prepared(
    update(messages)
    .where(messages.c.id == bindparam("of"))
    .values(given("lease_node", "lease_until", "fence", "claims"))
)
_OLDEST = Prepared(
    select(func.min(messages.c.received_at)).where(
        (messages.c.state == str(State.RECEIVED)) | (messages.c.state == str(State.SET_ASIDE))
    )
)
# By its message, for which there is an index: to look for the attempt alone would read, and on a
# shared database lock, everybody's recipients.
_MINE = (
    recipients.c.message_id
    == select(attempts.c.message_id).where(attempts.c.id == bindparam("of")).scalar_subquery(),
    recipients.c.attempt_id == bindparam("of"),
)
_DOUBT = Prepared(update(recipients).where(*_MINE).values({"in_doubt": True}))
_LET_GO = Prepared(update(recipients).where(*_MINE).values({"attempt_id": None}))
_CLOSE = Prepared(
    update(attempts).where(attempts.c.id == bindparam("of")).values(given("closed_at"))
)

_OPEN = tuple(str(state) for state in State if state is not State.DONE)


@dataclass(frozen=True, slots=True)
class Lease:
    """Who goes on with a message in the commit that moves it: a node, and for how many seconds.

    Whoever else looks for work would find it by a claim, which is a commit, and all that it reads.
    """

    node: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours until the lease runs out.

    `claims` counts claims without a result, this one included; `crashes` how often an inspection
    of it has crashed; `tries` how often delivery was tried.
    """

    id: str
    fence: int
    claims: int
    crashes: int
    tries: int
    received_at: float
    origin: str


def is_due(tx: Transaction, state: State) -> bool:
    """Whether a message of a state could be claimed now."""
    return tx.first(_DUE, **_now(tx), state=str(state), most=1) is not None


def claim(
    tx: Transaction,
    state: State,
    node: str,
    limit: int,
    seconds: float,
    *,
    is_idle: bool = True,
) -> tuple[Claim, ...]:
    """Lease up to `limit` messages of a state that are due, oldest first.

    What is to be read and was claimed before without a result may have taken a node down: it is
    leased alone, and only to whom has nothing else in hand (`is_idle`), so that nothing else is
    suspected for having been there.
    """
    tx.does("claim")
    due = tx.rows(_DUE_AND_FREE, **_now(tx), state=str(state), most=limit)
    suspects = [row for row in due if row.claims]
    if suspects and state is State.RECEIVED:
        due = suspects[:1] if is_idle else []
    until = tx.now() + seconds
    leases = (
        {
            "of": row.id,
            "lease_node": node,
            "lease_until": until,
            "fence": row.fence + 1,
            "claims": row.claims + 1,
        }
        for row in due
    )
    tx.change_each(_LEASE, leases)
    return tuple(
        Claim(r.id, r.fence + 1, r.claims + 1, r.crashes, r.tries, r.received_at, r.origin)
        for r in due
    )


def _now(tx: Transaction) -> dict[str, float]:
    now = tx.now()
    return {"now": now, "far": now + FAR_SECONDS}


def oldest_uninspected(tx: Transaction) -> float:
    """How many seconds the oldest message without a verdict has waited; 0.0 when there is none."""
    oldest = tx.scalar(_OLDEST)
    return tx.now() - oldest if oldest is not None else 0.0


def renew(tx: Transaction, id: str, fence: int, seconds: float) -> None:
    """Keep a lease, and an open attempt, while work goes on.

    `StaleError` when somebody else has it.
    """
    changed = tx.execute(
        update(messages)
        .where(messages.c.id == id, messages.c.fence == fence)
        .values(lease_until=tx.now() + seconds)
    )
    if not changed.rowcount:
        raise StaleError(f"message {id}: another runner has it now")
    tx.execute(
        update(attempts)
        .where(
            attempts.c.message_id == id,
            attempts.c.fence == fence,
            attempts.c.closed_at.is_(None),
            attempts.c.deadline < tx.now() + ATTEMPT_SECONDS,
        )
        .values(deadline=tx.now() + ATTEMPT_SECONDS)
    )


def give_back(
    tx: Transaction,
    id: str,
    fence: int,
    *,
    wait: float,
    tried: bool = False,
    failed: bool = False,
) -> None:
    """End a lease without a move; the message is due again after `wait` seconds.

    `tried`: the next hop was asked.  `failed`: working on it failed in a way that counts against
    the message (`Claim.claims`).  Does nothing when somebody else has it: theirs to give back.
    """
    tx.does("give-back")
    tx.execute(
        update(messages)
        .where(messages.c.id == id, messages.c.fence == fence)
        .values(
            lease_node=None,
            lease_until=0.0,
            claims=messages.c.claims if failed else 0,
            next_try=tx.now() + wait,
            tries=messages.c.tries + (1 if tried else 0),
        )
    )


def count_crash(tx: Transaction, id: str) -> None:
    """Remember that an inspection of this message crashed."""
    tx.execute(update(messages).where(messages.c.id == id).values(crashes=messages.c.crashes + 1))


def recover(tx: Transaction, node: str) -> int:
    """After a crash of this node: end its leases and close its attempts.

    Only for a node that is certainly dead (it held the lock that we hold now).  Recipients of an
    attempt whose dot was committed are in doubt from here on; without the dot nothing was sent.
    Returns how many messages were being worked on.
    """
    tx.does("recover")
    time = tx.now()
    opened = tx.execute(
        select(attempts).where(attempts.c.node == node, attempts.c.closed_at.is_(None))
    ).all()
    for attempt in opened:
        close(tx, attempt.id, in_doubt=attempt.dot_at is not None)
    changed = tx.execute(
        update(messages)
        .where(
            messages.c.state.in_(_OPEN),  # an index finds these
            messages.c.lease_node == node,
            messages.c.lease_until > time,
        )
        .values(lease_node=None, lease_until=0.0)
    )
    return int(changed.rowcount)


def close(
    tx: Transaction, attempt_id: int, *, in_doubt: bool = False, answered: bool = False
) -> None:
    """Close an attempt.  `in_doubt`: nobody knows whether the next hop took it.  `answered`: all of
    its recipients have an answer (`deliveries.answer`)."""
    if in_doubt:
        tx.change(_DOUBT, of=attempt_id)
    if not answered:
        tx.change(_LET_GO, of=attempt_id)
    tx.change(_CLOSE, of=attempt_id, closed_at=tx.now())


def close_overdue(tx: Transaction) -> int:
    """Close attempts whose deadline has passed (their node is gone or hangs)."""
    tx.does("overdue")
    overdue = tx.execute(
        select(attempts.c.id, attempts.c.dot_at).where(
            attempts.c.closed_at.is_(None), attempts.c.deadline < tx.now()
        )
    ).all()
    for attempt in overdue:
        close(tx, attempt.id, in_doubt=attempt.dot_at is not None)
    return len(overdue)
