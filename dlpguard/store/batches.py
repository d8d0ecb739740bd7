"""Batches of moves: sealed in the audit, and told when retention takes some away.

What runners do is too much for a chain of single entries.  Every so often the moves that nobody
has sealed yet become a batch: each row gets the number of the entry that holds their digest.  When
retention deletes rows, an entry says what is left of their batches; so a row that is missing and
a row that was forgotten can be told apart for as long as the audit is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from dlpguard.store import audit
from dlpguard.store.audit import OURSELVES, Seal
from dlpguard.store.database import Transaction
from dlpguard.store.schema import audit as entries
from dlpguard.store.schema import moves
from dlpguard.store.secrets import Keyring, lasting

BATCH = 1000
"""Moves in a batch at most: a tenth of a second's work, and the smallest thing that can be told to
be wrong."""

_VALUES = 500
"""Values in one statement: SQLite and PostgreSQL both take that many."""


def seal(tx: Transaction) -> int:
    """Seal the moves that are in no batch yet, some of them at a time; returns how many."""
    rows = tx.execute(
        select(moves).where(moves.c.sealed_in.is_(None)).order_by(moves.c.id).limit(BATCH)
    ).all()
    if not rows:
        return 0
    of_them = Seal(0, len(rows), digest(tx.keys, rows))
    number = audit.record(tx, OURSELVES, "moves", f"{rows[0].id}-{rows[-1].id}", seals=(of_them,))
    ids = [row.id for row in rows]
    for start in range(0, len(ids), _VALUES):
        some = ids[start : start + _VALUES]
        tx.execute(update(moves).where(moves.c.id.in_(some)).values(sealed_in=number))
    return len(rows)


def touched(tx: Transaction, messages: Collection[str]) -> tuple[int, ...]:
    """The batches that moves of these messages are in.

    Those that are not any more as they were sealed are told in the audit before anything is
    deleted from them: what retention takes away must not hide what somebody else did.
    """
    found = select(moves.c.sealed_in).where(
        moves.c.message_id.in_(messages), moves.c.sealed_in.is_not(None)
    )
    batches = tuple(sorted(tx.execute(found.distinct()).scalars()))
    for batch in batches:
        if not _is_whole(tx, batch):
            audit.record(tx, OURSELVES, "broken", f"batch {batch}")
    return batches


def retire(tx: Transaction, batches: Iterable[int]) -> None:
    """Seal what is left of batches from which retention has deleted moves."""
    left = [Seal(batch, *_state(tx, batch)) for batch in batches]
    if not left:
        return
    subject = f"{left[0].batch}-{left[-1].batch}"
    number = audit.record(tx, OURSELVES, "retired", subject, seals=left)
    named = [seal.batch for seal in left]
    tx.execute(update(entries).where(entries.c.id.in_(named)).values(last_seal=number))


def digest(keys: Keyring, rows: Iterable[Row[Any]]) -> bytes:
    """The digest of some moves, in the order of their ids, over all that they say."""
    return keys.digest("moves", *(msgspec.msgpack.encode(_values(row)) for row in rows))


def rows_of(tx: Transaction, batch: int) -> list[Row[Any]]:
    """The moves of a batch, in the order of their ids."""
    found = select(moves).where(moves.c.sealed_in == batch).order_by(moves.c.id)
    return list(tx.execute(found).all())


def _values(row: Row[Any]) -> tuple[object, ...]:
    reason = lasting(row.reason) if isinstance(row.reason, bytes) else row.reason
    return (
        row.id,
        row.message_id,
        row.event,
        row.source,
        row.target,
        row.who,
        row.actor,
        reason,
        row.moved_at,
    )


def _state(tx: Transaction, batch: int) -> tuple[int, bytes]:
    rows = rows_of(tx, batch)
    return len(rows), digest(tx.keys, rows)


def _is_whole(tx: Transaction, batch: int) -> bool:
    """Whether a batch is as the newest entry about it says."""
    last = tx.execute(select(entries.c.last_seal).where(entries.c.id == batch)).scalar()
    row = tx.execute(select(entries).where(entries.c.id == (last or batch))).first()
    if row is None:
        return False
    try:
        said = {seal.batch or row.id: seal for seal in audit.seals_of(row)}
    except (msgspec.DecodeError, TypeError):
        return False
    rows, digest_now = _state(tx, batch)
    return batch in said and (said[batch].rows, said[batch].digest) == (rows, digest_now)
