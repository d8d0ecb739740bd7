"""A zip whose only member is the zip itself: unpacking it recursively never ends.

The construction is Russ Cox's ("Zip Files All The Way Down", 2010).  A deflate stream of stored
blocks (L, "copy the next n bytes") and of repeats (R, "the last n bytes again") prints itself,
with the zip's header in front and its directory behind.  Every operation takes five bytes, so
that an operation which prints operations can be written down before they are known; a header of
60 bytes and a tail of 113 make the repeats come out on a byte's end.  The checksum of the file
stands in the file: it is affine in its own bits, so it is the solution of 32 linear equations.
"""

from __future__ import annotations

import struct
import zlib

_NAME = b"a-zip-that-contains-itself.zip"
_COMMENT = 10
_UNIT = 5
"""Bytes of an operation."""

_SHORT = 4
"""Bytes of the last one, which prints no operation."""


def quine() -> bytes:
    """The zip."""
    base = zlib.crc32(_zip(0))
    columns = [zlib.crc32(_zip(1 << bit)) ^ base ^ (1 << bit) for bit in range(32)]
    return _zip(_solve(columns, base))


def _zip(checksum: int) -> bytes:
    """The file, were this its checksum."""
    sizes_known = _assemble(checksum, 0, 0)
    return _assemble(checksum, *sizes_known[1:])[0]


def _assemble(checksum: int, packed: int, size: int) -> tuple[bytes, int, int]:
    """The file, and how large its stream and the file are."""
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, checksum, packed, size, len(_NAME), 0)
    head = b"PK\x03\x04" + common + _NAME
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0)
    central += _NAME
    offset = len(head) + packed
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), offset, _COMMENT)
    stored_end = b"\x01\0\0\xff\xff"
    tail = stored_end + central + end + bytes(_COMMENT)
    stream = _stream(head, tail)
    return head + stream + tail, len(stream) + len(stored_end), len(head + stream + tail)


def _stream(head: bytes, tail: bytes) -> bytes:
    """Operations that print head, themselves, and tail; a line is an operation."""
    l0, l1, l4 = _copy(0), _copy(_UNIT), _copy(4 * _UNIT)
    r4 = _repeat((2 * _UNIT, 2 * _UNIT), 4 * _UNIT)
    l_head, r_head = _copy(len(head) + _UNIT), _repeat((len(head) + _UNIT,), len(head) + _UNIT, 1)
    behind = len(tail) + _SHORT
    l_tail, r_tail = _copy(behind), _repeat((behind,), behind)
    operations = (
        (l_head, head, l_head),
        (r_head,),
        (l1, r_head),
        (l1, l1),
        (l4, r_head, l1, l1, l4),
        (r4,),
        (l4, r4, l4, r4, l4),
        (r4,),
        (l4, r4, l0, l0, l_tail),
        (r4,),
        (l0,),
        (l0,),
        (l_tail, r_tail, tail),
        (r_tail,),
    )
    return b"".join(piece for operation in operations for piece in operation)


def _copy(size: int) -> bytes:
    """The head of a stored block (RFC 1951 3.2.4)."""
    return struct.pack("<BHH", 0, size, size ^ 0xFFFF)


def _repeat(lengths: tuple[int, ...], distance: int, empty: int = 0) -> bytes:
    """A block of matches in fixed codes (3.2.6), with so many empty blocks behind."""
    block, end = "010", "0000000"
    bits = block + "".join(_match(length, distance) for length in lengths) + end
    bits += (block + end) * empty
    assert len(bits) % 8 == 0, "an operation ends on a byte's end"
    return bytes(int(bits[n : n + 8][::-1], 2) for n in range(0, len(bits), 8))


def _match(length: int, distance: int) -> str:
    """The codes of 3.2.5."""
    symbol, extra = _code(length - 3, 4)
    number = symbol + 257
    codes = f"{number - 256:07b}" if number < 280 else f"{number - 88:08b}"
    step, more = _code(distance - 1, 2)
    return codes + extra + f"{step:05b}" + more


def _code(value: int, steps: int) -> tuple[int, str]:
    """The code of a value and its extra bits, where so many codes share a number of extra bits."""
    bits = max(0, value.bit_length() - steps.bit_length())
    code = bits * steps + (value >> bits)
    return code, f"{value & (1 << bits) - 1:0{bits}b}"[::-1] if bits else ""


def _solve(columns: list[int], wanted: int) -> int:
    """The x with which the exclusive or of the columns that its bits choose is what is wanted."""
    rows: dict[int, tuple[int, int]] = {}
    for bit, column in enumerate(columns):
        value, chosen = _reduce(rows, column, 1 << bit)
        assert value, "this file has no such checksum: another name or comment may have one"
        rows[value.bit_length()] = value, chosen
    return _reduce(rows, wanted, 0)[1]


def _reduce(rows: dict[int, tuple[int, int]], value: int, chosen: int) -> tuple[int, int]:
    while value and (row := rows.get(value.bit_length())):
        value, chosen = value ^ row[0], chosen ^ row[1]
    return value, chosen
