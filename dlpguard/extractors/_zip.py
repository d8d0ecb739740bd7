"""Zip: what the directory lists, and what only the local headers do (APPNOTE 4.3).

Programs disagree about which of the two they believe, so both are read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _libarchive, _localheaders
from dlpguard.extractors._budget import Budget, Defect, Inflation, Piece, Unreadable
from dlpguard.extractors._member import DAMAGED, member, named
from dlpguard.mail import Part

_END_RECORD = 66_000
"""Bytes at the end among which the end record stands: its comment has at most 65,535."""


def read(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    """The members, inside; names and comments as text."""
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
            yield from _words(archive, infos, place)
            for info in infos:
                listed.append((info.header_offset, _end_of(info)))
                if not info.is_dir():
                    yield from _listed(archive, info, part, place, budget, inflation)
    except zipfile.BadZipFile:
        yield Gap(place, Unread.CORRUPT, "the archive's directory is damaged or missing", "zip")
    yield from _not_listed(part, place, budget, inflation, listed)


def is_zip(content: bytes) -> bool:
    """Whether there is a zip in the bytes, at their beginning or their end."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK")) or (
        b"PK\x05\x06" in content[-_END_RECORD:]
    )


def _words(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], place: str) -> Iterator[Piece]:
    """What people wrote in the directory."""
    if infos:
        yield Text(f"{place}{SEPARATOR}member names", "\n".join(i.filename for i in infos))
    comments = [archive.comment, *(info.comment for info in infos)]
    texts = [comment.decode("utf-8", "replace").strip() for comment in comments]
    if any(texts):
        yield Text(f"{place}{SEPARATOR}comments", "\n".join(filter(None, texts)), Hidden.COMMENT)


def _end_of(info: zipfile.ZipInfo) -> int:
    return info.header_offset + 30 + len(info.filename.encode("utf-8")) + info.compress_size


def _listed(
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
        yield from _by_other_method(info, part, where, budget, inflation)
        return
    except zipfile.BadZipFile as fault:
        # Mostly the name in the directory and the one at the member differ.
        yield from _by_local_header(info, part, place, type(fault).__name__, budget, inflation)
        return
    except DAMAGED as fault:
        yield Gap(where, Unread.CORRUPT, type(fault).__name__, "zip")
        return
    with stream:
        yield from member(stream.read, info.filename, part, where, budget, inflation)


def _by_other_method(
    info: zipfile.ZipInfo, part: Part, where: str, budget: Budget, inflation: Inflation
) -> Iterator[Piece]:
    """A member whose compression the standard library does not know (Zstandard, PPMd, xz)."""
    try:
        if _libarchive.is_here():
            for found in _libarchive.members(part.content):
                if found.name == info.filename:
                    yield from member(found.read, info.filename, part, where, budget, inflation)
                    return
    except _libarchive.Damaged:
        yield Gap(where, Unread.CORRUPT, "libarchive cannot open it either", "zip")
        return
    yield Gap(where, Unread.UNSUPPORTED, f"compression method {info.compress_type}", "zip")


def _by_local_header(
    info: zipfile.ZipInfo,
    part: Part,
    place: str,
    fault: str,
    budget: Budget,
    inflation: Inflation,
) -> Iterator[Piece]:
    """A member as programs see it that read an archive from its beginning."""
    local = _localheaders.at(part.content, info.header_offset)
    if local is None:
        yield Gap(f"{place}{SEPARATOR}{info.filename}", Unread.CORRUPT, fault, "zip")
        return
    yield Defect("archive-names-differ")
    where = f"{place}{SEPARATOR}{local.name}"
    yield Text(where, local.name, Hidden.MEMBER)
    # The sizes at the member may be missing, those of the directory are not.
    whole = replace(local, compressed=local.compressed or info.compress_size)
    content = _localheaders.inflate(part.content, whole, inflation.charge)
    for name in dict.fromkeys((info.filename, local.name)):
        yield budget.open(named(part, content, name), f"{place}{SEPARATOR}{name}")


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
        yield budget.open(named(part, content, local.name), where).concealed(Hidden.MEMBER)
