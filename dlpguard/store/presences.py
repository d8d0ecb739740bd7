"""Who is running on this database, and who died of those that were.

Beside an embedded database there is one `serve`, which a locked file says.  On a shared one there
are many nodes: each has a row that it renews, and a lock that the server gives up with the node's
connection.  A node whose lock is free and whose row is old, or whose process is gone from this
machine, is dead: its leases and open attempts are ended at once, not when their time is over.
"""

from __future__ import annotations

import fcntl
import os
import secrets as random_source
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy
from sqlalchemy import Connection, Engine, delete, select, text

from dlpguard import __version__
from dlpguard.errors import ConfigurationError
from dlpguard.store import engines, shelves, work
from dlpguard.store.schema import nodes
from dlpguard.store.shelves import Files
from dlpguard.store.transaction import Transaction

BEAT_SECONDS = 10.0
"""How often a node says that it is there."""

DEAD_SECONDS = 45.0
"""How long a node has said nothing before it can be dead: after a restart of the database all locks
are free for a moment, and nobody may be buried for that."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a node says of itself: its roles, and what the next hop offered it last (SMTP's
    keywords; () where it does not know)."""

    roles: tuple[str, ...]
    next_hop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the others see it; times in seconds since 1970."""

    name: str
    started_at: float
    seen_at: float
    version: str
    roles: tuple[str, ...]


class Presence(Protocol):
    """This process among those that use the database."""

    name: str
    """By which leases and attempts say whose they are."""

    def beat(self, tx: Transaction, card: Card) -> None:
        """Say that we are there; every `BEAT_SECONDS`."""

    def hold(self) -> None:
        """Make sure that we have our lock still.  Blocks."""

    def is_steady(self) -> bool:
        """Whether we have had our lock for `DEAD_SECONDS`: before, the silence of others may be
        that of a database that was away."""

    def end(self) -> None:
        """Be nobody any more."""


def begin(engine: Engine, installation: str) -> Presence:
    """Be there.  `ConfigurationError` when another `serve` uses an embedded database."""
    if engines.of(engine).is_shared:
        return _Node(engine)
    shelf = shelves.of(engine)
    assert isinstance(shelf, Files)
    return _Only(installation, shelf.directory / "serve.lock")


def bury(tx: Transaction, *, is_steady: bool = True) -> tuple[str, ...]:
    """End the leases and attempts of nodes that are dead; returns their names.

    Who is not steady (`Presence`) buries only who is gone from its own machine.  Nothing where the
    database is embedded: who starts does it for the one before.
    """
    if not engines.of(tx.connection.engine).is_shared:
        return ()
    silent = tx.now() - DEAD_SECONDS
    known = tx.execute(select(nodes.c.name, nodes.c.seen_at)).all()
    suspects = [
        node.name for node in known if (is_steady and node.seen_at < silent) or _is_gone(node.name)
    ]
    dead = tuple(name for name in suspects if _is_free(tx.connection, name))
    for name in dead:
        work.recover(tx, name)
        tx.execute(delete(nodes).where(nodes.c.name == name))
    return dead


def present(tx: Transaction) -> tuple[Node, ...]:
    """The nodes on a shared database, dead ones that nobody has buried yet among them."""
    rows = tx.execute(select(nodes).order_by(nodes.c.name))
    return tuple(
        Node(row.name, row.started_at, row.seen_at, row.version, tuple(row.roles.split()))
        for row in rows
    )


def next_hop(tx: Transaction) -> tuple[str, ...] | None:
    """What the next hop offered the node that looked last; None where none has."""
    offered = tx.execute(
        select(nodes.c.next_hop)
        .where(nodes.c.next_hop.is_not(None))
        .order_by(nodes.c.seen_at.desc())
        .limit(1)
    ).scalar()
    return tuple(offered.split()) if offered else None


class _Only:
    """The one `serve` on an embedded database.

    Whoever gets the lock knows that the process that had it before is dead: the kernel releases it
    with the process.
    """

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise ConfigurationError(
                f"another dlpguard serve uses this database ({file} is locked); stop it first"
            ) from None

    def beat(self, tx: Transaction, card: Card) -> None:
        """Nobody asks."""

    def hold(self) -> None:
        """The kernel does."""

    def is_steady(self) -> bool:
        """Always: there is nobody else."""
        return True

    def end(self) -> None:
        """Give up the lock."""
        os.close(self._descriptor)


class _Node:
    """One of many; its name is never used again."""

    def __init__(self, engine: Engine) -> None:
        self.name = f"{_machine()}-{os.getpid()}-{random_source.token_hex(4)}"
        self._engine = engine
        self._lock: Connection | None = None
        self._since = 0.0
        self.hold()

    def beat(self, tx: Transaction, card: Card) -> None:
        """Renew, or make, our row."""
        now = tx.now()
        ours = {
            "seen_at": now,
            "version": __version__,
            "roles": " ".join(card.roles),
            "next_hop": " ".join(card.next_hop) or None,
        }
        made = tx.upsert(nodes).values(name=self.name, started_at=now, **ours)
        tx.execute(made.on_conflict_do_update(index_elements=[nodes.c.name], set_=ours))

    def hold(self) -> None:
        """Our lock lasts as long as its connection; a new connection takes it again."""
        try:
            if self._lock is None:
                self._lock = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                self._lock.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _key(self.name)})
                self._since = time.monotonic()
            else:
                self._lock.execute(text("SELECT 1"))
        except sqlalchemy.exc.DBAPIError:
            lost, self._lock = self._lock, None
            if lost is not None:
                lost.invalidate()
                lost.close()
            raise

    def is_steady(self) -> bool:
        """By our own clock: the server's may have been set while it was away."""
        return self._lock is not None and time.monotonic() - self._since > DEAD_SECONDS

    def end(self) -> None:
        """Our leases are given back by whoever works; what is left of us is buried by another."""
        if self._lock is not None:
            self._lock.invalidate()  # not back into the pool with its lock
            self._lock.close()


def _is_free(connection: Connection, name: str) -> bool:
    free = connection.execute(
        text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _key(name)}
    ).scalar()
    return bool(free)


def _is_gone(name: str) -> bool:
    """Whether a node was a process of this machine, and there is none of that number now."""
    machine, pid, _ = name.rsplit("-", 2)
    return machine == _machine() and not Path("/proc", pid).exists()


def _machine() -> str:
    return socket.gethostname()[:50]


def _key(name: str) -> int:
    """The number of a node's lock: eight random figures that its name ends with, and a mark."""
    return 0x646C7067 << 32 | int(name.rpartition("-")[2], 16)
