"""Room on the disks that the database and the bodies of messages are on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import size
from dlpguard.runners.reception import FREE_BYTES
from dlpguard.store.opening import Store
from dlpguard.store.shelves import Files

LITTLE = 0.10
"""Of a disk: from here on somebody should make room."""

AMPLE = 20 * FREE_BYTES
"""Bytes that are enough on however large a disk."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """A line for each disk."""
    del around
    if not isinstance(store.shelf, Files):
        said = "The database and all messages are on its server."
        yield Line("Disk", Level.FINE, said, "Watch the disks of the database's server.")
        return
    folder = store.shelf.directory
    folders = {"Disk of the database": folder.parent, "Disk of large messages": folder}
    devices: dict[int, str] = {}
    for about, folder in folders.items():
        device = folder.stat().st_dev
        if device not in devices:
            devices[device] = about
            yield _line(about, folder)


def _line(about: str, folder: Path) -> Line:
    usage = shutil.disk_usage(folder)
    said = f"{size(usage.free)} of {size(usage.total)} are free."
    if usage.free < FREE_BYTES:
        advice = (
            "No mail is taken until there is room: mail servers keep it and try again. "
            "Make the disk larger, or remove what is not dlpguard's."
        )
        return Line(about, Level.BROKEN, said, advice)
    if usage.free < AMPLE and usage.free < LITTLE * usage.total:
        advice = f"Make room soon: below {size(FREE_BYTES)} no mail is taken."
        return Line(about, Level.LOOK, said, advice)
    return Line(about, Level.FINE, said)
