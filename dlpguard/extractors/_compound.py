"""Compound files (MS-CFB): the file system of streams that Office wrote into until 2007.

olefile reads them.  What lies in a storage of its own (an embedded Word document is one) is
written out again as a file, so that the reader of that format can open it.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Iterator, Sequence
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

_ENTRY = 128
"""Bytes of an entry of the directory."""

_LEFT, _RIGHT, _BELOW = 68, 72, 76
"""Where an entry says which stand beside it, and which below a storage."""

Path = tuple[str, ...]


def root_names(content: bytes) -> set[str] | None:
    """What stands at the root of a compound file, in lower case, found without opening it.

    None for a file whose tables do not lead there straight.
    """
    try:
        directory = _directory(content)
        names: set[str] = set()
        seen: set[int] = set()
        waiting = [_child(directory, 0, _BELOW)]
        while waiting:
            number = waiting.pop()
            if number == _FREE:
                continue
            if number in seen:
                return None
            seen.add(number)
            waiting += [_child(directory, number, _LEFT), _child(directory, number, _RIGHT)]
            start = number * _ENTRY
            length, kind = struct.unpack_from("<HB", directory, start + 64)
            if not 2 <= length <= 64 or kind not in {_STORAGE, _STREAM}:
                return None
            name = directory[start : start + length - 2]
            names.add(name.decode("utf-16-le", "replace").lower())
    except (struct.error, IndexError):
        return None
    return names


def _directory(content: bytes) -> bytes:
    """The sectors of the directory; `struct.error` or `IndexError` where no table leads to them."""
    shift, sector = struct.unpack_from("<H16xI", content, 30)
    if shift not in {9, 12}:
        raise IndexError
    size = 1 << shift
    tables = struct.unpack_from(f"<{_HEADER_FATS}I", content, 76)
    pieces: list[bytes] = []
    while sector != _END:
        start = (sector + 1) * size
        pieces.append(content[start : start + size])
        if len(pieces) * size > len(content):
            raise IndexError
        number, at = divmod(sector, size // 4)
        (sector,) = struct.unpack_from("<I", content, (tables[number] + 1) * size + 4 * at)
    return b"".join(pieces)


def _child(directory: bytes, number: int, at: int) -> int:
    """One of the three entries that an entry leads to (MS-CFB 2.6.1)."""
    (child,) = struct.unpack_from("<I", directory, number * _ENTRY + at)
    return int(child)


class Compound:
    """An opened compound file.  Names are compared without case, as programs do."""

    def __init__(self, content: bytes, budget: Budget) -> None:
        import olefile  # noqa: PLC0415 - only old formats need it

        self._budget = budget
        self._content = content
        self._length = len(content)
        try:
            opened: Any = olefile.OleFileIO(io.BytesIO(content))
        except (OSError, IndexError, struct.error, ValueError):
            raise Unreadable(Unread.CORRUPT, "the compound file is damaged") from None
        self._file = opened
        # A circle of sectors is followed for as long as a stream says it is; these two are what all
        # small streams lie in, and the table of where they do.
        if max(opened.root.size, opened.num_mini_fat_sectors * opened.sector_size) > self._length:
            raise Unreadable(Unread.CORRUPT, "a stream is longer than its compound file")
        self._entries = dict(_entries((), opened.root))
        most = budget.limits.members * 5
        if len(self._entries) > most:
            raise Unreadable(Unread.TOO_LARGE, f"more than {most} streams")
        kinds = {path: entry.entry_type for path, entry in self._entries.items()}
        self.streams: list[Path] = [path for path, kind in kinds.items() if kind == _STREAM]
        self.storages: list[Path] = [path for path, kind in kinds.items() if kind == _STORAGE]

    def find(self, *path: str) -> Path | None:
        """The stream of this name, as it is spelt in the file; None when there is none."""
        sought = tuple(step.lower() for step in path)
        return next((p for p in self.streams if tuple(s.lower() for s in p) == sought), None)

    def read(self, path: Path) -> bytes:
        """The bytes of a stream.  `Unreadable` CORRUPT when its sectors cannot be followed."""
        self._budget.charge()
        opened, entry = self._file, self._entries[path]
        if entry.size > self._length:
            raise Unreadable(Unread.CORRUPT, "a stream is longer than its compound file")
        if entry.size < opened.minisectorcutoff:
            small, table = self._small
            return _chained(small, 0, opened.minisectorsize, table, entry)
        return _chained(self._content, opened.sectorsize, opened.sectorsize, opened.fat, entry)

    @functools.cached_property
    def _small(self) -> tuple[bytes, Sequence[int]]:
        """What all small streams lie in, and the table that chains its sectors."""
        opened = self._file
        try:
            opened.loadminifat()
        except (OSError, IndexError, struct.error, ValueError):
            raise Unreadable(Unread.CORRUPT, "a stream of the compound file is damaged") from None
        root, size = opened.root, opened.sectorsize
        return _chained(self._content, size, size, opened.fat, root), opened.minifat

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


def _entries(storage: Path, node: Any) -> Iterator[tuple[Path, Any]]:
    """olefile's entries of all streams and storages below one, each after the storage it is in."""
    for entry in node.kids:
        path = (*storage, entry.name)
        if entry.entry_type in {_STORAGE, _STREAM}:
            yield path, entry
        if entry.entry_type == _STORAGE:
            yield from _entries(path, entry)


def _chained(content: bytes, first: int, size: int, table: Sequence[int], entry: Any) -> bytes:
    """The bytes of a stream: sectors of so many bytes, where each leads to the next in a table.

    `first` is where the sectors begin.  What the table does not lead to is missing.  (olefile asks
    a file for each sector, and takes ten times as long.)
    """
    pieces: list[bytes] = []
    sector, count = entry.isectStart, len(table)
    for _ in range(-(-entry.size // size)):
        if sector >= count:
            break
        start = first + sector * size
        pieces.append(content[start : start + size])
        sector = table[sector]
    return b"".join(pieces)[: entry.size]


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
