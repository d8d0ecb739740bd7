"""On which engine tests run: SQLite, or PostgreSQL (DLPGUARD_TEST_STORE=postgresql).

A store belongs to a folder, whatever its engine: there is its key file, and a folder that is copied
takes its database along.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from dlpguard.store import engines
from dlpguard.store.opening import Store, open_store
from tests import _postgres

ENGINE = os.environ.get("DLPGUARD_TEST_STORE", "sqlite")

EMBEDDED = ENGINE == "sqlite"

KEPT = 100
"""Databases on a server; an older one belongs to a test that has ended, and takes memory."""

_running = contextlib.ExitStack()
atexit.register(_running.close)
_servers: list[_postgres.Server] = []
_databases: dict[Path, str] = {}


def url(folder: Path) -> str:
    """The address of the database that belongs to a folder; the same for the same folder."""
    if EMBEDDED:
        return "sqlite:///dlpguard.db"
    place = folder.resolve()
    if place not in _databases:
        _forget_oldest()
        _databases[place] = server().create()
    _databases[place] = _databases.pop(place)  # the one that was asked for last comes last
    return server().url(_databases[place])


def section(folder: Path) -> str:
    """What a settings file in a folder says of its store; "" where it need not say anything."""
    return "" if EMBEDDED else f'\n[store]\nurl = "{url(folder)}"\n\n'


def change(folder: Path, statement: str) -> None:
    """Change something in the database of a folder behind its back."""
    engine = engines.connect(url(folder), folder)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def content(folder: Path) -> bytes:
    """Every byte that is in the database of a folder, and where it has a file, of that file."""
    if EMBEDDED:
        files = (file for file in sorted(folder.glob("dlpguard.db*")) if file.is_file())
        return b"".join(file.read_bytes() for file in files)
    with psycopg.connect(url(folder)) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return b"".join(_rows(connection, table) for (table,) in tables)


def _rows(connection: psycopg.Connection, table: str) -> bytes:
    statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as rows:
        return b"".join(bytes(row) for row in rows)


def open_in(folder: Path, clock: Callable[[], float] | None = None) -> Store:
    """The store of a folder, or a new one."""
    return open_store(url(folder), folder / "dlpguard.key", folder, clock=clock)


def copy(folder: Path, to: Path) -> None:
    """Copy a folder, and the database that belongs to it, which nobody has open."""
    shutil.copytree(folder, to, dirs_exist_ok=True)
    if not EMBEDDED:
        url(folder)
        _forget_oldest()
        _databases[to.resolve()] = server().create(_databases[folder.resolve()])


def server() -> _postgres.Server:
    """The server of this process, started when it is first needed."""
    if not _servers:
        _servers.append(_running.enter_context(_postgres.server()))
    return _servers[0]


def _forget_oldest() -> None:
    while len(_databases) > KEPT:
        server().drop(_databases.pop(next(iter(_databases))))
