"""Why nobody sees some text on a page of a PDF: it has no ink, lies under a box, off the page.

A text layer over a scanned picture has no ink either, but says what the picture shows, so it
counts as seen.  What cannot be told through pdfium counts as seen too: text under shapes that are
no rectangle, behind pattern fills, or in form XObjects that belong to a switched-off layer.
"""

from __future__ import annotations

from typing import Any

from dlpguard.document import Hidden
from dlpguard.extractors._pdfgeometry import Box
from dlpguard.extractors._pdfscene import MOST_OBJECTS, Colour, Scene, Shape, address

_SHAPES = 2000
"""Filled shapes of a page that are compared with its text; the table of a long page has 500."""

_AREAS = 100
"""Places of a page where something is unseen, beyond which asking pdfium is faster than looking."""

_SAME = 8
"""Of 255: colours that differ less in every channel look the same."""

_SCAN = 0.5
"""Share of the page above which a picture on top of text is the scan that the text comes from."""

_WHITE = (255, 255, 255)


class Hides:
    """Why characters of a page are not seen; false when all of them are seen."""

    def __init__(self, page: Any, scene: Scene) -> None:
        self._view = Box(*page.get_bbox())
        self._writings = scene.writings
        self._pictures: list[Box] = []
        self._covers: list[Shape] = []
        self._own: dict[int, Hidden] = {}
        if scene.objects <= MOST_OBJECTS and len(scene.grounds) <= _SHAPES:
            self._covers = [shape for shape in scene.covers if _is_cover(shape, scene, self._view)]
            self._own = _own(scene)
            if Hidden.HIDDEN_TEXT in self._own.values():
                self._pictures = scene.pictures
        covers = [cover.box for cover in self._covers]
        self._outlines = [*covers, *self._pictures]
        self._unseen = [*covers, *(self._writings[at].box for at in self._own)]
        self._asks_always = len(self._unseen) > _AREAS

    def __bool__(self) -> bool:
        return bool(self._covers or self._own) or not all(
            writing.box.is_within(self._view, 1) for writing in self._writings.values()
        )

    def concern(self, box: Box) -> bool:
        """Whether anything that stands in a box may be unseen."""
        if self._asks_always or not box.is_within(self._view, 0):
            return True
        return any(map(box.touches, self._unseen))

    def divide(self, box: Box) -> bool:
        """Whether some of what stands in a box may be seen, and some not."""
        return box.crosses(self._view) or any(map(box.crosses, self._outlines))

    def why(self, item: Any, x: float, y: float) -> Hidden | None:
        """Why nobody sees a character of a text object, by the middle of its box."""
        if not self._view.holds(x, y):
            return Hidden.OFF_PAGE
        at = address(item)
        writing = self._writings.get(at)
        if writing is None:
            return None
        if writing.inkless:
            return None if any(box.holds(x, y) for box in self._pictures) else Hidden.HIDDEN_TEXT
        if own := self._own.get(at):
            return own
        covered = any(c.order > writing.order and c.box.holds(x, y) for c in self._covers)
        return Hidden.COVERED if covered else None


def _own(scene: Scene) -> dict[int, Hidden]:
    """Why whole text objects are not seen, their covers apart."""
    found: dict[int, Hidden] = {}
    suspects: dict[Colour, bool] = {}
    shades = {ground.colour for ground in scene.grounds} | {_WHITE}
    for at, writing in scene.writings.items():
        if writing.hidden or writing.inkless:
            found[at] = writing.hidden or Hidden.HIDDEN_TEXT
            continue
        colour = writing.colour
        if colour not in suspects:
            suspects[colour] = any(_alike(colour, shade) for shade in shades)
        if not suspects[colour]:
            continue
        x = (writing.box.left + writing.box.right) / 2
        y = (writing.box.bottom + writing.box.top) / 2
        under = [g for g in scene.grounds if g.order < writing.order and g.box.holds(x, y)]
        if _alike(colour, under[-1].colour if under else _WHITE):
            found[at] = Hidden.SAME_COLOUR
    return found


def _is_cover(shape: Shape, scene: Scene, view: Box) -> bool:
    """Whether a shape lies on top of text, and is not the scan that the text was read from."""
    if shape.colour is None and shape.box.area > _SCAN * view.area:
        return False
    return any(w.order < shape.order and w.box.touches(shape.box) for w in scene.writings.values())


def _alike(one: Colour, other: Colour) -> bool:
    return (
        one is not None
        and other is not None
        and all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))
    )
