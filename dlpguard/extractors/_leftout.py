"""Markup that can be told from what it holds without parsing it, and taken out before.

Nearly all elements of an Office file say how something looks.  A parser of XML takes several times
as long for one as it takes to leave it out of the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_DECLARATIONS = (b"<?xml ", b"\xef\xbb\xbf<?xml ")
_BEHIND_ITS_BEGINNING = 5
_LONGEST_MARK = 20


def empty_elements(prefix: str, names: Iterable[str], but: Iterable[str] = ()) -> re.Pattern[bytes]:
    """A pattern for elements of a prefix that hold nothing, without the attributes `but`."""
    other = f"(?!(?:{'|'.join(sorted(but))})=)" if but else ""
    attribute = rf'(?: {other}(?:{prefix}:)?[A-Za-z]{{1,20}}="[^"<>&]{{0,40}}")*+'
    return re.compile(f"<{prefix}:(?:{'|'.join(names)}){attribute}/>".encode())


def without(pattern: re.Pattern[bytes], chunks: Iterable[bytes]) -> Iterator[bytes]:
    """XML without what a pattern of markup fits, as far as that is markup for sure."""
    for chunk, is_markup in told_apart(chunks):
        yield pattern.sub(b"", chunk) if is_markup else chunk


def told_apart(chunks: Iterable[bytes], mark: bytes = b"") -> Iterator[tuple[bytes, bool]]:
    """Each piece of some XML, and whether all that looks like markup in it is.

    From where there is a comment, an instruction or a CDATA section, which may quote some, nothing
    is sure; nor from where a `mark` stands, of 20 bytes at most.
    """
    sure, before = True, b""
    for chunk in chunks:
        if sure:
            both = before + chunk
            is_declared = not before and chunk.startswith(_DECLARATIONS)
            quotes = has(both, b"<!") or (mark and mark in both)
            sure = not (quotes or has(both, b"<?", _BEHIND_ITS_BEGINNING if is_declared else 0))
            before = chunk[-_LONGEST_MARK:]
        yield chunk, sure


def has(text: bytes, pair: bytes, start: int = 0) -> bool:
    """Whether two bytes stand in a text of markup, the second of which is rare there.

    One byte is looked for in a tenth of the time that two take.
    """
    return text.find(pair[1:], start) >= 0 and text.find(pair, start) >= 0
