"""Property sets of compound files (MS-OLEPS): title, author, company, and what people added."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlpguard.document import Unread
from dlpguard.extractors._budget import Unreadable
from dlpguard.extractors._compound import Compound

_STREAMS = ("\x05SummaryInformation", "\x05DocumentSummaryInformation")
_DICTIONARY, _CODEPAGE = 0, 1
_BYTES, _WIDE, _VARIANT = 0x1E, 0x1F, 0x0C
_VECTOR = 0x1000
_MOST = 5000
"""Values of one set.  Word writes below fifty."""


def properties(compound: Compound) -> list[str]:
    """All values that are text, custom ones with their names; [] when the sets are damaged."""
    found: list[str] = []
    for name in _STREAMS:
        path = compound.find(name)
        try:
            content = compound.read(path) if path else b""
        except Unreadable as fault:
            if fault.why is not Unread.CORRUPT:
                raise
            continue  # the document itself may be whole
        found.extend(_set(content))
    return found


def _set(content: bytes) -> Iterator[str]:
    count = min(int.from_bytes(content[24:28], "little"), 2)
    for number in range(count):
        entry = 28 + 20 * number
        start = int.from_bytes(content[entry + 16 : entry + 20], "little")
        yield from _section(content[start:])


def _section(content: bytes) -> Iterator[str]:
    count = min(int.from_bytes(content[4:8], "little"), _MOST, (len(content) - 8) // 8)
    if count <= 0:
        return
    numbers = struct.unpack_from(f"<{2 * count}I", content, 8)
    offsets = dict(zip(numbers[::2], numbers[1::2], strict=True))
    page = offsets.get(_CODEPAGE, len(content))
    charset = _charset(int.from_bytes(content[page + 4 : page + 6], "little"))
    names = dict(_names(content[offsets.get(_DICTIONARY, len(content)) :], charset))
    for number, offset in offsets.items():
        if number in {_DICTIONARY, _CODEPAGE}:
            continue
        for text in _value(content, offset, charset):
            # A name that begins so is a program's own (_PID_HLINKS).
            name = names.get(number, "_")
            yield text if name.startswith("_") else f"{name}: {text}"


def _charset(codepage: int) -> str:
    if codepage == 1200:
        return "utf-16-le"
    return "utf-8" if codepage in {0, 65001} else f"cp{codepage}"


def _names(content: bytes, charset: str) -> Iterator[tuple[int, str]]:
    """The dictionary of the properties that people added (MS-OLEPS 2.16, 2.17)."""
    wide = charset == "utf-16-le"
    position = 4
    for _ in range(min(int.from_bytes(content[:4], "little"), _MOST)):
        if position + 8 > len(content):
            return
        number, length = struct.unpack_from("<II", content, position)
        size = length * 2 if wide else length
        raw = content[position + 8 : position + 8 + size]
        position += 8 + (size + 3 & ~3 if wide else size)
        yield number, _decoded(raw, charset)


def _value(content: bytes, offset: int, charset: str) -> Iterator[str]:
    """The texts in a value: one, or those of a vector."""
    kind = int.from_bytes(content[offset : offset + 4], "little")
    offset += 4
    if not kind & _VECTOR:
        yield from _string(kind, content, offset, charset)[0]
        return
    count = int.from_bytes(content[offset : offset + 4], "little")
    offset += 4
    for _ in range(min(count, _MOST)):
        if offset >= len(content):
            return
        item = kind & ~_VECTOR
        if item == _VARIANT:
            item = int.from_bytes(content[offset : offset + 4], "little")
            offset += 4
        texts, size = _string(item, content, offset, charset)
        offset += size
        # Padded by the specification, and not by Office.
        padded = offset + 3 & ~3
        if not any(content[offset:padded]):
            offset = padded
        yield from texts


def _string(kind: int, content: bytes, offset: int, charset: str) -> tuple[list[str], int]:
    """The text of a value that is one, and how long the value is."""
    if kind not in {_BYTES, _WIDE}:
        return [], 4
    length = int.from_bytes(content[offset : offset + 4], "little")
    size = length * 2 if kind == _WIDE else length
    raw = content[offset + 4 : offset + 4 + size]
    text = _decoded(raw, "utf-16-le" if kind == _WIDE else charset)
    return [text] if text else [], 4 + size


def _decoded(raw: bytes, charset: str) -> str:
    try:
        text = raw.decode(charset, "replace")
    except LookupError:
        text = raw.decode("cp1252", "replace")
    return text.split("\0", 1)[0].strip()
