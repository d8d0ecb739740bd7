"""The databases that dlpguard can stand on: all that differs between them.

To add one add a module and its line in `_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy
from sqlalchemy import URL, Connection, Engine, Table

from dlpguard.errors import ConfigurationError
from dlpguard.store.engines.problems import Problem
from dlpguard.store.engines.sqlite import Sqlite

__all__ = ["Clock", "Kind", "Problem", "connect", "of"]

Clock = Callable[[], float]
"""Seconds since 1970."""


class Kind(Protocol):
    """A kind of database."""

    writers: int
    """Threads that write: one where the database has one writer anyhow."""

    is_shared: bool
    """Whether processes on several machines can use it at once."""

    def engine(self, url: URL, base: Path, clock: Clock | None) -> Engine:
        """An engine for an address; relative paths start from `base`.

        `clock` in place of the database's own, for tests.  `ConfigurationError` for an address that
        cannot be right.
        """

    def writing(self, connection: Connection) -> AbstractContextManager[Any]:
        """A transaction that writes: as if it were the only one at its time."""

    def reading(self, connection: Connection) -> AbstractContextManager[Any]:
        """A transaction that reads what is committed, all of it at one moment."""

    def now(self, connection: Connection) -> float:
        """The database's clock inside a transaction."""

    def insert(self, table: Table) -> Any:
        """An insert that can say `ON CONFLICT`."""

    def problem(self, error: BaseException) -> Problem:
        """What an error of the driver means."""

    def disk_failure(self, number: int) -> Exception:
        """What the driver raises when a disk fails with this `errno`: for `faults`."""

    def ticket(self, connection: Connection) -> str:
        """By what to ask later whether this transaction was committed; "" where nobody need ask."""

    def was_committed(self, engine: Engine, ticket: str) -> bool | None:
        """Whether a transaction was committed whose answer was lost; None while it still runs."""

    def alone(self, connection: Connection) -> AbstractContextManager[Any]:
        """A transaction that changes the schema, after those of others who do."""

    def truncate_log(self, engine: Engine) -> bool:
        """Remove what was overwritten from the log, where that can be done; False: try later."""


def connect(url: str, base: Path, clock: Clock | None = None) -> Engine:
    """An engine for a database address; relative paths start from `base`.

    `ConfigurationError` says what is wrong with an address.
    """
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError:
        raise ConfigurationError(
            'store.url: not a database address; examples are "sqlite:///dlpguard.db" and '
            '"postgresql://dlpguard@db.council.example/dlpguard"'
        ) from None
    name = parsed.get_backend_name()
    if name not in _KINDS:
        raise ConfigurationError(
            f"store.url: {name} is not supported; use sqlite:///… or postgresql://…"
        )
    return _kind(name).engine(parsed, base, clock)


def of(engine: Engine) -> Kind:
    """The kind of an engine."""
    return _kind(engine.dialect.name)


@cache
def _kind(name: str) -> Kind:
    return _KINDS[name]()


def _postgresql() -> Kind:
    from dlpguard.store.engines.postgresql import Postgresql  # noqa: PLC0415 - 100 ms, not for all

    return Postgresql()


_KINDS: dict[str, Callable[[], Kind]] = {"sqlite": Sqlite, "postgresql": _postgresql}
"""Every kind by the name of its backend."""
