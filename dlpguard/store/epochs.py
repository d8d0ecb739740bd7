"""Epoch keys over time: made, used for a week, needed for a while, destroyed.

Destroying an epoch key after the longest retention erases what the write-ahead log and backups
still hold: every byte that was sealed under it becomes noise, wherever a copy lies.  What lives
longer than that (the audit, decisions, contents kept for an incident, a message that waits) is
sealed again under the current epoch before, so nothing that is still kept is ever lost.

The database knows which epochs it was used with.  A key file without one of them is not the newest
copy, or the database is an old one: that is told at the start, before anything is accepted.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Row,
    Table,
    bindparam,
    func,
    select,
    tuple_,
    update,
)

from dlpguard.errors import ConfigurationError
from dlpguard.store import audit, schema, secrets
from dlpguard.store.audit import OURSELVES
from dlpguard.store.database import Transaction
from dlpguard.store.secrets import Keyring

if TYPE_CHECKING:
    from dlpguard.store.opening import Store

UNUSED_SECONDS = 3600.0
"""How long after its last use an epoch is destroyed at the earliest: a body that is sealed, or a
command that runs, may still be on its way into the database."""

CLAIM_SECONDS = 60.0
"""How long the number of a new epoch is kept for the node that is about to add it."""

BATCH = 500
"""Rows that are sealed again in one transaction."""

_NAME = "epochs"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column in which something is sealed: what people call it, and with what it is opened."""

    what: str
    column: Column[Any]
    context: Callable[[Row[Any]], str]
    lasts: bool = False

    @property
    def table(self) -> Table:
        """Where it is."""
        return self.column.table

    @property
    def key(self) -> tuple[Column[Any], ...]:
        """By what its rows are told apart."""
        return tuple(self.table.primary_key.columns)


_m, _r = schema.messages.c, schema.recipients.c

COLUMNS: tuple[Sealed, ...] = (
    Sealed("contents", schema.bodies.c.wrapped_key, lambda row: f"body:{row.id}"),
    Sealed("envelopes", _m.envelope, lambda row: f"envelope:{row.id}"),
    Sealed("header fields", _m.trace, lambda row: f"trace:{row.id}"),
    Sealed("recipients", _r.address, lambda row: f"address:{row.message_id}:{row.position}"),
    Sealed("recipients", _r.dsn, lambda row: f"dsn:{row.message_id}:{row.position}"),
    Sealed("verdicts", schema.verdicts.c.record, lambda row: f"verdict:{row.message_id}"),
    Sealed("reasons", schema.moves.c.reason, lambda row: f"reason:{row.message_id}", lasts=True),
    Sealed("switches of mode", schema.modes.c.reason, lambda row: f"mode:{row.set_at}"),
    Sealed("queue lines", schema.lines.c.said, lambda row: f"line:{row.message_id}"),
    Sealed("comments", schema.comments.c.text, lambda row: f"comment:{row.message_id}"),
    Sealed("approvals", schema.approvals.c.choice, lambda row: f"choice:{row.message_id}"),
    Sealed("alarms", schema.alarms.c.said, lambda row: f"alarm:{row.message_id}"),
    Sealed("emergencies", schema.emergencies.c.reason, lambda row: f"emergency:{row.message_id}"),
    Sealed("emergencies", schema.emergencies.c.found, lambda row: f"looked:{row.message_id}"),
    Sealed("one-time codes", schema.accounts.c.totp_secret, lambda row: f"totp:{row.id}"),
    Sealed("audit entries", schema.audit.c.detail, lambda row: f"audit:{row.id}", lasts=True),
)
"""Every column with something sealed under an epoch key."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch: when it was made, when another took its place, and how much needs it.

    `created` is None for one whose key is not in the file.
    """

    id: int
    created: float | None
    superseded: float | None
    needed: Counter[str]


def overview(tx: Transaction) -> tuple[Epoch, ...]:
    """Every epoch that there is a key of, or something sealed under, oldest first.  Reads all rows
    with something sealed."""
    counted = _needed(tx)
    created = tx.keys.created
    return tuple(
        Epoch(id, created.get(id), _superseded(tx.keys, id), counted.get(id, Counter()))
        for id in sorted({*created, *counted, *listed(tx)})
    )


def unopenable(tx: Transaction) -> Counter[str]:
    """How much is damaged: what its key is there for, and does not open.  Reads all rows."""
    damaged: Counter[str] = Counter()
    for sealed in COLUMNS:
        for row in tx.execute(select(sealed.table).where(sealed.column.is_not(None))):
            value = row._mapping[sealed.column.name]
            if secrets.epoch_of(value) not in tx.keys.epochs:
                continue
            opens = tx.keys.open_lasting if sealed.lasts else tx.keys.open
            try:
                opens(value, sealed.context(row))
            except ConfigurationError:
                damaged[sealed.what] += 1
    return damaged


def rotate(store: Store, actor: str = OURSELVES, *, force: bool = False) -> bool:
    """Add an epoch when the current one is a week old (`force`: at once); whether one was added.

    `ConfigurationError` when another node added it to a key file that is not this one: two keys of
    the same number would each open half of what is sealed under it.
    """

    def may_add(id: int) -> bool:
        claim = partial(_claim, id=id, keys=store.keys)
        return store.database.write_now(claim) if store.database.is_shared else True

    now = store.database.read_now(Transaction.now)
    if not secrets.rotate(store.keys, now, may_add, force=force):
        return False

    def work(tx: Transaction) -> None:
        write_list(tx, {*listed(tx), tx.keys.current})
        audit.record(tx, actor, "rotate", f"epoch {tx.keys.current}")

    store.database.write_now(work)
    return True


def _claim(tx: Transaction, id: int, keys: Keyring) -> bool:
    """Have the number of a new epoch for ourselves; False while another node is about to add it.

    Whoever has the same key file waits for its lock, and finds the epoch in it.
    """
    if id in listed(tx):
        raise ConfigurationError(
            f"{keys.file}: another node has made epoch {id}, and it is not in this file. Nodes "
            "that share a database share one key file: put it where all of them can change it"
        )
    name, now = f"epoch {id}", tx.now()
    claimed = tx.execute(
        select(schema.installation.c.value).where(schema.installation.c.name == name)
    ).scalar()
    if claimed is not None and float(claimed) > now - CLAIM_SECONDS:
        return False
    value = str(now).encode()
    tx.execute(
        tx.upsert(schema.installation)
        .values(name=name, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
    return True


def settle(store: Store) -> None:
    """Finish what a crash interrupted: an epoch that was added, or one that was destroyed.

    For the process that holds the store's lock, at its start.
    """
    known = store.database.read_now(listed)
    for id in sorted(store.keys.epochs):
        if id not in known and id < max(known, default=0):
            secrets.destroy(store.keys, id)
    missing = set(store.keys.epochs) - known
    if missing:
        store.database.write_now(lambda tx: write_list(tx, {*listed(tx), *missing}))


def destroy_old(store: Store) -> tuple[int, ...]:
    """Destroy the epochs whose time has come (`Periods.of_a_key`); returns them."""
    before = store.database.read_now(Transaction.now) - store.periods.of_a_key
    ends = {id: _superseded(store.keys, id) for id in sorted(store.keys.epochs)}
    old = [id for id, end in ends.items() if end is not None and end < before]
    for id in old:
        destroy(store, id)
    return tuple(old)


def destroy(store: Store, id: int, actor: str = OURSELVES, reason: str = "") -> int:
    """Destroy an epoch key; what still needs it is sealed again under the current one before.

    Returns how many fields were.  What cannot be opened, because it was damaged, is lost already;
    the audit says how many.  `ConfigurationError` for the current epoch, and for one that was used
    within the hour.  Of an epoch whose key is gone (a restored copy) only the database is told.
    """
    keys = store.keys
    keys.refresh()
    if id not in keys.epochs and id not in store.database.read_now(listed):
        raise ConfigurationError(f"there is no epoch {id}; see: dlpguard keys list")
    count, damaged = 0, 0
    if id in keys.epochs:
        _must_be_unused(store, id)
        for column in COLUMNS:
            done = _reseal(store, column, id)
            count, damaged = count + done[0], damaged + done[1]
    said = "; ".join((*([f"{damaged} damaged fields lost"] if damaged else []), reason)).strip("; ")

    def work(tx: Transaction) -> None:
        write_list(tx, listed(tx) - {id})
        audit.record(tx, actor, "destroy", f"epoch {id}", said)

    store.database.write_now(work)
    secrets.destroy(keys, id)
    return count


def listed(tx: Transaction) -> set[int]:
    """The epochs that the database was used with, and that were not destroyed.

    Empty when the list was changed by somebody who has not the keys: it decides which keys a start
    destroys (`settle`), and who can write the database must not erase its backups.
    """
    value = tx.execute(
        select(schema.installation.c.value).where(schema.installation.c.name == _NAME)
    ).scalar()
    try:
        ids, proof = msgspec.msgpack.decode(value or b"", type=tuple[list[int], bytes])
    except (msgspec.DecodeError, TypeError):
        return set()
    return set(ids) if proof == _proof(tx.keys, ids) else set()


def write_list(tx: Transaction, ids: set[int]) -> None:
    """Remember which epochs there are."""
    value = msgspec.msgpack.encode((sorted(ids), _proof(tx.keys, sorted(ids))))
    tx.execute(
        tx.upsert(schema.installation)
        .values(name=_NAME, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def _proof(keys: Keyring, ids: list[int]) -> bytes:
    return keys.digest("epochs", *map(str, ids))


def check(known: set[int], keys: Keyring) -> None:
    """`ConfigurationError` when the key file has not all epochs of the database."""
    missing = sorted(known - keys.epochs.keys())
    if missing:
        raise ConfigurationError(
            f"{keys.file}: the key of epoch {missing[0]} is missing"
            f"{f', and {len(missing) - 1} more' if missing[1:] else ''}. Either this is not the "
            "newest copy of the key file: put that in its place; or the database is an old copy: "
            "what those keys sealed is gone; to go on without it, run: "
            f"dlpguard keys destroy {missing[0]}"
        )


def _needed(tx: Transaction) -> dict[int, Counter[str]]:
    counted: dict[int, Counter[str]] = {}
    for sealed in COLUMNS:
        beginning = func.substr(sealed.column, 1, 4, type_=LargeBinary)
        rows = tx.execute(
            select(beginning.label("epoch"), func.count().label("rows"))
            .where(sealed.column.is_not(None))
            .group_by(beginning)
        )
        for row in rows:
            counted.setdefault(secrets.epoch_of(row.epoch), Counter())[sealed.what] += row.rows
    return counted


def _superseded(keys: Keyring, id: int) -> float | None:
    """When another epoch took the place of one; None for the newest."""
    return min((made for other, made in list(keys.created.items()) if other > id), default=None)


def _must_be_unused(store: Store, id: int) -> None:
    since = _superseded(store.keys, id)
    if since is None:
        raise ConfigurationError(
            f"epoch {id} is in use; run dlpguard keys rotate, and destroy it an hour later"
        )
    wait = since + UNUSED_SECONDS - store.database.read_now(Transaction.now)
    if wait > 0:
        raise ConfigurationError(
            f"epoch {id} was in use until a moment ago; destroy it in {wait / 60:.0f} minutes"
        )


def _reseal(store: Store, sealed: Sealed, epoch: int) -> tuple[int, int]:
    """Seal a column's fields again; how many there were, and how many were damaged.

    Found while others write, and changed in short transactions.
    """
    after: tuple[Any, ...] | None = None
    count = damaged = 0
    while found := store.database.read_now(partial(_find, sealed=sealed, epoch=epoch, after=after)):
        after = found[-1]
        work = partial(_again, sealed=sealed, epoch=epoch, found=found)
        done, lost = store.database.write_now(work)
        count, damaged = count + done, damaged + lost
    return count, damaged


def _find(
    tx: Transaction, sealed: Sealed, epoch: int, after: tuple[Any, ...] | None
) -> list[tuple[Any, ...]]:
    """The keys of the next rows that need an epoch."""
    key = sealed.key
    query = select(*key).where(_under(sealed, epoch)).order_by(*key).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*key) > after)
    return [tuple(row) for row in tx.execute(query)]


def _again(
    tx: Transaction, sealed: Sealed, epoch: int, found: list[tuple[Any, ...]]
) -> tuple[int, int]:
    # From the first to the last, which an index finds; a list of pairs it would not.
    key = tuple_(*sealed.key)
    these = (key >= found[0], key <= found[-1], _under(sealed, epoch))
    rows = tx.execute(select(sealed.table).where(*these)).all()
    changes: list[dict[str, Any]] = []
    for row in rows:
        value = row._mapping[sealed.column.name]
        with contextlib.suppress(ConfigurationError):  # damaged: counted
            fresh = tx.keys.reseal(value, sealed.context(row), lasts=sealed.lasts)
            mine = {f"its_{column.name}": row._mapping[column.name] for column in sealed.key}
            changes.append(mine | {"fresh": fresh})
    if changes:
        its = [column == bindparam(f"its_{column.name}") for column in sealed.key]
        change = update(sealed.table).where(*its)
        tx.execute(change.values({sealed.column.name: bindparam("fresh")}), changes)
    return len(changes), len(rows) - len(changes)


def _under(sealed: Sealed, epoch: int) -> ColumnElement[bool]:
    return func.substr(sealed.column, 1, 4, type_=LargeBinary) == secrets.mark(epoch)
