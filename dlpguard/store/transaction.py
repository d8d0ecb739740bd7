"""An open transaction: what every function of the store works with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Table

from dlpguard.lifecycle import State
from dlpguard.store import engines
from dlpguard.store.engines import Kind
from dlpguard.store.periods import USUAL, Periods
from dlpguard.store.prepared import Prepared
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
    targets: set[State] = field(default_factory=set)
    """The states into which it moved messages, for whoever works on those."""

    def does(self, change: str) -> None:
        """Name what this transaction does."""
        self.changes.append(change)

    def execute(self, *args: Any, **kwargs: Any) -> CursorResult[Any]:
        """Run a statement."""
        return self.connection.execute(*args, **kwargs)

    def rows(self, statement: Prepared, **values: Any) -> list[Any]:
        """The rows of a statement that is held ready, as named tuples."""
        return statement.on(self.connection).rows(self.connection, values)

    def first(self, statement: Prepared, **values: Any) -> Any:
        """Its first row, None when there is none."""
        return statement.on(self.connection).first(self.connection, values)

    def scalar(self, statement: Prepared, **values: Any) -> Any:
        """The first column of its first row, None when there is none."""
        found = statement.on(self.connection).first(self.connection, values)
        return None if found is None else found[0]

    def change(self, statement: Prepared, **values: Any) -> int:
        """Run a change that is held ready; how many rows it changed."""
        return statement.on(self.connection).change(self.connection, values)

    def change_each(self, statement: Prepared, values: Iterable[Mapping[str, Any]]) -> None:
        """Run it once with each of these values."""
        statement.on(self.connection).change_each(self.connection, values)

    def upsert(self, table: Table) -> Any:
        """An insert that can say `ON CONFLICT`: the engines have it, standard SQL has not."""
        return self._kind.insert(table)

    def now(self) -> float:
        """The time by the database's clock, in seconds since 1970: one clock for all nodes.

        SQLite has none of its own; it shares its machine with everybody who uses it.
        """
        return self._kind.now(self.connection)

    @property
    def is_shared(self) -> bool:
        """Whether other transactions may write at the same time."""
        return self._kind.is_shared

    @property
    def _kind(self) -> Kind:
        return engines.of(self.connection.engine)


Work = Callable[[Transaction], T]
"""A change: runs inside a transaction, may run again after a rollback, touches nothing else."""
