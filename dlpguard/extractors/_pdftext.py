"""The text of one page of a PDF: pieces with their places, and why some are not seen.

A page has five thousand characters and a report fifty pages, so pdfium is asked word by word, and
letter by letter only where a word is drawn in several goes or may be seen in part.
"""

from __future__ import annotations

import ctypes
import re
import sys
from typing import Any, cast

from dlpguard.document import Hidden
from dlpguard.extractors._columns import Segment
from dlpguard.extractors._pdfgeometry import Edges, make_box
from dlpguard.extractors._pdfium import Numbers, pdfium, pointer
from dlpguard.extractors._pdfpaint import Hides

_WORDS = re.compile(r"[^ \xa0\r\n]{1,1000}")
"""Of what is longer, the next piece goes on where one ends."""

_NOTHING = {0: None, 2: None, 0xFFFE: None}
"""No character, a hyphen at a line end, no character either."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_UNITS = f"utf-16-{sys.byteorder[0]}e"


def characters(text_page: Any) -> str:
    """What pdfium makes of each character of a page, one code unit each, in its order.

    A letter beyond U+FFFF may be two surrogates: indexes are those of pdfium.
    """
    from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    count = text_page.count_chars()
    buffer = (ctypes.c_ushort * (count + 1))()
    # All at once takes a thirtieth of the time, but leaves some control characters out.
    if raw.FPDFText_GetText(text_page, 0, count, buffer) == count + 1:
        text = bytes(buffer)[: 2 * count].decode(_UNITS, "surrogatepass")
        return text if len(text) == count else "".join(map(chr, buffer[:count]))
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
        self._box: Edges = (0.0, 0.0, 0.0, 0.0)
        self._hidden: Hidden | None = None

    def cut(self) -> list[Segment]:
        text, at, count_rectangles = self._text, self._at, self._count_rectangles
        has_nothings = any(chr(code) in text for code in _NOTHING)
        end = 0
        for match in _WORDS.finditer(text):
            before = end
            start, end = match.span()
            if start > before:
                between = text[before:start]
                if between != " " and ("\n" in between or "\r" in between):
                    self._finish()
                elif self._texts:
                    self._texts.append(" ")
            word = text[start:end]
            if has_nothings and not (word := word.translate(_NOTHING)):
                continue
            count = count_rectangles(at, start, end - start)
            box = self._rectangle(0) if count == 1 else self._whole(count)
            if box is None:
                self._add_letters(start, end)
            elif self._hides is None:
                self._add(word, box, None)
            else:
                self._add_judged(word, start, end, box, count == 1)
        self._finish()
        return self._found

    def _rectangle(self, index: int) -> Edges:
        self._get_rectangle(self._at, index, *self._edges.to)
        left, top, right, bottom = self._edges.read()
        return left, bottom, right, top

    def _whole(self, count: int) -> Edges | None:
        """The box of a word that is drawn in several goes, None where it has none or gaps."""
        if count < 1:
            return None
        box = self._rectangle(0)
        for index in range(1, count):
            other = self._rectangle(index)
            if not _goes_on(box, other):
                return None
            box = _joined(box, other)
        return box

    def _add_judged(self, word: str, start: int, end: int, box: Edges, is_whole: bool) -> None:
        """A word of a page where some are not seen; `is_whole`: it is drawn in one go."""
        hides = cast("Hides", self._hides)
        if not hides.concern(box):
            self._add(word, box, None)
        elif not is_whole or hides.divide(make_box(box)):
            self._add_letters(start, end)
        else:
            self._add(word, box, self._why(start, box))

    def _add_letters(self, start: int, end: int) -> None:
        for index in range(start, end):
            if letter := self._text[index].translate(_NOTHING):
                self._get_character_box(self._at, index, *self._edges.to)
                left, right, bottom, top = self._edges.read()
                box = (left, bottom, right, top)
                self._add(letter, box, self._why(index, box))

    def _why(self, index: int, box: Edges) -> Hidden | None:
        if self._hides is None:
            return None
        left, bottom, right, top = box
        item = self._get_object(self._at, index).value or 0
        return self._hides.why(item, (left + right) / 2, (bottom + top) / 2)

    def _add(self, text: str, box: Edges, why: Hidden | None) -> None:
        if not self._texts:
            self._box, self._hidden = box, why
        elif why is self._hidden and _goes_on(self._box, box):
            self._box = _joined(self._box, box)
        else:
            self._finish()
            self._box, self._hidden = box, why
        self._texts.append(text)

    def _finish(self) -> None:
        """What was collected becomes a segment, unless it is only white space."""
        text = "".join(self._texts).strip()
        self._texts.clear()
        if text:
            if _SURROGATES.search(text):
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            left, bottom, right, top = self._box
            self._found.append(Segment(text, left, right, bottom, top, self._hidden))


def _goes_on(box: Edges, then: Edges) -> bool:
    """Whether a piece stands in the line of another, no further off than a space."""
    left, bottom, right, top = box
    then_left, then_bottom, then_right, then_top = then
    gap = then_left - right
    return (
        (gap <= 1.0 or gap <= top - bottom or gap <= then_top - then_bottom)
        and then_right >= left
        and then_bottom <= top
        and then_top >= bottom
    )


def _joined(one: Edges, other: Edges) -> Edges:
    left, bottom, right, top = one
    other_left, other_bottom, other_right, other_top = other
    # `min` and `max` take four times as long, and this is asked of each word.
    return (
        left if left < other_left else other_left,  # noqa: FURB136 - see above
        bottom if bottom < other_bottom else other_bottom,  # noqa: FURB136
        right if right > other_right else other_right,  # noqa: FURB136
        top if top > other_top else other_top,  # noqa: FURB136
    )
