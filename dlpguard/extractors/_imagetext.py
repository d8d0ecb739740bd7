"""The words that stand in a picture's file beside its pixels: captions, keywords, who took it.

JPEG keeps them in segments before the scan (ITU-T T.81 B.2.4: APP1 with Exif or XMP, APP13 with
IPTC, COM), PNG in chunks (PNG 11.3.4: tEXt, zTXt, iTXt, eXIf).  Programs show them as properties.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from dlpguard.extractors._budget import Budget

_SEGMENTS = frozenset({0xE1, 0xED, 0xFE})
_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})

_RUN = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{4,8000}")
_WORD = re.compile(r"[^\W\d_]{3}")
"""What numbers between tags seldom have: three letters in a row."""

_MOST = 1_000_000
"""Bytes of one compressed chunk that are read: a caption is a line, a bomb is not."""


def words(content: bytes, budget: Budget) -> str:
    """What can be read in the metadata, a run a line; "" where there is none."""
    lines = [
        run
        for piece in (*_jpeg(content), *_png(content, budget))
        for match in _RUN.finditer(piece)
        if _WORD.search(run := match[0].decode("utf-8", "replace").strip())
    ]
    return "\n".join(dict.fromkeys(lines))


def _jpeg(content: bytes) -> Iterator[bytes]:
    position = 2
    while content[:2] == b"\xff\xd8" and content[position : position + 1] == b"\xff":
        marker = content[position + 1 : position + 2]
        size = max(2, int.from_bytes(content[position + 2 : position + 4], "big"))
        if marker in {b"", b"\xda"}:  # the pixels begin
            return
        if marker[0] in _SEGMENTS:
            yield content[position + 4 : position + 2 + size]
        position += 2 + size


def _png(content: bytes, budget: Budget) -> Iterator[bytes]:
    position = 8
    while content[:4] == b"\x89PNG" and position + 8 <= len(content):
        budget.charge()
        size = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        data = content[position + 8 : position + 8 + size]
        if kind in _CHUNKS:
            yield data
            yield _inflated(data, budget)
        position += 12 + size


def _inflated(data: bytes, budget: Budget) -> bytes:
    """The compressed part of a zTXt or iTXt chunk, which begins like any zlib stream."""
    start = data.find(b"\x78")
    if start < 0:
        return b""
    try:
        text = zlib.decompressobj().decompress(data[start:], _MOST)
    except zlib.error:  # an ordinary "x" in a caption
        return b""
    budget.charge(inflated=len(text))
    return text
