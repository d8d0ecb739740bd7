"""The text of one page of a PDF: pieces with their places, and why some are not seen.

A page has five thousand characters and a report fifty pages, so pdfium is asked word by word, and
letter by letter only where a word is drawn in several goes or may be seen in part.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any

from dlpguard.document import Hidden
from dlpguard.extractors._columns import Segment
from dlpguard.extractors._pdfgeometry import Box
from dlpguard.extractors._pdfium import Numbers, pdfium, pointer
from dlpguard.extractors._pdfpaint import Hides

_TOKENS = re.compile(r"[ \xa0]{1,1000}|[\r\n]{1,1000}|[^ \xa0\r\n]{1,1000}")
"""White space, line ends, words; of what is longer, the next piece goes on where one ends."""

_NOTHING = {0: None, 2: None, 0xFFFE: None}
"""No character, a hyphen at a line end, no character either."""

_SURROGATES = re.compile("[\ud800-\udfff]")


def characters(text_page: Any) -> str:
    """What pdfium makes of each character of a page, one code unit each, in its order.

    A letter beyond U+FFFF may be two surrogates: indexes are those of pdfium.
    """
    from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    count = text_page.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    # All at once takes a thirtieth of the time, but leaves some control characters out.
    if raw.FPDFText_GetText(text_page, 0, count, buffer) == count + 1:
        return "".join(map(chr, buffer[:count]))
    codes = (raw.FPDFText_GetUnicode(text_page, index) for index in range(count))
    return "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)


def segments(text_page: Any, text: str, hides: Hides | None) -> list[Segment]:
    """The text of a page (its `characters`), lines cut where a gap is wider than a space."""
    return _Cutter(text_page, text, hides).cut()


class _Cutter:
    """Collects words until something separates them from the next."""

    def __init__(self, text_page: Any, text: str, hides: Hides | None) -> None:
        functions = pdfium()
        self._count_rectangles = functions.FPDFText_CountRects
        self._get_rectangle = functions.FPDFText_GetRect
        self._get_character_box = functions.FPDFText_GetCharBox
        self._get_object = functions.FPDFText_GetTextObject
        self._at = pointer(text_page)
        self._text = text
        self._hides = hides
        self._edges = Numbers(ctypes.c_double, 4)
        self._found: list[Segment] = []
        self._texts: list[str] = []
        self._box = Box(0.0, 0.0, 0.0, 0.0)
        self._hidden: Hidden | None = None

    def cut(self) -> list[Segment]:
        for token in _TOKENS.finditer(self._text):
            word, start = token[0], token.start()
            if word[0] in "\r\n":
                self._finish()
            elif word[0] in " \xa0":
                if self._texts:
                    self._texts.append(" ")
            else:
                self._add(word.translate(_NOTHING), start, token.end())
        self._finish()
        return self._found

    def _add(self, word: str, start: int, end: int) -> None:
        if not word:
            return
        box, is_whole = self._word_box(start, end)
        if box is None:
            self._add_letters(start, end)
        elif self._hides is None or not self._hides.concern(box):
            self._add_piece(word, box, None)
        elif not is_whole or self._hides.divide(box):
            self._add_letters(start, end)
        else:
            self._add_piece(word, box, self._why(start, box))

    def _word_box(self, start: int, end: int) -> tuple[Box | None, bool]:
        """The box of a word, None where it has none or gaps, and whether it is drawn in one go."""
        count = self._count_rectangles(self._at, start, end - start)
        if count < 1:
            return None, False
        box = self._rectangle(0)
        for index in range(1, count):
            other = self._rectangle(index)
            if not _goes_on(box, other):
                return None, False
            box = _joined(box, other)
        return box, count == 1

    def _add_letters(self, start: int, end: int) -> None:
        for index in range(start, end):
            if letter := self._text[index].translate(_NOTHING):
                self._get_character_box(self._at, index, *self._edges.to)
                left, right, bottom, top = self._edges.read()
                box = Box(left, bottom, right, top)
                self._add_piece(letter, box, self._why(index, box))

    def _rectangle(self, index: int) -> Box:
        self._get_rectangle(self._at, index, *self._edges.to)
        left, top, right, bottom = self._edges.read()
        return Box(left, bottom, right, top)

    def _why(self, index: int, box: Box) -> Hidden | None:
        if self._hides is None:
            return None
        item = self._get_object(self._at, index).value or 0
        return self._hides.why(item, (box.left + box.right) / 2, (box.bottom + box.top) / 2)

    def _add_piece(self, text: str, box: Box, why: Hidden | None) -> None:
        if self._texts:
            if why is self._hidden and _goes_on(self._box, box):
                self._texts.append(text)
                self._box = _joined(self._box, box)
                return
            self._finish()
        self._texts.append(text)
        self._box, self._hidden = box, why

    def _finish(self) -> None:
        """What was collected becomes a segment, unless it is only white space."""
        text = "".join(self._texts).strip()
        self._texts.clear()
        if text:
            if _SURROGATES.search(text):
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            left, bottom, right, top = self._box
            self._found.append(Segment(text, left, right, bottom, top, self._hidden))


def _goes_on(box: Box, then: Box) -> bool:
    """Whether a piece stands in the line of another, no further off than a space."""
    return (
        then.left - box.right <= max(box.top - box.bottom, then.top - then.bottom, 1.0)
        and then.right >= box.left
        and then.bottom <= box.top
        and then.top >= box.bottom
    )


def _joined(one: Box, other: Box) -> Box:
    left, bottom, right, top = one
    other_left, other_bottom, other_right, other_top = other
    return Box(
        min(left, other_left),
        min(bottom, other_bottom),
        max(right, other_right),
        max(top, other_top),
    )
