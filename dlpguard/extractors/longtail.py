"""Formats that only a converter reads: its text as one block, the file's properties as another.

Which text of such a file a person would see, nobody can tell.  Without a converter (`Budget`) each
is a gap UNSUPPORTED.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.mail import Part

FORMATS = frozenset({
    "access", "chm", "dwg", "hwp", "lotus", "project", "pub", "quattro", "vsd", "wordperfect",
    "works",
})  # fmt: skip

_ACCESS = b"\0\1\0\0Standard "
_MASKED = slice(0x18, 0x98)
"""What of an Access file's first page is masked, with a key that is the same in every file."""

_MASK = bytes.fromhex("c7da396b")
_KEY = slice(0x3E, 0x42)
"""The key of its pages, zero when they are as they are."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What the converter finds; a gap when it finds no text."""
    if part.content.startswith(_ACCESS) and _is_encrypted(part.content):
        raise Unreadable(Unread.ENCRYPTED, "an Access database with a password")
    text, properties = budget.convert(part.content)
    if text:
        yield Text(place, text)
    else:
        yield Gap(place, Unread.UNSUPPORTED, "the converter found no text in it")
    if properties:
        yield Text(f"{place}{SEPARATOR}properties", properties, Hidden.PROPERTY)


def _is_encrypted(content: bytes) -> bool:
    page = bytearray(content[: _MASKED.stop])
    page[_MASKED] = _rc4(_MASK, bytes(page[_MASKED]))
    return any(page[_KEY])


def _rc4(key: bytes, content: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 0xFF
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    j = 0
    for i, byte in enumerate(content, start=1):
        j = (j + state[i & 0xFF]) & 0xFF
        state[i & 0xFF], state[j] = state[j], state[i & 0xFF]
        out.append(byte ^ state[(state[i & 0xFF] + state[j]) & 0xFF])
    return bytes(out)
