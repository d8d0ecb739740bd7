"""Macros (MS-OVBA): the source text of the modules of a VBA project in a compound file.

A module's stream holds what a machine runs and, behind it, the source, compressed.  The source is
found by its first words instead of by the project's directory, which hostile files lie in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Unreadable
from dlpguard.extractors._compound import Compound

_CHUNK = 4096
"""Bytes that a chunk inflates to at most (MS-OVBA 2.4.1.1.5)."""

_SOURCE = re.compile(rb"\x01[\x00-\xff][\xb0-\xbf]\x00Attribut", re.DOTALL)
"""The beginning of every module's source, "Attribute VB_Name = …", compressed."""

_NOT_MODULES = frozenset({"dir", "_vba_project"})


def macros(compound: Compound, place: str, budget: Budget) -> Iterator[Text]:
    """The source of every module, wherever in the file the project is."""
    for path in compound.streams:
        if len(path) < 2 or path[-2].lower() != "vba" or path[-1].lower() in _NOT_MODULES:
            continue
        try:
            content = compound.read(path)
        except Unreadable as fault:
            if fault.why is not Unread.CORRUPT:
                raise
            continue
        source = _SOURCE.search(content)
        if source is not None:
            inflated = _inflated(content, source.start() + 1, budget)
            text = inflated.decode("cp1252", "replace").replace("\r\n", "\n")
            yield Text(f"{place}{SEPARATOR}macro {path[-1]}", text, Hidden.MACRO)


def _inflated(content: bytes, position: int, budget: Budget) -> bytes:
    """Chunks from a position on (MS-OVBA 2.4.1.3)."""
    pieces: list[bytes] = []
    while position + 2 <= len(content):
        header = int.from_bytes(content[position : position + 2], "little")
        end = position + (header & 0xFFF) + 3
        if header >> 12 & 7 != 3:
            break
        chunk = content[position + 2 : end]
        piece = _chunk(chunk) if header & 0x8000 else chunk
        budget.charge(inflated=len(piece))
        pieces.append(piece)
        position = end
    return b"".join(pieces)


def _chunk(chunk: bytes) -> bytes:
    """One compressed chunk: literal bytes, and copies of what came before (MS-OVBA 2.4.1.3.5)."""
    out = bytearray()
    position = 0
    while position < len(chunk) and len(out) < _CHUNK:
        flags = chunk[position]
        position += 1
        for bit in range(8):
            if position >= len(chunk):
                break
            if not flags >> bit & 1:
                out.append(chunk[position])
                position += 1
                continue
            token = int.from_bytes(chunk[position : position + 2], "little")
            position += 2
            bits = max(4, (len(out) - 1).bit_length())
            back = (token >> 16 - bits) + 1
            if back > len(out):
                return bytes(out)
            for _ in range((token & 0xFFFF >> bits) + 3):
                out.append(out[-back])
    return bytes(out[:_CHUNK])
