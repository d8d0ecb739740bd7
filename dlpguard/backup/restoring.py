"""Putting a backup back, into an empty store only; nobody can work in it before it is whole.

An embedded database appears under its name at the very end, with everything settled in it; a shared
one cannot be opened until the last transaction has put back the rows by which it knows whose it is.
Killed at any moment, a restore leaves a store that is empty, or that says so, or whole.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from dlpguard.backup import _disk, embedded, manifest, shared
from dlpguard.backup.manifest import Manifest
from dlpguard.errors import ConfigurationError
from dlpguard.store import database, engines, opening, schema, secrets
from dlpguard.store import restoring as settling
from dlpguard.store.database import Database, Transaction
from dlpguard.store.periods import USUAL, Periods
from dlpguard.store.restoring import Became, Copy
from dlpguard.store.secrets import Keyring
from dlpguard.store.shelves import Files
from dlpguard.store.shelves import of as shelf_of

Progress = Callable[[str, int, int], None]
"""Hears what is being done, how much of it is done, and of how much."""

_ENDING = ".restoring"
_BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is put back: what the settings say of the store.

    `mode` is the settings' ("observe" or "enforce").
    """

    url: str
    key_file: Path
    base: Path
    mode: str = "enforce"
    periods: Periods = USUAL
    clock: Callable[[], float] | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: how many messages became what, and how much was under keys that were
    destroyed since (by what it was)."""

    manifest: Manifest
    became: Mapping[Became, int]
    lost: Counter[str] = field(default_factory=Counter)


def restore(
    folder: Path, place: Place, actor: str, told: Progress, *, without_lost: bool = False
) -> Restored:
    """Put a backup back.  Blocks.  `actor` is whom the audit names.

    `without_lost`: go on though keys that the database was used with were destroyed since.
    `ConfigurationError` when the store is not empty, when the backup is damaged, was changed, or is
    another installation's or a newer version's, or when keys are missing; nothing was changed then.
    """
    keys = secrets.load(place.key_file)
    found = manifest.read(folder, keys)
    engine = database.connect(place.url, place.base, place.clock)
    try:
        _check(found, engine)
        lost = _lost(found, keys)
        # A key that is made here would get the number of one that is newer than all we have.
        if lost and not (without_lost and max(lost) < max(keys.epochs)):
            raise _keys_gone(found, keys, lost)
        job = _Job(folder, found, place, keys, actor, told, tuple(lost))
        became = (_shared if engines.of(engine).is_shared else _embedded)(job, engine)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or folder}: cannot be restored ({error.strerror})"
        ) from None
    finally:
        engine.dispose()
    counted: Counter[str] = Counter()
    for id in lost:
        counted.update(found.needed.get(id, {}))
    return Restored(found, became, counted)


@dataclass(frozen=True, slots=True)
class _Job:
    """All that is needed to put one backup back."""

    folder: Path
    found: Manifest
    place: Place
    keys: Keyring
    actor: str
    told: Progress
    lost: tuple[int, ...]

    def settle(self, tx: Transaction) -> dict[Became, int]:
        """Make the database fit to be worked in."""
        settling.put_back(tx, self.found.kept_rows())
        if self.lost:
            settling.without(tx, self.lost, self.actor)
        copy = Copy(self.found.made_at, frozenset(self.found.ended), self.place.mode)
        return settling.settle(tx, copy, self.actor)


def _check(found: Manifest, engine: Engine) -> None:
    """That this backup can be put back here."""
    if not found.schema.isdigit() or int(found.schema) > int(schema.HEAD):
        raise ConfigurationError(
            f"the backup was made by dlpguard {found.version}, whose database (schema "
            f"{found.schema}) this version does not know; install that version or a later one"
        )
    if found.engine != engine.dialect.name:
        raise ConfigurationError(
            f"the backup is of a {found.engine} database, and store.url names one of "
            f"{engine.dialect.name}; a backup is put back into its own kind"
        )
    is_empty = shared.is_empty(engine) if engines.of(engine).is_shared else _is_free(engine)
    if not is_empty:
        raise ConfigurationError(
            "the store is not empty, and a restore overwrites nothing. Stop dlpguard and move away "
            "what store.url names (and the folder of bodies beside it), or name another database"
        )


def _is_free(engine: Engine) -> bool:
    """Whether there is neither a database nor a body, but what an unfinished restore left."""
    file, bodies = embedded.file_of(engine), _bodies_of(engine)
    if file.exists():
        return False
    if _beside(file).exists():
        return True
    return not any(f.is_dir() for f in bodies.iterdir()) if bodies.is_dir() else True


def _lost(found: Manifest, keys: Keyring) -> list[int]:
    return sorted(set(found.epochs) - keys.epochs.keys())


def _keys_gone(found: Manifest, keys: Keyring, lost: list[int]) -> ConfigurationError:
    if max(lost) > max(keys.epochs):
        return ConfigurationError(
            f"{keys.file}: is older than the backup: it has not the key of epoch {max(lost)}. Put "
            "the newest copy of the key file in its place"
        )
    numbers = ", ".join(map(str, lost))
    counted: Counter[str] = Counter()
    for id in lost:
        counted.update(found.needed.get(id, {}))
    what = ", ".join(f"{number:,} {name}" for name, number in sorted(counted.items())) or "nothing"
    return ConfigurationError(
        f"{keys.file}: the keys of these epochs were destroyed since the backup was made: "
        f"{numbers}. What they sealed cannot be read any more, as it should be: {what}. To restore "
        "the rest, add --without-lost"
    )


def _shared(job: _Job, engine: Engine) -> dict[Became, int]:
    dump, said = job.folder / job.found.database.name, job.found.database
    if not dump.exists() or manifest.digest_of(dump) != (said.size, said.sha256):
        raise _damaged(dump)
    shared.put_back(engine, dump, lambda done, total: job.told("database", done, total))
    if job.found.schema != schema.HEAD:
        database.upgrade(engine)
    return _settled(job, engine)


def _embedded(job: _Job, engine: Engine) -> dict[Became, int]:
    """Everything is made beside its place, and the database is named last."""
    file, bodies = embedded.file_of(engine).resolve(), _bodies_of(engine).resolve()
    new_file, new_bodies = _beside(file), _beside(bodies)
    if new_file.exists():  # an earlier restore was killed: the bodies are its, too
        shutil.rmtree(bodies, ignore_errors=True)
    _remove(new_file, new_bodies)
    try:
        _copy(job, new_file, new_bodies)
        made = database.connect(f"sqlite:///{new_file}", job.place.base, job.place.clock)
        try:
            if job.found.schema != schema.HEAD:
                opening.upgrade(made, job.place.key_file)
            became = _settled(job, made)
        finally:
            made.dispose()
        _disk.sync(new_file)
        shutil.rmtree(bodies, ignore_errors=True)  # empty but for a lock
        for end in _BESIDE:  # the log of a database that is gone would be taken for this one's
            file.with_name(file.name + end).unlink(missing_ok=True)
        new_bodies.rename(bodies)
        new_file.rename(file)
        _disk.sync_folder(file.parent)
    except BaseException:
        if new_bodies.exists():  # otherwise the file says whose the bodies are (above)
            _remove(new_file, new_bodies)
        raise
    return became


def _copy(job: _Job, new_file: Path, new_bodies: Path) -> None:
    done, total = 0, job.found.size

    def step(size: int) -> None:
        nonlocal done
        done += size
        job.told("files", done, total)

    new_bodies.mkdir(mode=0o700)
    for file in job.found.files:
        is_database = file is job.found.database
        target = new_file if is_database else new_bodies / file.name.removeprefix("bodies/")
        source = job.folder / file.name
        try:
            copied = _disk.copy(source, target, step)
        except FileNotFoundError:
            raise _damaged(source) from None
        if copied != (file.size, file.sha256):
            raise _damaged(source)
    for folder in (*new_bodies.glob("??"), new_bodies):
        _disk.sync_folder(folder)


def _settled(job: _Job, engine: Engine) -> dict[Became, int]:
    opened = Database(engine, job.keys, job.place.periods)
    try:
        return opened.write_now(job.settle)
    finally:
        opened.close()


def _damaged(file: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{file}: is not as it was when the backup was made; nothing was restored. Take another "
        "copy of the backup, or an earlier backup"
    )


def _bodies_of(engine: Engine) -> Path:
    shelf = shelf_of(engine)
    assert isinstance(shelf, Files)
    return shelf.directory


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _ENDING)


def _remove(file: Path, bodies: Path) -> None:
    for each in (file, *(file.with_name(file.name + end) for end in _BESIDE)):
        each.unlink(missing_ok=True)
    shutil.rmtree(bodies, ignore_errors=True)
