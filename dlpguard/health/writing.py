"""Whether what is written lasts: the kind of file system, and how long it takes to the disk.

What is written to find out has no name and is gone when it is closed (O_TMPFILE): no file changes.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from dlpguard.health._lines import Level, Line, Machine
from dlpguard.health._words import size

SLOW_SECONDS = 0.05
"""For 4 kB to the disk, in the middle of three: a disk of its own takes ten milliseconds at most,
and each message waits for two or three."""

PIECE = bytes(4096)
"""A page of the database."""

NETWORKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "afs", "fuse.sshfs", "ceph"})
"""File systems over a network: SQLite's log needs memory that all its users share (WAL)."""

MEMORY = frozenset({"tmpfs", "ramfs"})
"""File systems that are empty after a restart."""


_ESCAPED = re.compile(r"\\([0-7]{3})")
"""A blank in the name of a place where something is mounted."""


def look(machine: Machine) -> Iterator[Line]:
    """Lines for the folder of an embedded database; none for one on a server."""
    if machine.database is None:
        return
    folder = machine.database.parent
    try:
        is_there = folder.is_dir()
    except PermissionError:
        said = f"This user may not look into {folder}."
        advice = "Ask as the user who runs dlpguard, or as root."
        yield Line("Folder of the database", Level.UNKNOWN, said, advice)
        return
    if not is_there:
        said = f"{folder} is not there."
        yield Line("Folder of the database", Level.BROKEN, said, "Make it, for the user dlpguard.")
        return
    yield _kind(folder)
    yield _fsync(folder)


def _kind(folder: Path) -> Line:
    about = "File system"
    kind = _file_system(folder)
    if kind is None:
        return Line(about, Level.UNKNOWN, "This system does not tell.")
    if kind in NETWORKS:
        said = f"{folder} is on another machine ({kind}), where SQLite can lose what it wrote."
        advice = "Put it on a disk of this machine, or use PostgreSQL."
        return Line(about, Level.BROKEN, said, advice)
    if kind in MEMORY:
        said = f"{folder} is in memory ({kind}): mail that was accepted is lost with a restart."
        return Line(about, Level.BROKEN, said, "Put store.url on a disk.")
    return Line(about, Level.FINE, f"{kind}, on this machine.")


def _fsync(folder: Path) -> Line:
    about = "Writing to disk"
    try:
        took = sorted(_time_to_disk(folder) for _ in range(3))[1]
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EROFS, errno.EPERM}:
            said = f"This user may not write in {folder}, so it was not tried."
            return Line(about, Level.UNKNOWN, said, "Ask as the user who runs dlpguard.")
        if error.errno in {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL}:
            said = "This file system cannot be tried without leaving a file."
            return Line(about, Level.UNKNOWN, said)
        said = f"{size(len(PIECE))} could not be written in {folder} ({error.strerror})."
        return Line(about, Level.BROKEN, said, "See Disk; is the disk ill? Look at: dmesg")
    said = f"{size(len(PIECE))} are on the disk after {1000 * took:.1f} ms."
    if took > SLOW_SECONDS:
        advice = "Every message waits for it: a faster disk, or one of its own, helps most."
        return Line(about, Level.LOOK, said, advice)
    return Line(about, Level.FINE, said)


def _time_to_disk(folder: Path) -> float:
    descriptor = os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, PIECE)
        began = time.monotonic()
        os.fsync(descriptor)
        return time.monotonic() - began
    finally:
        os.close(descriptor)


def _file_system(folder: Path) -> str | None:
    """The kind of file system that a folder is on (proc(5), mountinfo: fields 5 and after the dash
    the first)."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    place = folder.resolve()
    best: tuple[int, str] | None = None
    for line in mounts:
        mount, _, rest = line.partition(" - ")
        point = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), mount.split()[4]))
        # Of several over each other the last one counts.
        if place.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = len(point.parts), rest.split()[0]
    return best[1] if best else None
