"""What has waited too long, for the janitor: found by a query, acted on one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from dlpguard.lifecycle import State
from dlpguard.store.database import Transaction
from dlpguard.store.schema import attempts, messages

BATCH = 200
"""How many of each kind a round takes; the rest comes in the next."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Ids of messages, by what is to be done; `attempts`: some are past their deadline."""

    set_aside: tuple[str, ...]
    delayed: tuple[str, ...]
    undeliverable: tuple[str, ...]
    undecided: tuple[str, ...]
    forgettable: tuple[str, ...]
    attempts: bool


def find(tx: Transaction, give_up: float, tell_delay: float) -> Overdue:
    """Everything that is due; `give_up` is how many seconds delivery, or inspection, is tried,
    `tell_delay` after how many a sender is told that delivery takes long (0.0: never)."""
    time = tx.now()
    is_open = exists().where(attempts.c.message_id == messages.c.id, attempts.c.closed_at.is_(None))
    return Overdue(
        set_aside=_ids(tx, messages.c.state == str(State.SET_ASIDE)),
        delayed=_ids(
            tx,
            messages.c.state == str(State.READY),
            messages.c.tries > 0,
            messages.c.state_since < time - tell_delay,
            ~messages.c.delay_told,
        )
        if tell_delay
        else (),
        undeliverable=_ids(
            tx,
            messages.c.state.in_((str(State.READY), str(State.RECEIVED))),
            # Given back at least once since, so that five days switched off expire nothing.
            messages.c.next_try > messages.c.state_since,
            messages.c.state_since < time - give_up,
            messages.c.lease_until <= time,
            ~is_open,
        ),
        undecided=_ids(
            tx,
            messages.c.state.in_((str(State.QUARANTINED), str(State.AWAITING_SENDER))),
            messages.c.expires_at < time,
        ),
        forgettable=_ids(
            tx,
            # Not by its state: SQLite would go through everything that is DONE.
            messages.c.done_at.is_not(None),
            messages.c.body_id.is_not(None),
            messages.c.expires_at < time,
            messages.c.kept_until.is_(None) | (messages.c.kept_until < time),
            first=messages.c.expires_at,
        ),
        attempts=bool(
            tx.execute(
                select(attempts.c.id)
                .where(attempts.c.closed_at.is_(None), attempts.c.deadline < time)
                .limit(1)
            ).first()
        ),
    )


def _ids(
    tx: Transaction,
    *conditions: ColumnElement[bool],
    first: ColumnElement[Any] = messages.c.id,
) -> tuple[str, ...]:
    query = select(messages.c.id).where(*conditions).order_by(first).limit(BATCH)
    return tuple(tx.execute(query).scalars())
