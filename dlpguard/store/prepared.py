"""Statements that are written once and compiled once, for what runs with every message.

To build a statement and to look its text up takes SQLAlchemy ten times as long as SQLite takes to
run it.  A `Prepared` stands in a module, with `bindparam` where its values go; the driver is given
the same text each time, and keeps it ready.

    _SIZE = Prepared(select(bodies.c.size).where(bodies.c.id == bindparam("of")))
    size = tx.scalar(_SIZE, of=id)

In the WHERE of an UPDATE no name of a column may be given (SQLAlchemy keeps those for what is set),
so a row is found by `of`.  `ON CONFLICT` is the engines', not standard SQL: a statement with it is
made by a function that is given their `insert`.  A list of values (`IN`) has no fixed text:
`Transaction.execute` is for those, and for what runs now and then.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import BindParameter, Boolean, Connection, Dialect, Executable, Table, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from dlpguard.store import engines


def given(*columns: str) -> dict[str, BindParameter[Any]]:
    """For `values`: each of these columns becomes what is given under its name."""
    return {column: bindparam(column) for column in columns}


class Prepared:
    """A statement; compiled for each kind of database when it is first run there."""

    def __init__(self, statement: Executable | Callable[[Callable[[Table], Any]], Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def on(self, connection: Connection) -> _Compiled:
        """It for this connection's database."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            statement = self._statement
            if not isinstance(statement, Executable):
                statement = statement(engines.of(connection.engine).insert)
            compiled = self._compiled[dialect.name] = _Compiled(statement, dialect)
        return compiled


class _Compiled:
    """The text for one kind of database, and how values and rows are passed to and fro."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        assert isinstance(statement, ClauseElement)
        assert dialect.dbapi
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.post_compile_params, "a list of values has no fixed text"
        self._text = str(compiled)
        self._dialect = dialect
        self._error: type[Exception] = dialect.dbapi.Error
        self._constants = {
            name: bind.value for bind, name in compiled.bind_names.items() if not bind.required
        }
        self._positions = compiled.positiontup
        """The names of values in their order, None where the driver takes names."""
        self._row = _row(compiled, dialect)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """All rows, each a named tuple."""
        return [self._row(one) for one in self._run(connection, values).fetchall()]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first row, a named tuple; None when there is none."""
        cursor = self._run(connection, values)
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else self._row(found)

    def change(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Change rows; how many."""
        return int(self._run(connection, values).rowcount)

    def change_each(self, connection: Connection, values: Iterable[Mapping[str, Any]]) -> None:
        """Change rows once with each of these values."""
        cursor: Any = connection.connection.cursor()
        self._call(connection, cursor.executemany, [self._arguments(one) for one in values])

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The driver's cursor."""
        driver: Any = connection.connection.driver_connection
        return self._call(connection, driver.execute, self._arguments(values))

    def _arguments(self, values: Mapping[str, Any]) -> Any:
        every = {**self._constants, **values} if self._constants else values
        if self._positions is None:
            return every
        return [every[name] for name in self._positions]

    def _call(self, connection: Connection, work: Callable[[str, Any], Any], arguments: Any) -> Any:
        """An error of the driver is SQLAlchemy's, as of any other statement."""
        try:
            return work(self._text, arguments)
        except self._error as error:
            driver: Any = connection.connection.driver_connection
            is_lost = self._dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
            if is_lost:
                connection.invalidate(error)
            raise DBAPIError.instance(
                self._text,
                None,
                error,
                self._error,
                hide_parameters=True,
                connection_invalidated=is_lost,
                dialect=self._dialect,
            ) from error


def _row(compiled: SQLCompiler, dialect: Dialect) -> Callable[[Iterable[Any]], Any]:
    """Makes the named tuple of a row."""
    columns = compiled._result_columns  # what `Result` itself is made from; there is no other way
    names = [column.keyname for column in columns]
    row: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024 - known only here
    made: Callable[[Iterable[Any]], Any] = row._make
    flags = [n for n, column in enumerate(columns) if isinstance(column.type, Boolean)]
    if dialect.supports_native_boolean or not flags:
        return made

    def with_flags(row: Iterable[Any]) -> Any:
        values = list(row)
        for n in flags:
            values[n] = None if values[n] is None else bool(values[n])
        return made(values)

    return with_flags
