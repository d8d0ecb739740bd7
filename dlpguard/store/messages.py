"""Messages and their states.  The only module that changes a state, by a move of `lifecycle`.

Every function runs inside one transaction; a move, its record and whatever it causes are
committed together or not at all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, case, delete, insert, select, update

from dlpguard.errors import NotFoundError, StaleError
from dlpguard.lifecycle import Event, Guard, Outcome, State, Who, moves
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import normalise
from dlpguard.store import bodies, schema
from dlpguard.store.database import Transaction
from dlpguard.store.schema import attempts, campaigns, messages, recipients


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What is stored when a message is accepted or written by ourselves."""

    id: MessageId
    envelope: Envelope = field(repr=False)
    trace: bytes = field(repr=False)
    body: bodies.Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """Who makes a move, and what they have seen: a move with an old fence or version is refused.

    `actor` is a person's account, "" for a runner; `reason` is what they said.
    """

    who: Who
    actor: str = ""
    reason: str = field(default="", repr=False)
    fence: int | None = None
    version: int | None = None


def accept(tx: Transaction, new: NewMessage) -> None:
    """A client's message, RECEIVED.  It is ours once this transaction is committed."""
    _insert(tx, new, State.RECEIVED, Event.ACCEPT, Who.EDGE)


def issue(tx: Transaction, new: NewMessage, who: Who) -> None:
    """A notice or DSN that we wrote ourselves, READY.  The caller checked the domain."""
    _insert(tx, new, State.READY, Event.ISSUE, who)


def move(
    tx: Transaction,
    id: str,
    event: Event,
    target: State,
    step: Step,
) -> int:
    """Make a move.  Returns the message's new version.

    `StaleError` when the message is in another state, or a guard does not hold: nothing changed.
    """
    row = get(tx, id, lock=True)
    source = State(row.state)
    allowed = moves(source, event)
    if allowed is None or target not in allowed.targets or step.who not in allowed.who:
        raise StaleError(f"message {id} is {source}; {event} is not possible (any more)")
    for guard in sorted(allowed.guards, key=lambda g: g.value):
        problem = _GUARDS[guard](tx, row, step)
        if problem:
            raise StaleError(f"message {id}: {problem}")
    time = tx.now()
    values: dict[str, object] = {
        "state": str(target),
        "version": row.version + 1,
        "next_try": time,
        "state_since": time,
        "lease_node": None,
        "lease_until": 0.0,
        "claims": 0,
    }
    if step.actor:  # what was undone is undecided
        values["decided_by"] = None if event is Event.UNDO else step.actor
    if target is State.DONE:
        values["done_at"] = time
    tx.execute(update(messages).where(messages.c.id == id).values(values))
    _record(tx, id, event, source, target, step)
    return int(row.version) + 1


def get(tx: Transaction, id: str, *, lock: bool = False) -> Row[Any]:
    """A message's row.  `NotFoundError` when there is none."""
    query = select(messages).where(messages.c.id == id)
    row = tx.execute(query.with_for_update() if lock else query).first()
    if row is None:
        raise NotFoundError(f"there is no message {id}; dlpguard quarantine list shows those held")
    return row


def complete(tx: Transaction, beginning: str) -> str:
    """The id of the one message whose id begins like this.

    `NotFoundError` when there is none, or more than one.
    """
    found = tx.execute(
        select(messages.c.id).where(messages.c.id.startswith(beginning, autoescape=True)).limit(2)
    ).scalars()
    ids = tuple(found)
    if len(ids) != 1:
        problem = "more than one message begins" if ids else "there is no message that begins"
        raise NotFoundError(f"{problem} with {beginning}; see: dlpguard quarantine list")
    return str(ids[0])


def envelope_of(tx: Transaction, id: str) -> Envelope:
    """A message's envelope with all its recipients, whatever became of them."""
    row = get(tx, id)
    envelope = msgspec.msgpack.decode(tx.keys.open(row.envelope, f"envelope:{id}"), type=Envelope)
    rows = tx.execute(
        select(recipients).where(recipients.c.message_id == id).order_by(recipients.c.position)
    )
    return dataclasses.replace(envelope, recipients=tuple(recipient(tx, r) for r in rows))


def pending_of(tx: Transaction, id: str) -> Envelope:
    """A message's envelope with the recipients that have no outcome yet."""
    waiting = tx.execute(
        select(recipients)
        .where(recipients.c.message_id == id, recipients.c.outcome == str(Outcome.PENDING))
        .order_by(recipients.c.position)
    ).all()
    everyone = tuple(recipient(tx, row) for row in waiting)
    return dataclasses.replace(envelope_of(tx, id), recipients=everyone)


def recipient(tx: Transaction, row: Row[Any]) -> Recipient:
    """A recipient's row as the client gave it."""
    context = f"{row.message_id}:{row.position}"
    notify, original = msgspec.msgpack.decode(
        tx.keys.open(row.dsn, f"dsn:{context}"), type=tuple[tuple[str, ...], str]
    )
    address = tx.keys.open(row.address, f"address:{context}").decode()
    return Recipient(address, notify, original)


def split_off(tx: Transaction, id: str, heir: MessageId, positions: Collection[int]) -> None:
    """Give some recipients of a message a row of their own: RECEIVED, with the same body, lease
    and trace fields.

    Nobody is in both rows and nobody in none.
    """
    row = get(tx, id, lock=True)
    envelope = dataclasses.replace(envelope_of(tx, id), recipients=())
    trace = tx.keys.open(row.trace, f"trace:{id}")
    taken = tx.execute(
        select(recipients)
        .where(recipients.c.message_id == id, recipients.c.position.in_(positions))
        .order_by(recipients.c.position)
    ).all()
    given = [recipient(tx, r) for r in taken]
    # Where a sibling asked for a recall, that was for the others; what a restore asks is for all.
    recall = row.recall if row.state == State.RECEIVED else None
    fresh = {"state": str(State.RECEIVED), "recall": recall}
    values = dict(row._mapping) | _sealed(tx, heir, envelope, trace) | fresh
    tx.execute(insert(messages).values(values))
    tx.execute(
        delete(recipients).where(
            recipients.c.message_id == id, recipients.c.position.in_(positions)
        )
    )
    tx.execute(insert(recipients), [_recipient_row(tx, heir, i, r) for i, r in enumerate(given)])
    bodies.refer(tx, row.body_id)


def renew(tx: Transaction, id: str) -> None:
    """A new version: there is more to know about a message than whoever looked at it saw."""
    tx.execute(update(messages).where(messages.c.id == id).values(version=messages.c.version + 1))


def settle(tx: Transaction, id: str, outcome: Outcome, *, in_doubt: Outcome) -> None:
    """Give every pending recipient its outcome; those in doubt get `in_doubt`."""
    tx.execute(
        update(recipients)
        .where(recipients.c.message_id == id, recipients.c.outcome == str(Outcome.PENDING))
        .values(
            outcome=case((recipients.c.in_doubt, str(in_doubt)), else_=str(outcome)),
            settled_at=tx.now(),
        )
    )


def delay_told(tx: Transaction, id: str) -> None:
    """Remember that its sender knows that delivery takes long: they are told once."""
    tx.execute(update(messages).where(messages.c.id == id).values(delay_told=True))


def keep_until(tx: Transaction, id: str, seconds: float) -> None:
    """Set how long from now the message may wait, or its body is kept."""
    tx.execute(update(messages).where(messages.c.id == id).values(expires_at=tx.now() + seconds))


def _insert(
    tx: Transaction,
    new: NewMessage,
    state: State,
    event: Event,
    who: Who,
) -> None:
    id, envelope, time = new.id, new.envelope, tx.now()
    bodies.insert_body(tx, new.body)
    bare = dataclasses.replace(envelope, recipients=(), received=time)
    tx.execute(
        insert(messages).values(
            **_sealed(tx, id, bare, new.trace),
            state=str(state),
            version=1,
            origin="client" if event is Event.ACCEPT else "notice",
            body_id=new.body.id,
            sender_digest=tx.keys.digest("address", normalise(envelope.sender)),
            size=new.body.size,
            received_at=time,
            next_try=time,
            state_since=time,
            expires_at=time,
        )
    )
    tx.execute(
        insert(recipients),
        [_recipient_row(tx, id, i, recipient) for i, recipient in enumerate(envelope.recipients)],
    )
    _record(tx, id, event, None, state, Step(who))


def _sealed(tx: Transaction, id: str, bare: Envelope, trace: bytes) -> dict[str, object]:
    """What of a message's row is sealed for its id, with the id."""
    return {
        "id": id,
        "envelope": tx.keys.seal(msgspec.msgpack.encode(bare), f"envelope:{id}"),
        "trace": tx.keys.seal(trace, f"trace:{id}"),
    }


def _recipient_row(
    tx: Transaction, id: str, position: int, recipient: Recipient
) -> dict[str, object]:
    context = f"{id}:{position}"
    dsn = msgspec.msgpack.encode((recipient.notify, recipient.original))
    return {
        "message_id": id,
        "position": position,
        "address": tx.keys.seal(recipient.address.encode(), f"address:{context}"),
        "digest": tx.keys.digest("address", normalise(recipient.address)),
        "dsn": tx.keys.seal(dsn, f"dsn:{context}"),
        "outcome": str(Outcome.PENDING),
    }


def _record(
    tx: Transaction,
    id: str,
    event: Event,
    source: State | None,
    target: State,
    step: Step,
) -> None:
    tx.does(event)
    tx.targets.add(target)
    tx.execute(
        insert(schema.moves).values(
            message_id=id,
            event=str(event),
            source=str(source) if source else None,
            target=str(target),
            who=step.who.name.lower(),
            actor=step.actor,
            reason=_said(tx, id, step.reason),
            moved_at=tx.now(),
        )
    )


def _said(tx: Transaction, id: str, reason: str) -> bytes | None:
    return tx.keys.seal_lasting(reason.encode(), f"reason:{id}") if reason else None


def _fence(_tx: Transaction, row: Row[Any], step: Step) -> str:
    return "" if step.fence == row.fence else "another runner has it now"


def _campaign(tx: Transaction, row: Row[Any], _step: Step) -> str:
    """Locks rather than refuses: decisions on one campaign happen one after the other."""
    tx.execute(select(campaigns.c.id).where(campaigns.c.id == row.campaign_id).with_for_update())
    return ""


def _no_attempt(tx: Transaction, row: Row[Any], _step: Step) -> str:
    found = tx.execute(
        select(attempts.c.id).where(attempts.c.message_id == row.id, attempts.c.closed_at.is_(None))
    ).first()
    return "it is being sent at this moment; try again in a minute" if found else ""


def _nothing_open(tx: Transaction, row: Row[Any], step: Step) -> str:
    doubtful = tx.execute(
        select(recipients.c.position).where(
            recipients.c.message_id == row.id,
            recipients.c.in_doubt,
            recipients.c.outcome == str(Outcome.PENDING),
        )
    ).first()
    if doubtful:
        return "a recipient may have received it already"
    return _no_attempt(tx, row, step)


def _not_decided(_tx: Transaction, row: Row[Any], _step: Step) -> str:
    return f"{row.decided_by} has decided it" if row.decided_by else ""


def _none_pending(tx: Transaction, row: Row[Any], _step: Step) -> str:
    pending = tx.execute(
        select(recipients.c.position).where(
            recipients.c.message_id == row.id, recipients.c.outcome == str(Outcome.PENDING)
        )
    ).first()
    return "a recipient is pending" if pending else ""


def _version(_tx: Transaction, row: Row[Any], step: Step) -> str:
    if step.version is None or step.version == row.version:
        return ""
    return "it has changed since you looked at it; look again"


def _released(tx: Transaction, row: Row[Any], _step: Step) -> str:
    released = tx.execute(
        select(schema.moves.c.id).where(
            schema.moves.c.message_id == row.id, schema.moves.c.event == str(Event.RELEASE)
        )
    ).first()
    return "" if released else "nobody released it"


def _always(_tx: Transaction, _row: Row[Any], _step: Step) -> str:
    """For guards that `accept` and `issue` keep themselves: there is no row yet."""
    return ""


_GUARDS: dict[Guard, Callable[[Transaction, Row[Any], Step], str]] = {
    Guard.FENCE: _fence,
    Guard.CAMPAIGN: _campaign,
    Guard.NOTHING_OPEN: _nothing_open,
    Guard.NOT_DECIDED: _not_decided,
    Guard.NONE_PENDING: _none_pending,
    Guard.VERSION: _version,
    Guard.RELEASED: _released,
    Guard.NO_ATTEMPT: _no_attempt,
    Guard.NEW: _always,
    Guard.OWN_DOMAIN: _always,
}
"""What each guard asks; "" when it holds, otherwise why the move is refused, for a person."""
