"""What a database of an older version needs the keys for, once, when it is upgraded."""

from __future__ import annotations

from sqlalchemy import select, update

from dlpguard.store import audit, epochs, schema
from dlpguard.store.audit import OURSELVES, Head
from dlpguard.store.database import Transaction


def adopt(tx: Transaction) -> None:
    """Chain the entries of an audit that was none, and seal what outlives epochs so that it can.

    Only where there is no chain at all: what lost its head later is not made good again here.
    """
    chained = tx.execute(select(schema.audit.c.id).where(schema.audit.c.mac.is_not(None)).limit(1))
    if audit.head(tx) is not None or chained.first():
        return
    epochs.write_list(tx, set(tx.keys.epochs))
    _reasons(tx)
    _entries(tx)


def _reasons(tx: Transaction) -> None:
    moves = schema.moves
    rows = tx.execute(select(moves.c.id, moves.c.message_id, moves.c.reason))
    for row in rows.all():
        if row.reason:
            context = f"reason:{row.message_id}"
            sealed = tx.keys.seal_lasting(tx.keys.open(row.reason, context), context)
            tx.execute(update(moves).where(moves.c.id == row.id).values(reason=sealed))


def _entries(tx: Transaction) -> None:
    table = schema.audit
    last = Head(0, b"")
    for row in tx.execute(select(table).order_by(table.c.id)).all():
        number = last.number + 1  # never more than the row's own, so none is in the way
        sealed = None
        if row.detail:
            sealed = tx.keys.seal_lasting(tx.keys.open(row.detail, "audit"), f"audit:{number}")
        changed = update(table).where(table.c.id == row.id).values(id=number, detail=sealed)
        tx.execute(changed)
        fresh = tx.execute(select(table).where(table.c.id == number)).one()
        last = Head(number, audit.mac_of(tx.keys, last.mac, fresh))
        tx.execute(update(table).where(table.c.id == number).values(mac=last.mac))
    audit.write_head(tx, last)
    audit.record(tx, OURSELVES, "chained", f"{last.number} entries")
