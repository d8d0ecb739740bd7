"""An embedded database: SQLite's own online backup, and the files of large bodies.

All of the copy is of one moment, however long it takes: a transaction that reads is open
meanwhile, which is in nobody's way (WAL).  Files of bodies never change, so they are copied after
the database; one that is gone by then belongs to mail that has ended since.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.pool import NullPool

from dlpguard.backup import _disk
from dlpguard.backup.manifest import File

DATABASE = "dlpguard.db"
BODIES = "bodies"

PAGES = 4096
"""Pages of the database (16 MiB) between two reports of how far it is."""

_BUSY_SECONDS = 30.0


def copy_database(file: Path, to: Path, told: Callable[[int, int], None]) -> None:
    """Copy a database that may be in use into a new file.

    `told` hears how many of how many pages are done.  `sqlite3.Error` and `OSError` when it cannot.
    """
    with (
        contextlib.closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as source,
        _disk.new_file(to),
        contextlib.closing(sqlite3.connect(to)) as target,
    ):
        source.isolation_level = None
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here: one moment
        source.backup(
            target,
            pages=PAGES,
            progress=lambda _status, left, total: told(total - left, total),
        )
        target.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it
    _disk.sync(to)


@contextlib.contextmanager
def reading(file: Path) -> Iterator[Connection]:
    """A connection to a copy, as it is."""
    address = sqlalchemy.URL.create("sqlite", database=str(file))
    engine = sqlalchemy.create_engine(address, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def copy_bodies(
    ids: Iterable[str], source: Callable[[str], Path], folder: Path, told: Callable[[int], None]
) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """Copy the files of bodies, those that are there; the ids of those that are gone."""
    files: list[File] = []
    gone: list[str] = []
    for id in ids:
        name = f"{BODIES}/{id[:2]}/{id}"
        try:
            size, digest = _disk.copy(source(id), folder / name, told)
        except FileNotFoundError:
            gone.append(id)
        else:
            files.append(File(name, size, digest))
    return tuple(files), tuple(gone)


def file_of(engine: Engine) -> Path:
    """Where an embedded database is."""
    return Path(str(engine.url.database))
