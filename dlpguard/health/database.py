"""The database: whether it can be used, its schema, how large it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import size
from dlpguard.store import database, engines, schema
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store

LOG_BYTES = 1 << 30
"""Of the write-ahead log: it is emptied every ten minutes, unless somebody reads all the time."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether it can be read, and is of this version; its size."""
    del around
    yield schema_of(store)
    yield store.database.read_now(_size)


def schema_of(store: Store) -> Line:
    """Whether its schema is this version's."""
    found = store.database.read_now(lambda tx: database.revision(tx.connection))
    about = "Database"
    if found != schema.HEAD:
        said = f"It has schema {found or 'none'}, this version needs {schema.HEAD}."
        return Line(about, Level.BROKEN, said, "Stop dlpguard and run: dlpguard db upgrade")
    return Line(about, Level.FINE, f"{_version(store)}, schema {found}.")


def _version(store: Store) -> str:
    if not store.database.is_shared:
        return f"SQLite {sqlite3.sqlite_version}"
    asked = text("SELECT current_setting('server_version')")
    return f"PostgreSQL {store.database.read_now(lambda tx: tx.execute(asked).scalar_one())}"


def _size(tx: Transaction) -> Line:
    about = "Size of the database"
    if engines.of(tx.connection.engine).is_shared:
        length = tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        return Line(about, Level.FINE, f"{size(int(length))}.")
    file = Path(str(tx.connection.engine.url.database))
    log = file.with_name(file.name + "-wal")
    length = log.stat().st_size if log.exists() else 0
    said = f"{size(file.stat().st_size)}, and {size(length)} of log that is not in it yet."
    if length > LOG_BYTES:
        advice = "Something keeps the database open for reading: a backup, or another program?"
        return Line(about, Level.LOOK, said, advice)
    return Line(about, Level.FINE, said)
