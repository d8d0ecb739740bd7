"""Who may see a message unmasked for now, because they gave a reason."""

from __future__ import annotations

from sqlalchemy import delete, select

from dlpguard.store import audit
from dlpguard.store.database import Transaction
from dlpguard.store.schema import reveals

SECONDS = 3600.0
"""How long a reason is good for: one sitting over one message."""


def reveal(tx: Transaction, message_id: str, account_id: int, actor: str, reason: str) -> None:
    """Show somebody a message unmasked from now on.  The reason is in the audit log for good."""
    audit.record(tx, actor, "reveal", message_id, reason)
    made = tx.upsert(reveals).values(
        message_id=message_id, account_id=account_id, revealed_at=tx.now()
    )
    tx.execute(
        made.on_conflict_do_update(
            index_elements=[reveals.c.message_id, reveals.c.account_id],
            set_={"revealed_at": tx.now()},
        )
    )


def is_revealed(tx: Transaction, message_id: str, account_id: int) -> bool:
    """Whether somebody has given a reason that is still good."""
    at = tx.execute(
        select(reveals.c.revealed_at).where(
            reveals.c.message_id == message_id, reveals.c.account_id == account_id
        )
    ).scalar()
    return at is not None and tx.now() - at < SECONDS


def forget(tx: Transaction) -> None:
    """Remove what is good for nothing any more."""
    tx.execute(delete(reveals).where(reveals.c.revealed_at < tx.now() - SECONDS))
