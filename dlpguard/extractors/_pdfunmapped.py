"""Text on a page of a PDF that people can read and programs cannot: its letters have no Unicode.

A PDF need not say which characters its glyphs are.  Where a font has no Unicode map (ISO 32000-2
9.10), or one that leads nowhere, pdfium gives the font's own codes: words become `$QQ %HH`, without
any error.  Such text is as good as a picture of itself.

Bullets, ticks, ligatures and lines of dots often have no Unicode either, in documents that are
otherwise read.  They stand alone between letters that can be read, and there are few kinds of them;
writing is several different glyphs side by side, or many different ones.
"""

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Iterator
from itertools import compress, repeat
from typing import Any, NamedTuple

from dlpguard.extractors._pdfium import Numbers, Pointer, pdfium, pointer

_LETTERS = 8
"""Glyphs side by side that may be a name, a telephone number or a reference."""

_KINDS = 4
"""Different glyphs among them: a line of dots, of ticks or of boxes has one or two."""

_MANY_KINDS = 8
"""Different glyphs, wherever they stand: there are five ligatures, and few sorts of bullets."""

_JOINERS = "\u00ad\u200c\u200d\u200e\u200f"
"""Characters without a shape that stand between letters of ordinary text."""

_BLANK = " \xa0\r\n\t"
_MARKS = 3
"""Combining marks on one letter beyond which they are no marks; Thai and Hebrew have two."""

_PRIVATE_HIGH = range(0xDB40, 0xDC00)
"""First halves of the characters of planes 14 to 16: without a shape, or private."""


class Unmapped(NamedTuple):
    """A page draws letters without Unicode.  `codes` are pieces of what pdfium made of them."""

    codes: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Whether another reader only copied the font's codes too."""
        squeezed = "".join(text.split())
        return any(codes in squeezed for codes in self.codes)


def unmapped(text_page: Any, text: str) -> Unmapped | None:
    """Whether people read something on a page that `text`, its `characters`, does not have."""
    runs = _runs(_indexes(text_page, text), text)
    kinds: set[object] = set()
    kinds_together: set[object] = set()
    together = 0
    symbol = _Symbol(text_page, text)
    for run in runs:
        for index in run:
            kinds.add(kind := symbol.of(index))
            if len(run) > 1:
                together += 1
                kinds_together.add(kind)
            enough = together >= _LETTERS and len(kinds_together) >= _KINDS
            if enough or len(kinds) >= _MANY_KINDS:
                return Unmapped(tuple(_codes(runs, text)))
    return None


def nonsense(text: str) -> int:
    """How many characters of a text mean nothing to anybody."""
    return sum(map(_means_nothing, text))


def _indexes(text_page: Any, text: str) -> list[int]:
    """Of characters that are drawn and have no meaning."""
    page, every = pointer(text_page), range(len(text))
    letters = set(text)
    odd = _at({letter for letter in letters if _means_nothing(letter)}, text)
    marks = _at({letter for letter in letters if unicodedata.combining(letter)}, text)
    stacked = [
        at for at, before in zip(marks[_MARKS:], marks, strict=False) if at - before == _MARKS
    ]
    found = {*stacked, *(at for at in odd if not _is_in_place(text, at, page))}
    # A font may lack a few letters only, so each character is asked about.
    has_error = pdfium().FPDFText_HasUnicodeMapError
    found.update(compress(every, map(has_error, repeat(page), every)))
    return sorted(found)


def _at(letters: set[str], text: str) -> list[int]:
    """Where some characters stand in a text."""
    if not letters:
        return []
    pattern = f"[{re.escape(''.join(letters))}]"
    return [match.start() for match in re.finditer(pattern, text)]


def _means_nothing(letter: str) -> bool:
    """Whether a character is a control, private, unassigned, a replacement, or has no shape."""
    if letter.isprintable() and letter != "\ufffd":
        return False
    if letter in _BLANK or letter == "\x02":  # pdfium's hyphen at a line end
        return False
    if 0xD800 <= ord(letter) <= 0xDFFF:
        return ord(letter) in _PRIVATE_HIGH
    return unicodedata.category(letter)[0] == "C" or letter == "\ufffd"


def _is_in_place(text: str, index: int, page: Pointer) -> bool:
    """Whether a character is pdfium's own, or one without a shape that stands between others."""
    letter, functions = text[index], pdfium()
    if letter in "\0\ufffe":
        is_hyphen = bool(functions.FPDFText_GetUnicode(page, index))
        return is_hyphen or bool(functions.FPDFText_IsGenerated(page, index) == 1)
    beside = text[max(0, index - 1) : index] + text[index + 1 : index + 2]
    return letter in _JOINERS and not any(map(_means_nothing, beside))


def _runs(indexes: list[int], text: str) -> list[list[int]]:
    """Indexes of characters side by side in a line; only spaces may be between them.

    Pieces of tall brackets stand below each other.
    """
    runs: list[list[int]] = []
    for index in indexes:
        if runs and not text[runs[-1][-1] + 1 : index].strip(" \xa0"):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _codes(runs: list[list[int]], text: str) -> Iterator[str]:
    """The first characters of words without Unicode, those of them that are long enough to tell."""
    for run in runs:
        codes = "".join(text[index] for index in run[:_LETTERS])
        if len("".join(codes.split())) >= _KINDS:
            yield "".join(codes.split())


class _Symbol:
    """Tells glyphs apart by code and size: one map may lead all of them to one character."""

    def __init__(self, text_page: Any, text: str) -> None:
        self._page = pointer(text_page)
        self._text = text
        self._edges = Numbers(ctypes.c_double, 4)

    def of(self, index: int) -> object:
        pdfium().FPDFText_GetCharBox(self._page, index, *self._edges.to)
        left, right, bottom, top = self._edges.read()
        return self._text[index], round(right - left, 1), round(top - bottom, 1)
