"""One page of a PDF as pdfium reads it: its text, and whether people see more than that."""

from __future__ import annotations

import contextlib
import re
from enum import Enum
from typing import Any, NamedTuple

from dlpguard.extractors import _pdftext
from dlpguard.extractors._columns import Segment
from dlpguard.extractors._pdfgeometry import Box
from dlpguard.extractors._pdfium import pdfium, pointer
from dlpguard.extractors._pdfpaint import Hides
from dlpguard.extractors._pdfscene import Scene, scene
from dlpguard.extractors._pdfunmapped import Unmapped, unmapped

_FEW_CHARACTERS = 8
"""A page with a picture and no more than a page number of text is a scan."""

_FEW_WORDS = 100
"""Characters that a fax or a scanner's program writes on a page that is a picture otherwise."""

_MOST_OF_IT = 0.5
"""Share of a page above which pictures are what the page is about."""

_LETTERS_OF_LINES = 500
"""Lines and curves that may be twenty letters, which a program has turned into drawings."""


_PRIVATE = re.compile("[\ue000-\uf8ff]")


class Unseen(Enum):
    """What a page shows of which nothing was read."""

    TEXT = "text"
    PICTURE = "a picture without a text layer"
    DRAWING = "a drawing without text, which may be one of letters"


class PageText(NamedTuple):
    """Text with its places; what of it has no Unicode; what else is drawn that may be text."""

    segments: list[Segment]
    unmapped: Unmapped | None
    unseen: Unseen | None


def read(page: Any, layers_off: frozenset[str]) -> PageText:
    """The text of an open page.

    `layers_off` are the names of optional-content groups that a viewer does not show at first.
    """
    painted = scene(page, layers_off)
    hides = Hides(page, painted) or None
    with contextlib.closing(page.get_textpage()) as text_page:
        characters = _pdftext.characters(text_page)
        segments = _pdftext.segments(text_page, characters, hides)
        lost = unmapped(text_page, characters)
    if painted.replaced:
        drawn, also_lost = _drawn_instead(page, painted, hides)
        said = "".join("".join(segment.text.split()) for segment in segments)
        segments += [s for s in drawn if "".join(s.text.split()) not in said]
        lost = lost or also_lost
    return PageText(segments, lost, _unseen(page, painted, segments))


def revealed_letters(page: Any) -> Unmapped | None:
    """What of the text of an open page leads to private characters, if there is enough of it."""
    with contextlib.closing(page.get_textpage()) as text_page:
        characters = _pdftext.characters(text_page)
        return unmapped(text_page, characters) if _PRIVATE.search(characters) else None


def _drawn_instead(
    page: Any, painted: Scene, hides: Hides | None
) -> tuple[list[Segment], Unmapped | None]:
    """What is drawn where the file says that it stands for something else (/ActualText).

    People see what is drawn and copy what it stands for, so both are read.
    """
    functions = pdfium()
    for item, mark in painted.replaced:
        functions.FPDFPageObjMark_RemoveParam(item, mark, b"ActualText")
    places = {item.value for item, _ in painted.replaced}
    with contextlib.closing(page.get_textpage()) as text_page:
        at_page = pointer(text_page)
        characters = "".join(
            letter
            if letter in "\r\n" or functions.FPDFText_GetTextObject(at_page, at).value in places
            else " "
            for at, letter in enumerate(_pdftext.characters(text_page))
        )
        return _pdftext.segments(text_page, characters, hides), unmapped(text_page, characters)


def _unseen(page: Any, painted: Scene, segments: list[Segment]) -> Unseen | None:
    count = sum(len(segment.text) for segment in segments)
    if painted.writings and not segments:
        return Unseen.TEXT
    if count > _FEW_WORDS:
        return None
    view = Box(*page.get_bbox())
    if _fill(painted.pictures, view) or (count <= _FEW_CHARACTERS and painted.pictures):
        return Unseen.PICTURE
    if count <= _FEW_CHARACTERS and (
        _fill(painted.patterns, view) or painted.lines >= _LETTERS_OF_LINES
    ):
        return Unseen.DRAWING
    return None


def _fill(boxes: list[Box], view: Box) -> bool:
    """Whether boxes cover most of the page; scanners put a page together from strips."""
    return sum(box.cut(view).area for box in boxes) > _MOST_OF_IT * view.area
