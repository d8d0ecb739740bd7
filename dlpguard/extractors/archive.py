"""Archives and compressed files, member by member, within limits on what really comes out."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _asides, _disguise, _libarchive, _sevenzip, _zip
from dlpguard.extractors._budget import Budget, Inflation, Piece, Unreadable
from dlpguard.extractors._member import DAMAGED, member, named
from dlpguard.extractors._remains import remains
from dlpguard.extractors._streams import Streams
from dlpguard.mail import Part

_COMPRESSED = {"gz": b"\x1f\x8b", "bz2": b"BZh", "xz": b"\xfd7zXZ\0", "zst": b"\x28\xb5\x2f\xfd"}
_BY_LIBARCHIVE = {
    "rar": b"Rar!\x1a\x07",
    "cab": b"MSCF",
    "cpio": b"0707",
    "ar": b"!<arch>\n",
}
FORMATS = frozenset({"zip", "tar", "7z", *_COMPRESSED, *_BY_LIBARCHIVE})

_SEVENZIP = b"7z\xbc\xaf\x27\x1c"
_ENDINGS = (
    (".tgz", ".tar"),
    (".tbz2", ".tar"),
    (".txz", ".tar"),
    (".gz", ""),
    (".bz2", ""),
    (".xz", ""),
    (".zst", ""),
)
_LONGEST_NAME = 4096
"""Bytes of a name or comment in the header of a compressed file."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What is in the archive, inside; the names of its members as text."""
    inflation = Inflation(budget, len(part.content))
    content = part.content
    if content.startswith(tuple(_COMPRESSED.values())):
        yield from _compressed(part, place, budget, inflation)
    elif content.startswith(_SEVENZIP):
        yield from _seven(part, place, budget, inflation)
    elif content.startswith(tuple(_BY_LIBARCHIVE.values())):
        yield from _foreign(part, place, budget, inflation)
    elif content[257:262] == b"ustar" or _zip.is_zip(content):
        read_one = _tar if content[257:262] == b"ustar" else _zip.read
        yield from read_one(part, place, budget, inflation)
    elif hidden := _disguise.archive(content):
        kind, start = hidden
        reader = _seven if kind == "7z" else _foreign
        yield from reader(replace(part, content=content[start:]), place, budget, inflation)
    else:
        yield from _tar(part, place, budget, inflation)


def _seven(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    names = _sevenzip.names(part.content)
    budget.charge(members=len(names))
    yield Text(f"{place}{SEPARATOR}member names", "\n".join(names))
    for found in _sevenzip.members(part.content, inflation.charge):
        where = f"{place}{SEPARATOR}{found.name}"
        yield budget.open(named(part, found.content, found.name), where)
    behind = part.content[_sevenzip.end(part.content) :]
    yield from remains([behind], part, place, budget, inflation)


def _foreign(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    """What only libarchive reads."""
    if not _libarchive.is_here():
        raise Unreadable(Unread.UNSUPPORTED, "libarchive is not on this machine")
    names: list[str] = []
    ends: list[int] = []
    try:
        for found in _libarchive.members(part.content, ends.append):
            budget.charge(members=1)
            names.append(found.name)
            where = f"{place}{SEPARATOR}{found.name}"
            if found.encrypted:
                yield Gap(where, Unread.ENCRYPTED, "a member with a password")
            else:
                yield from member(found.read, found.name, part, where, budget, inflation)
    except _libarchive.Damaged as fault:
        why = Unread.ENCRYPTED if fault.encrypted else Unread.CORRUPT
        yield Gap(place, why, "libarchive cannot go on")
    if names:
        yield Text(f"{place}{SEPARATOR}member names", "\n".join(names))
    pieces = [*_asides.pieces(part.content), *(part.content[end:] for end in ends)]
    yield from remains(pieces, part, place, budget, inflation)


def _tar(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    names: list[str] = []
    end = len(part.content)
    try:
        with tarfile.open(fileobj=io.BytesIO(part.content), mode="r:") as archive:
            for info in archive:
                budget.charge(members=1)
                names.append(f"{info.name} → {info.linkname}" if info.linkname else info.name)
                stream = archive.extractfile(info) if info.isreg() else None
                if stream is not None:
                    where = f"{place}{SEPARATOR}{info.name}"
                    yield from member(stream.read, info.name, part, where, budget, inflation)
            end = archive.offset
    except DAMAGED as fault:
        yield Gap(place, Unread.CORRUPT, type(fault).__name__, "tar")
    if names:
        yield Text(f"{place}{SEPARATOR}member names", "\n".join(names))
    # tar stops at two blocks of zeros; another archive may follow, which `tar -i` reads too.
    yield from remains([part.content[end:]], part, place, budget, inflation)


def _compressed(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    """One compressed file; its name is the file's without the last ending."""
    name = part.filename or "content"
    for ending, instead in _ENDINGS:
        if name.lower().endswith(ending):
            name = name[: -len(ending)] + instead
            break
    budget.charge(members=1)
    streams = Streams(part.content)
    where = f"{place}{SEPARATOR}{name}"
    # read1 hands over what there is before it finds that the rest is missing.
    yield from member(streams.read1, name, part, where, budget, inflation)
    if said := [text for start in streams.starts for text in _in_gzip_header(part.content, start)]:
        where = f"{place}{SEPARATOR}name and comment"
        yield Text(where, "\n".join(dict.fromkeys(said)), Hidden.PROPERTY)
    yield from remains([streams.rest()], part, place, budget, inflation)


def _in_gzip_header(content: bytes, start: int) -> list[str]:
    """The name and the comment that a gzip file may begin with (RFC 1952 2.3)."""
    if not content.startswith(_COMPRESSED["gz"], start) or len(content) < start + 10:
        return []
    flags, position = content[start + 3], start + 10
    if flags & 4:
        position += 2 + int.from_bytes(content[position : position + 2], "little")
    said: list[str] = []
    for flag in (8, 16):
        end = content.find(b"\0", position, position + _LONGEST_NAME)
        if flags & flag and end != -1:
            said.append(content[position:end].decode("utf-8", "replace").strip())
            position = end + 1
    return [text for text in said if text]
