"""What senders were asked about and confirmed: from it flows are suggested."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from dlpguard.lifecycle import Event, State
from dlpguard.policy.flows import SPAN, Send
from dlpguard.store import verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.schema import moves


def sends(tx: Transaction) -> Iterator[Send]:
    """The confirmed messages of the last days that count, oldest first."""
    since = tx.now() - SPAN.total_seconds()
    rows = tx.execute(
        select(moves.c.message_id, moves.c.moved_at)
        .where(
            moves.c.event == str(Event.CONFIRM),
            moves.c.target == str(State.READY),
            moves.c.moved_at > since,
        )
        .order_by(moves.c.moved_at)
    ).all()
    for row in rows:
        record = verdicts.find(tx, row.message_id)
        if record is None:
            continue
        facts = record.facts
        told = [p for p in facts.people.everyone if p.private or p.listed]
        yield Send(
            sender=facts.sender,
            recipients=tuple(v.address for v in facts.audience.viewers if v.receives and v.outside),
            kinds=tuple(sorted({kind for person in told for kind in person.kinds})),
            people=len(told),
            day=datetime.fromtimestamp(row.moved_at, UTC).date(),
            hidden=bool(facts.people.hidden),
        )
