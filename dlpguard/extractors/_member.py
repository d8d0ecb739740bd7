"""One member of an archive: taken out piece by piece, then opened."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator

from dlpguard.document import Gap, Unread
from dlpguard.extractors import _libarchive, macintosh
from dlpguard.extractors._budget import Budget, Inflation, Piece
from dlpguard.mail import Part

DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    _libarchive.Damaged,
)
"""What readers raise for archives that are damaged or cut off."""

_CHUNK = 1 << 18


def member(
    read_some: Callable[[int], bytes],
    name: str,
    part: Part,
    where: str,
    budget: Budget,
    inflation: Inflation,
) -> Iterator[Piece]:
    """One member, opened; what came out before a fault is opened too."""
    pieces: list[bytes] = []
    try:
        while piece := read_some(_CHUNK):
            inflation.charge(len(piece))
            pieces.append(piece)
    except DAMAGED as fault:
        yield Gap(where, Unread.CORRUPT, type(fault).__name__)
        if not pieces:
            return
    yield budget.open(named(part, b"".join(pieces), name), where)


def named(part: Part, content: bytes, name: str) -> Part:
    """A member as a part; of a path only the last name is the file's."""
    if content.startswith(macintosh.MAGICS):
        return Part(part.path, content)  # it has the name of the file that it stands beside
    return Part(part.path, content, filename=name.replace("\\", "/").rpartition("/")[2])
