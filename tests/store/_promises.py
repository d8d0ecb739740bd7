"""What must hold between any two steps of the queue's protocol (DESIGN 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from dlpguard.errors import ConfigurationError, NotFoundError
from dlpguard.lifecycle import Outcome, State
from dlpguard.store import bodies, messages, schema
from dlpguard.store.database import Transaction

if TYPE_CHECKING:
    from tests.store._protocol import Protocol

HELD = frozenset({State.QUARANTINED, State.AWAITING_SENDER})


def broken(tx: Transaction, protocol: Protocol) -> Iterator[str]:
    """Every promise that does not hold now."""
    rows = {row.id: row for row in tx.execute(select(schema.messages))}
    everyone = Counter[str]()
    for party in tx.execute(select(schema.recipients)).all():
        address = messages.recipient(tx, party).address
        everyone[address] += 1
        row, times = rows[party.message_id], protocol.arrived[address]
        yield from _of_party(address, Outcome(party.outcome), bool(party.in_doubt), times)
        pending = party.outcome == Outcome.PENDING
        if row.state == State.DONE and pending:
            yield f"P4: {address} is pending, and its message done"
        if row.state in HELD and (times or party.attempt_id is not None):
            yield f"P5: {address} may have what is {row.state}"
        if pending and _content(tx, row.id, protocol) != protocol.bodies[address]:
            yield f"P1: the bytes for {address} are gone"
    if everyone != Counter(dict.fromkeys(protocol.bodies, 1)):
        yield f"P4: {everyone} are not the recipients that clients gave"
    for id in protocol.released:
        if rows[id].state in HELD:
            yield f"P5: {id} was released, and is {rows[id].state}"
    for id in protocol.returned:
        if rows[id].state != State.DONE:
            yield f"P5: {id} was returned, and is {rows[id].state}"


def may_leave(tx: Transaction, id: str, attempt_id: int) -> str:
    """Why the final dot of a message must not be sent now; "" when it may (P2)."""
    row = messages.get(tx, id)
    attempt = tx.execute(select(schema.attempts).where(schema.attempts.c.id == attempt_id)).one()
    judged = tx.execute(
        select(schema.verdicts.c.body_digest).where(schema.verdicts.c.message_id == id)
    ).scalar()
    if judged is None:
        return f"P2: {id} leaves without a verdict"
    if attempt.dot_at is None:
        return f"P2: {id} leaves, and nothing says so"
    if attempt.closed_at is None:
        if row.state != State.READY:
            return f"P2: {id} leaves, and is {row.state}"
        if judged != bodies.find(tx, id).digest:
            return f"P2: {id} leaves with other bytes than were judged"
    return ""  # closed: its runner was given up for dead after the dot; all of it is in doubt


def _of_party(address: str, outcome: Outcome, in_doubt: bool, times: int) -> Iterator[str]:
    if times > 1 and not in_doubt:
        yield f"P6: {address} has it {times} times and is not flagged"
    if outcome is Outcome.DELIVERED and not times:
        yield f"P1: {address} is delivered, and never got it"
    if outcome is Outcome.RETURNED and times:
        yield f"P5: {address} was returned, and has it"
    if outcome in {Outcome.BOUNCED, Outcome.EXPIRED} and times and not in_doubt:
        yield f"P4: {address} is {outcome}, and has it"


def _content(tx: Transaction, id: str, protocol: Protocol) -> bytes | None:
    try:
        return bodies.find(tx, id).read(protocol.store.keys, protocol.store.shelf)
    except (NotFoundError, ConfigurationError):
        return None
