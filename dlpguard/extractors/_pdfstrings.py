"""Strings of a PDF that no viewer shows as a text, under whatever key and in whatever list.

Labels of pages, captions of buttons, names of scripts, targets, layers and columns of a portfolio,
files that links open, article threads, and what programs keep for themselves (PieceInfo).  Keys are
not told apart: nobody who hides a name keeps to the standard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_DEPTH = 10
"""Lists in lists; name trees and layers' orders nest three."""

_WORD = re.compile(r"[^\W_]{3}")
_PRINTABLE = 0.9
"""Share of printable characters in strings that are words; digests and tables of colours have
less."""

_FOR_PROGRAMS = re.compile(
    r"""D:\d{4,14}\S{0,10}             # dates (ISO 32000-2 7.9.4)
      | Adobe | Identity | UCS         # character collections
      | [a-z]{2}-[A-Z]{2}              # languages
      | [0-9A-Fa-f]{32}                # identifiers of files
    """,
    re.VERBOSE,
)
_DIGESTS = frozenset({16, 20, 32, 48, 64})
"""Bytes of MD5, SHA-1, SHA-2 and of the keys of an encrypted file."""

_APPEARANCE = re.compile(r"/[\w.+-]{1,60}|[\d.-]{1,20}|Tf|r?g|RG|G|k|K")
"""An operand or operator of a field's default appearance (12.7.4.3)."""


def words(dictionary: Any) -> Iterator[str]:
    """The strings directly in a dictionary (`pikepdf`'s or a mapping), and in its lists, that may
    be words."""
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

    either = (pikepdf.String, pikepdf.Array)
    stack = [(value, 0) for _, value in dictionary.items() if isinstance(value, either)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, pikepdf.String):
            if not _is_digest(bytes(value)) and _is_words(text := str(value)):
                yield text
        elif depth < _DEPTH and not value.is_indirect:
            stack.extend((one, depth + 1) for one in value if isinstance(one, either))


def _is_digest(content: bytes) -> bool:
    """Whether a string has the length of a digest or an identifier, and mostly no letters."""
    if len(content) not in _DIGESTS:
        return False
    letters = sum(chr(byte).isalnum() for byte in content if byte < 0x80)
    return letters <= len(content) / 2


def _is_words(text: str) -> bool:
    if not _WORD.search(text) or _FOR_PROGRAMS.fullmatch(text):
        return False
    if "Tf" in text and all(map(_APPEARANCE.fullmatch, text.split())):
        return False
    return sum(map(str.isprintable, text)) >= len(text) * _PRINTABLE
