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
    position, end, size = 0, len(chunk), 0
    while position < end and size < _CHUNK:
        runs = _RUNS[chunk[position]]
        position += 1
        for literals in runs:
            if literals:
                out += chunk[position : position + literals]
                position += literals
                continue
            size = len(out)
            if position >= end or size >= _CHUNK:
                break
            token = chunk[position] | (chunk[position + 1] << 8 if position + 1 < end else 0)
            position += 2
            bits = _BITS[size]
            start = size - (token >> bits) - 1
            if start < 0:
                return bytes(out)
            length = (token & _MASKS[size]) + 3
            copied = out[start : start + length]
            # A copy that reaches its own beginning goes on with it.
            missing = length - len(copied)
            out += copied if not missing else (copied * (length // len(copied) + 1))[:length]
        size = len(out)
    return bytes(out[:_CHUNK])


def _runs(flags: int) -> tuple[int, ...]:
    """What the eight flags in front of bytes say: so many literals, or 0 for a copy.

    >>> _runs(0b10000100)
    (2, 0, 4, 0)
    """
    bits = f"{flags:08b}"[::-1]  # the lowest is the first
    return tuple(0 if run == "1" else len(run) for run in re.findall("0{1,8}|1", bits))


_RUNS = tuple(map(_runs, range(256)))

_BITS = tuple(16 - max(4, (size - 1).bit_length()) for size in range(_CHUNK))
"""Of a copy after so many bytes, those of its two bytes that say how long it is; the others say
how far back it begins (MS-OVBA 2.4.1.3.19.1)."""

_MASKS = tuple((1 << bits) - 1 for bits in _BITS)
