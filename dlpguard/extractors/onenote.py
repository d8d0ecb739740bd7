"""OneNote sections (one; MS-ONE in the revision store MS-ONESTORE): their texts, wherever they are.

A section keeps the pages of every revision in a web of object spaces, and the two programs that
write them build it in different ways.  In both a text stands behind its length in four bytes, as
UTF-16 or as one byte a character.  So texts are found by that: those that were deleted or replaced
come too, and a recipient who looks into the file has them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Text
from dlpguard.extractors._budget import Budget, Piece
from dlpguard.mail import Part

FORMATS = frozenset({"one"})

_LENGTH = re.compile(rb"\x00\x00(?=[\x09\x0a\x0b\x0d\x20-\xff])")
"""The higher two of four bytes that may be a length below 64 KB, and no control character behind
them."""

_NOT_LATIN = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd-\uffff]")
_WORDS = re.compile(r"[^\W_]{2}")

_ASCII_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz "
_MOSTLY = 0.6
"""Share of letters in texts of European languages; hardly any text in two bytes a character has
so many bytes that are letters."""

_BEGINNING = 40
"""Bytes in which most of what is no text says so."""

_SHORTEST = 3
"""Bytes of a text: shorter ones would mostly be chance."""

_FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
"""What an embedded file begins with (FileDataStoreObject, MS-ONESTORE 2.6.13)."""

_FILE_HEADER = 36
_CHARGED = 1000
"""Candidates between two looks at the budget."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The texts in the order of the file, each once, and embedded files, inside."""
    content = part.content
    texts = dict.fromkeys(_texts(content, budget))
    if texts:
        yield Text(place, "\n".join(texts))
    position = content.find(_FILE)
    number = 0
    while position != -1:
        start = position + _FILE_HEADER
        length = int.from_bytes(content[position + 16 : position + 24], "little")
        number += 1
        budget.charge(members=1)
        where = f"{place}{SEPARATOR}file {number}"
        yield budget.open(Part(part.path, content[start : start + length]), where)
        position = content.find(_FILE, start)


def _texts(content: bytes, budget: Budget) -> Iterator[str]:
    until = 0  # the end of the text before
    for number, candidate in enumerate(_LENGTH.finditer(content)):
        if number % _CHARGED == 0:
            budget.charge()
        start = candidate.end()
        length = int.from_bytes(content[start - 4 : start - 2], "little") if start >= 4 else 0
        if start < until or length < _SHORTEST or start + length > len(content):
            continue
        texts = _readings(content[start : start + length])
        if texts:
            until = start + length
            yield from texts


def _readings(raw: bytes) -> list[str]:
    """What the bytes say; in both ways of writing where both may be meant, in none for no text."""
    readings: list[str] = []
    if not _NOT_LATIN.search(raw):
        readings.append(raw.decode("cp1252", "replace"))
    # Chinese and Japanese in two bytes may look like a mess in one.
    if _begins_wide(raw) and _letters(raw) < _MOSTLY * len(raw):
        text = raw.decode("utf-16-le", "replace").rstrip("\0")
        if not _NOT_TEXT.search(text):
            readings.append(text)
    return [text.strip() for text in readings if _WORDS.search(text)]


def _begins_wide(raw: bytes) -> bool:
    """Whether some bytes begin like a text in two bytes a character; most that do not are long."""
    if len(raw) % 2:
        return False
    begun, _ = codecs.utf_16_le_decode(raw[:_BEGINNING], "replace")  # half a character is left out
    return not _NOT_TEXT.search(begun.rstrip("\0"))


def _letters(raw: bytes) -> int:
    return len(raw) - len(raw.translate(None, _ASCII_LETTERS))
