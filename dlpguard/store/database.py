"""The database: opening it, reading it, and the writers that commit in groups.

A commit costs one fsync whether it holds one message or sixty; so every change is a function of
a connection, handed to a writer thread which runs what is waiting in one transaction, each inside
a savepoint, and answers only after the commit.
"""

from __future__ import annotations

import contextlib
import copy
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.lifecycle import State
from dlpguard.store import engines, schema
from dlpguard.store._crossing import Answer, Awaited
from dlpguard.store._groups import Group, Job, Line, Tries
from dlpguard.store.engines import Problem
from dlpguard.store.periods import USUAL, Periods
from dlpguard.store.secrets import Keyring
from dlpguard.store.transaction import Transaction, Work

__all__ = ["Database", "Transaction", "Work", "check", "connect", "revision", "upgrade"]

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"

GROUP = 64
"""Changes in one commit at most.  Measured: twenty in a group are eleven times as fast as one by
one; beyond sixty nothing is gained and the first has to wait for the last."""


class Database:
    """One open database.  `write` commits durably before it answers; `read` sees what is committed.

    A full disk or a locked database raises `TemporaryError`; nothing of that change is kept.
    """

    def __init__(self, engine: Engine, keys: Keyring, periods: Periods = USUAL) -> None:
        self.engine = engine
        self._kind = engines.of(engine)
        self._keys = keys
        self._periods = periods
        self._readers = ThreadPoolExecutor(4, "database-read")
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._writers = [
            threading.Thread(target=self._run, name="database-write", daemon=True)
            for _ in range(self._kind.writers)
        ]
        self.moved: Callable[[State], None] = lambda _state: None
        """Called, in a writer's thread, with each state into which a commit has moved messages."""
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._through = ""
        for writer in self._writers:
            writer.start()

    @property
    def is_shared(self) -> bool:
        """Whether other processes may use it at the same time."""
        return self._kind.is_shared

    def through(self, what: str) -> Database:
        """The same database, for somebody who acts through something (`Transaction.through`)."""
        same = copy.copy(self)
        same._through = what
        return same

    async def write(self, work: Work[T]) -> T:
        """Run a change in the next group and return its result once that is committed."""
        committed: Awaited[T] = Awaited()
        self._submit(work, committed)
        return await committed

    def write_now(self, work: Work[T]) -> T:
        """The same for callers without an event loop."""
        committed: Future[T] = Future()
        self._submit(work, committed)
        return committed.result()

    async def read(self, work: Work[T]) -> T:
        """Run a query on committed data."""
        found: Awaited[T] = Awaited()
        self._readers.submit(self._read_for, found, work)
        return await found

    def read_now(self, work: Work[T]) -> T:
        """The same for callers without an event loop."""
        tries = Tries(self._kind)
        while True:
            try:
                with self.engine.connect() as connection, self._kind.reading(connection):
                    transaction = Transaction(connection, self._keys, periods=self._periods)
                    return work(replace(transaction, through=self._through))
            except DBAPIError as error:
                if not tries.go_on(error):
                    raise self._said(error) from None

    def truncate_log(self) -> bool:
        """Remove what was overwritten from the database's log, where it has one beside it.

        False when somebody is reading or writing: try again later.
        """
        return self._kind.truncate_log(self.engine)

    def close(self) -> None:
        """Commit what is waiting and close."""
        if not self._closed.is_set():
            self._closed.set()
            for _ in self._writers:
                self._waiting.put(None)
            for writer in self._writers:
                writer.join()
            self._readers.shutdown()
            self.engine.dispose()

    def _read_for(self, waiting: Answer, work: Work[T]) -> None:
        if not waiting.set_running_or_notify_cancel():
            return
        try:
            waiting.set_result(self.read_now(work))
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for it
            waiting.set_exception(error)

    def _submit(self, work: Work[T], answer: Answer) -> None:
        if self._closed.is_set():
            raise TemporaryError("the database is closed")
        self._waiting.put(Job(work, answer, self._through))

    def _run(self) -> None:
        line = Line(self.engine)
        try:
            self._write_on(line)
        finally:
            line.close()

    def _write_on(self, line: Line) -> None:
        while True:
            job = self._waiting.get()
            if job is None:
                return
            group, closing = [job], False
            while len(group) < GROUP and not self._waiting.empty():
                try:
                    following = self._waiting.get_nowait()
                except queue.Empty:  # another writer has it
                    break
                if following is None:
                    closing = True
                    break
                group.append(following)
            self._commit(line, [j for j in group if j.future.set_running_or_notify_cancel()])
            if closing:
                return

    def _commit(self, line: Line, group: list[Job]) -> None:
        """Run a group in one transaction.  A change that breaks the transaction fails alone."""
        tries = Tries(self._kind)
        while group:
            transaction = Group(line, self._kind, group)
            # Who meets others again and again at least does not meet our own writers.
            turn = self._turn if tries.is_contended else contextlib.nullcontext()
            try:
                with turn:
                    transaction.run(self._keys, self._periods)
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
                if self._went_through(transaction, error):
                    break
                if tries.go_on(error):
                    if tries.is_contended and len(group) > 1:  # each is in fewer ways by itself
                        for job in group:
                            self._commit(line, [job])
                        return
                    continue
                # The database may have rolled back everything (disk full, I/O error), so nothing
                # of this transaction counts: the others run again.  Where BEGIN or COMMIT itself
                # failed nobody is to blame, and nobody has anything.
                failed = [transaction.running] if transaction.running else group
                for job in failed:
                    job.future.set_exception(self._said(error))
                group = [job for job in group if job not in failed]
                continue
            break
        if group:
            for state in transaction.targets:
                self.moved(state)
            transaction.answer()

    def _went_through(self, transaction: Group, error: Exception) -> bool:
        """Whether a group was committed although its answer was lost with the connection."""
        if not transaction.ticket or self._kind.problem(error) is not Problem.LOST:
            return False
        tries = Tries(self._kind)
        while True:
            try:
                found = self._kind.was_committed(self.engine, transaction.ticket)
            except DBAPIError:  # not there yet
                found = None
            # In doubt to the end, whoever waits hears that it failed; what they then do again is
            # known for what it is (`store.retries`), refused by its version, or by its fence.
            if found is not None or not tries.has_patience():
                return bool(found)

    def _said(self, error: BaseException) -> BaseException:
        """What a database's error means: waiting may help, unless the statement itself is wrong."""
        if self._kind.problem(error) is Problem.OURS:
            return error
        original = getattr(error, "orig", error)
        name = getattr(original, "sqlite_errorname", type(original).__name__)
        return TemporaryError(f"the database cannot be written now ({name})")


connect = engines.connect


def check(engine: Engine) -> None:
    """That the database has the newest schema; `ConfigurationError` says what to do otherwise."""
    with engine.connect() as connection:
        found = revision(connection)
    _must_not_be_later(found)
    if found != schema.HEAD:
        raise ConfigurationError(
            f"the database is at schema {found or 'none'}, this version needs {schema.HEAD}; "
            "run: dlpguard db upgrade"
        )


def _must_not_be_later(found: str | None) -> None:
    if found and found > schema.HEAD:
        raise ConfigurationError(
            f"the database is at schema {found}, which a later version of dlpguard made; this one "
            f"knows {schema.HEAD}: install that version"
        )


def revision(connection: Connection) -> str | None:
    """The migration that the database is at, None for an empty one."""
    if not sqlalchemy.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def upgrade(engine: Engine, then: Callable[[Connection], None] | None = None) -> None:
    """Bring the schema up to date (Alembic); an empty database gets all of it.

    Nodes of the version before may work meanwhile on a shared database, and go on afterwards:
    since nodes can share one, migrations only add, or drop an index that others stand in for.
    `ConfigurationError` for a schema of a later version.

    `then` is done in the same transaction: what a migration needs the keys for.
    """
    from alembic import command  # noqa: PLC0415 - a quarter of a second that `serve` saves
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    kind = engines.of(engine)
    with engine.connect() as connection, kind.alone(connection):
        config.attributes["connection"] = connection
        found = revision(connection)
        _must_not_be_later(found)
        if found is None and kind.is_shared:
            # The migrations before the first shared database know SQLite alone.
            schema.metadata.create_all(connection)
            command.stamp(config, "head")
        else:
            command.upgrade(config, "head")
        if then:
            then(connection)
