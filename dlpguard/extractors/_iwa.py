"""The texts in iWork documents of 2013 and later: protocol buffers, compressed with Snappy (.iwa).

Apple describes none of it.  A file is blocks of four bytes (a zero, the length) and a Snappy block
each; inflated they are archives, each a header that lists its messages by type and length, and the
messages (as keynote-parser and numbers-parser have found out).  Which field of which message means
what is mostly unknown, so the strings of all of them are taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import Unread
from dlpguard.extractors._budget import Budget, Inflation, Unreadable

STORAGE = 2001
"""The type of messages that hold the running text of everything (TSWP.StorageArchive)."""

COMMENT = 3056
"""The type of messages that hold a comment (TSD.CommentStorageArchive)."""

TILE = 6002
"""The type of messages that hold the cells of a table as packed numbers (TST.Tile)."""

_DEEPEST = 40
"""Messages in messages; those of Apple stay below twenty."""

_NOT_TEXT = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_WORD = re.compile(r"\w")
_PRINTABLE = re.compile(
    rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){6,4000}"
)
"""In what is neither text nor message: shorter runs would be chance."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its type, and the strings in it."""

    type: int
    strings: tuple[str, ...] = field(repr=False)


class _Damaged(Exception):  # noqa: N818 - it says what bytes are, and never leaves this module
    pass


def messages(content: bytes, budget: Budget) -> Iterator[Message]:
    """The messages of a file.  `Unreadable` CORRUPT where it was cut off or is something else."""
    try:
        inflated = _inflated(content, budget)
        position = 0
        while position < len(inflated):
            budget.charge()
            length, position = _varint(inflated, position)
            listed = _listed(_taken(inflated, position, length))
            position += length
            for kind, size in listed:
                body = _taken(inflated, position, size)
                position += size
                yield Message(kind, tuple(_strings(body, budget)))
    except _Damaged:
        raise Unreadable(Unread.CORRUPT, "a part is cut off or damaged") from None


def _inflated(content: bytes, budget: Budget) -> bytes:
    inflation = Inflation(budget, len(content))
    out: list[bytes] = []
    position = 0
    while position < len(content):
        if content[position] != 0:
            raise _Damaged
        length = int.from_bytes(content[position + 1 : position + 4], "little")
        out.append(_snappy(_taken(content, position + 4, length), inflation))
        position += 4 + length
    return b"".join(out)


def _snappy(block: bytes, inflation: Inflation) -> bytes:
    """A block in full (Snappy compressed format description, 2011): literals, and copies."""
    size, position = _varint(block, 0)
    inflation.charge(size)
    out = bytearray()
    while position < len(block):
        tag = block[position]
        position += 1
        extra = 0
        if tag & 3 == 0:
            length = (tag >> 2) + 1
            if length > 60:
                extra = length - 60
                length = int.from_bytes(_taken(block, position, extra), "little") + 1
                position += extra
            out += _taken(block, position, length)
            position += length
        else:
            extra = (1, 2, 4)[(tag & 3) - 1]
            back = int.from_bytes(_taken(block, position, extra), "little")
            position += extra
            length = (tag >> 2) + 1
            if extra == 1:
                length = (tag >> 2 & 7) + 4
                back |= (tag >> 5) << 8
            if not 0 < back <= len(out):
                raise _Damaged
            copied = out[len(out) - back : len(out) - back + length]
            # A copy that reaches its own beginning goes on with it.
            out += (copied * (length // back + 1))[:length]
        if len(out) > size:
            raise _Damaged
    return bytes(out)


def _listed(header: bytes) -> list[tuple[int, int]]:
    """The type and length of each message of an archive."""
    listed = []
    for number, value in _fields(header):
        if number == 2 and isinstance(value, bytes):
            known = {n: v for n, v in _fields(value) if isinstance(v, int)}
            listed.append((known.get(1, 0), known.get(3, 0)))
    return listed


def _strings(message: bytes, budget: Budget, depth: int = 0) -> list[str]:
    """Everything in a message that is a text.  `_Damaged` when it is no message."""
    budget.charge()
    if depth > _DEEPEST:
        raise _Damaged
    found: list[str] = []
    for _, value in _fields(message):
        if not isinstance(value, bytes):
            continue
        text = _text(value)
        if text is not None:
            found += [text] if _WORD.search(text) else []
            continue
        try:
            found += _strings(value, budget, depth + 1)
        except _Damaged:
            runs = _PRINTABLE.findall(value)
            found += [run.decode("utf-8", "replace") for run in runs]
    return found


def _text(value: bytes) -> str | None:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if _NOT_TEXT.search(text) else text


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: number, and what is in it."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        match tag & 7:
            case 0:
                value, position = _varint(message, position)
                yield tag >> 3, value
            case 2:
                length, position = _varint(message, position)
                yield tag >> 3, _taken(message, position, length)
                position += length
            case 1 | 5 as wire:
                size = 8 if wire == 1 else 4
                _taken(message, position, size)
                position += size
            case _:
                raise _Damaged


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """A number in seven bits a byte, and where the next thing begins."""
    number = 0
    for shift in range(0, 70, 7):
        if position >= len(content):
            raise _Damaged
        byte = content[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise _Damaged


def _taken(content: bytes, position: int, size: int) -> bytes:
    taken = content[position : position + size]
    if len(taken) < size:
        raise _Damaged
    return taken
