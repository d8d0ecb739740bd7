"""What one person released alone because somebody was at risk: another looks at it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, Select, select, update

from dlpguard.errors import NotFoundError, RefusedError, StaleError
from dlpguard.recipients import normalise
from dlpguard.store.database import Transaction
from dlpguard.store.lines import Said
from dlpguard.store.schema import emergencies, lines, messages

PAGE = 50
"""How many that were looked at are listed, the newest first; those that were not are all listed."""


@dataclass(frozen=True, slots=True)
class Emergency:
    """A release in an emergency: of which message, when, by whom and why; and, once somebody has
    looked at it, when (0.0: not yet), who, and what they found.

    `said` is what the queue said of the message, None where nothing is kept of that any more.
    """

    id: str
    queue: str
    released_at: float
    actor: str
    reason: str = field(repr=False)
    reviewed_at: float
    reviewer: str
    justified: bool | None
    found: str = field(repr=False)
    said: Said | None = field(repr=False)

    def is_for(self, reviewer: str) -> bool:
        """Whether somebody may look at it: nobody who released it does, nor whose mail it was."""
        theirs = {normalise(self.actor), *([normalise(self.said.sender)] if self.said else [])}
        return normalise(reviewer) not in theirs


def write(tx: Transaction, id: str, actor: str, reason: str) -> None:
    """Note that somebody releases a message alone.

    Once more where the first release was taken back: what was found then was about that.
    """
    values = {
        "released_at": tx.now(),
        "actor": actor,
        "reason": tx.keys.seal(reason.encode(), f"emergency:{id}"),
        "reviewed_at": None,
        "reviewer": "",
        "found": None,
        "justified": None,
    }
    new = tx.upsert(emergencies).values(message_id=id, **values)
    tx.execute(new.on_conflict_do_update(index_elements=["message_id"], set_=values))


def to_review(tx: Transaction, queues: Sequence[str]) -> tuple[Emergency, ...]:
    """Those of some queues that nobody has looked at yet, the oldest first."""
    query = _all(queues).where(emergencies.c.reviewed_at.is_(None))
    return tuple(_emergencies(tx, query.order_by(emergencies.c.released_at)))


def reviewed(tx: Transaction, queues: Sequence[str]) -> tuple[Emergency, ...]:
    """Those that somebody has looked at, the newest first, `PAGE` of them."""
    query = _all(queues).where(emergencies.c.reviewed_at.is_not(None))
    return tuple(_emergencies(tx, query.order_by(emergencies.c.reviewed_at.desc()).limit(PAGE)))


def find(tx: Transaction, id: str, queues: Sequence[str]) -> Emergency:
    """One of them.  `NotFoundError` when there is none, or it is another group's."""
    for found in _emergencies(tx, _all(queues).where(emergencies.c.message_id == id)):
        return found
    raise NotFoundError(f"message {id} was not released in an emergency")


def review(
    tx: Transaction, emergency: Emergency, reviewer: str, found: str, *, justified: bool
) -> None:
    """Record what somebody found.

    `RefusedError` for who released it, or sent it; `StaleError` when another was quicker.
    """
    if not emergency.is_for(reviewer):
        raise RefusedError("nobody looks into what they released or sent themselves")
    changed = tx.execute(
        update(emergencies)
        .where(
            emergencies.c.message_id == emergency.id,
            emergencies.c.released_at == emergency.released_at,
            emergencies.c.reviewed_at.is_(None),
        )
        .values(
            reviewed_at=tx.now(),
            reviewer=reviewer,
            justified=justified,
            found=tx.keys.seal(found.encode(), f"looked:{emergency.id}"),
        )
    )
    if not changed.rowcount:
        raise StaleError("somebody else has looked at it already")


def _all(queues: Sequence[str]) -> Select[Any]:
    return (
        select(emergencies, messages.c.queue, lines.c.said)
        .join(messages, messages.c.id == emergencies.c.message_id)
        .outerjoin(lines, lines.c.message_id == emergencies.c.message_id)
        .where(messages.c.queue.in_(queues))
    )


def _emergencies(tx: Transaction, query: Select[Any]) -> Iterator[Emergency]:
    for row in tx.execute(query):
        yield _emergency(tx, row)


def _emergency(tx: Transaction, row: Row[Any]) -> Emergency:
    id, opened = row.message_id, tx.keys.open
    return Emergency(
        id,
        row.queue,
        row.released_at,
        row.actor,
        opened(row.reason, f"emergency:{id}").decode(),
        row.reviewed_at or 0.0,
        row.reviewer,
        row.justified,
        opened(row.found, f"looked:{id}").decode() if row.found else "",
        msgspec.msgpack.decode(opened(row.said, f"line:{id}"), type=Said) if row.said else None,
    )
