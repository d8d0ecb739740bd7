"""What senders were asked about and confirmed: from it flows are suggested."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from sqlalchemy import select

from dlpguard.lifecycle import Event, State
from dlpguard.policy.flows import SPAN, Send
from dlpguard.store import verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.schema import messages, moves


def sends(tx: Transaction, queues: Collection[str] | None = None) -> Iterator[Send]:
    """The confirmed messages of the last days that count, oldest first.

    With `queues` only those that were nobody else's (`web.access`).
    """
    since = tx.now() - SPAN.total_seconds()
    query = (
        select(moves.c.message_id, moves.c.moved_at)
        .where(
            moves.c.event == str(Event.CONFIRM),
            moves.c.target == str(State.READY),
            moves.c.moved_at > since,
        )
        .order_by(moves.c.moved_at)
    )
    if queues is not None:
        query = query.join(messages).where(messages.c.queue.in_(queues))
    for row in tx.execute(query).all():
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
