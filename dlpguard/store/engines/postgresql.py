"""PostgreSQL (15 or later, psycopg 3): one database that several machines share.

Every transaction that writes is SERIALIZABLE: the protocol of DESIGN 4 was written and tested for
one writer, and this is the isolation level at which any number of them behave as one.  What
PostgreSQL then refuses (40001) is run again.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy
from psycopg import errors
from psycopg.abc import Buffer
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import URL, Connection, Engine, Table, event, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from dlpguard.errors import ConfigurationError
from dlpguard.store.engines.problems import Problem

WRITERS = 4
"""Transactions at a time of one process.  A commit waits for the disk and for the network; more of
them wait for the same rows."""

CONNECTIONS = 24
"""Of one process at most: writers, readers, and large bodies on their way."""

OLDEST = 150000
"""PostgreSQL 15."""

_OPTIONS = {
    "synchronous_commit": "on",  # a commit is on the disk before it is answered
    "timezone": "UTC",
    "client_encoding": "UTF8",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "20s",  # a node that hangs holds up nobody
}
"""What must not depend on how a server happens to be set up."""

_UPGRADE_LOCK = 0x646C7067
"""The number of the advisory lock that whoever changes the schema holds ("dlpg")."""

_BUSY = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    # Somebody else was first with a row that was not there when we looked, or removed one that was.
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
)
_GOING = (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow)
_FULL = ("53", "55", "57", "58")
"""Classes of SQLSTATE: no resources, not in this state, somebody intervened, the disk failed."""
_CLOCK = text("SELECT extract(epoch FROM clock_timestamp())::float8")


class _Text(StrDumperUnknown):
    """PostgreSQL's text has no NUL.  Nothing that we store has one either, so whoever asks for one
    (it may stand in an address of the site) finds nothing, as with the other databases."""

    def dump(self, obj: str) -> Buffer | None:
        """With what Unicode has for what cannot be shown in its place."""
        return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))


class Postgresql:
    """The shared database (`engines.Kind`)."""

    writers = WRITERS
    is_shared = True

    def engine(self, url: URL, base: Path, clock: Callable[[], float] | None) -> Engine:
        """An engine with a pool.  Nothing is opened yet."""
        del base
        if not url.database:
            raise ConfigurationError(
                'store.url: names no database; an example is "postgresql://host/dlpguard"'
            )
        engine = sqlalchemy.create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,  # an error's text goes into logs
            isolation_level="SERIALIZABLE",
            pool_size=WRITERS * 2,
            max_overflow=CONNECTIONS - WRITERS * 2,
            pool_use_lifo=True,
            connect_args={
                "application_name": "dlpguard",
                "connect_timeout": 5,
                "options": " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items()),
            },
        )

        def prepare(connection: psycopg.Connection, record: ConnectionPoolEntry) -> None:
            record.info["clock"] = clock
            connection.adapters.register_dumper(str, _Text)
            found = connection.info.server_version
            if found < OLDEST:
                raise ConfigurationError(
                    f"store.url: this is PostgreSQL {found // 10000}; dlpguard needs 15 or later"
                )
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise ConfigurationError(
                    f"store.url: the database's encoding is {encoding}; dlpguard needs UTF8: "
                    "createdb --encoding UTF8 --template template0"
                )

        event.listen(engine, "connect", prepare)
        return engine

    @contextmanager
    def writing(self, connection: Connection) -> Iterator[None]:
        """A serializable transaction."""
        connection.info.pop("began", None)
        with connection.begin():
            yield

    @contextmanager
    def reading(self, connection: Connection) -> Iterator[None]:
        """A snapshot; it never has to be run again."""
        connection.info.pop("began", None)
        snapshot = connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        with snapshot.begin():
            yield

    def now(self, connection: Connection) -> float:
        """The server's clock, asked once a transaction: one clock for all nodes."""
        info = connection.info
        if info["clock"]:
            return float(info["clock"]())
        if "began" not in info:
            info["began"] = connection.execute(_CLOCK).scalar_one() - time.monotonic()
        return float(info["began"] + time.monotonic())

    def insert(self, table: Table) -> Insert:
        """Its `ON CONFLICT`."""
        return insert(table)

    def problem(self, error: BaseException) -> Problem:
        """By SQLSTATE (PostgreSQL documentation, appendix A)."""
        original = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(original, _BUSY):
            return Problem.AGAIN
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        if lost or isinstance(original, _GOING):
            return Problem.LOST
        if isinstance(original, psycopg.Error) and (original.sqlstate or "").startswith(_FULL):
            return Problem.LATER
        if isinstance(original, psycopg.OperationalError):  # not reachable, starting up
            return Problem.LOST
        return Problem.OURS

    def disk_failure(self, number: int) -> Exception:
        """As the server reports it (58030, 53100)."""
        return {errno.EIO: errors.IoError, errno.ENOSPC: errors.DiskFull}[number]("the disk failed")

    def ticket(self, connection: Connection) -> str:
        """The transaction's number."""
        return str(connection.execute(text("SELECT pg_current_xact_id()::text")).scalar_one())

    def was_committed(self, engine: Engine, ticket: str) -> bool | None:
        """Asks the server, once it is there again."""
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT pg_xact_status(CAST(:id AS text)::xid8)"), {"id": ticket}
            ).scalar()
        return None if found == "in progress" else found == "committed"

    @contextmanager
    def alone(self, connection: Connection) -> Iterator[None]:
        """Two nodes that start at once make one schema: the second must see what the first made
        while it waited, so this is no snapshot."""
        with connection.execution_options(isolation_level="READ COMMITTED").begin():
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UPGRADE_LOCK}
            )
            yield

    def truncate_log(self, engine: Engine) -> bool:
        """Nothing here: its log is archived and replicated; the epoch keys erase what it holds."""
        del engine
        return True
