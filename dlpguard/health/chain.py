"""The audit: whether it goes on, was found changed, and when somebody verified it last."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import ago
from dlpguard.store import audit
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import audit as entries
from dlpguard.store.schema import moves

VERIFIED = "verify audit"
"""The act by which the site records that somebody verified it."""

UNSEALED_SECONDS = 3600.0
"""Moves are sealed every ten minutes."""

UNVERIFIED_SECONDS = 31 * 86400.0
"""Somebody should look once a month."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether entries are sealed as they should be, and when they were verified."""
    del around
    yield from store.database.read_now(lambda tx: (_sealed(tx), _verified(tx)))


def _sealed(tx: Transaction) -> Line:
    about = "Record of what was done"
    verify = "An auditor should verify it (Audit log), or run: dlpguard audit verify"
    if audit.head(tx) is None:
        return Line(about, Level.BROKEN, "Its end is missing, or was changed.", verify)
    if _last(tx, "broken") is not None:
        return Line(about, Level.BROKEN, "It was found changed.", verify)
    oldest = tx.execute(
        select(func.min(moves.c.moved_at)).where(moves.c.sealed_in.is_(None))
    ).scalar()
    sealed = _last(tx, "moves")
    said = f"Sealed last {ago(sealed - tx.now())}." if sealed else "Nothing has been sealed yet."
    if oldest is not None and tx.now() - oldest > UNSEALED_SECONDS:
        advice = "Sealing is done every ten minutes where dlpguard runs. See its log."
        return Line(about, Level.LOOK, said, advice)
    return Line(about, Level.FINE, said)


def _verified(tx: Transaction) -> Line:
    about = "Verification of the record"
    at = _last(tx, VERIFIED)
    begun = tx.execute(select(func.min(entries.c.acted_at))).scalar() or tx.now()
    said = f"Verified last {ago(at - tx.now())}." if at else "Nobody has verified it here yet."
    if tx.now() - (at or begun) > UNVERIFIED_SECONDS:
        return Line(
            about, Level.LOOK, said, "An auditor should verify it once a month (Audit log)."
        )
    return Line(about, Level.FINE, said)


def _last(tx: Transaction, act: str) -> float | None:
    newest = select(func.max(entries.c.acted_at)).where(entries.c.act == act)
    at = tx.execute(newest).scalar()
    return None if at is None else float(at)
