"""What stands in rar and cab archives beside their members, and libarchive passes over.

In a rar the comment, which WinRAR shows as soon as the archive is opened, and streams that Windows
keeps beside a file; in a cab the bytes that its header reserves for whoever made it.
"""

from __future__ import annotations

from collections.abc import Iterator

_RAR_4, _RAR_5 = b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\x01\0"
_CAB = b"MSCF"
_MOST_BLOCKS = 20_000
_LONGEST_NUMBER = 10
"""Bytes of a number in a RAR 5 header."""

_TOLD = (b"CMT", b"STM")
"""Names of service blocks that hold a person's words; the others repeat names, or repair."""


def pieces(content: bytes) -> Iterator[bytes]:
    """Such pieces of an archive, in order; those that are compressed as they are."""
    if content.startswith(_RAR_5):
        yield from _rar5(content)
    elif content.startswith(_RAR_4):
        yield from _rar4(content)
    elif content.startswith(_CAB) and content[30:31] and content[30] & 4:
        # MS-CAB 2.1: flags, then the size of what is reserved in the header.
        size = int.from_bytes(content[36:38], "little")
        yield content[40 : 40 + size]


def _rar5(content: bytes) -> Iterator[bytes]:
    """RAR 5.0 archive format: a check sum, sizes in bytes of seven bits, the header, data."""
    position = len(_RAR_5)
    for _ in range(_MOST_BLOCKS):
        size, start = _number(content, position + 4)
        data = start + size
        kind, at = _number(content, start)
        flags, at = _number(content, at)
        if flags & 1:
            _, at = _number(content, at)
        length, at = _number(content, at) if flags & 2 else (0, at)
        if kind == 3 and any(name in content[at:data] for name in _TOLD):
            yield content[data : data + length]
        if not size or kind == 5 or data >= len(content):
            return
        position = data + length


def _rar4(content: bytes) -> Iterator[bytes]:
    """RAR 4 technote: a check sum, type, flags and size of the header, the size of the data."""
    position = len(_RAR_4)
    for _ in range(_MOST_BLOCKS):
        head = content[position : position + 36]
        kind, flags, size = head[2:3], int.from_bytes(head[3:5], "little"), head[5:7]
        data = position + int.from_bytes(size, "little")
        length = int.from_bytes(head[7:11], "little") if flags & 0x8000 else 0
        if kind in {b"\x74", b"\x7a"} and flags & 0x100:
            length += int.from_bytes(head[32:36], "little") << 32
        if kind == b"\x75":  # a comment of RAR 2 is in its header, as are those of its files
            yield content[position + 13 : data]
        elif kind == b"\x7a" and any(name in content[position:data] for name in _TOLD):
            yield content[data : data + length]
        if data <= position or kind == b"\x7b" or data >= len(content):
            return
        position = data + length


def _number(content: bytes, position: int) -> tuple[int, int]:
    """A number in bytes of seven bits, the lowest first, and where it ends."""
    number = 0
    for place, byte in enumerate(content[position : position + _LONGEST_NUMBER]):
        number |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return number, position + place + 1
    return number, position + _LONGEST_NUMBER
