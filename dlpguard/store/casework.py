"""What reviewers keep about a message: who looks after it, what they tell each other, and whether
it was rightly held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update

from dlpguard.store.database import Transaction
from dlpguard.store.schema import comments, messages


@dataclass(frozen=True, slots=True)
class Comment:
    """What a reviewer said."""

    said_at: float
    actor: str
    text: str = field(repr=False)


def assign(tx: Transaction, id: str, owner: str) -> None:
    """Set who looks after a message; "" nobody."""
    tx.execute(update(messages).where(messages.c.id == id).values(owner=owner or None))


def mark(tx: Transaction, id: str, *, rightly: bool) -> None:
    """Set what a reviewer thought of its being held."""
    tx.execute(update(messages).where(messages.c.id == id).values(rightly=rightly))


def comment(tx: Transaction, id: str, actor: str, text: str) -> None:
    """Keep a comment."""
    tx.execute(
        insert(comments).values(
            message_id=id,
            actor=actor,
            said_at=tx.now(),
            text=tx.keys.seal(text.encode(), f"comment:{id}"),
        )
    )


def said(tx: Transaction, id: str) -> Iterator[Comment]:
    """The comments on a message, oldest first."""
    rows = tx.execute(select(comments).where(comments.c.message_id == id).order_by(comments.c.id))
    for row in rows:
        yield Comment(row.said_at, row.actor, tx.keys.open(row.text, f"comment:{id}").decode())
