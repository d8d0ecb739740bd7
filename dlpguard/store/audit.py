"""The audit: what people did and looked at, and what dlpguard did by itself, as a chain.

Every entry carries a keyed digest over itself and the digest of the entry before, and the head, in
a row of its own, says which entry is the last: whoever changes, removes, adds or reorders entries
without the key file is found out (`store.verification`).  What was said is encrypted; the digest
is over the encrypted bytes, so it can be verified after keys were destroyed.  The one sealer is
whoever has locked the head's row: entries are sealed in the transaction that does what they tell.

Restoring the whole database as it was once cannot be seen from inside; `checkpoint` is for that:
kept elsewhere, it says how long the chain was.

Moves of messages are a table of their own, sealed in batches (`store.batches`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select

from dlpguard.errors import KeyDestroyedError, NotFoundError
from dlpguard.store.database import Transaction
from dlpguard.store.periods import DAY
from dlpguard.store.schema import audit, installation
from dlpguard.store.secrets import Keyring, lasting

OURSELVES = "dlpguard"
"""Who acted, where nobody did."""

BOOKKEEPING = ("moves", "retired", "cut")
"""Acts that seal what happened elsewhere: nothing that a person would read the audit for."""

_HEAD = "audit"
_THROUGH = re.compile(r"\(by token [^()]{1,80}\)\Z")


@dataclass(frozen=True, slots=True)
class Seal:
    """What a batch of moves looked like: its number (0: the entry's own), how many, their digest.

    In an entry `cut`: the last entry that was removed, and its digest.
    """

    batch: int
    rows: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: who, what ("release", "show"), on which message, when, and what they said."""

    acted_at: float
    actor: str
    act: str
    subject: str
    detail: str = field(default="", repr=False)
    number: int = 0
    seals: tuple[Seal, ...] = ()
    mac: bytes = b""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries somebody looks for: by whom, which acts, about what (the beginning is enough),
    from a time and until before another.  What is empty, or 0.0, does not matter.
    """

    actor: str = ""
    acts: tuple[str, ...] = ()
    about: str = ""
    since: float = 0.0
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and digest."""

    number: int
    mac: bytes


def record(
    tx: Transaction,
    actor: str,
    act: str,
    subject: str,
    detail: str = "",
    seals: Iterable[Seal] = (),
) -> int:
    """Add an entry, in the transaction that does what it tells.  Returns its number.

    Where somebody acts through something (`Transaction.through`), the detail ends with it.
    """
    detail = " ".join(filter(None, (detail, by(tx))))
    last = head(tx, lock=True)
    if last is None:
        # Somebody removed or changed the head.  Mail and decisions go on; the chain says so for
        # good, or the next entry would hide what was cut off with it.
        row = tx.execute(select(audit.c.id, audit.c.mac).order_by(audit.c.id.desc()).limit(1))
        found = row.first()
        last = Head(found.id, found.mac or b"") if found else Head(0, b"")
        last = _append(tx, last, OURSELVES, "broken", "the head", "", ())
    return _append(tx, last, actor, act, subject, detail, tuple(seals)).number


def by(tx: Transaction) -> str:
    """What details of entries end with that somebody makes through something: "(by token NAME)"."""
    return f"(by {tx.through})" if tx.through else ""


def note_policies(tx: Transaction, digest: str, what: str) -> None:
    """Say which policies are in force from now on, by their digest; once until others are."""
    before = tx.execute(
        select(audit.c.subject).where(audit.c.act == "in-force").order_by(audit.c.id.desc())
    ).scalar()
    if before != digest:
        record(tx, OURSELVES, "in-force", digest, what)


def begin(tx: Transaction) -> None:
    """Start the chain of a new store."""
    write_head(tx, Head(0, b""))


def entries(tx: Transaction, subject: str = "", *, everything: bool = False) -> Iterator[Entry]:
    """Entries, oldest first; with `subject` those about one message.

    Without `everything` those by which dlpguard only seals what happened elsewhere are left out.
    """
    query = select(audit).order_by(audit.c.id)
    if subject:
        query = query.where(audit.c.subject == subject)
    if not everything:
        query = query.where(audit.c.act.not_in(BOOKKEEPING))
    for row in tx.execute(query):
        yield _entry(tx, row)


def newest(tx: Transaction, wanted: Wanted, limit: int, before: int = 0) -> tuple[Entry, ...]:
    """So many entries that are wanted, the newest first; with `before` those older than that one.

    Those by which dlpguard only seals what happened elsewhere are left out.
    """
    query = select(audit).where(audit.c.act.not_in(BOOKKEEPING))
    if before:
        query = query.where(audit.c.id < before)
    if wanted.actor:
        query = query.where(func.lower(audit.c.actor) == wanted.actor.casefold())
    if wanted.acts:
        query = query.where(audit.c.act.in_(wanted.acts))
    if wanted.about:
        begins = func.upper(audit.c.subject).startswith(wanted.about.upper(), autoescape=True)
        query = query.where(begins)
    if wanted.since:
        query = query.where(audit.c.acted_at >= wanted.since)
    if wanted.until:
        query = query.where(audit.c.acted_at < wanted.until)
    rows = tx.execute(query.order_by(audit.c.id.desc()).limit(limit))
    return tuple(_entry(tx, row) for row in rows)


def complete(tx: Transaction, beginning: str) -> str:
    """The one subject of entries that begins like this, small letters or capitals.

    `NotFoundError` when there is none, or more than one.
    """
    upper = func.upper(audit.c.subject)
    found = tx.execute(
        select(audit.c.subject)
        .where(
            upper.startswith(beginning.upper(), autoescape=True),
            audit.c.act.not_in(BOOKKEEPING),
        )
        .distinct()
        .order_by(audit.c.subject)
        .limit(2)
    ).scalars()
    subjects = tuple(found)
    if len(subjects) == 1 or (subjects and subjects[0].upper() == beginning.upper()):
        return str(subjects[0])
    if subjects:
        raise NotFoundError(f"the audit has more than one subject that begins with {beginning}")
    raise NotFoundError(f"the audit has nothing about {beginning}; see: dlpguard audit show")


def head(tx: Transaction, *, lock: bool = False) -> Head | None:
    """The last entry; None when the head is missing or was changed."""
    query = select(installation.c.value).where(installation.c.name == _HEAD)
    value = tx.execute(query.with_for_update() if lock else query).scalar()
    try:
        number, mac, proof = msgspec.msgpack.decode(value or b"", type=tuple[int, bytes, bytes])
    except (msgspec.DecodeError, TypeError):
        return None
    found = Head(number, mac)
    return found if proof == _proof(tx.keys, found) else None


def mac_of(keys: Keyring, previous: bytes, row: Row[Any]) -> bytes:
    """The digest that chains an entry's row to the entry before."""
    values = (row.id, row.acted_at, row.actor, row.act, row.subject)
    return _mac(keys, previous, values, row.detail, row.seals)


def seals_of(row: Row[Any]) -> tuple[Seal, ...]:
    """What an entry's row says about batches.  `msgspec.DecodeError` when it was changed."""
    if row.seals is None:
        return ()
    return tuple(
        Seal(*one) for one in msgspec.msgpack.decode(row.seals, type=list[tuple[int, int, bytes]])
    )


def write_head(tx: Transaction, last: Head) -> None:
    """Say which entry is the last."""
    value = msgspec.msgpack.encode((last.number, last.mac, _proof(tx.keys, last)))
    tx.execute(
        tx.upsert(installation)
        .values(name=_HEAD, value=value)
        .on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )


def _append(
    tx: Transaction,
    last: Head,
    actor: str,
    act: str,
    subject: str,
    detail: str,
    seals: tuple[Seal, ...],
) -> Head:
    newest = tx.execute(select(func.max(audit.c.id))).scalar() or 0
    number = max(last.number, newest) + 1  # beyond what somebody may have added
    sealed = tx.keys.seal_lasting(detail.encode(), f"audit:{number}") if detail else None
    packed = msgspec.msgpack.encode([(s.batch, s.rows, s.digest) for s in seals]) if seals else None
    values = (number, tx.now(), actor, act, subject)
    mac = _mac(tx.keys, last.mac, values, sealed, packed)
    tx.execute(
        insert(audit).values(
            **dict(zip(("id", "acted_at", "actor", "act", "subject"), values, strict=True)),
            detail=sealed,
            seals=packed,
            mac=mac,
        )
    )
    written = Head(number, mac)
    write_head(tx, written)
    return written


def _mac(
    keys: Keyring,
    previous: bytes,
    values: tuple[object, ...],
    detail: bytes | None,
    seals: bytes | None,
) -> bytes:
    said = lasting(detail) if isinstance(detail, bytes) else detail
    return keys.digest("audit", previous, msgspec.msgpack.encode((*values, said, seals)))


def _proof(keys: Keyring, last: Head) -> bytes:
    return keys.digest("audit head", str(last.number), last.mac)


def _entry(tx: Transaction, row: Row[Any]) -> Entry:
    return Entry(
        row.acted_at,
        row.actor,
        row.act,
        row.subject,
        _said(tx.keys, row),
        row.id,
        seals_of(row),
        row.mac or b"",
    )


def _said(keys: Keyring, row: Row[Any]) -> str:
    if row.detail is None:
        return ""
    try:
        return keys.open_lasting(row.detail, f"audit:{row.id}").decode()
    except KeyDestroyedError:
        return "(its key was destroyed)"


def last(tx: Transaction, actor: str, act: str, subject: str) -> float:
    """When somebody did this to this last, there or through the same thing (`Transaction.through`);
    0.0 when not in the last day."""
    rows = tx.execute(
        select(audit)
        .where(
            audit.c.actor == actor,
            audit.c.act == act,
            audit.c.subject == subject,
            audit.c.acted_at > tx.now() - DAY,
        )
        .order_by(audit.c.id.desc())
    )
    for row in rows:
        said = _said(tx.keys, row)
        if said.endswith(by(tx)) if tx.through else not _THROUGH.search(said):
            return float(row.acted_at)
    return 0.0
