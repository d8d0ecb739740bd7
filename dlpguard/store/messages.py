"""Messages and their states.  The only module that changes a state, by a move of `lifecycle`.

Every function runs inside one transaction; a move, its record and whatever it causes are
committed together or not at all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, case, delete, insert, select, update

from dlpguard.errors import NotFoundError, StaleError
from dlpguard.lifecycle import Event, Outcome, State, Who, moves
from dlpguard.mail import ID_LENGTH, LAST_OF_ID, Envelope, MessageId, Recipient
from dlpguard.recipients import normalise
from dlpguard.store import bodies, guards, schema
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import messages, recipients
from dlpguard.store.work import Claim, Lease

_GET = Prepared(select(messages).where(messages.c.id == bindparam("of")))
_LOCK = Prepared(select(messages).where(messages.c.id == bindparam("of")).with_for_update())
_RECIPIENTS = Prepared(
    select(recipients)
    .where(recipients.c.message_id == bindparam("of"))
    .order_by(recipients.c.position)
)
_PENDING = Prepared(
    select(recipients)
    .where(recipients.c.message_id == bindparam("of"), recipients.c.outcome == str(Outcome.PENDING))
    .order_by(recipients.c.position)
)
_INSERT = Prepared(
    insert(messages).values(
        given("id", "envelope", "trace", "state", "origin", "body_id", "sender_digest", "size")
        | given("lease_node", "lease_until", "fence", "claims")
        | dict.fromkeys(("received_at", "next_try", "state_since", "expires_at"), bindparam("time"))
        | {"version": 1}
    )
)
_INSERT_RECIPIENT = Prepared(
    insert(recipients).values(
        given("message_id", "position", "address", "digest", "dsn")
        | {"outcome": str(Outcome.PENDING)}
    )
)
_MOVE = Prepared(
    update(messages)
    .where(messages.c.id == bindparam("of"))
    .values(
        given("state", "version", "decided_by", "done_at")
        | {"next_try": bindparam("time"), "state_since": bindparam("time")}
        | given("lease_node", "lease_until", "fence", "claims")
    )
)
_RECORD = Prepared(
    insert(schema.moves).values(
        given("message_id", "event", "source", "target", "who", "actor", "reason", "moved_at")
    )
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What is stored when a message is accepted or written by ourselves."""

    id: MessageId
    envelope: Envelope = field(repr=False)
    trace: bytes = field(repr=False)
    body: bodies.Body = field(repr=False)


def accept(tx: Transaction, new: NewMessage, lease: Lease | None = None) -> Claim | None:
    """A client's message, RECEIVED.  It is ours once this transaction is committed.

    With a `lease` it is claimed at once.
    """
    time = _insert(tx, new, State.RECEIVED, Event.ACCEPT, Who.EDGE, lease)
    return Claim(new.id, 1, 1, 0, 0, time, "client") if lease else None


def issue(tx: Transaction, new: NewMessage, who: Who) -> None:
    """A notice or DSN that we wrote ourselves, READY.  The caller checked the domain."""
    _insert(tx, new, State.READY, Event.ISSUE, who)


def move(
    tx: Transaction,
    id: str,
    event: Event,
    target: State,
    step: Step,
    *,
    row: Any = None,
    lease: Lease | None = None,
) -> int:
    """Make a move.  Returns the message's new version.

    `row` is the message's, where this transaction has locked it already.  With a `lease` it is
    claimed for whoever works on the state that it comes into.  `StaleError` when the message is in
    another state, or a guard does not hold: nothing changed.
    """
    row = row or get(tx, id, lock=True)
    source = State(row.state)
    allowed = moves(source, event)
    if allowed is None or target not in allowed.targets or step.who not in allowed.who:
        raise StaleError(f"message {id} is {source}; {event} is not possible (any more)")
    if problem := guards.problem(tx, allowed.guards, row, step):
        raise StaleError(f"message {id}: {problem}")
    tx.change(
        _MOVE,
        of=id,
        state=str(target),
        version=row.version + 1,
        time=tx.now(),
        # What was undone is undecided.
        decided_by=(None if event is Event.UNDO else step.actor) if step.actor else row.decided_by,
        done_at=tx.now() if target is State.DONE else row.done_at,
        **_leased(tx, lease, row.fence),
    )
    _record(tx, id, event, source, target, step, is_free=lease is None)
    return int(row.version) + 1


def get(tx: Transaction, id: str, *, lock: bool = False) -> Any:
    """A message's row.  `NotFoundError` when there is none."""
    row = tx.first(_LOCK if lock else _GET, of=id)
    if row is None:
        raise NotFoundError(f"there is no message {id}; dlpguard quarantine list shows those held")
    return row


def complete(tx: Transaction, beginning: str) -> str:
    """The id of the one message whose id begins like this, in capitals.

    `NotFoundError` when there is none, or more than one.
    """
    id = messages.c.id
    # For a range there is an index; what begins like this has no index of its own in SQLite.
    near = id.between(beginning, beginning.ljust(ID_LENGTH, LAST_OF_ID))
    found = select(id).where(near, id.startswith(beginning, autoescape=True)).limit(2)
    ids = tuple(tx.execute(found).scalars())
    if len(ids) != 1:
        problem = "more than one message begins" if ids else "there is no message that begins"
        raise NotFoundError(f"{problem} with {beginning}; see: dlpguard quarantine list")
    return str(ids[0])


def envelope_of(tx: Transaction, id: str) -> Envelope:
    """A message's envelope with all its recipients, whatever became of them."""
    everyone = tuple(recipient(tx, row) for row in recipient_rows(tx, id))
    return dataclasses.replace(bare_envelope(tx, get(tx, id)), recipients=everyone)


def bare_envelope(tx: Transaction, row: Any) -> Envelope:
    """The envelope of a message's row, without its recipients."""
    content = tx.keys.open(row.envelope, f"envelope:{row.id}")
    return msgspec.msgpack.decode(content, type=Envelope)


def pending_of(tx: Transaction, id: str) -> Envelope:
    """A message's envelope with the recipients that have no outcome yet."""
    everyone = tuple(recipient(tx, row) for row in pending_rows(tx, id))
    return dataclasses.replace(bare_envelope(tx, get(tx, id)), recipients=everyone)


def recipient_rows(tx: Transaction, id: str) -> list[Any]:
    """The rows of all recipients, in the envelope's order."""
    return tx.rows(_RECIPIENTS, of=id)


def pending_rows(tx: Transaction, id: str) -> list[Any]:
    """The rows of recipients that have no outcome yet, in the envelope's order."""
    return tx.rows(_PENDING, of=id)


def recipient(tx: Transaction, row: Any) -> Recipient:
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
    theirs = [recipient(tx, r) for r in taken]
    # Where a sibling asked for a recall, that was for the others; what a restore asks is for all.
    recall = row.recall if row.state == State.RECEIVED else None
    fresh = {"state": str(State.RECEIVED), "recall": recall}
    values = row._asdict() | _sealed(tx, heir, envelope, trace) | fresh
    tx.execute(insert(messages).values(values))
    tx.execute(
        delete(recipients).where(
            recipients.c.message_id == id, recipients.c.position.in_(positions)
        )
    )
    tx.change_each(
        _INSERT_RECIPIENT, [_recipient_row(tx, heir, i, r) for i, r in enumerate(theirs)]
    )
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
    lease: Lease | None = None,
) -> float:
    """Returns when it came, by the database's clock."""
    id, envelope, time = new.id, new.envelope, tx.now()
    bodies.insert_body(tx, new.body)
    bare = dataclasses.replace(envelope, recipients=(), received=time)
    tx.change(
        _INSERT,
        **_sealed(tx, id, bare, new.trace),
        state=str(state),
        origin="client" if event is Event.ACCEPT else "notice",
        body_id=new.body.id,
        sender_digest=tx.keys.digest("address", normalise(envelope.sender)),
        size=new.body.size,
        time=time,
        **_leased(tx, lease, 0),
    )
    tx.change_each(
        _INSERT_RECIPIENT,
        [_recipient_row(tx, id, i, recipient) for i, recipient in enumerate(envelope.recipients)],
    )
    _record(tx, id, event, None, state, Step(who), is_free=lease is None)
    return time


def _leased(tx: Transaction, lease: Lease | None, fence: int) -> dict[str, object]:
    """Of a message's row, whose fence was this: who has it now, as `work.claim` would say it."""
    if lease is None:
        return {"lease_node": None, "lease_until": 0.0, "fence": fence, "claims": 0}
    until = tx.now() + lease.seconds
    return {"lease_node": lease.node, "lease_until": until, "fence": fence + 1, "claims": 1}


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
    }


def _record(
    tx: Transaction,
    id: str,
    event: Event,
    source: State | None,
    target: State,
    step: Step,
    *,
    is_free: bool,
) -> None:
    tx.does(event)
    if is_free:
        tx.targets.add(target)
    tx.change(
        _RECORD,
        message_id=id,
        event=str(event),
        source=str(source) if source else None,
        target=str(target),
        who=step.who.name.lower(),
        actor=step.actor,
        reason=_said(tx, id, step.reason),
        moved_at=tx.now(),
    )


def _said(tx: Transaction, id: str, reason: str) -> bytes | None:
    return tx.keys.seal_lasting(reason.encode(), f"reason:{id}") if reason else None
