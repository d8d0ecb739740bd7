"""Archives and compressed files, member by member, within limits on what really comes out."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _localheaders
from dlpguard.extractors._budget import Budget, Inflation, Piece, Unreadable
from dlpguard.mail import Part

FORMATS = frozenset({"zip", "tar", "gz", "bz2", "xz"})

_CHUNK = 1 << 18
_ENDINGS = (
    (".tgz", ".tar"),
    (".tbz2", ".tar"),
    (".txz", ".tar"),
    (".gz", ""),
    (".bz2", ""),
    (".xz", ""),
)
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError)
"""What the standard library raises for archives that are damaged or cut off."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What is in the archive, inside; the names of its members as text."""
    inflation = Inflation(budget, len(part.content))
    if part.content.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        yield from _compressed(part, place, budget, inflation)
    elif part.content[257:262] == b"ustar":
        yield from _tar(part, place, budget, inflation)
    else:
        yield from _zip(part, place, budget, inflation)


def _zip(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    members = part.content.count(b"PK\x01\x02")
    if members > budget.limits.members * 2:  # a nested archive, stored, has its own among them
        raise Unreadable(Unread.TOO_LARGE, f"more than {budget.limits.members} members")
    listed: list[tuple[int, int]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(part.content)) as archive:
            infos = archive.infolist()
            first = min((info.header_offset for info in infos), default=0)
            if first and part.content.startswith(b"PK\x03\x04"):
                yield Gap(place, Unread.CORRUPT, "the directory leaves out the beginning", "zip")
            if infos:
                yield Text(f"{place}{SEPARATOR}member names", "\n".join(i.filename for i in infos))
            for info in infos:
                listed.append((info.header_offset, _end_of(info)))
                if not info.is_dir():
                    yield from _zip_member(archive, info, part, place, budget, inflation)
    except zipfile.BadZipFile:
        yield Gap(place, Unread.CORRUPT, "the archive's directory is damaged or missing", "zip")
    yield from _not_listed(part, place, budget, inflation, listed)


def _end_of(info: zipfile.ZipInfo) -> int:
    return info.header_offset + 30 + len(info.filename.encode("utf-8")) + info.compress_size


def _zip_member(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    part: Part,
    place: str,
    budget: Budget,
    inflation: Inflation,
) -> Iterator[Piece]:
    budget.charge(members=1)
    where = f"{place}{SEPARATOR}{info.filename}"
    if info.flag_bits & 1:
        yield Gap(where, Unread.ENCRYPTED, "a member with a password", "zip")
        return
    try:
        stream = archive.open(info)
    except NotImplementedError:
        yield Gap(where, Unread.UNSUPPORTED, f"compression method {info.compress_type}", "zip")
        return
    except _DAMAGED as fault:
        yield Gap(where, Unread.CORRUPT, type(fault).__name__, "zip")
        return
    with stream:
        yield from _member(stream.read, info.filename, part, where, budget, inflation)


def _not_listed(
    part: Part, place: str, budget: Budget, inflation: Inflation, listed: list[tuple[int, int]]
) -> Iterator[Piece]:
    """Members that only a repairing or streaming program would see."""
    for local in _localheaders.unlisted(part.content, listed):
        if local.name.endswith("/"):
            continue
        budget.charge(members=1)
        where = f"{place}{SEPARATOR}{local.name}"
        yield Text(where, local.name, Hidden.MEMBER)
        if local.encrypted:
            yield Gap(where, Unread.ENCRYPTED, "a member with a password", "zip")
            continue
        content = _localheaders.inflate(part.content, local, inflation.charge)
        document = budget.open(_named(part, content, local.name), where)
        yield replace(
            document,
            blocks=tuple(replace(block, hidden=Hidden.MEMBER) for block in document.blocks),
        )


def _tar(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    names: list[str] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(part.content), mode="r:") as archive:
            for info in archive:
                budget.charge(members=1)
                names.append(info.name)
                stream = archive.extractfile(info) if info.isreg() else None
                if stream is not None:
                    where = f"{place}{SEPARATOR}{info.name}"
                    yield from _member(stream.read, info.name, part, where, budget, inflation)
    except _DAMAGED as fault:
        yield Gap(place, Unread.CORRUPT, type(fault).__name__, "tar")
    if names:
        yield Text(f"{place}{SEPARATOR}member names", "\n".join(names))


def _compressed(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    """One compressed file; its name is the file's without the last ending."""
    name = part.filename or "content"
    for ending, instead in _ENDINGS:
        if name.lower().endswith(ending):
            name = name[: -len(ending)] + instead
            break
    budget.charge(members=1)
    with _decompressed(part.content) as stream:
        # read1 hands over what there is before it finds that the rest is missing.
        yield from _member(stream.read1, name, part, f"{place}{SEPARATOR}{name}", budget, inflation)


def _decompressed(content: bytes) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    source = io.BytesIO(content)
    if content.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=source)
    return bz2.BZ2File(source) if content.startswith(b"BZh") else lzma.LZMAFile(source)


def _member(
    read_some: Callable[[int], bytes],
    name: str,
    part: Part,
    where: str,
    budget: Budget,
    inflation: Inflation,
) -> Iterator[Piece]:
    """One member, opened; what came out before a fault is opened too."""
    pieces: list[bytes] = []
    try:
        while piece := read_some(_CHUNK):
            inflation.charge(len(piece))
            pieces.append(piece)
    except _DAMAGED as fault:
        yield Gap(where, Unread.CORRUPT, type(fault).__name__)
        if not pieces:
            return
    yield budget.open(_named(part, b"".join(pieces), name), where)


def _named(part: Part, content: bytes, name: str) -> Part:
    return Part(part.path, content, filename=name.replace("\\", "/").rpartition("/")[2])
