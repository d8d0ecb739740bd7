"""Members of a zip that its directory does not list, by their local headers (APPNOTE 4.3.7).

A program that repairs archives, or one that reads them as a stream, sees these; a file that was
cut off has nothing else.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_HEADER = re.compile(rb"PK\x03\x04")
_FIELDS = struct.Struct("<4sHHHHHIIIHH")
_STORED, _DEFLATED, _AES = 0, 8, 99
_CHUNK = 1 << 18


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
