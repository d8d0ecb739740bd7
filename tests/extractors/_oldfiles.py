"""Small files in old formats, built byte by byte: no library writes them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from dlpguard.extractors._compound import _Entry, _written

_STORAGE, _STREAM, _ROOT = 1, 2, 5
_PAGE = 512


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file; "a/b" is a stream in a storage."""
    root = _Entry("Root Entry", _ROOT)
    made = {"": root}
    for path, content in streams.items():
        parent = ""
        *folders, name = path.split("/")
        for folder in folders:
            inner = f"{parent}/{folder}"
            if inner not in made:
                made[inner] = _Entry(folder, _STORAGE)
                made[parent].children.append(made[inner])
            parent = inner
        made[parent].children.append(_Entry(name, _STREAM, content))
    return _written(root)


def property_set(values: Mapping[int, bytes | str], names: Mapping[int, str] = {}) -> bytes:
    """A stream with one property set (MS-OLEPS 2.21): bytes as CP1252, text as UTF-16."""
    entries: list[tuple[int, bytes]] = [(1, struct.pack("<IHH", 2, 1252, 0))]
    if names:
        listed = b"".join(
            struct.pack("<II", number, len(name) + 1) + name.encode("cp1252") + b"\0"
            for number, name in names.items()
        )
        entries.append((0, struct.pack("<I", len(names)) + listed))
    for number, value in values.items():
        if isinstance(value, str):
            raw = value.encode("utf-16-le") + b"\0\0"
            entries.append((number, struct.pack("<II", 0x1F, len(raw) // 2) + raw))
        else:
            entries.append((number, struct.pack("<II", 0x1E, len(value) + 1) + value + b"\0"))
    position = 8 + 8 * len(entries)
    table, body = b"", b""
    for number, raw in entries:
        table += struct.pack("<II", number, position + len(body))
        body += raw + bytes(-len(raw) % 4)
    section = struct.pack("<II", position + len(body), len(entries)) + table + body
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, bytes(16), 1, bytes(16), 48) + section


Mark = tuple[str, bytes]
"""A piece of a document that appears once, and the properties of its characters or paragraphs."""

HIDDEN = b"\x3c\x08\1"
DELETED = b"\0\x08\1"
IN_TABLE = b"\x16\x24\1"
ROW_END = b"\x16\x24\1\x17\x24\1"
HEADING_END = b"\x16\x24\1\x17\x24\1\x04\x34\1"


def word(
    *stories: str,
    characters: tuple[Mark, ...] = (),
    paragraphs: tuple[Mark, ...] = (),
    flags: int = 0,
    strings: Mapping[int, bytes] = {},
    streams: Mapping[str, bytes] = {},
) -> bytes:
    """A Word 97 document.  `stories` in the order of MS-DOC 2.4.1, `strings` tables by number."""
    text = "".join(stories)
    start = 0x800
    body = text.encode("utf-16-le", "surrogatepass")
    pages_at = -(-(start + len(body)) // _PAGE)

    def page(marks: tuple[Mark, ...], entry: int) -> bytes:
        runs = []
        for piece, properties in marks:
            index = len(text[: text.index(piece)].encode("utf-16-le", "surrogatepass"))
            length = len(piece.encode("utf-16-le", "surrogatepass"))
            runs.append((start + index, start + index + length, properties))
        runs.sort()
        bounds: list[int] = [start]
        said: list[bytes] = []
        for begin, end, properties in runs:
            if begin > bounds[-1]:
                bounds.append(begin)
                said.append(b"")
            bounds.append(end)
            said.append(properties)
        content = bytearray(_PAGE)
        struct.pack_into(f"<{len(bounds)}I", content, 0, *bounds)
        free = _PAGE - 2
        for number, properties in enumerate(said):
            if not properties:
                continue
            if entry == 1:
                packed = bytes([len(properties)]) + properties
            else:
                styled = b"\0\0" + properties + bytes(len(properties) % 2)
                packed = b"\0" + bytes([len(styled) // 2]) + styled
            free = (free - len(packed)) & ~1
            content[free : free + len(packed)] = packed
            content[4 * len(bounds) + entry * number] = free // 2
        content[-1] = len(said)
        return bytes(content)

    table = bytearray()
    main = bytearray(start) + body
    main += bytes(pages_at * _PAGE - len(main))
    struct.pack_into("<HH6xH", main, 0, 0xA5EC, 0xC1, 0x0200 | flags)
    lengths = [len(s.encode("utf-16-le", "surrogatepass")) // 2 for s in stories]
    struct.pack_into("<8i", main, 0x4C, *lengths, *[0] * (8 - len(lengths)))

    def add(index: int, content: bytes) -> None:
        struct.pack_into("<II", main, 0x9A + 8 * index, len(table), len(content))
        table.extend(content)

    pieces = struct.pack("<II", 0, sum(lengths)) + struct.pack("<HIH", 0, start, 0)
    add(33, b"\2" + struct.pack("<I", len(pieces)) + pieces)
    for index, marks, entry in ((12, characters, 1), (13, paragraphs, 13)):
        if marks:
            number = len(main) // _PAGE
            main += page(marks, entry)
            add(index, struct.pack("<III", start, start + len(body), number))
    for index, content in strings.items():
        add(index, content)
    return compound({"WordDocument": bytes(main), "1Table": bytes(table), **streams})


def string_table(*texts: str) -> bytes:
    """An STTB of two bytes a character."""
    body = b"".join(struct.pack("<H", len(t)) + t.encode("utf-16-le") for t in texts)
    return struct.pack("<HHH", 0xFFFF, len(texts), 0) + body


def record(kind: int, *content: bytes, version: int = 0, instance: int = 0) -> bytes:
    """A record of PowerPoint or of a drawing; 0xF as its version makes it a container."""
    body = b"".join(content)
    return struct.pack("<HHI", version | instance << 4, kind, len(body)) + body


def said(text: str) -> bytes:
    """A text on a slide, within what a drawing wraps around it."""
    atom = record(4000, text.encode("utf-16-le"))
    return record(0xF00D, atom, version=0xF)


def presentation(
    *top: tuple[int, bytes], objects: tuple[bytes, ...] = (), encrypted: bool = False
) -> bytes:
    """A presentation.  `top`: an identifier (0: a record that was replaced) and the record."""
    content = b""
    positions = {}
    for number, raw in top:
        if number:
            positions[number] = len(content)
        content += raw
    for inner in objects:
        deflated = struct.pack("<I", len(inner)) + zlib.compress(inner)
        content += record(4113, deflated, instance=1)
    directory = len(content)
    entries = b"".join(struct.pack("<II", n | 1 << 20, at) for n, at in positions.items())
    content += record(6002, entries)
    edit = len(content)
    content += record(4085, struct.pack("<IIIIIII", 0, 0, 0, directory, 1, 0, 0))
    token = 0xF3D1C4DF if encrypted else 0xE391C05F
    user = struct.pack("<HHIIII", 0, 0xFF6, 20, 20, token, edit)
    return compound({"PowerPoint Document": content, "Current User": user})


def macro(source: bytes) -> bytes:
    """A stream of a VBA module: what a machine runs, and the source, stored without copies."""
    chunks = b"".join(b"\0" + source[at : at + 8] for at in range(0, len(source), 8))
    return b"\x11\x22\x33" + b"\1" + struct.pack("<H", 0xB000 | (len(chunks) - 1)) + chunks
