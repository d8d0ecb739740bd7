"""Zip: what the directory lists, and what only the local headers do (APPNOTE 4.3).

Programs disagree about which of the two they believe, so both are read.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _libarchive, _localheaders
from dlpguard.extractors._budget import Budget, Defect, Inflation, Piece, Unreadable
from dlpguard.extractors._member import DAMAGED, member, named
from dlpguard.extractors._remains import between, remains
from dlpguard.mail import Part

_LOCAL = b"PK\x03\x04"
_SIZES_BEHIND = 8
"""The flag of a member whose sizes stand behind it (APPNOTE 4.4.4)."""

_IN_UNICODE = frozenset({0x6375, 0x7075})
_END_SIZE = 22
_RECORD = re.compile(rb"PK(?:\x01\x02|\x05\x06|\x06\x06|\x06\x07)")
_RECORD_OR_MEMBER = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_RECORD_SIZES = {b"\x01\x02": 46, b"\x05\x06": _END_SIZE, b"\x06\x06": 56, b"\x06\x07": 20}
"""Without the names, extra fields and comments that follow (APPNOTE 4.3.12 to 4.3.16)."""

_END_RECORD = 66_000
"""Bytes at the end among which the end record stands: its comment has at most 65,535."""


def read(part: Part, place: str, budget: Budget, inflation: Inflation) -> Iterator[Piece]:
    """The members, inside; names and comments as text."""
    members = part.content.count(b"PK\x01\x02")
    if members > budget.limits.members * 2:  # a nested archive, stored, has its own among them
        raise Unreadable(Unread.TOO_LARGE, f"more than {budget.limits.members} members")
    listed: list[tuple[int, int]] = []
    first = 0
    directory: tuple[int, int] | None = None
    try:
        with zipfile.ZipFile(io.BytesIO(part.content)) as archive:
            infos = archive.infolist()
            first = min((info.header_offset for info in infos), default=0)
            if first and part.content.startswith(_LOCAL):
                yield Gap(place, Unread.CORRUPT, "the directory leaves out the beginning", "zip")
            yield from _words(archive, infos, place)
            others = _libarchive.Names(part.content)
            for info in infos:
                listed.append((info.header_offset, _end_of(info, part.content)))
                if not info.is_dir() or info.file_size:  # a folder may have content all the same
                    yield from _listed(archive, info, others, part, place, budget, inflation)
            directory = _directory(archive, part.content)
    except zipfile.BadZipFile:
        yield Gap(place, Unread.CORRUPT, "the archive's directory is damaged or missing", "zip")
    yield from _not_listed(part, place, budget, inflation, listed)
    if directory:
        taken = [*listed, directory, (0, first if not part.content.startswith(_LOCAL) else 0)]
        pieces = between(part.content, [*taken, *_records(part.content, taken)])
        yield from remains(pieces, part, place, budget, inflation)


def is_zip(content: bytes) -> bool:
    """Whether there is a zip in the bytes, at their beginning or their end."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK")) or (
        b"PK\x05\x06" in content[-_END_RECORD:]
    )


def outside(archive: zipfile.ZipFile, content: bytes) -> tuple[list[str], list[bytes]]:
    """What a zip holds besides its members: comments, and pieces between and around them.

    For files that are a zip and have a reader of their own, whose members it knows.
    """
    infos = archive.infolist()
    comments = [archive.comment, *(info.comment for info in infos)]
    taken = [(info.header_offset, _end_of(info, content)) for info in infos]
    taken.append(_directory(archive, content))
    texts = (comment.decode("utf-8", "replace").strip() for comment in comments)
    pieces = between(content, [*taken, *_records(content, taken)])
    return [text for text in texts if text], list(pieces)


def _words(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], place: str) -> Iterator[Piece]:
    """What people wrote in the directory."""
    if infos:
        yield Text(f"{place}{SEPARATOR}member names", "\n".join(i.filename for i in infos))
    comments = [archive.comment, *(info.comment for info in infos)]
    comments += [said for info in infos for said in _in_extra(info.extra)]
    texts = [comment.decode("utf-8", "replace").strip() for comment in comments]
    if any(texts):
        yield Text(f"{place}{SEPARATOR}comments", "\n".join(filter(None, texts)), Hidden.COMMENT)


def _in_extra(extra: bytes) -> Iterator[bytes]:
    """The name and the comment in Unicode that programs show instead (APPNOTE 4.6.8 and 4.6.9)."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        if kind in _IN_UNICODE:
            yield extra[position + 9 : position + 4 + size]  # after a version and a check sum
        position += 4 + size


def _end_of(info: zipfile.ZipInfo, content: bytes) -> int:
    """Where a member ends, its sizes behind it included (APPNOTE 4.3.9)."""
    start = _localheaders.data(content, info.header_offset)
    if start is None:
        start = info.header_offset + 30 + len(info.filename.encode("utf-8"))
    end = start + info.compress_size
    if not info.flag_bits & _SIZES_BEHIND:
        return end
    large = 8 if max(info.compress_size, info.file_size) > 0xFFFFFFFF else 0
    return end + large + (16 if content.startswith(b"PK\x07\x08", end) else 12)


def _directory(archive: zipfile.ZipFile, content: bytes) -> tuple[int, int]:
    """From the first record of the directory to the end of the archive's comment."""
    end = content.rfind(b"PK\x05\x06", 0, len(content) - len(archive.comment))
    return archive.start_dir, end + _END_SIZE + len(archive.comment)


def _records(content: bytes, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Records of other directories, as archives have that were put together; not their names."""
    ranges = sorted(taken)
    index = reached = 0
    for found in _RECORD.finditer(content):
        while index < len(ranges) and ranges[index][0] <= found.start():
            reached = max(reached, ranges[index][1])
            index += 1
        if found.start() >= reached:
            yield found.start(), found.start() + _RECORD_SIZES[found[0][2:]]


def _listed(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    others: _libarchive.Names,
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
        yield from _by_other_method(info, others, part, where, budget, inflation)
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
    info: zipfile.ZipInfo,
    others: _libarchive.Names,
    part: Part,
    where: str,
    budget: Budget,
    inflation: Inflation,
) -> Iterator[Piece]:
    """A member whose compression the standard library does not know (Zstandard, PPMd, xz)."""
    try:
        if _libarchive.is_here() and (found := others.find(info.filename)):
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
    for local in _localheaders.unlisted(part.content, list(listed)):
        end = local.data + local.compressed
        if not local.compressed:  # unknown, or nothing
            following = _RECORD_OR_MEMBER.search(part.content, end)
            end = following.start() if following else len(part.content)
        listed.append((local.start, end))
        if local.name.endswith("/") and not local.compressed:
            continue
        budget.charge(members=1)
        where = f"{place}{SEPARATOR}{local.name}"
        yield Text(where, local.name, Hidden.MEMBER)
        if local.encrypted:
            yield Gap(where, Unread.ENCRYPTED, "a member with a password", "zip")
            continue
        content = _localheaders.inflate(part.content, local, inflation.charge)
        yield budget.open(named(part, content, local.name), where).concealed(Hidden.MEMBER)
