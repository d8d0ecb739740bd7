"""Members of a zip that its directory does not list, by their local headers (APPNOTE 4.3.7).

A program that repairs archives, or one that reads them as a stream, sees these; a file that was
cut off has nothing else.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(rb"PK\x03\x04")
_FIELDS = struct.Struct("<4sHHHHHIIIHH")
_NAME_LENGTH = 26
"""Where the length of the name stands in a header."""

_STORED, _DEFLATED, _AES = 0, 8, 99
_CHUNK = 1 << 18
_UTF_8 = 0x800
_NOT_PLAIN = 0x61
"""Flags of a member that has a password, or is a patch (APPNOTE 4.4.4)."""


@dataclass(frozen=True, slots=True)
class Local:
    """A local header: `start` is where it begins, `data` where its content does."""

    name: str = field(repr=False)
    start: int
    data: int
    method: int
    compressed: int
    encrypted: bool


def unlisted(content: bytes, listed: list[tuple[int, int]]) -> Iterator[Local]:
    """Local headers outside the members (`listed`: start, end of each) that a directory lists."""
    ranges = sorted(listed)
    index, reached = 0, 0
    for match in _HEADER.finditer(content):
        start = match.start()
        while index < len(ranges) and ranges[index][0] <= start:
            reached = max(reached, ranges[index][1])
            index += 1
        local = at(content, start) if start >= reached else None
        if local is None or not local.name or local.method not in {_STORED, _DEFLATED, _AES}:
            continue
        # What it holds may be an archive itself, whose headers are not members of this one.
        reached = max(reached, local.data + local.compressed)
        yield local


def at(content: bytes, start: int) -> Local | None:
    """The local header at an offset; None when there is none."""
    if start + _FIELDS.size > len(content) or content[start : start + 4] != b"PK\x03\x04":
        return None
    fields = _FIELDS.unpack_from(content, start)
    flags, method, compressed, name_length, extra = (
        fields[2], fields[3], fields[7], fields[9], fields[10],
    )  # fmt: skip
    named = start + _FIELDS.size
    name = content[named : named + name_length].decode("utf-8", "replace")
    return Local(name, start, named + name_length + extra, method, compressed, bool(flags & 1))


def data(content: bytes, start: int) -> int | None:
    """Where the content of a member begins whose local header is at an offset."""
    if start + _FIELDS.size > len(content) or content[start : start + 4] != b"PK\x03\x04":
        return None
    *_, name_length, extra = _FIELDS.unpack_from(content, start)
    return start + _FIELDS.size + int(name_length) + int(extra)


def whole(content: bytes, info: zipfile.ZipInfo, most: int) -> bytes | None:
    """The content of a sound member that has `most` bytes at most, in a tenth of zipfile's time.

    None for any other, so that zipfile says what is the matter with it.
    """
    start, size = info.header_offset, info.file_size
    if size > most or info.compress_size > most or info.flag_bits & _NOT_PLAIN:
        return None
    begun = data(content, start)
    if begun is None:
        return None
    name = info.orig_filename
    # ASCII is the same in both, and quicker in the first.
    is_utf_8 = info.flag_bits & _UTF_8 or name.isascii()
    spelt = name.encode("utf-8" if is_utf_8 else "cp437", "replace")
    named = start + _FIELDS.size
    is_named = content[start + _NAME_LENGTH : named - 2] == len(spelt).to_bytes(2, "little")
    body = _plain(content[begun : begun + info.compress_size], info.compress_type, size)
    is_sound = len(body) == size and zlib.crc32(body) == info.CRC
    return body if is_sound and is_named and content.startswith(spelt, named) else None


def _plain(body: bytes, method: int, size: int) -> bytes:
    """What a member of so many bytes inflates to; nothing when it is damaged."""
    if method == _STORED:
        return body
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = decompressor.decompress(body, size + 1) if method == _DEFLATED else b""
    except zlib.error:
        return b""
    return plain if decompressor.eof else b""


def inflate(content: bytes, local: Local, charge: Callable[[int], None]) -> bytes:
    """The content of a member as far as it can be inflated; `charge` is told of every piece."""
    if local.method == _STORED:
        body = content[local.data : local.data + local.compressed]
        charge(len(body))
        return body
    decompressor = zlib.decompressobj(-zlib.MAX_WBITS)
    pieces: list[bytes] = []
    rest = content[local.data :]
    try:
        while rest and not decompressor.eof:
            piece = decompressor.decompress(rest, _CHUNK)
            rest = decompressor.unconsumed_tail
            charge(len(piece))
            pieces.append(piece)
    except zlib.error:
        # Cut off or damaged: what came out before is what a repairing program would show.
        return b"".join(pieces)
    return b"".join(pieces)
