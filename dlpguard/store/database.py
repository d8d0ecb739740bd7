"""The database: opening it, reading it, and the one writer that commits in groups.

A commit costs one fsync whether it holds one message or sixty; so every change is a function of
a connection, handed to one writer thread which runs what is waiting in one transaction, each
inside a savepoint, and answers only after the commit.
"""

from __future__ import annotations

import asyncio
import copy
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Connection, CursorResult, Engine, Table, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from dlpguard import faults
from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.store import schema
from dlpguard.store.periods import USUAL, Periods
from dlpguard.store.secrets import Keyring

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open transaction and the keys: what every function of the store works with."""

    connection: Connection
    keys: Keyring
    changes: list[str] = field(default_factory=list)
    """What it does, for faults before and after its commit (`faults.CHANGES`)."""
    periods: Periods = USUAL
    """How long what is kept is kept."""
    through: str = ""
    """Through what somebody acts who is not there themselves ("token NAME"): the audit says it."""

    def does(self, change: str) -> None:
        """Name what this transaction does."""
        self.changes.append(change)

    def execute(self, *args: Any, **kwargs: Any) -> CursorResult[Any]:
        """Run a statement."""
        return self.connection.execute(*args, **kwargs)

    def upsert(self, table: Table) -> Insert:
        """An insert that can say `ON CONFLICT`: the engines have it, standard SQL has not."""
        return _UPSERT[self.connection.dialect.name](table)

    def now(self) -> float:
        """The time by the database's clock, in seconds since 1970: one clock for all nodes.

        SQLite has none of its own; it shares its machine with everybody who uses it.
        """
        clock: Callable[[], float] = self.connection.info["clock"]
        return clock()


_UPSERT: dict[str, Callable[[Table], Insert]] = {"sqlite": insert}

Work = Callable[[Transaction], T]
"""A change: runs inside a transaction, may run again after a rollback, touches nothing else."""

GROUP = 64
"""Changes in one commit at most.  Measured: twenty in a group are eleven times as fast as one by
one; beyond sixty nothing is gained and the first has to wait for the last."""

BUSY_SECONDS = 10
"""How long to wait for another process that writes (the command line, a backup)."""

LOG_MILLISECONDS = 1000
"""How long emptying the log may wait for readers: writers wait meanwhile."""


class Database:
    """One open database.  `write` commits durably before it answers; `read` sees what is committed.

    A full disk or a locked database raises `TemporaryError`; nothing of that change is kept.
    """

    def __init__(self, engine: Engine, keys: Keyring, periods: Periods = USUAL) -> None:
        self._engine = engine
        self._keys = keys
        self._periods = periods
        self._readers = ThreadPoolExecutor(4, "database-read")
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run, name="database-write", daemon=True)
        self._closed = threading.Event()
        self._through = ""
        self._writer.start()

    def through(self, what: str) -> Database:
        """The same database, for somebody who acts through something (`Transaction.through`)."""
        same = copy.copy(self)
        same._through = what
        return same

    async def write(self, work: Work[T]) -> T:
        """Run a change in the next group and return its result once that is committed."""
        return await asyncio.wrap_future(self._submit(work))

    def write_now(self, work: Work[T]) -> T:
        """The same for callers without an event loop."""
        return self._submit(work).result()

    async def read(self, work: Work[T]) -> T:
        """Run a query on committed data."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    def read_now(self, work: Work[T]) -> T:
        """The same for callers without an event loop."""
        try:
            with self._engine.connect() as connection, connection.begin():
                return work(
                    Transaction(
                        connection, self._keys, periods=self._periods, through=self._through
                    )
                )
        except OperationalError as error:
            raise _temporary(error) from None

    def truncate_log(self) -> bool:
        """Move what is committed from the write-ahead log into the database and empty the log.

        Deleted rows are overwritten in the database (`secure_delete`), but stand in the log until
        then.  False when somebody is reading or writing: try again later.  Blocks for a second at
        most.
        """
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {LOG_MILLISECONDS}")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            cursor.close()
        finally:
            connection.close()
        return not busy

    def close(self) -> None:
        """Commit what is waiting and close."""
        if not self._closed.is_set():
            self._closed.set()
            self._waiting.put(None)
            self._writer.join()
            self._readers.shutdown()
            self._engine.dispose()

    def _submit(self, work: Work[T]) -> Future[T]:
        if self._closed.is_set():
            raise TemporaryError("the database is closed")
        future: Future[T] = Future()
        self._waiting.put(_Job(work, future, self._through))
        return future

    def _run(self) -> None:
        while True:
            job = self._waiting.get()
            if job is None:
                return
            group, closing = [job], False
            while len(group) < GROUP and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    closing = True
                    break
                group.append(following)
            self._commit(group)
            if closing:
                return

    def _commit(self, group: list[_Job]) -> None:
        """Run a group in one transaction.  A change that breaks the transaction fails alone."""
        group = [job for job in group if job.future.set_running_or_notify_cancel()]
        while group:
            outcomes: list[tuple[_Job, Any, BaseException | None]] = []
            running: _Job | None = None
            try:
                with self._engine.connect() as connection, _immediate(connection):
                    transaction = Transaction(connection, self._keys, periods=self._periods)
                    for job in group:
                        running = job
                        outcomes.append((job, *_attempt(job, transaction)))
                    running = None
                    faults.around("before", transaction.changes)
                faults.around("after", transaction.changes)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
                # SQLite may have rolled back everything (disk full, I/O error), so nothing of
                # this transaction counts: the others run again.  Where BEGIN or COMMIT itself
                # failed nobody is to blame, and nobody has anything.
                failed = [running] if running else group
                for job in failed:
                    job.future.set_exception(_temporary(error))
                group = [job for job in group if job not in failed]
                continue
            for job, result, problem in outcomes:
                if problem:
                    job.future.set_exception(problem)
                else:
                    job.future.set_result(result)
            return


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    work: Work[Any]
    future: Future[Any]
    through: str = ""


def _attempt(job: _Job, transaction: Transaction) -> tuple[Any, BaseException | None]:
    """Run a change inside a savepoint.  What it raises on purpose undoes this change only."""
    done = len(transaction.changes)
    try:
        with transaction.connection.begin_nested():
            return job.work(replace(transaction, through=job.through)), None
    except DBAPIError:
        raise
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits for it
        del transaction.changes[done:]
        return None, error


def _temporary(error: BaseException) -> BaseException:
    """What a database's error means: waiting may help, unless the statement itself is wrong."""
    if isinstance(error, (OperationalError, sqlite3.OperationalError)):
        original = error.orig if isinstance(error, OperationalError) else error
        name = getattr(original, "sqlite_errorname", type(original).__name__)
        return TemporaryError(f"the database cannot be written now ({name})")
    return error


def _immediate(connection: Connection) -> sqlalchemy.RootTransaction:
    connection.info["immediate"] = True
    try:
        return connection.begin()
    finally:
        connection.info["immediate"] = False


def connect(url: str, base: Path, clock: Callable[[], float] = time.time) -> Engine:
    """An engine for a database address; relative paths start from `base`."""
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError:
        raise ConfigurationError(
            'store.url: not a database address; an example is "sqlite:///dlpguard.db"'
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise ConfigurationError(
            f"store.url: {parsed.get_backend_name()} is not supported yet; use sqlite:///…"
        )
    if not parsed.database:
        raise ConfigurationError("store.url: names no file; mail would be lost with the process")
    file = base / parsed.database
    engine = sqlalchemy.create_engine(
        parsed.set(database=str(file)),
        hide_parameters=True,  # an error's text goes into logs
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    def prepare(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info["clock"] = clock
        _prepare(connection)

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's guesses
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit is on the disk before it is answered
        "foreign_keys = ON",
        "secure_delete = ON",  # what retention removes is overwritten
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer says so at once: two that start by reading could not both go on.
    how = "IMMEDIATE" if connection.info.get("immediate") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {how}")


def check(engine: Engine) -> None:
    """That the database has the newest schema; `ConfigurationError` says what to do otherwise."""
    with engine.connect() as connection:
        found = revision(connection)
    if found != schema.HEAD:
        raise ConfigurationError(
            f"the database is at schema {found or 'none'}, this version needs {schema.HEAD}; "
            "run: dlpguard db upgrade"
        )


def revision(connection: Connection) -> str | None:
    """The migration that the database is at, None for an empty one."""
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def upgrade(engine: Engine, then: Callable[[Connection], None] | None = None) -> None:
    """Bring the schema up to date (Alembic); an empty database gets all of it.

    `then` is done in the same transaction: what a migration needs the keys for.
    """
    from alembic import command  # noqa: PLC0415 - a quarter of a second that `serve` saves
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection, _immediate(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if then:
            then(connection)
