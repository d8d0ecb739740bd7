"""Folders that appear whole or not at all, and files that are on the disk when we say so."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from dlpguard.errors import ConfigurationError

CHUNK = 1024 * 1024
"""Bytes that are copied at a time."""

_UNFINISHED = ".unfinished"


@contextlib.contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder to write into, that gets its name at the end; nothing of it is left after an error.

    `ConfigurationError` when there is something of that name, or somebody is writing it.  What a
    process that was killed left behind is removed.
    """
    _refuse(folder)
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    try:
        unfinished.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(unfinished, os.O_RDONLY)
    except OSError as error:
        raise ConfigurationError(f"{unfinished}: cannot be made ({error.strerror})") from None
    try:
        _lock(lock, unfinished)
    except ConfigurationError:
        os.close(lock)
        raise
    try:
        _empty(unfinished)
        yield unfinished
        for each, _, _ in os.walk(unfinished):
            sync_folder(Path(each))
        _refuse(folder)
        unfinished.rename(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def copy(source: Path, target: Path, told: Callable[[int], None]) -> tuple[int, str]:
    """Copy a file into a new one that only its owner may read, onto the disk.

    Returns its size and SHA-256.  `told` is called with the bytes of each step.  `OSError` as the
    operating system says.
    """
    digest, size = hashlib.sha256(), 0
    for folder in (target.parent.parent, target.parent):  # `parents=True` would not set their mode
        folder.mkdir(mode=0o700, exist_ok=True)
    with source.open("rb") as stream, new_file(target) as out:
        while piece := stream.read(CHUNK):
            _write(out, piece)
            digest.update(piece)
            size += len(piece)
            told(len(piece))
    return size, digest.hexdigest()


@contextlib.contextmanager
def new_file(file: Path) -> Iterator[int]:
    """The descriptor of a new file; on the disk afterwards.  `FileExistsError` when it is there."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(file: Path, content: bytes) -> None:
    """Write a new file onto the disk.  `OSError` as the operating system says."""
    with new_file(file) as out:
        _write(out, content)


def sync(file: Path) -> None:
    """What was written to a file is on the disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync
"""The names in a folder are on the disk."""


def _write(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _refuse(folder: Path) -> None:
    if folder.exists():
        raise ConfigurationError(f"{folder}: is there already; a backup overwrites nothing")


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(f"{folder}: another backup is being written there") from None


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()
