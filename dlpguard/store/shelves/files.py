"""Bodies in files, two letters of their ids to a directory.

A file that is being written, which takes as long as its client likes, is locked.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Generator
from pathlib import Path

from dlpguard import faults
from dlpguard.store._pieces import NOT_YET, STORED
from dlpguard.store.syncing import sync_directory

SYNC_BYTES = 2 * 1024 * 1024
"""Bytes of a file that may wait in the operating system's memory.  A hundred large messages at once
would let gigabytes wait there, and every commit of the database wait for them."""


class Files:
    """A directory of bodies (`shelves.Shelf`)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def begin(self, id: str, reserve: int) -> _Growing:
        """A file that is made with its first piece."""
        return _Growing(self, id, reserve)

    def pieces(self, id: str, *, patient: bool = True) -> Generator[bytes | memoryview, None, None]:
        """As they stand in the file, all in the same memory: 5 MB of fresh memory cost more than
        reading into it."""
        room = memoryview(bytearray(STORED))
        descriptor = os.open(self.file_of(id), os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            for at in range(0, size, STORED):
                piece = room[: min(STORED, size - at)]
                if patient or _at_hand(descriptor, piece, at) < len(piece):
                    if not patient:
                        yield NOT_YET
                    piece = piece[: _read(descriptor, piece, at)]
                yield piece
        finally:
            os.close(descriptor)

    def remove(self, id: str) -> None:
        """Unlink the file."""
        faults.at("before-unlink")
        self.file_of(id).unlink(missing_ok=True)

    def old(self, before: float) -> tuple[str, ...]:
        """By the time of their last byte."""
        return tuple(f.name for f in self.directory.glob("??/*") if _is_older(f, before))

    def free(self) -> int | None:
        """Of the file system, for whoever is not root."""
        return shutil.disk_usage(self.directory).free

    def file_of(self, id: str) -> Path:
        """Where a body is."""
        return self.directory / id[:2] / id


class _Growing:
    """A file on its way (`shelves.Place`)."""

    def __init__(self, shelf: Files, id: str, reserve: int) -> None:
        self._file = shelf.file_of(id)
        self._directory = shelf.directory
        self._reserve = reserve
        self._descriptor: int | None = None
        self._unsynced = 0

    def append(self, piece: bytes) -> None:
        """Write it; `OSError` as the operating system says."""
        if self._descriptor is None:
            self._descriptor = _create(self._file)
        if not self._unsynced:  # not at each piece: every call may cost the interpreter
            disk = os.fstatvfs(self._descriptor)
            if disk.f_bavail * disk.f_frsize < self._reserve:
                raise OSError(errno.ENOSPC, "below what must stay free")
        view = memoryview(piece)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._unsynced += len(piece)
        if self._unsynced >= SYNC_BYTES:
            os.fdatasync(self._descriptor)
            self._unsynced = 0

    def finish(self) -> None:
        """On the disk, and its name with it."""
        faults.at("body-written")
        if self._descriptor is not None:
            os.fsync(self._descriptor)
        self._close()
        for folder in (self._file.parent, self._directory):
            sync_directory(folder)
        faults.at("body-synced")

    def discard(self) -> None:
        """Unlink what is there; what cannot be removed now is swept later."""
        self._close()
        try:
            self._file.unlink(missing_ok=True)
        except OSError:
            return

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # and unlock it


def _at_hand(descriptor: int, piece: memoryview, at: int) -> int:
    """Read what of a file is in the operating system's memory; returns how much that was."""
    try:
        return os.preadv(descriptor, (piece,), at, os.RWF_NOWAIT)
    except OSError:  # not there, or a file system that does not know: who waits for it is told
        return 0


def _read(descriptor: int, piece: memoryview, at: int) -> int:
    """Read so much of a file; less where it is shorter by now."""
    done = 0
    while done < len(piece) and (count := os.preadv(descriptor, (piece[done:],), at + done)):
        done += count
    return done


def _is_older(file: Path, before: float) -> bool:
    try:
        return file.stat().st_mtime < before and not _is_being_written(file)
    except FileNotFoundError:  # delivered and forgotten while we looked
        return False


def _is_being_written(file: Path) -> bool:
    with file.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _create(file: Path) -> int:
    """A new file that is locked as long as it is open: it is being written."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
