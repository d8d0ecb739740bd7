"""SQLite: one file beside the program, one writer, nothing to administrate."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, Table, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from dlpguard.errors import ConfigurationError
from dlpguard.store.engines.problems import Problem

BUSY_SECONDS = 10
"""How long to wait for another process that writes (the command line, a backup)."""

LOG_MILLISECONDS = 1000
"""How long emptying the log may wait for readers: writers wait meanwhile."""

_DISK = {
    errno.EIO: ("SQLITE_IOERR", "disk I/O error"),
    errno.ENOSPC: ("SQLITE_FULL", "database or disk is full"),
}


class Sqlite:
    """The embedded database (`engines.Kind`)."""

    writers = 1
    is_shared = False

    def engine(self, url: URL, base: Path, clock: Callable[[], float] | None) -> Engine:
        """An engine; it has no clock of its own, and shares its machine with all who use it."""
        if not url.database:
            raise ConfigurationError(
                "store.url: names no file; mail would be lost with the process"
            )
        engine = sqlalchemy.create_engine(
            url.set(database=str(base / url.database)),
            hide_parameters=True,  # an error's text goes into logs
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )

        def prepare(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
            record.info["clock"] = clock or time.time
            _prepare(connection)

        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def writing(self, connection: Connection) -> Iterator[None]:
        """A transaction that has the lock from its first statement."""
        connection.info["immediate"] = True
        try:
            transaction = connection.begin()
        finally:
            connection.info["immediate"] = False
        with transaction:
            yield

    @contextmanager
    def reading(self, connection: Connection) -> Iterator[None]:
        """A transaction that sees one moment (WAL) and is in nobody's way."""
        with connection.begin():
            yield

    def now(self, connection: Connection) -> float:
        """This machine's clock."""
        clock: Callable[[], float] = connection.info["clock"]
        return clock()

    def insert(self, table: Table) -> Insert:
        """Its `ON CONFLICT`."""
        return insert(table)

    def problem(self, error: BaseException) -> Problem:
        """A full disk, a lock, an I/O error: later."""
        is_so = isinstance(error, (OperationalError, sqlite3.OperationalError))
        return Problem.LATER if is_so else Problem.OURS

    def disk_failure(self, number: int) -> Exception:
        """As the library reports it."""
        name, said = _DISK[number]
        error = sqlite3.OperationalError(said)
        error.sqlite_errorname = name
        return error

    def ticket(self, connection: Connection) -> str:
        """None: a commit in this process answers or raises."""
        del connection
        return ""

    def was_committed(self, engine: Engine, ticket: str) -> bool | None:
        """Nothing is in doubt: what raised was not."""
        del engine, ticket
        return False

    def alone(self, connection: Connection) -> AbstractContextManager[None]:
        """A writer is alone."""
        return self.writing(connection)

    def truncate_log(self, engine: Engine) -> bool:
        """Move what is committed from the write-ahead log into the database and empty the log.

        Deleted rows are overwritten in the database (`secure_delete`), but stand in the log until
        then.  False when somebody is reading or writing.  Blocks for a second at most.
        """
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {LOG_MILLISECONDS}")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            cursor.close()
        finally:
            connection.close()
        return not busy


def _prepare(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's guesses
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit is on the disk before it is answered
        "foreign_keys = ON",
        "secure_delete = ON",  # what retention removes is overwritten
        "temp_store = MEMORY",  # what a savepoint may need again: no file for each message
        # With a million messages kept every message is at pages of its own in each index: 32 MB of
        # them are remembered, and 16 MB written once where they were written four times.
        "cache_size = -32000",
        "wal_autocheckpoint = 4000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer says so at once: two that start by reading could not both go on.
    how = "IMMEDIATE" if connection.info.get("immediate") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {how}")
