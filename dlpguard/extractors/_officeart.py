"""Drawings in Office files up to 2003 (MS-ODRAW): records, words in properties, pictures."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from dlpguard.document import Hidden

SHAPE_PROPERTIES = frozenset({0xF00B, 0xF121, 0xF122})
"""Records with the properties of a shape: the first table and two more (MS-ODRAW 2.2.9 to 11)."""

CONTAINER = 0xF
"""The version of records that hold records."""

_WORDS = {0xC0: None, 0x380: Hidden.PROPERTY, 0x381: Hidden.PROPERTY, 0x38D: Hidden.PROPERTY}
"""Properties that are text: WordArt, a shape's name, its alternative text, its tooltip."""

_HEAD = struct.Struct("<HHI")
_COMPLEX = 0x8000
_PICTURE = re.compile(
    # A header of eight bytes, the digest of one or two pictures, a tag, and then the picture.
    # (Without the first two, which may be anything: looking for the others is fast.)
    rb"[\x1d\x1e\x2a]\xf0(?P<length>[\x00-\xff]{4})(?:[\x00-\xff]{17}|[\x00-\xff]{33})"
    rb"(?=\xff\xd8\xff|\x89PNG\r\n)",
    re.DOTALL,
)
_AUTOMATIC_NAME = re.compile(r"[\w ]{1,100}\d{1,9}")


class Record(NamedTuple):
    """One record of a stream: it begins at `position`, its content is from `start` to `end`.

    A tuple, because a drawing has thousands: a frozen dataclass takes four times as long.
    """

    position: int
    version: int
    instance: int
    kind: int
    start: int
    end: int
    stream: bytes

    def __repr__(self) -> str:
        return f"Record(kind={self.kind}, start={self.start}, end={self.end})"

    @property
    def content(self) -> bytes:
        """The record's bytes, without its header."""
        return self.stream[self.start : self.end]

    def inside(self) -> Iterator[Record]:
        """The records in a container."""
        return records(self.stream, self.start, self.end)


def records(stream: bytes, start: int = 0, end: int | None = None) -> Iterator[Record]:
    """The records of a stream from `start` up to `end`; the last may be cut off."""
    end = len(stream) if end is None else min(end, len(stream))
    while start + 8 <= end:
        head, kind, length = _HEAD.unpack_from(stream, start)
        until = min(start + 8 + length, end)
        yield Record(start, head & 0xF, head >> 4, kind, start + 8, until, stream)
        start += 8 + length


def words(record: Record) -> Iterator[tuple[str, Hidden | None]]:
    """The texts in a shape's properties, and why they are not seen."""
    content = record.content
    position = record.instance * 6
    for number in range(min(record.instance, len(content) // 6)):
        entry = content[6 * number : 6 * number + 6]
        property_id = int.from_bytes(entry[:2], "little")
        if not property_id & _COMPLEX:
            continue
        length = int.from_bytes(entry[2:], "little")
        raw = content[position : position + length]
        position += length
        property_id &= 0x3FFF
        if property_id in _WORDS:
            text = raw.decode("utf-16-le", "replace").strip("\0 ")
            if text and not _AUTOMATIC_NAME.fullmatch(text):
                yield text, _WORDS[property_id]


def pictures(stream: bytes) -> Iterator[bytes]:
    """The photographs and bitmaps in a stream, found by how they begin, wherever they are."""
    for match in _PICTURE.finditer(stream):
        length = int.from_bytes(match["length"], "little") - (match.end() - match.start() - 6)
        if length > 0:
            yield stream[match.end() : match.end() + length]
