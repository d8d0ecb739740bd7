"""Compressed files that are several, one behind the other, and what stands behind the last.

`gzip`, `bzip2` and `xz` unpack all of them as one file; the modules of the standard library do too,
but leave out in silence what follows the last and is no further one.
"""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable
from typing import Any, Protocol, cast

_SLICE = 1 << 16
"""Bytes handed over at once, so that what is not used yet is never copied whole."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class Streams:
    """The content of all of them, in order.  `starts` is where each began.

    `read1` raises what its decompressor does for damage, `EOFError` where the end is missing.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0
        self._now: _Decompressor | None = None
        self.starts: list[int] = []

    def read1(self, size: int) -> bytes:
        """At most so many bytes; b"" at the end."""
        while self._now or self._begins():
            now = cast("_Decompressor", self._now)
            given = b""
            if now.needs_input:
                given = self._content[self._position : self._position + _SLICE]
                if not given:
                    raise EOFError("the end of a compressed file is missing")
                self._position += len(given)
            piece = now.decompress(given, size)
            if now.eof:
                self._position -= len(now.unused_data)
                self._now = None
            if piece:
                return piece
        return b""

    def rest(self) -> bytes:
        """What stands behind the last, without the zeros that fill up tapes."""
        return self._content[self._position :].lstrip(b"\0")

    def _begins(self) -> bool:
        """Whether another one begins here; it is begun."""
        start = self._position
        if self.starts:
            # RFC 1952 has no padding, xz has four zeros at a time; programs skip any.
            while self._content.startswith(b"\0", start):
                start += 1
        kind = next((k for magic, k in _KINDS if self._content.startswith(magic, start)), None)
        if kind is None:
            return False
        self.starts.append(start)
        self._position = start
        self._now = kind()
        return True


class _Gunzip:
    """zlib's decompressor with the interface of the others; it checks the sum (RFC 1952 2.3.1)."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(data or self._inner.unconsumed_tail, max_length)


def _zstandard() -> _Decompressor:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - rare in mail
    else:
        from backports import zstd  # noqa: PLC0415 - rare in mail
    decompressor: Any = zstd.ZstdDecompressor()
    return cast("_Decompressor", decompressor)


_KINDS: tuple[tuple[bytes, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", _Gunzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", lzma.LZMADecompressor),
    (b"\x28\xb5\x2f\xfd", _zstandard),
)
