"""Whether the audit is as it was written: entries, their order, their end, moves, checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, Select, func, select
from sqlalchemy.exc import DBAPIError

from dlpguard.errors import ConfigurationError, KeyDestroyedError
from dlpguard.store import audit, batches, engines
from dlpguard.store.audit import Head, Seal
from dlpguard.store.database import Transaction
from dlpguard.store.schema import audit as entries
from dlpguard.store.schema import moves

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is not as it was written.  `entry` is the number of the first entry concerned."""

    entry: int
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what is wrong with it, the first entry first: what is wrong with
    the chain before what is wrong with the moves, which an entry that was changed may only seem to.

    `since` and `until` are the times of the first and last entry, 0.0 where there is none;
    `unsealed` is how many moves came since the last batch.
    """

    entries: int
    first: int
    last: int
    since: float
    until: float
    moves: int
    unsealed: int
    faults: tuple[Fault, ...]


@dataclass
class _Walk:
    """What is known so far on the way along the chain."""

    last: Head
    first: int = 0
    count: int = 0
    since: float = 0.0
    until: float = 0.0
    batches: dict[int, tuple[int, Seal]] = field(default_factory=dict)
    """By batch: the entry that said last what is in it, and what."""
    hints: dict[int, int | None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, entry: int, what: str) -> None:
        self.faults.append(Fault(entry, what))


def verify(tx: Transaction, checkpoints: Iterable[Head] = ()) -> Report:
    """Go along the whole chain; `checkpoints` are what was written down of it earlier."""
    walk = _Walk(_start(tx))
    start = walk.last
    seen: dict[int, bytes] = {start.number: start.mac}
    wanted = {checkpoint.number for checkpoint in checkpoints}
    for number, row in _each(tx, entries.c.id, select(entries)):
        _entry(tx, walk, number, row)
        if number in wanted:
            seen[number] = walk.last.mac
    _unnumbered(tx, walk)
    _end(tx, walk)
    for checkpoint in checkpoints:
        _compare(walk, start, checkpoint, seen)
    chain, walk.faults = walk.faults, []
    sealed = _moves(tx, walk)
    return Report(
        entries=walk.count,
        first=walk.first,
        last=walk.last.number,
        since=walk.since,
        until=walk.until,
        moves=sealed,
        unsealed=tx.execute(select(func.count()).where(moves.c.sealed_in.is_(None))).scalar_one(),
        faults=(*sorted(chain, key=_place), *sorted(walk.faults, key=_place)),
    )


def _place(fault: Fault) -> int:
    return fault.entry


def _start(tx: Transaction) -> Head:
    """From where the chain goes: nothing, or what the newest entry `cut` says was removed."""
    cut = tx.execute(
        select(entries).where(entries.c.act == "cut").order_by(entries.c.id.desc()).limit(1)
    ).first()
    try:
        seals = audit.seals_of(cut) if cut else ()
    except (msgspec.DecodeError, TypeError):
        seals = ()  # that entry was changed, and is told of when it is met
    return Head(seals[0].batch, seals[0].digest) if seals else Head(0, b"")


def _each(tx: Transaction, key: Any, query: Select[Any]) -> Iterator[tuple[int, Row[Any] | None]]:
    """All rows in the order of a key, page by page; None for one that cannot be read any more."""
    after = None
    while True:
        some = select(key).where(key > after) if after is not None else select(key)
        ids = tx.execute(some.order_by(key).limit(_PAGE)).scalars().all()
        if not ids:
            return
        after = ids[-1]
        page = query.where(key.in_(ids)).order_by(key)
        try:
            rows: dict[int, Row[Any] | None] = {r.id: r for r in tx.execute(page)}
        except DBAPIError:  # text that is no text any more: find out which
            if not _may_be_damage(tx):
                raise
            rows = {id: _one(tx, query.where(key == id)) for id in ids}
        for id in ids:
            yield id, rows.get(id)


def _one(tx: Transaction, query: Select[Any]) -> Row[Any] | None:
    try:
        return tx.execute(query).first()
    except DBAPIError:
        if not _may_be_damage(tx):
            raise
        return None


def _may_be_damage(tx: Transaction) -> bool:
    """Whether somebody may have written what is no value.  A server lets nobody: there it was the
    connection that broke, and whoever reads begins again."""
    return not engines.of(tx.connection.engine).is_shared


def _entry(tx: Transaction, walk: _Walk, number: int, row: Row[Any] | None) -> None:
    walk.count += 1
    walk.first = walk.first or number
    expected = walk.last.number + 1
    if number < expected:
        walk.wrong(number, "was removed by retention, and is there again")
        return
    if number > expected:
        walk.wrong(expected, _missing(expected, number - 1))
    if row is None:
        walk.wrong(number, "cannot be read")
        walk.last = Head(number, b"")
        return
    gap = number > expected
    if not gap and row.mac != audit.mac_of(tx.keys, walk.last.mac, row):
        walk.wrong(number, "is not as it was written, or the one before it is not")
    if isinstance(row.acted_at, float):  # SQLite would give whatever somebody put there
        walk.since = walk.since or row.acted_at
        walk.until = row.acted_at
    walk.last = Head(number, row.mac or b"")
    if row.act == "broken":
        walk.wrong(number, f"says that {row.subject} was found changed")
    _openable(walk, number, "what was said", lambda: _open(tx, row.detail, f"audit:{number}"))
    walk.hints[number] = row.last_seal
    if row.act in {"moves", "retired"}:
        _remember(walk, row)


def _remember(walk: _Walk, row: Row[Any]) -> None:
    try:
        for seal in audit.seals_of(row):
            walk.batches[seal.batch or row.id] = (row.id, seal)
    except (msgspec.DecodeError, TypeError):
        walk.wrong(row.id, "is not as it was written")


def _open(tx: Transaction, sealed: bytes | None, context: str) -> None:
    if sealed is not None:
        tx.keys.open_lasting(sealed, context)


def _openable(walk: _Walk, entry: int, what: str, look: Callable[[], None]) -> None:
    """The key in front of what is sealed is in no digest, because it changes with the epochs."""
    try:
        look()
    except KeyDestroyedError:
        walk.wrong(entry, f"{what} cannot be opened: it names a key that is not in the key file")
    except (ConfigurationError, TypeError):
        walk.wrong(entry, f"{what} cannot be opened: it was changed")


def _missing(first: int, last: int) -> str:
    return "is missing" if first == last else f"to {last} are missing"


def _unnumbered(tx: Transaction, walk: _Walk) -> None:
    """Numbers below the first: SQLite takes any, nought and negative ones too."""
    strange = tx.execute(select(entries.c.id).where(entries.c.id < 1).limit(1)).first()
    if strange:
        walk.wrong(strange.id, "was not written by dlpguard")


def _end(tx: Transaction, walk: _Walk) -> None:
    """That the chain is as long as its head says."""
    head, last = audit.head(tx), walk.last
    if head is None:
        walk.wrong(last.number + 1, "and those after it, if there were any: the head was changed")
    elif head.number > last.number:
        walk.wrong(last.number + 1, _missing(last.number + 1, head.number))
    elif head.number < last.number:
        walk.wrong(head.number + 1, "was not written by dlpguard")
    elif head.mac != last.mac:
        walk.wrong(last.number, "is not the one that was written last")


def _compare(walk: _Walk, start: Head, checkpoint: Head, seen: dict[int, bytes]) -> None:
    number = checkpoint.number
    if number > walk.last.number:
        walk.wrong(walk.last.number + 1, f"{_missing(walk.last.number + 1, number)} (checkpoint)")
    elif number >= start.number and number and seen.get(number) != checkpoint.mac:
        walk.wrong(number, "is not the one of the checkpoint")


def _moves(tx: Transaction, walk: _Walk) -> int:
    """Compare every batch with what was said last about it; returns how many moves there are."""
    count = 0
    known = tx.execute(select(moves.c.sealed_in).where(moves.c.sealed_in.is_not(None)).distinct())
    for batch in sorted(set(known.scalars()) - walk.batches.keys()):
        walk.wrong(batch, "is said to seal moves, and does not")
    for batch, (said_in, seal) in sorted(walk.batches.items()):
        hint = walk.hints.get(batch)
        if hint != (said_in if said_in != batch else None) and batch in walk.hints:
            walk.wrong(batch, "does not name the entry that says what is left of its moves")
        if seal.rows == 0 and seal.digest == batches.digest(tx.keys, ()):
            if _one(tx, select(moves.c.id).where(moves.c.sealed_in == batch)) is not None:
                walk.wrong(batch, "seals moves that were removed, and are there again")
            continue
        try:
            rows = batches.rows_of(tx, batch)
        except DBAPIError:
            if not _may_be_damage(tx):
                raise
            walk.wrong(batch, "seals moves that cannot be read")
            continue
        count += len(rows)
        if (len(rows), batches.digest(tx.keys, rows)) != (seal.rows, seal.digest):
            walk.wrong(batch, _changed(len(rows), seal.rows))
        for row in rows:
            _reason(tx, walk, batch, row)
    return count


def _reason(tx: Transaction, walk: _Walk, batch: int, row: Row[Any]) -> None:
    context = f"reason:{row.message_id}"
    _openable(walk, batch, f"the reason of move {row.id}", lambda: _open(tx, row.reason, context))


def _changed(rows: int, sealed: int) -> str:
    if rows == sealed:
        return f"seals {sealed} moves, and one of them was changed"
    return f"seals {sealed} moves, and there are {rows}"
