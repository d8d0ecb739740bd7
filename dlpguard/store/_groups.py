"""Changes that are committed together, and how often they are run again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dlpguard import faults, telemetry
from dlpguard.lifecycle import State
from dlpguard.store._crossing import Answer
from dlpguard.store.engines import Kind, Problem
from dlpguard.store.periods import Periods
from dlpguard.store.prepared import Prepared
from dlpguard.store.secrets import Keyring
from dlpguard.store.transaction import Transaction, Work

CONFLICT_SECONDS = 10.0
"""For how long a transaction is run again that is in others' way.  Most get through the second
time; what all nodes write at once, such as the head of the audit, queues up."""

PATIENCE = 8.0
"""Seconds for which a change is tried while the database cannot be reached: a fail-over, or a
restart, that no client need know of."""

_SAVEPOINT, _UNDO, _RELEASE = (
    Prepared(text(f"{what} job"))
    for what in ("SAVEPOINT", "ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT")
)
"""Around each change, so that what it raises on purpose undoes this change only."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A change, and who waits for its result."""

    work: Work[Any]
    future: Answer
    through: str = ""


class Line:
    """A writer's connection, kept for its next group: SQLite forgets the pages that it has read
    when another connection wrote meanwhile, and would read a hundred again for each message."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """The connection; a new one after whatever went wrong on it."""
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            yield self._connection
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give it back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Group:
    """Changes in one transaction.  `running` is the one that was being run when it failed;
    `ticket` names the transaction once it is about to be committed."""

    def __init__(self, line: Line, kind: Kind, jobs: list[Job]) -> None:
        self._line = line
        self._kind = kind
        self._jobs = jobs
        self._outcomes: list[tuple[Job, Any, BaseException | None]] = []
        self.targets: frozenset[State] = frozenset()
        self.running: Job | None = None
        self.ticket = ""

    def run(self, keys: Keyring, periods: Periods) -> None:
        """Run them and commit.

        What a change raises on purpose undoes this change only.  Hardly any does: so they first run
        as they are, and again with a savepoint around each where one of them raised.
        """
        began = time.monotonic()
        with self._line.connected() as connection:
            try:
                changes = self._commit(connection, keys, periods, _plainly)
            except _RaisedError:
                changes = self._commit(connection, keys, periods, _apart)
        telemetry.committed(len(self._jobs), time.monotonic() - began)
        faults.around("after", changes, self._kind.disk_failure)

    def answer(self) -> None:
        """Tell everybody, after the commit."""
        for job, result, problem in self._outcomes:
            if problem:
                job.future.set_exception(problem)
            else:
                job.future.set_result(result)

    def _commit(
        self, connection: Connection, keys: Keyring, periods: Periods, attempt: _Attempt
    ) -> list[str]:
        """All of them in one transaction; what they did (`Transaction.changes`)."""
        self._outcomes = []
        with self._kind.writing(connection):
            transaction = Transaction(connection, keys, periods=periods)
            for job in self._jobs:
                self.running = job
                through = job.through
                own = replace(transaction, through=through) if through else transaction
                self._outcomes.append((job, *attempt(job, own)))
            self.running = None
            faults.around("before", transaction.changes, self._kind.disk_failure)
            self.ticket = self._kind.ticket(connection)
            self.targets = frozenset(transaction.targets)
        return transaction.changes


class _RaisedError(Exception):
    """A change raised something of its own, and nothing of its transaction counts."""


_Attempt = Callable[[Job, Transaction], tuple[Any, BaseException | None]]


def _plainly(job: Job, transaction: Transaction) -> tuple[Any, None]:
    """Run a change as it is."""
    try:
        return job.work(transaction), None
    except DBAPIError:
        raise
    except BaseException as error:
        raise _RaisedError from error


def _apart(job: Job, transaction: Transaction) -> tuple[Any, BaseException | None]:
    """Run a change inside a savepoint."""
    done = len(transaction.changes)
    transaction.change(_SAVEPOINT)  # `begin_nested` takes SQLAlchemy ten times as long
    try:
        result = job.work(transaction)
    except DBAPIError:
        raise
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits for it
        transaction.change(_UNDO)
        transaction.change(_RELEASE)
        del transaction.changes[done:]
        return None, error
    transaction.change(_RELEASE)
    return result, None


class Tries:
    """How often, and how long, something is run again."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._started = time.monotonic()
        self._conflicts = 0
        self._pause = _FIRST_PAUSE

    @property
    def is_contended(self) -> bool:
        """Whether others were in the way more than once."""
        return self._conflicts > 1

    def go_on(self, error: BaseException) -> bool:
        """Whether to try again after this error; waits a moment before it says so."""
        problem = self._kind.problem(error)
        if problem is Problem.LOST:
            return self.has_patience()
        if problem is not Problem.AGAIN or self._is_over(CONFLICT_SECONDS):
            return False
        self._conflicts += 1
        self._rest()
        return True

    def has_patience(self) -> bool:
        """Whether to ask a database again that is not there; waits a moment before it says so."""
        if self._is_over(PATIENCE):
            return False
        self._rest()
        return True

    def _is_over(self, seconds: float) -> bool:
        return time.monotonic() - self._started > seconds

    def _rest(self) -> None:
        telemetry.retried()
        time.sleep(random.uniform(0, self._pause))
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)
