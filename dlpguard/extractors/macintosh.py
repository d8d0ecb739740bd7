"""What the Macintosh puts beside a file: AppleDouble and AppleSingle (RFC 1740), BinHex (RFC 1741).

`__MACOSX/._letter.docx` in a zip is AppleDouble: where the file was downloaded from, its tags and
comment, and a resource fork, which is a preview mostly.  It is read as far as it is words.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dlpguard import mime
from dlpguard.document import SEPARATOR, Hidden, Text, Unread
from dlpguard.extractors import printable
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.mail import Part

FORMATS = frozenset({"applefile", "binhex"})

MAGICS = (b"\0\x05\x16\x00\0", b"\0\x05\x16\x07\0")
"""How AppleSingle and AppleDouble begin: the magic number and the first byte of the version."""

_ENTRY = struct.Struct(">III")
_HEADER = 26
_MOST_ENTRIES = 100
_DATA_FORK, _REAL_NAME, _COMMENT = 1, 3, 4


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The file itself where it is inside; names, comments and words, hidden as properties."""
    budget.charge(members=1)
    if part.content.startswith(MAGICS):
        yield from _entries(part, place, budget)
        return
    found = False
    for name, content in mime.binhexed(part.content):
        found = True
        budget.charge(members=1, inflated=len(content))
        where = f"{place}{SEPARATOR}{name or 'content'}"
        yield budget.open(Part(part.path, content, filename=name), where)
        yield Text(where, name)
    if not found:
        raise Unreadable(Unread.CORRUPT, "no BinHex behind its first line")


def _entries(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    content = part.content
    count = int.from_bytes(content[_HEADER - 2 : _HEADER], "big")
    table = content[_HEADER : _HEADER + _ENTRY.size * min(count, _MOST_ENTRIES)]
    rest = bytearray(content)
    for kind, start, length in _ENTRY.iter_unpack(table[: len(table) // 12 * 12]):
        entry = content[start : start + length]
        if kind == _DATA_FORK and entry:
            yield budget.open(Part(part.path, entry), f"{place}{SEPARATOR}data")
            rest[start : start + length] = bytes(len(entry))
        elif kind in {_REAL_NAME, _COMMENT} and entry:
            text = entry.decode("utf-8", "replace").strip("\0")
            yield Text(f"{place}{SEPARATOR}name and comment", text, Hidden.PROPERTY)
    for block in printable.read(Part(part.path, bytes(rest)), place, budget):
        yield Text(place, block.text, Hidden.PROPERTY) if isinstance(block, Text) else block
