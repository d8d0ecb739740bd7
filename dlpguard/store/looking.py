"""Opening a store to look at it: nothing is made, nothing is written, nobody is in the way.

For who asks how an installation is, whether `serve` runs or not, and whatever is wrong with it.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from dlpguard.errors import ConfigurationError, NotFoundError
from dlpguard.store import database, engines, opening, secrets, shelves
from dlpguard.store.database import Database
from dlpguard.store.opening import Store
from dlpguard.store.periods import USUAL, Periods

WAIT_SECONDS = 5
"""For somebody who changes the schema just now; others are in no reader's way."""


def open_to_look(url: str, key_file: Path, base: Path, periods: Periods = USUAL) -> Store:
    """The store, for reading only, whatever its schema and its epochs are.

    `NotFoundError` when there is no database yet.  `ConfigurationError` when it cannot be read, is
    no database of dlpguard, or the key file is missing, open to others, or another database's.
    """
    whole = engines.connect(url, base)
    shelf = shelves.of(whole)
    engine = _for_reading(whole)
    try:
        _check_is_there(engine)
        keys = secrets.load(key_file)
        opening.check_keys(engine, keys, with_all_keys=False)
    except sqlalchemy.exc.DBAPIError as error:
        engine.dispose()
        said = str(error.orig).strip().partition("\n")[0]
        fix = (
            "is its server up, and are store.url and its password right?"
            if engines.of(engine).is_shared
            else "is store.url right? Otherwise put its copy in its place"
        )
        raise ConfigurationError(
            f"store.url: the database cannot be read ({said}); {fix}"
        ) from None
    except OSError as error:
        engine.dispose()
        raise _unseen(key_file, error) from None
    except BaseException:
        engine.dispose()
        raise
    return Store(Database(engine, keys, periods), keys, shelf, periods)


def _unseen(file: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{file}: cannot be read ({error.strerror}); ask as the user who runs dlpguard, or as root"
    )


def _check_is_there(engine: Engine) -> None:
    with engine.connect() as connection:
        if database.revision(connection) is None:
            raise NotFoundError("the database is empty")


def _for_reading(whole: Engine) -> Engine:
    if engines.of(whole).is_shared:
        return whole.execution_options(postgresql_readonly=True)
    whole.dispose()
    file = Path(str(whole.url.database))
    try:
        is_there = file.exists() and file.stat().st_size > 0
    except OSError as error:
        raise _unseen(file, error) from None
    if not is_there:
        raise NotFoundError(f"{file}: there is no database yet")
    return _file_for_reading(file, whole)


def _file_for_reading(file: Path, whole: Engine) -> Engine:
    """SQLite's file as it is.  Without a log nobody uses it, and it can be read as a thing that
    does not change: so nothing is made beside it, and it may lie where nothing can be written."""
    is_used = file.with_name(file.name + "-wal").exists()
    address = file.resolve().as_uri() + ("?mode=ro" if is_used else "?mode=ro&immutable=1")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            address, timeout=WAIT_SECONDS, uri=True, isolation_level=None, check_same_thread=False
        )

    engine = sqlalchemy.create_engine(
        whole.url, creator=connect, hide_parameters=True, poolclass=NullPool
    )

    def prepare(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        del connection
        record.info["clock"] = time.time

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")
