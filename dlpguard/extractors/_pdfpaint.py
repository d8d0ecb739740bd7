"""Why nobody sees some text on a page of a PDF: it has no ink, lies under a box, off the page.

A text layer over a scanned picture has no ink either, but says what the picture shows, so it
counts as seen.  What cannot be told through pdfium counts as seen too: text under shapes that are
no rectangle, behind pattern fills, or in form XObjects that belong to a switched-off layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dlpguard.document import Hidden
from dlpguard.extractors._pdfgeometry import Box, Edges, around
from dlpguard.extractors._pdfpath import clip, rectangles
from dlpguard.extractors._pdfscene import (
    MOST_OBJECTS,
    Colour,
    Scene,
    Shape,
    Writing,
    is_thin,
)

_SHAPES = 2000
"""Filled shapes of a page that are compared with its text; the table of a long page has 500."""

_COMPARISONS = 500_000
"""Of shapes with text objects, up to which there may be more: the chart of a report has 3000 shapes
and 30 labels."""

_AREAS = 100
"""Places of a page where something is unseen, beyond which asking pdfium is faster than looking."""

_SAME = 8
"""Of 255: colours that differ less in every channel look the same."""

_SCAN = 0.5
"""Share of the page above which a picture on top of text is the scan that the text comes from."""

_WHITE = (255, 255, 255)


class _Cover(NamedTuple):
    """A rectangle that lies on top of what was painted before it."""

    order: int
    box: Box


class Hides:
    """Why characters of a page are not seen; false when all of them are seen."""

    def __init__(self, page: Any, scene: Scene) -> None:
        self._view = Box(*page.get_bbox())
        self._writings = scene.writings
        self._pictures: list[Box] = []
        self._covers: list[_Cover] = []
        self._own: dict[int, Hidden] = {}
        shapes = _near(scene)
        if scene.objects <= MOST_OBJECTS and not _are_too_many(shapes, scene):
            self._covers = list(_covers(shapes, scene, self._view))
            self._own = _own(shapes, scene)
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

    def concern(self, box: Edges) -> bool:
        """Whether anything that stands in a box may be unseen."""
        # `Box.touches`, spelt out: this is asked of each word.
        left, bottom, right, top = box
        other_left, other_bottom, other_right, other_top = self._view
        if not (left >= other_left and right <= other_right):
            return True
        if self._asks_always or not (bottom >= other_bottom and top <= other_top):
            return True
        for other_left, other_bottom, other_right, other_top in self._unseen:
            if (
                left <= other_right
                and other_left <= right
                and bottom <= other_top
                and other_bottom <= top
            ):
                return True
        return False

    def divide(self, box: Box) -> bool:
        """Whether some of what stands in a box may be seen, and some not."""
        return box.crosses(self._view) or any(map(box.crosses, self._outlines))

    def why(self, at: int, x: float, y: float) -> Hidden | None:
        """Why nobody sees a character of the text object at an address; x and y are its middle."""
        if not self._view.holds(x, y):
            return Hidden.OFF_PAGE
        writing = self._writings.get(at)
        if writing is None:
            return None
        if writing.inkless:
            return None if any(box.holds(x, y) for box in self._pictures) else Hidden.HIDDEN_TEXT
        if own := self._own.get(at):
            return own
        covered = any(c.order > writing.order and c.box.holds(x, y) for c in self._covers)
        return Hidden.COVERED if covered else None


def _near(scene: Scene) -> list[Shape]:
    """The shapes that may concern text: that of most documents stands on bare paper."""
    boxes = [writing.box for writing in scene.writings.values()]
    if not boxes or not scene.shapes:
        return []
    if all(box.left <= box.right and box.bottom <= box.top for box in boxes):
        corners = [corner for box in boxes for corner in (box[:2], box[2:])]
        writings = around(corners)
        shapes = [shape for shape in scene.shapes if shape.box.touches(writings)]
    else:  # not numbers
        shapes = scene.shapes
    if _are_too_many(shapes, scene):
        shapes = [shape for shape in shapes if not (shape.is_path and is_thin(_area(shape)))]
    return shapes


def _are_too_many(shapes: list[Shape], scene: Scene) -> bool:
    count = len(shapes)
    return count > _SHAPES and count * len(scene.writings) > _COMPARISONS


def _covers(shapes: list[Shape], scene: Scene, view: Box) -> Iterator[_Cover]:
    """What lies on top of text, and is not the scan that the text was read from."""
    writings = sorted((writing.order, *writing.box) for writing in scene.writings.values())
    for shape in shapes:
        if not shape.is_opaque or not _is_over(shape.order, shape.box, writings):
            continue
        for box in _rectangles(shape):
            if shape.colour is None and box.area > _SCAN * view.area:
                continue
            if _is_over(shape.order, box, writings):
                yield _Cover(shape.order, box)


def _is_over(order: int, box: Box, writings: list[tuple[int, float, float, float, float]]) -> bool:
    """Whether something is painted on a text object or right beside one.

    (`Box.touches`, spelt out: this is asked of thousands of shapes about hundreds of texts.)
    """
    left, bottom, right, top = box
    for other_order, other_left, other_bottom, other_right, other_top in writings:
        if other_order >= order:
            return False
        if (
            left <= other_right
            and other_left <= right
            and bottom <= other_top
            and other_bottom <= top
        ):
            return True
    return False


def _rectangles(shape: Shape) -> Iterator[Box]:
    """What of a shape is a rectangle, or a picture, and covers what is under it."""
    if not shape.is_path:
        yield _area(shape)
        return
    clipping = clip(shape.item, shape.matrix)
    for rectangle in rectangles(shape.item, shape.matrix):
        box = rectangle.cut(clipping) if clipping else rectangle
        if not is_thin(box):
            yield box


def _own(shapes: list[Shape], scene: Scene) -> dict[int, Hidden]:
    """Why whole text objects are not seen, their covers apart."""
    found: dict[int, Hidden] = {}
    suspects: dict[Colour, bool] = {}
    shades = {shape.colour for shape in shapes} | {_WHITE}
    grounds = _Grounds(shapes)
    for at, writing in scene.writings.items():
        if writing.hidden or writing.inkless:
            found[at] = writing.hidden or Hidden.HIDDEN_TEXT
            continue
        colour = writing.colour
        if colour not in suspects:
            suspects[colour] = any(_alike(colour, shade) for shade in shades)
        if suspects[colour] and _alike(colour, grounds.colour_under(writing)):
            found[at] = Hidden.SAME_COLOUR
    return found


class _Grounds:
    """What text stands on.  What clips a shape is asked once, and only where text stands in it."""

    def __init__(self, shapes: list[Shape]) -> None:
        self._last_first = shapes[::-1]
        self._areas: dict[int, Box] = {}

    def colour_under(self, writing: Writing) -> Colour:
        """The colour of the last shape before some text that holds its middle; white for paper."""
        order, (left, bottom, right, top), *_ = writing
        x, y = (left + right) / 2, (bottom + top) / 2
        for shape in self._last_first:
            # `Box.holds`, spelt out: this is asked of hundreds of shapes about hundreds of texts.
            left, bottom, right, top = shape.box
            if left <= x <= right and bottom <= y <= top and shape.order < order:
                area = self._areas.get(shape.order) or self._area(shape)
                if area.holds(x, y) and not (shape.is_path and is_thin(area)):
                    return shape.colour
        return _WHITE

    def _area(self, shape: Shape) -> Box:
        self._areas[shape.order] = area = _area(shape)
        return area


def _area(shape: Shape) -> Box:
    """What clipping leaves of a shape's box."""
    clipping = clip(shape.item, shape.matrix)
    return shape.box.cut(clipping) if clipping else shape.box


def _alike(one: Colour, other: Colour) -> bool:
    return (
        one is not None
        and other is not None
        and all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))
    )
