"""The text of one page of a PDF: pieces with their places, and why some are not seen."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

from dlpguard.document import Hidden
from dlpguard.extractors import _pdfpaint
from dlpguard.extractors._columns import Segment
from dlpguard.extractors._pdfgeometry import Box

_SPACES, _LINE_ENDS = frozenset({32, 160}), frozenset({10, 13})
_NOT_TEXT = frozenset({0, 2, 0xFFFE})
"""No character, a hyphen at a line end, no character either."""


def segments(page: Any, layers_off: frozenset[str]) -> list[Segment]:
    """The text of a page, lines cut where a gap is wider than a space."""
    with contextlib.closing(page.get_textpage()) as text_page:
        return _cut(text_page, _pdfpaint.hides(page, text_page, layers_off))


def _cut(text_page: Any, hides: _pdfpaint.Hides | None) -> list[Segment]:
    """One long loop without helpers: a page has five thousand characters, a report fifty pages."""
    from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    get_code, get_box, handle = raw.FPDFText_GetUnicode, raw.FPDFText_GetCharBox, text_page.raw
    x0, x1, y0, y1 = edges = [ctypes.c_double() for _ in range(4)]
    references = [ctypes.byref(edge) for edge in edges]
    found: list[Segment] = []
    texts: list[str] = []
    left = right = bottom = top = 0.0
    hidden: Hidden | None = None
    for index in range(text_page.count_chars()):
        code = get_code(handle, index)
        if code in _SPACES:
            if texts:
                texts.append(" ")
            continue
        if code in _LINE_ENDS:
            _finish(found, texts, Box(left, bottom, right, top), hidden)
            continue
        if code in _NOT_TEXT:
            continue
        get_box(handle, index, *references)
        a, b, c, d = x0.value, x1.value, y0.value, y1.value
        why = hides(index, (a + b) / 2, (c + d) / 2) if hides else None
        if texts:
            if (
                why is hidden
                and a - right <= max(top - bottom, d - c, 1.0)
                and b >= left
                and c <= top
                and d >= bottom
            ):
                texts.append(_character(code))
                left, right = min(a, left), max(b, right)
                bottom, top = min(c, bottom), max(d, top)
                continue
            _finish(found, texts, Box(left, bottom, right, top), hidden)
        texts.append(_character(code))
        left, right, bottom, top, hidden = a, b, c, d, why
    _finish(found, texts, Box(left, bottom, right, top), hidden)
    return found


def _finish(found: list[Segment], texts: list[str], box: Box, hidden: Hidden | None) -> None:
    """What was collected becomes a segment, unless it is only white space."""
    text = "".join(texts).strip()
    texts.clear()
    if text:
        found.append(Segment(text, box.left, box.right, box.bottom, box.top, hidden))


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"
