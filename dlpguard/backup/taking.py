"""Making a backup, while dlpguard runs or not."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from dlpguard import __version__
from dlpguard.backup import _disk, embedded, manifest, shared
from dlpguard.backup.manifest import File, Manifest
from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.store import audit, database, epochs
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import bodies as body_rows
from dlpguard.store.schema import installation, messages
from dlpguard.store.shelves import Files

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and of how much."""


def take(
    store: Store,
    folder: Path,
    actor: str,
    told: Progress,
    also: Callable[[], None] = lambda: None,
) -> Manifest:
    """Make a backup in a new folder; what it says of itself.  Blocks.

    `actor` is whom the audit names.  `also` is done after the copy and before the folder gets its
    name: where it fails there is no backup.  `ConfigurationError` when the folder is there already,
    a program is missing, or the disk refuses; then there is nothing of it.
    """
    now = store.database.read_now(Transaction.now)
    try:
        with _disk.appearing(folder) as place:
            made = (_shared if store.database.is_shared else _embedded)(store, place, now, told)
            made = manifest.proven(made, store.keys)
            _disk.write(place / manifest.NAME, manifest.encode(made))
            also()
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be written ({error.strerror})") from None
    except (sqlite3.Error, DBAPIError) as error:
        original = getattr(error, "orig", error)
        name = getattr(original, "sqlite_errorname", type(original).__name__)
        raise TemporaryError(f"the database cannot be copied now ({name}); try again") from None
    said = f"{len(made.files)} files, {made.size} bytes, database of schema {made.schema}"
    at = _at(made.made_at)
    store.database.write_now(lambda tx: audit.record(tx, actor, "backup", at, said))
    return made


def copy_keys(store: Store, to: Path, folder: Path) -> None:
    """Copy the key file to a new file that is not in the backup's folder.

    `ConfigurationError` when it would be, or when the file is there already.
    """
    refuse_inside(to, folder)
    try:
        _disk.write(to, store.keys.file.read_bytes())
        _disk.sync_folder(to.parent)
    except FileExistsError:
        raise ConfigurationError(f"--keys: {to} is there already; nothing is overwritten") from None
    except OSError as error:
        raise ConfigurationError(f"--keys: {to} cannot be written ({error.strerror})") from None


def refuse_inside(keys: Path, folder: Path) -> None:
    """`ConfigurationError` when a key file would lie in the backup: who has both has everything."""
    if keys.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(
            f"--keys: {keys} is inside the backup; who has both can read everything. Keep the "
            "keys on another disk"
        )


def _embedded(store: Store, place: Path, now: float, told: Progress) -> Manifest:
    shelf = store.shelf
    assert isinstance(shelf, Files)
    copy = place / embedded.DATABASE
    source = embedded.file_of(store.database.engine)
    embedded.copy_database(source, copy, lambda done, total: told("database", done, total))
    with embedded.reading(copy) as connection:
        made = _facts(store, connection, "sqlite", now)
        on_shelf = select(body_rows.c.id, body_rows.c.size).where(body_rows.c.content.is_(None))
        sizes = {row.id: row.size for row in connection.execute(on_shelf)}
    done, total = 0, sum(sizes.values())

    def step(size: int) -> None:
        nonlocal done
        done += size
        told("contents", min(done, total), total)

    files, ended = embedded.copy_bodies(sorted(sizes), shelf.file_of, place, step)
    first = File(embedded.DATABASE, *manifest.digest_of(copy))
    return replace(made, files=(first, *files), ended=ended)


def _shared(store: Store, place: Path, now: float, told: Progress) -> Manifest:
    copy = place / shared.DATABASE
    with shared.moment(store.database.engine) as (connection, snapshot):
        made = _facts(store, connection, "postgresql", now)
        rows = {
            row.name: base64.b64encode(row.value).decode()
            for row in connection.execute(select(installation))
        }
        shared.dump(connection, snapshot, copy, lambda done, total: told("database", done, total))
    first = File(shared.DATABASE, *manifest.digest_of(copy))
    return replace(made, files=(first,), rows=rows)


def _facts(store: Store, connection: Connection, engine: str, now: float) -> Manifest:
    tx = Transaction(connection, store.keys)
    head = audit.head(tx)
    states = select(messages.c.state, func.count().label("number")).group_by(messages.c.state)
    return Manifest(
        version=__version__,
        schema=database.revision(connection) or "",
        engine=engine,
        made_at=now,
        installation=store.keys.installation,
        epochs=tuple(sorted(epochs.listed(tx))),
        needed={epoch.id: dict(epoch.needed) for epoch in epochs.overview(tx) if epoch.needed},
        messages={row.state: row.number for row in connection.execute(states)},
        head=(head.number, head.mac.hex()) if head else (0, ""),
    )


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
