"""What people did and looked at.  (What runners did is in the table of moves.)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, insert, select

from dlpguard.store.database import Transaction
from dlpguard.store.schema import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: who, what ("release", "show"), on which message, when, and what they said."""

    acted_at: float
    actor: str
    act: str
    subject: str
    detail: str = field(default="", repr=False)


def record(tx: Transaction, actor: str, act: str, subject: str, detail: str = "") -> None:
    """Add an entry, in the transaction that does what it tells."""
    tx.execute(
        insert(audit).values(
            acted_at=tx.now(),
            actor=actor,
            act=act,
            subject=subject,
            detail=tx.keys.seal(detail.encode(), "audit") if detail else None,
        )
    )


def entries(tx: Transaction, subject: str = "") -> Iterator[Entry]:
    """All entries, oldest first; with `subject` those about one message."""
    query = select(audit).order_by(audit.c.id)
    if subject:
        query = query.where(audit.c.subject == subject)
    for row in tx.execute(query):
        detail = tx.keys.open(row.detail, "audit").decode() if row.detail else ""
        yield Entry(row.acted_at, row.actor, row.act, row.subject, detail)


def last(tx: Transaction, actor: str, act: str, subject: str) -> float:
    """When somebody did this to this last; 0.0 when never."""
    at = tx.execute(
        select(func.max(audit.c.acted_at)).where(
            audit.c.actor == actor, audit.c.act == act, audit.c.subject == subject
        )
    ).scalar()
    return float(at or 0.0)
