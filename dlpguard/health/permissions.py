"""Who may read the keys and the database: their owner, and nobody else."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from dlpguard.health._lines import Level, Line, Machine

_ALL_BUT_OWNER = stat.S_IRWXG | stat.S_IRWXO


def look(machine: Machine) -> Iterator[Line]:
    """Lines for the key file, and for the database's files."""
    for about, file in {"Key file": machine.key_file, "Database": machine.database}.items():
        if file and not _may_be_seen(file):
            said = f"This user may not look into {file.parent}."
            yield Line(about, Level.UNKNOWN, said, "Ask as the user who runs dlpguard, or as root.")
            return
    if machine.key_file:
        yield from _key_file(machine.key_file, machine.database)
    if machine.database:
        yield from _database(machine.database)


def _may_be_seen(file: Path) -> bool:
    try:
        file.stat()
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _key_file(file: Path, database: Path | None) -> Iterator[Line]:
    about = "Key file"
    status = _status(file)
    if status is None:
        said = f"{file} is not there."
        if database is None:
            advice = "The first node makes it at its first start; all others need a copy of it."
            yield Line(about, Level.LOOK, said, advice)
        elif not database.exists():
            yield Line(about, Level.FINE, f"{said} It is made at the first start.")
        else:
            advice = "Restore it from its copy: without it nothing that is stored can be read."
            yield Line(about, Level.BROKEN, said, advice)
        return
    if status.st_mode & _ALL_BUT_OWNER:
        said = f"Others than its owner may use {file} ({_mode(status)}); dlpguard does not start."
        yield Line(about, Level.BROKEN, said, f"Run: chmod 600 {file}")
    else:
        yield Line(about, Level.FINE, f"Only {_owner(status)} may read {file}.")
    folder = _status(file.parent)
    if folder and folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        said = f"Everybody may replace what is in {file.parent}, the key file too."
        yield Line("Folder of the key file", Level.BROKEN, said, f"Run: chmod o-w {file.parent}")
    database_status = _status(database) if database else None
    if database_status and database_status.st_uid != status.st_uid:
        said = (
            f"The key file belongs to {_owner(status)}, the database to {_owner(database_status)}."
        )
        advice = f"Run: chown {_owner(database_status)} {file}"
        yield Line("Owner of the key file", Level.BROKEN, said, advice)


def _database(file: Path) -> Iterator[Line]:
    about = "Files of the database"
    names = (file.name, *(f"{file.name}{end}" for end in ("-wal", "-shm", ".bodies")))
    found = {path: _status(path) for path in map(file.with_name, names)}
    there = {path: status for path, status in found.items() if status}
    open_to_others = [path for path, status in there.items() if status.st_mode & _ALL_BUT_OWNER]
    for path in open_to_others:
        wanted = "700" if path.is_dir() else "600"
        said = f"Others than its owner may use {path}; dlpguard does not start."
        yield Line(about, Level.BROKEN, said, f"Run: chmod {wanted} {path}")
    owners = {_owner(status) for status in there.values()}
    if len(owners) > 1:
        said = f"They belong to {' and '.join(sorted(owners))}: dlpguard can write only its own."
        advice = f"Give all of them to the one who runs dlpguard: chown USER {file}*"
        yield Line(about, Level.BROKEN, said, advice)
    elif there and not open_to_others:
        [owner] = owners
        yield Line(about, Level.FINE, f"Only {owner} may read them. {_whoami(owner)}".strip())


def _whoami(owner: str) -> str:
    """A word where what is seen here is not what dlpguard sees."""
    ours = _name(os.geteuid())
    return "" if ours == owner else f"This is asked by {ours}, who may do other things than it."


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


def _mode(status: os.stat_result) -> str:
    return f"mode {stat.S_IMODE(status.st_mode):o}, group {_group(status.st_gid)}"


def _owner(status: os.stat_result) -> str:
    return _name(status.st_uid)


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _group(group: int) -> str:
    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
