"""What is done now and then, by whichever node comes first: reminders, digests, a look at a budget.

A row for each says when it was done last.  Who changes the row in their transaction does it in the
same one, so of several nodes one does, and after a crash it is done or it is still to be done.
"""

from __future__ import annotations

from sqlalchemy import or_, select

from dlpguard.store.database import Transaction
from dlpguard.store.schema import rounds


def is_due(tx: Transaction, name: str, since: float) -> bool:
    """Whether nobody has done it since that moment; seconds since 1970."""
    done = tx.execute(select(rounds.c.done_at).where(rounds.c.name == name)).scalar()
    # A time to come was written by a clock that was wrong, and would wait for it.
    return done is None or done < since or done > tx.now()


def begin(tx: Transaction, name: str, since: float) -> bool:
    """Whether it is ours to do, in this transaction: nobody has done it since that moment."""
    now = tx.now()
    new = tx.upsert(rounds).values(name=name, done_at=now)
    old = or_(rounds.c.done_at < since, rounds.c.done_at > now)
    ours = new.on_conflict_do_update(index_elements=["name"], set_={"done_at": now}, where=old)
    # Asked for by name: of an insert, only some drivers say how many rows it changed.
    return tx.execute(ours.returning(rounds.c.name)).scalar() is not None
