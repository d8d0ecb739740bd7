"""Compound files (MS-CFB): the file system of streams that Office wrote into until 2007.

olefile reads them.  What lies in a storage of its own (an embedded Word document is one) is
written out again as a file, so that the reader of that format can open it.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

from dlpguard.document import Unread
from dlpguard.extractors._budget import Budget, Unreadable

_SECTOR, _MINI = 512, 64
_CUTOFF = 4096
"""Streams below it live in the mini stream (MS-CFB 2.2)."""

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_HEADER_FATS = 109
"""Sectors of the FAT that the header itself lists: 7 MB; a larger storage is not written out."""

Path = tuple[str, ...]


class Compound:
    """An opened compound file.  Names are compared without case, as programs do."""

    def __init__(self, content: bytes, budget: Budget) -> None:
        import olefile  # noqa: PLC0415 - only old formats need it

        self._budget = budget
        self._content = content
        self._length = len(content)
        try:
            self._file = olefile.OleFileIO(io.BytesIO(content))
            paths = [tuple(path) for path in self._file.listdir(streams=True, storages=True)]
        except (OSError, IndexError, struct.error, ValueError):
            raise Unreadable(Unread.CORRUPT, "the compound file is damaged") from None
        # olefile follows a circle of sectors for as long as a stream says it is; these two it opens
        # by itself: the one that all small streams lie in, and the table of where they do.
        opened: Any = self._file
        if max(opened.root.size, opened.num_mini_fat_sectors * opened.sector_size) > self._length:
            raise Unreadable(Unread.CORRUPT, "a stream is longer than its compound file")
        most = budget.limits.members * 5
        if len(paths) > most:
            raise Unreadable(Unread.TOO_LARGE, f"more than {most} streams")
        self.streams: list[Path] = [p for p in paths if self._file.get_type(list(p)) == _STREAM]
        self.storages: list[Path] = [p for p in paths if self._file.get_type(list(p)) == _STORAGE]

    def find(self, *path: str) -> Path | None:
        """The stream of this name, as it is spelt in the file; None when there is none."""
        sought = tuple(step.lower() for step in path)
        return next((p for p in self.streams if tuple(s.lower() for s in p) == sought), None)

    def read(self, path: Path) -> bytes:
        """The bytes of a stream.  `Unreadable` CORRUPT when its sectors cannot be followed."""
        self._budget.charge()
        try:
            if self._file.get_size(list(path)) > self._length:
                raise Unreadable(Unread.CORRUPT, "a stream is longer than its compound file")
            content: bytes = self._file.openstream(list(path)).read()
        except (OSError, IndexError, struct.error):
            raise Unreadable(Unread.CORRUPT, "a stream of the compound file is damaged") from None
        return content

    def unused(self) -> bytes:
        """The sectors that belong to nothing, and what lies behind the last: deleted, or hidden."""
        opened: Any = self._file
        size = opened.sector_size
        free = [number for number, follows in enumerate(opened.fat) if follows == _FREE]
        known = (len(opened.fat) + 1) * size
        pieces = [self._content[(n + 1) * size : (n + 2) * size] for n in free]
        return b"".join([*pieces, self._content[known:]])

    def as_file(self, storage: Path) -> bytes:
        """A storage and everything in it as a compound file of its own."""
        root = _Entry("Root Entry", _ROOT)
        depth = len(storage)
        made: dict[Path, _Entry] = {storage: root}
        for path in self.storages:
            if len(path) > depth and path[:depth] == storage and path[:-1] in made:
                made[path] = _Entry(path[-1], _STORAGE)
                made[path[:-1]].children.append(made[path])
        for path in self.streams:
            if len(path) > depth and path[:depth] == storage and path[:-1] in made:
                stream = _Entry(path[-1], _STREAM, self.read(path))
                made[path[:-1]].children.append(stream)
        return _written(root)


class _Entry:
    """A storage or stream to be written."""

    def __init__(self, name: str, kind: int, content: bytes = b"") -> None:
        self.name = name
        self.kind = kind
        self.content = content
        self.children: list[_Entry] = []
        self.child = self.left = self.right = _FREE
        self.start = _END


@dataclass(slots=True)
class _Chains:
    """Sectors and the table that chains them."""

    size: int
    body: bytearray
    table: list[int]

    def add(self, content: bytes) -> int:
        """Append as a chain; its first sector."""
        count = -(-len(content) // self.size)
        first = len(self.table)
        self.table += [*range(first + 1, first + count), _END]
        self.body += content.ljust(count * self.size, b"\0")
        return first


def _written(root: _Entry) -> bytes:
    entries = _flattened(root)
    mini, sectors = _Chains(_MINI, bytearray(), []), _Chains(_SECTOR, bytearray(), [])
    for entry in entries:
        if entry.content:
            entry.start = (mini if len(entry.content) < _CUTOFF else sectors).add(entry.content)
    root.content = bytes(mini.body)
    if root.content:
        root.start = sectors.add(root.content)
    packed = b"".join(_directory_entry(entry) for entry in entries)
    directory = sectors.add(packed.ljust(-(-len(packed) // _SECTOR) * _SECTOR, b"\0"))
    mini_table = struct.pack(f"<{len(mini.table)}I", *mini.table)
    mini_sectors = -(-len(mini_table) // _SECTOR)
    mini_start = (
        sectors.add(mini_table.ljust(mini_sectors * _SECTOR, b"\xff")) if mini.table else _END
    )
    fats = 1
    while fats * 128 < len(sectors.table) + fats:
        fats += 1
    if fats > _HEADER_FATS:
        raise Unreadable(Unread.TOO_LARGE, "an embedded storage of more than 7 MB")
    first = len(sectors.table)
    table = [*sectors.table, *[_FAT] * fats]
    table += [_FREE] * (fats * 128 - len(table))
    listed = [*range(first, first + fats), *[_FREE] * (_HEADER_FATS - fats)]
    header = struct.pack(
        "<8s16sHHHHH6x9I109I",
        bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6,
        0, fats, directory, 0, _CUTOFF, mini_start, mini_sectors, _END, 0, *listed,
    )  # fmt: skip
    return header + bytes(sectors.body) + struct.pack(f"<{len(table)}I", *table)


def _flattened(root: _Entry) -> list[_Entry]:
    """All entries, a number each; every storage's children as a balanced tree (MS-CFB 2.6.4)."""
    entries = [root]
    for entry in entries:  # grows while it is walked
        children = sorted(entry.children, key=lambda child: (len(child.name), child.name.upper()))
        first = len(entries)
        entries += children
        entry.child = _balance(children, first)
    return entries


def _balance(children: list[_Entry], first: int) -> int:
    if not children:
        return _FREE
    middle = len(children) // 2
    children[middle].left = _balance(children[:middle], first)
    children[middle].right = _balance(children[middle + 1 :], first + middle + 1)
    return first + middle


def _directory_entry(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le")[:62] + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ",
        name, len(name), entry.kind, 1, entry.left, entry.right, entry.child,
        0, entry.start, len(entry.content),
    )  # fmt: skip
