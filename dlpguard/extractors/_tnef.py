"""The attributes and properties in a TNEF stream (MS-OXTNEF 2.1.3), one after the other.

Our own walk, in linear time: tnefparse copies the rest of the stream for every attribute, and
passes over properties that it cannot decode without saying so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import Unread
from dlpguard.extractors._budget import Unreadable

_SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTRIBUTE = struct.Struct("<BII")
_NUMBER = struct.Struct("<I")
_FIXED = {
    0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4,
    0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
"""Types of properties and how many bytes each takes, padding included (MS-OXCDATA 2.11.1)."""

ANSI, WIDE, BINARY, OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_VARIABLE = frozenset({ANSI, WIDE, BINARY, OBJECT})
_SEVERAL = 0x1000
_NAMED = 0x8000
_MOST = 100_000
"""Attributes, properties or values of one; a message with a thousand attachments has fewer."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: `level` is 1 for the message, 2 for an attachment."""

    level: int
    identity: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Property:
    """One MAPI property of variable size: its number (0x8000 and above: named), type and values."""

    number: int
    type: int
    values: tuple[bytes, ...] = field(repr=False)


def attributes(content: bytes) -> Iterator[Attribute]:
    """The attributes of a stream.  Raises `Unreadable` CORRUPT where it was cut off."""
    if not content.startswith(_SIGNATURE):
        raise Unreadable(Unread.CORRUPT, "no TNEF")
    position = 6
    while position + _ATTRIBUTE.size < len(content):
        level, identity, length = _ATTRIBUTE.unpack_from(content, position)
        start = position + _ATTRIBUTE.size
        yield Attribute(level, identity & 0xFFFF, content[start : start + length])
        position = start + length + 2  # a check sum that Outlook itself ignores
        if position > len(content) or level not in {1, 2}:
            raise Unreadable(Unread.CORRUPT, "cut off or damaged")


def properties(content: bytes) -> Iterator[Property]:
    """The properties of variable size in a list of them; numbers and times are passed over."""
    yield from _Cursor(content).properties()


def rows(content: bytes) -> Iterator[list[Property]]:
    """The rows of a table of recipients, each a list of properties."""
    cursor = _Cursor(content)
    for _ in range(cursor.count()):
        yield list(cursor.properties())


class _Cursor:
    """A position in a list of properties."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def count(self) -> int:
        """The next number, as a count."""
        number = self._number()
        if number > _MOST:
            raise Unreadable(Unread.CORRUPT, "more properties than there can be")
        return number

    def properties(self) -> Iterator[Property]:
        """A counted list of properties (2.1.3.3.2)."""
        for _ in range(self.count()):
            tag = self._number()
            kind, number = tag & 0xFFFF, tag >> 16
            if number >= _NAMED:
                self._skip_name()
            base = kind & ~_SEVERAL
            values = self.count() if kind & _SEVERAL or base in _VARIABLE else 1
            if base in _VARIABLE:
                yield Property(number, base, tuple(self._value() for _ in range(values)))
            elif base in _FIXED:
                self._take(_FIXED[base] * values)
            else:
                raise Unreadable(Unread.CORRUPT, "a type of property that does not exist")

    def _skip_name(self) -> None:
        self._take(16)
        if self._number() == 0:
            self._number()
        else:
            self._value()

    def _value(self) -> bytes:
        """Bytes after their length, padded to four."""
        length = self._number()
        value = self._take(length)
        self._take(-length % 4)
        return value

    def _number(self) -> int:
        (number,) = _NUMBER.unpack(self._take(_NUMBER.size))
        return int(number)

    def _take(self, size: int) -> bytes:
        taken = self._content[self._position : self._position + size]
        if len(taken) < size:
            raise Unreadable(Unread.CORRUPT, "cut off or damaged")
        self._position += size
        return taken
