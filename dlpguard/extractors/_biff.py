"""Records and strings of old Excel files (BIFF; MS-XLS 2.1.4, 2.5.293, 2.5.294).

A stream is records: a type, a length, and up to 8 KB.  What is longer goes on in CONTINUE records,
each of which says anew whether its characters have one byte or two.
"""

from __future__ import annotations

import bisect
import struct
from collections.abc import Iterator
from typing import NamedTuple

from dlpguard.mime.charsets import decode

BOF = frozenset({0x0009, 0x0209, 0x0409, 0x0809})
EOF = 0x000A
CONTINUE = 0x003C

_WIDE, _PHONETIC, _RICH = 0x01, 0x04, 0x08
_header = struct.Struct("<HH").unpack_from


class Record(NamedTuple):
    """One record with what continues it; `joints` are where in `data` the continuations begin.

    A tuple, because a workbook has ten thousand: a frozen dataclass takes four times as long.
    """

    kind: int
    start: int
    """Where in the stream its header stands."""
    end: int
    data: bytes
    joints: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"Record(kind={self.kind}, start={self.start}, end={self.end})"


def records(stream: bytes, position: int = 0) -> Iterator[Record]:
    """Records from a position to the end of the stream; one that is cut off is the last."""
    length = len(stream)
    while position + 4 <= length:
        start = position
        kind, size = _header(stream, position)
        position += 4 + size
        data = stream[start + 4 : position]
        if position + 4 <= length and _header(stream, position)[0] == CONTINUE:
            pieces, joints, joined = [data], [], len(data)
            while position + 4 <= length:
                following, size = _header(stream, position)
                if following != CONTINUE:
                    break
                joints.append(joined)
                joined += size
                pieces.append(stream[position + 4 : position + 4 + size])
                position += 4 + size
            yield Record(kind, start, position, b"".join(pieces), tuple(joints))
        else:
            yield Record(kind, start, position, data)


class Strings:
    """Reads strings one after the other from a record's data.

    `wide` says that the file is of Excel 97 or later, whose strings are Unicode; the others are in
    the code page `charset`.
    """

    def __init__(self, record: Record, position: int, *, wide: bool, charset: str = "") -> None:
        self._data = record.data
        self._joints = record.joints
        self._wide = wide
        self._charset = charset
        self.position = position

    @property
    def left(self) -> int:
        """Bytes that were not read."""
        return len(self._data) - self.position

    def number(self, size: int) -> int:
        """An unsigned number of so many bytes."""
        self.position += size
        return int.from_bytes(self._data[self.position - size : self.position], "little")

    def string(self, length_size: int = 2) -> str:
        """A string after its length, of one byte or two; "" when the record ends before it."""
        if self.left < length_size:
            self.position = len(self._data)  # a loop over what is left must come to an end
            return ""
        return self.characters(self.number(length_size))

    def characters(self, length: int) -> str:
        """A string whose length is known; readings and formats after it are skipped."""
        if not self._wide:
            self.position += length
            return decode(self._data[self.position - length : self.position], self._charset)
        if not length and self.left <= 0:
            return ""
        flags = self.number(1)
        formats = self.number(2) if flags & _RICH else 0
        phonetic = self.number(4) if flags & _PHONETIC else 0
        text = self._characters(length, flags & _WIDE)
        self.position += formats * 4 + phonetic
        return text

    def _characters(self, length: int, width_flag: int) -> str:
        """Characters, across continuations that may change their width."""
        pieces: list[str] = []
        while length > 0 and self.left > 0:
            joint = bisect.bisect_left(self._joints, self.position)
            end = self._joints[joint] if joint < len(self._joints) else len(self._data)
            size = 2 if width_flag else 1
            count = min(length, (end - self.position) // size)
            raw = self._data[self.position : self.position + count * size]
            pieces.append(raw.decode("utf-16-le" if width_flag else "latin-1", "replace"))
            self.position += count * size
            length -= count
            if length <= 0:
                break
            if end == len(self._data):
                self.position = end
                break
            self.position = end
            width_flag = self.number(1) & _WIDE
        return "".join(pieces)


def decimal(number: float) -> str:
    """A stored number in the way in which newer workbooks write it."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def rk_number(packed: int) -> float:
    """A number in four bytes (MS-XLS 2.5.218).

    >>> rk_number(0x3FF00000), rk_number(1234 << 2 | 3)
    (1.0, 12.34)
    """
    if packed & 2:
        number = float((packed - (1 << 32) if packed & 0x80000000 else packed) >> 2)
    else:
        number = float(struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return number / 100 if packed & 1 else number
