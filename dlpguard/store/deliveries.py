"""Attempts to hand a message to the next hop, and what became of each recipient.

An attempt is committed before DATA, its dot before the final dot.  Between those two commits a
crash is no doubt: nothing was delivered.  After the dot and until the reply is known its
recipients are in doubt; no protocol can make that exactly-once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from dlpguard.errors import StaleError, TemporaryError
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.mail import Envelope, Recipient
from dlpguard.store import bodies, contacts, guards, messages, modes, work
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.messages import NewMessage
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import UNJUDGED, attempts, recipients, verdicts
from dlpguard.store.schema import messages as message_rows

SIBLING_SECONDS = 1.0
"""Between looks whether the mail of the same sender has been inspected."""

_JUDGED = Prepared(select(verdicts.c.body_digest).where(verdicts.c.message_id == bindparam("of")))
_OPEN = Prepared(
    insert(attempts)
    .values(given("message_id", "node", "fence", "opened_at", "deadline", "dot_at"))
    .returning(attempts.c.id)
)
_OF_ATTEMPT = Prepared(
    update(recipients)
    .where(recipients.c.message_id == bindparam("of"), recipients.c.position == bindparam("at"))
    .values(given("attempt_id"))
)
_DOT = Prepared(
    update(attempts)
    .where(
        attempts.c.id == bindparam("of"),
        attempts.c.closed_at.is_(None),
        attempts.c.deadline > bindparam("now"),
    )
    .values(given("dot_at", "deadline"))
)
_ANSWER = Prepared(
    update(recipients)
    .where(
        recipients.c.message_id == bindparam("of"),
        recipients.c.position == bindparam("at"),
        recipients.c.outcome == str(Outcome.PENDING),
    )
    .values(given("reply", "outcome", "settled_at") | {"attempt_id": None})
)
_UNKNOWN = Prepared(
    select(message_rows.c.id)
    .where(
        message_rows.c.sender_digest == bindparam("sender"),
        text(UNJUDGED),
        message_rows.c.received_at <= bindparam("until"),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A recipient that has no outcome yet; `position` is its place in the envelope.

    `reply` is what the next hop said last ("450 4.2.2"), "" when it has not been asked.
    """

    position: int
    recipient: Recipient = field(repr=False)
    in_doubt: bool
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """All that is needed to read or deliver a message: to whom, our trace, which bytes."""

    envelope: Envelope = field(repr=False)
    """With those of its recipients that are pending."""
    pending: tuple[Pending, ...]
    trace: bytes = field(repr=False)
    body: bodies.Stored = field(repr=False)
    judged: bytes | None = field(repr=False)
    """The keyed digest of the bytes that the verdict is about; None for our own notices, and where
    there is no verdict yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the next hop said about one recipient: `reply` is "250 2.0.0", never its text."""

    position: int
    outcome: Outcome
    reply: str = ""


def load(tx: Transaction, row: Any) -> Load:
    """What a courier needs to send the message of a row."""
    return _load(tx, row, messages.pending_rows(tx, row.id), tx.scalar(_JUDGED, of=row.id))


def unread(tx: Transaction, id: str) -> Load:
    """What an inspector needs of a message, with all its recipients."""
    return _load(tx, messages.get(tx, id), messages.recipient_rows(tx, id), None)


def _load(tx: Transaction, row: Any, to: Iterable[Any], judged: bytes | None) -> Load:
    pending = tuple(Pending(r.position, messages.recipient(tx, r), r.in_doubt, r.reply) for r in to)
    return Load(
        replace(messages.bare_envelope(tx, row), recipients=tuple(p.recipient for p in pending)),
        pending,
        tx.keys.open(row.trace, f"trace:{row.id}"),
        bodies.find(tx, row.id),
        judged,
    )


def accepted(new: NewMessage, received: float) -> Load:
    """The same of a message whose row was written at this time, without reading it."""
    pending = (Pending(i, r, in_doubt=False) for i, r in enumerate(new.envelope.recipients))
    envelope = replace(new.envelope, received=received)
    return Load(envelope, tuple(pending), new.trace, new.body.stored(), None)


def open_attempt(
    tx: Transaction,
    id: str,
    node: str,
    fence: int,
    positions: Iterable[int],
    *,
    with_dot: bool,
    mode: str = "enforce",
) -> int:
    """Record that DATA is about to be sent to these recipients; returns the attempt's id.

    `with_dot` records the dot in the same commit (a body that fits one write).  `mode` is the
    settings', here and below.  `StaleError` when the message is no longer ours to send.
    """
    row = messages.get(tx, id, lock=True)
    if not is_ours(row, fence):
        raise StaleError(f"message {id}: not ours to send any more")
    if has_open_attempt(tx, id):
        raise StaleError(f"message {id}: another attempt is open")
    if is_recalled(tx, row, mode):
        raise StaleError(f"message {id}: a copy of it was stopped")
    if unsettled(tx, row, mode):
        raise TemporaryError(f"message {id}: mail of its sender is not inspected yet")
    tx.does("attempt")
    time = tx.now()
    attempt = int(
        tx.scalar(
            _OPEN,
            message_id=id,
            node=node,
            fence=fence,
            opened_at=time,
            deadline=time + work.ATTEMPT_SECONDS,
            dot_at=time if with_dot else None,
        )
    )
    tx.change_each(_OF_ATTEMPT, [{"of": id, "at": at, "attempt_id": attempt} for at in positions])
    return attempt


def record_dot(
    tx: Transaction, id: str, fence: int, attempt_id: int, mode: str = "enforce"
) -> bool:
    """Record that the final dot is about to be sent; False: do not send it."""
    row = messages.get(tx, id, lock=True)
    if not is_ours(row, fence) or is_recalled(tx, row, mode):
        return False
    tx.does("dot")
    now = tx.now()
    deadline = now + work.ATTEMPT_SECONDS
    return bool(tx.change(_DOT, of=attempt_id, now=now, dot_at=now, deadline=deadline))


def answer(tx: Transaction, id: str, answers: Iterable[Answer]) -> None:
    """Record what the next hop said; final outcomes are never changed again.  Who has an answer is
    in no attempt any more."""
    tx.does("outcome")
    now = tx.now()
    each = (
        {
            "of": id,
            "at": a.position,
            "reply": a.reply,
            "outcome": str(a.outcome),
            "settled_at": None if a.outcome is Outcome.PENDING else now,
        }
        for a in answers
    )
    tx.change_each(_ANSWER, each)


def is_ours(row: Any, fence: int) -> bool:
    """Whether the lease with this fence is the current one of a message's row, and the message
    still to be sent."""
    return bool(row.fence == fence and row.state == State.READY)


def has_open_attempt(tx: Transaction, id: str) -> bool:
    """Whether it is being sent at this moment."""
    return guards.has_open_attempt(tx, id)


def unsettled(tx: Transaction, row: Any, mode: str = "enforce") -> float:
    """How many seconds the message of a row has to wait before it may be sent, 0.0 when it may.

    One that carries people outside waits until it is certain that what its sender sent within the
    settle time has been looked at: copies of one mailing are held together or not at all.  What a
    person has decided waits for nobody.
    """
    if not row.settle_until or row.decided_by or _observing(tx, mode):
        return 0.0
    now = tx.now()
    if row.settle_until > now:
        return float(row.settle_until - now)
    unknown = tx.first(_UNKNOWN, sender=row.sender_digest, until=row.settle_until)
    return SIBLING_SECONDS if unknown else 0.0


def is_recalled(tx: Transaction, row: Any, mode: str = "enforce") -> bool:
    """Whether a copy of the row's message was stopped while an attempt was open
    (`verdicts.recall`)."""
    return row.recall is not None and not _observing(tx, mode)


def _observing(tx: Transaction, mode: str) -> bool:
    """Whether everything is only observed: attempts then wait for nothing and nobody."""
    return modes.current(tx, mode) == "observe"


def is_settled(tx: Transaction, id: str) -> bool:
    """Whether no recipient is pending."""
    return guards.is_settled(tx, id)


def finish(tx: Transaction, id: str, fence: int, row: Any = None) -> str | None:
    """READY → DONE.  Returns the id of the body to unlink when nothing needs it any more.

    `row` is the message's, where it is locked already.
    """
    row = row or messages.get(tx, id, lock=True)
    step = Step(Who.COURIER, fence=fence)
    messages.move(tx, id, Event.FINISH, State.DONE, step, row=row)
    contacts.remember(tx, id)
    return forget_if_never_held(tx, row)


def expire(tx: Transaction, id: str, who: Who = Who.JANITOR) -> str | None:
    """Give up after the days of the queue: what is pending is expired."""
    messages.settle(tx, id, Outcome.EXPIRED, in_doubt=Outcome.EXPIRED)
    messages.move(tx, id, Event.EXPIRE, State.DONE, Step(who))
    return forget_if_never_held(tx, messages.get(tx, id))


def forget_if_never_held(tx: Transaction, row: Any) -> str | None:
    """Forget the body of a row's message that nobody had to look at; keep the others' for a
    while."""
    seconds = tx.periods.decided if row.decided_by else tx.periods.delivered
    if seconds or (row.kept_until or 0.0) > tx.now():
        messages.keep_until(tx, row.id, seconds)
        return None
    return bodies.drop(tx, row)
