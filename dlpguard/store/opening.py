"""Opening a store: database, keys and body files that belong together."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, Engine, insert, select

from dlpguard.errors import ConfigurationError
from dlpguard.store import adoption, audit, database, epochs, schema, secrets
from dlpguard.store.database import Database, Transaction
from dlpguard.store.periods import USUAL, Periods
from dlpguard.store.secrets import Keyring


@dataclass(frozen=True, slots=True)
class Store:
    """An open store.  `directory` is where large bodies are."""

    database: Database
    keys: Keyring
    directory: Path
    periods: Periods = USUAL
    _lock: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Commit what is waiting, close, and give up the lock if it was taken."""
        self.database.close()
        for descriptor in self._lock:
            os.close(descriptor)
        self._lock.clear()

    def lock(self) -> None:
        """Be the only `serve` on this (embedded) database.

        Whoever gets the lock knows that the process that had it before is dead: the kernel
        releases it with the process.  `ConfigurationError` when another one runs.
        """
        file = self.directory / "serve.lock"
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise ConfigurationError(
                f"another dlpguard serve uses this database ({file} is locked); stop it first"
            ) from None
        self._lock.append(descriptor)
        epochs.settle(self)


def open_store(
    url: str,
    key_file: Path,
    base: Path,
    *,
    periods: Periods = USUAL,
    clock: Callable[[], float] = time.time,
    with_all_keys: bool = True,
) -> Store:
    """Open the store, or make a new one where there is neither database nor key file.

    `ConfigurationError` when the schema is old, when others may read what is stored, and when the
    key file is missing, readable by others, belongs to another database, or lacks an epoch
    (`with_all_keys`: false for who repairs that).  Nothing is created beside an existing half of a
    store.
    """
    engine = database.connect(url, base, clock)
    file = Path(str(engine.url.database))
    try:
        is_new = _is_empty(engine, file)
        directory = file.with_name(file.name + ".bodies")
        directory.mkdir(mode=0o700, exist_ok=True)
        _check_modes(file, directory)
        if is_new:
            keys = _new_keys(key_file, clock)
            database.upgrade(engine, lambda connection: _begin(connection, keys))
        else:
            keys = secrets.load(key_file)
            database.check(engine)
            _check_keys(engine, keys, with_all_keys=with_all_keys)
    except OSError as error:
        engine.dispose()
        raise ConfigurationError(
            f"{file}: cannot be opened ({error.strerror}); dlpguard needs to write in its directory"
        ) from None
    except BaseException:
        engine.dispose()
        raise
    return Store(Database(engine, keys, periods), keys, directory, periods)


def upgrade(engine: Engine, key_file: Path) -> None:
    """Bring an existing database up to date, with the keys where a migration needs them.

    `ConfigurationError` for the key file as for `open_store`; nothing was changed then.
    """
    keys = secrets.load(key_file)
    with engine.connect() as connection:
        if _stored_check(connection) != _check_value(keys):
            raise _others(keys)
    database.upgrade(engine, lambda connection: adoption.adopt(Transaction(connection, keys)))


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
    """What a new database is told: whose keys it has, and that nothing has happened yet."""
    tx = Transaction(connection, keys)
    tx.execute(insert(schema.installation).values(name="key", value=_check_value(keys)))
    epochs.write_list(tx, set(keys.epochs))
    audit.begin(tx)


def _check_keys(engine: Engine, keys: Keyring, *, with_all_keys: bool) -> None:
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
