"""Files that are two things at once, and names that are read the wrong way round.

A picture with a zip behind it opens as a picture by one program and as an archive by another; a
page with a PDF in it is a page and a PDF.  Both are read, and the contradiction is said.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of what follows (Unicode UAX 9)."""

_OVERRIDE = re.compile("\u202e([^\u202c\u2066-\u2069]{0,255})")
_PDF = re.compile(rb"%PDF-\d\.\d")
_RAR = re.compile(rb"Rar!\x1a\x07(?:\0|\x01\0)")
_SEVENZIP = re.compile(rb"7z\xbc\xaf\x27\x1c\0[\0-\x04]")
_SELF_EXTRACTING = 1 << 20
"""Bytes among which programs look for the beginning of an archive: so long a stub can be."""

_END_RECORD = 66_000
"""Bytes at the end among which the end record of a zip stands: its comment has at most 65,535."""

_TAIL = 4096


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ZIPS = _words("zip docx xlsx xlsb pptx odt ods odp odf epub vsdx xps iwork")
_CONTAINERS = _ZIPS | _words("tar rar 7z cab cpio ar mail mbox msg ole pst one tnef gz bz2 xz zst")
"""Formats that hold whole files as they are: what looks like a second file is one of those."""


def shown(filename: str) -> str:
    """A name as a program shows it that obeys right-to-left override.

    >>> shown("statement\\u202efdp.exe")
    'statementexe.pdf'
    """
    return _TURNED.sub("", _OVERRIDE.sub(lambda match: match[1][::-1], filename))


def turned(filename: str) -> str:
    """In words, what is wrong with a name that is shown otherwise than it is; "" for others."""
    if not _TURNED.search(filename):
        return ""
    real, seen = (name.rpartition(".")[2].strip() for name in (filename, shown(filename)))
    if _TURNED.sub("", real) != seen:
        return "a name that is shown with another ending"
    return "a name with characters that turn it round"


def also(content: bytes, kind: str) -> str:
    """What else the bytes of a file of some kind are: "zip", "pdf", "rar", "7z"; "" for nothing."""
    if kind not in _ZIPS and ends_as_zip(content):
        return "zip"
    if kind in _CONTAINERS:
        return ""
    if kind != "pdf" and _PDF.search(content[:1024]) and b"startxref" in content[-_TAIL:]:
        return "pdf"
    embedded = archive(content)
    return embedded[0] if embedded and embedded[1] else ""


def archive(content: bytes) -> tuple[str, int] | None:
    """The kind and the beginning of a rar or 7z archive near the beginning of a file."""
    head = content[:_SELF_EXTRACTING]
    if found := _RAR.search(head):
        return "rar", found.start()
    for found in _SEVENZIP.finditer(head):
        start = content[found.start() : found.start() + 32]
        # The signature is short; the header that it begins has a check sum.
        if zlib.crc32(start[12:32]) == int.from_bytes(start[8:12], "little"):
            return "7z", found.start()
    return None


def ends_as_zip(content: bytes) -> bool:
    """Whether a zip is appended to something else: its end record is the end of the file."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - _END_RECORD))
    if end == -1 or len(content) - end < 22:
        return False
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    members = int.from_bytes(content[end + 10 : end + 12], "little")
    if end + 22 + comment != len(content) or members == 0:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            return bool(opened.filelist)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
