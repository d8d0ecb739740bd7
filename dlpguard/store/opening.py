"""Opening a store: database, keys and body files that belong together."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, insert, select

from dlpguard.errors import ConfigurationError
from dlpguard.store import adoption, audit, database, epochs, presences, schema, secrets, shelves
from dlpguard.store.database import Database, Transaction
from dlpguard.store.periods import USUAL, Periods
from dlpguard.store.presences import Presence
from dlpguard.store.secrets import Keyring
from dlpguard.store.shelves import Files, Shelf


@dataclass(frozen=True, slots=True)
class Store:
    """An open store.  `shelf` is where large bodies are."""

    database: Database
    keys: Keyring
    shelf: Shelf
    periods: Periods = USUAL
    _presence: list[Presence] = field(default_factory=list)

    def close(self) -> None:
        """Commit what is waiting, close, and be nobody any more."""
        self.database.close()
        for presence in self._presence:
            presence.end()
        self._presence.clear()

    def lock(self) -> Presence:
        """Be a running `serve` on this database: the only one where it is embedded.

        `ConfigurationError` when another one runs that may not.
        """
        presence = presences.begin(self.database.engine, self.keys.installation)
        self._presence.append(presence)
        epochs.settle(self)
        return presence


def open_store(
    url: str,
    key_file: Path,
    base: Path,
    *,
    periods: Periods = USUAL,
    clock: Callable[[], float] | None = None,
    with_all_keys: bool = True,
) -> Store:
    """Open the store, or make a new one where there is neither database nor key file.

    `ConfigurationError` when the schema is old, when others may read what is stored, and when the
    key file is missing, readable by others, belongs to another database, or lacks an epoch
    (`with_all_keys`: false for who repairs that).  Nothing is created beside an existing half of a
    store.  `clock` in place of the database's, for tests.
    """
    engine = database.connect(url, base, clock)
    shelf = shelves.of(engine)
    try:
        is_new = _is_new(engine, shelf)
        if is_new:
            keys = _new_keys(key_file, clock or time.time)
            database.upgrade(engine, lambda connection: _begin(connection, keys))
        else:
            keys = secrets.load(key_file)
            database.check(engine)
        check_keys(engine, keys, with_all_keys=with_all_keys)
    except OSError as error:
        engine.dispose()
        raise ConfigurationError(
            f"{engine.url.database}: cannot be opened ({error.strerror}); "
            "dlpguard needs to write in its directory"
        ) from None
    except BaseException:
        engine.dispose()
        raise
    return Store(Database(engine, keys, periods), keys, shelf, periods)


def exists(engine: Engine) -> bool:
    """Whether there is a database to upgrade; nothing is made.  `ConfigurationError` when its
    server cannot be reached."""
    shelf = shelves.of(engine)
    if isinstance(shelf, Files):
        return Path(str(engine.url.database)).exists()
    return not _is_new_server(engine)


def upgrade(engine: Engine, key_file: Path) -> None:
    """Bring an existing database up to date, with the keys where a migration needs them.

    `ConfigurationError` for the key file as for `open_store`; nothing was changed then.
    """
    keys = secrets.load(key_file)
    with engine.connect() as connection:
        if _stored_check(connection) != _check_value(keys):
            raise _others(keys)
    database.upgrade(engine, lambda connection: adoption.adopt(Transaction(connection, keys)))


def _is_new(engine: Engine, shelf: Shelf) -> bool:
    return _is_new_file(engine, shelf) if isinstance(shelf, Files) else _is_new_server(engine)


def _is_new_file(engine: Engine, shelf: Files) -> bool:
    """Whether an embedded database is to be made; makes its file and the directory of bodies."""
    file = Path(str(engine.url.database))
    is_new = _is_empty(engine, file)
    shelf.directory.mkdir(mode=0o700, exist_ok=True)
    _check_modes(file, shelf.directory)
    return is_new


def _is_new_server(engine: Engine) -> bool:
    """Whether the database on a server has no tables of ours yet."""
    try:
        with engine.connect() as connection:
            return database.revision(connection) is None
    except sqlalchemy.exc.OperationalError as error:
        said = str(error.orig).strip().partition("\n")[0]
        raise ConfigurationError(f"store.url: the database cannot be opened ({said})") from None


def _check_modes(file: Path, directory: Path) -> None:
    """Everything is encrypted, but who talks to whom, and when, is still nobody else's business."""
    for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm")), directory):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigurationError(
                f"{path}: others may read it; run: chmod {'700' if path.is_dir() else '600'} {path}"
            )


def _is_empty(engine: Engine, file: Path) -> bool:
    if not file.exists() or not file.stat().st_size:
        file.touch(mode=0o600)
        return True
    try:
        with engine.connect() as connection:
            return database.revision(connection) is None
    except sqlalchemy.exc.DatabaseError:
        raise ConfigurationError(f"{file}: not a database of dlpguard") from None


def _new_keys(key_file: Path, clock: Callable[[], float]) -> Keyring:
    if key_file.exists():
        return secrets.load(key_file)
    try:
        return secrets.create(key_file, clock())
    except OSError as error:
        raise ConfigurationError(f"{key_file}: cannot be written ({error.strerror})") from None


def _begin(connection: Connection, keys: Keyring) -> None:
    """What a new database is told: whose keys it has, and that nothing has happened yet.

    Nothing where another node was first.
    """
    if _stored_check(connection) is not None:
        return
    tx = Transaction(connection, keys)
    tx.execute(insert(schema.installation).values(name="key", value=_check_value(keys)))
    epochs.write_list(tx, set(keys.epochs))
    audit.begin(tx)


def check_keys(engine: Engine, keys: Keyring, *, with_all_keys: bool) -> None:
    """`ConfigurationError` when the keys are another database's, or (`with_all_keys`) lack one."""
    with engine.connect() as connection:
        if _stored_check(connection) != _check_value(keys):
            raise _others(keys)
        if with_all_keys:
            epochs.check(epochs.listed(Transaction(connection, keys)), keys)


def _stored_check(connection: Connection) -> bytes | None:
    found: bytes | None = connection.execute(
        select(schema.installation.c.value).where(schema.installation.c.name == "key")
    ).scalar()
    return found


def _others(keys: Keyring) -> ConfigurationError:
    return ConfigurationError(
        f"{keys.file}: belongs to another database; set store.key_file to the right one"
    )


def _check_value(keys: Keyring) -> bytes:
    return keys.digest("key check", keys.installation)
