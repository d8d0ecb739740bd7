"""Pictures: what their files say beside the pixels; one that is large enough for text is a SCAN."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.extractors._imagetext import words
from dlpguard.mail import Part

FORMATS = frozenset({"png", "jpeg", "gif", "tiff", "bmp", "webp", "heic", "psd", "wmf", "emf"})

_WIDTH, _HEIGHT = 200, 100
"""Pixels below which a picture is a logo or an icon: two lines of ten words need more."""

_BYTES = 5_000
"""A picture of a few lines of text has more, even compressed; buttons and rules do not."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What stands beside the pixels, and a gap for a picture that could hold text."""
    budget.charge()
    if properties := words(part.content, budget):
        yield Text(f"{place}{SEPARATOR}properties", properties, Hidden.PROPERTY)
    if len(part.content) < _BYTES:
        return
    width, height = _size(part.content)
    if width and height and (width < _WIDTH or height < _HEIGHT):
        return
    detail = f"a picture of {width} × {height} pixels" if width else "a picture"
    yield Gap(place, Unread.SCAN, detail, "image")


def _size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels; (0, 0) where the format does not say it in a simple way."""
    if content.startswith(b"\x89PNG"):
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if content.startswith(b"GIF8"):
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if content.startswith(b"BM"):
        height = int.from_bytes(content[22:26], "little", signed=True)
        return int.from_bytes(content[18:22], "little"), abs(height)
    if content[40:44] == b" EMF":
        left, top, right, bottom = struct.unpack("<4i", content[8:24])  # MS-EMF 2.2.9, Bounds
        return max(0, right - left), max(0, bottom - top)
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    return 0, 0


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """From the frame header (ITU-T T.81 B.2.2), skipping the segments before it."""
    position = 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height = int.from_bytes(content[position + 5 : position + 7], "big")
            return int.from_bytes(content[position + 7 : position + 9], "big"), height
        position += 2 + max(2, int.from_bytes(content[position + 2 : position + 4], "big"))
    return 0, 0
