"""Verdicts on mail, in the order in which it arrived: what a relay that observes has found out.

The records are sealed; whoever reads them here gets facts about mail, not the mail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, Select, and_, func, or_, select

from dlpguard.store.database import Transaction
from dlpguard.store.schema import messages, verdicts
from dlpguard.store.verdicts import Record


@dataclass(frozen=True, slots=True)
class Judged:
    """A message that was judged: when it arrived (seconds since 1970), how large it was (bytes),
    and the record of its verdict."""

    id: str
    received_at: float
    size: int
    record: Record = field(repr=False)


def number(tx: Transaction) -> int:
    """How many there are."""
    return int(tx.execute(select(func.count()).select_from(verdicts)).scalar_one())


def after(tx: Transaction, last: Judged | None, most: int) -> tuple[Judged, ...]:
    """Those that arrived next after one of them, or first; at most so many."""
    found = _rows().order_by(messages.c.received_at, messages.c.id).limit(most)
    if last:
        later = messages.c.received_at > last.received_at
        same = and_(messages.c.received_at == last.received_at, messages.c.id > last.id)
        found = found.where(or_(later, same))
    return tuple(_judged(tx, row) for row in tx.execute(found))


def find(tx: Transaction, id: str) -> Judged | None:
    """One of them; None where its record is gone."""
    row = tx.execute(_rows().where(messages.c.id == id)).first()
    return _judged(tx, row) if row else None


def _rows() -> Select[Any]:
    return select(messages.c.id, messages.c.received_at, messages.c.size, verdicts.c.record).join(
        verdicts, verdicts.c.message_id == messages.c.id
    )


def _judged(tx: Transaction, row: Row[Any]) -> Judged:
    plain = tx.keys.open(row.record, f"verdict:{row.id}")
    record = msgspec.msgpack.decode(plain, type=Record)
    return Judged(row.id, row.received_at, row.size, record)
