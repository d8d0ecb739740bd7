"""OLE files of no format that has a reader: what they wrap comes back out (MS-OLEDS 2.3.6).

Office puts a file that was dropped into a document into a compound file of its own: as it is
(stream `Package` or `CONTENTS`), with its name and path (`Ole10Native`), or taken apart into a
storage.  The file is what matters; the wrapping only gives its name.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compound import Compound, Path
from dlpguard.extractors._propertysets import properties
from dlpguard.extractors._sniff import sniff
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"ole"})

_WRAPPED = frozenset({"package", "contents", "embeddedodf"})
_NATIVE = "\x01ole10native"
_OF_OLE = frozenset(
    {"\x01ole", "\x01compobj", "\x03objinfo", "\x03linkinfo", "\x03accessobjsitedata"}
)
_MARKS = frozenset({"worddocument", "workbook", "book", "powerpoint document", "visiodocument"})
"""Streams that make their storage a document."""

_NO_NAMES: frozenset[str] = frozenset()
_NOTHING = frozenset({"unknown", "empty", "text"})


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What is wrapped, inside; properties; a gap when nothing that can be read is in it."""
    compound = Compound(part.content, budget)
    inside = list(embedded(compound, (), part, place, budget))
    yield from inside
    said = properties(compound)
    if said:
        yield Text(f"{place}{SEPARATOR}properties", "\n".join(said), Hidden.PROPERTY)
    if not inside:
        yield Gap(place, Unread.UNSUPPORTED, "an OLE file of an unknown program", "ole")


def embedded(
    compound: Compound, below: Path, part: Part, place: str, budget: Budget
) -> Iterator[Piece]:
    """Files that are wrapped in a storage or in what is below it, opened through `budget`.

    The storage itself may be one.  () is the whole file, whose own streams are left to its reader
    when they are a document.
    """
    depth = len(below)
    names: dict[Path, set[str]] = {}
    for path in compound.streams:
        names.setdefault(path[:-1], set()).add(path[-1].lower())
    taken = {storage for storage in compound.storages if names.get(storage, _NO_NAMES) & _MARKS}
    if names.get((), _NO_NAMES) & _MARKS:
        taken.add(())
    for storage in compound.storages:
        outer = any(storage[:steps] in taken for steps in range(1, len(storage)))
        if storage in taken and storage[:depth] == below and not outer:
            yield from _opened(compound, storage, part, place, budget)
    for path in compound.streams:
        outer = any(path[:steps] in taken for steps in range(1, len(path)))
        at_root = len(path) == 1 and () in taken
        if path[:depth] == below and not outer and not at_root:
            yield from _stream(compound, path, part, place, budget)


def _opened(
    compound: Compound, storage: Path, part: Part, place: str, budget: Budget
) -> Iterator[Piece]:
    where = f"{place}{SEPARATOR}{_printable(storage[-1])}"
    budget.charge(members=1)
    try:
        yield budget.open(Part(part.path, compound.as_file(storage)), where)
    except Unreadable as fault:
        yield Gap(where, fault.why, fault.detail, "ole")


def _stream(
    compound: Compound, path: Path, part: Part, place: str, budget: Budget
) -> Iterator[Piece]:
    name = path[-1].lower()
    if name in _OF_OLE or name.startswith("\x05"):
        return
    where = f"{place}{SEPARATOR}{_printable(path[-1])}"
    try:
        content = compound.read(path)
    except Unreadable as fault:
        yield Gap(where, fault.why, fault.detail, "ole")
        return
    filename = ""
    if name == _NATIVE:
        filename, notes, content = native(content)
        where = f"{place}{SEPARATOR}{filename or 'package'}"
        if notes:
            yield Text(where, "\n".join(notes), Hidden.PROPERTY)
    elif name not in _WRAPPED and sniff(content).formats[0] in _NOTHING:
        return
    budget.charge(members=1)
    yield budget.open(Part(part.path, content, filename=filename), where)


def native(content: bytes) -> tuple[str, list[str], bytes]:
    """An Ole10Native stream: the file's name, its label and paths, and its bytes.

    The size, a type, label, path, and then the temporary path and the bytes, each after its length;
    older programs wrote the size and the bytes only.
    """
    whole = content[4 : 4 + int.from_bytes(content[:4], "little")]
    try:
        kind = struct.unpack_from("<H", content, 4)[0]
        label, position = _until_zero(content, 6)
        original, position = _until_zero(content, position)
        length = struct.unpack_from("<4xI", content, position)[0]
        temporary = decode(content[position + 8 : position + 8 + length]).rstrip("\0")
        position += 8 + length
        size = struct.unpack_from("<I", content, position)[0]
    except (struct.error, ValueError):
        return "", [], whole
    body = content[position + 4 : position + 4 + size]
    if kind != 2 or not body:
        return "", [], whole
    name = label or original.replace("\\", "/").rpartition("/")[2]
    return name, list(dict.fromkeys(filter(None, (label, original, temporary)))), body


def _until_zero(content: bytes, position: int) -> tuple[str, int]:
    end = content.index(b"\0", position, position + 2000)
    return decode(content[position:end]), end + 1


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())
