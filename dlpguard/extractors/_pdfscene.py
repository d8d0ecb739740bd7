"""What a page of a PDF paints, in the order in which it is painted: text, shapes, pictures.

pdfium is asked through ctypes, where a call costs more than its answer: numbers come back in
variables that are made once for a page.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dlpguard.document import Hidden
from dlpguard.extractors._pdfgeometry import (
    IDENTITY,
    Box,
    Matrix,
    around,
    is_rectangle,
    moved,
    product,
)

MOST_OBJECTS = 50_000
"""Objects of a page beyond which the rest is not looked at: a map, or somebody's bomb."""

_TEXT, _PATH, _PICTURE, _SHADING, _FORM = 1, 2, 3, 4, 5  # FPDF_PAGEOBJ_*
_DEPTH = 40
"""Forms in forms that are looked into; pdfium draws no more."""

_CLIPS = 6
"""Clipping paths of an object that are looked at."""

_SEGMENTS = 120
"""Lines of a path that are taken apart into rectangles; a drawing has more."""

_NO_INK = frozenset({3, 7})
_OUTLINED = frozenset({1, 2, 5, 6})
"""Text render modes that paint nothing, and those that paint an outline, which has a colour of its
own (ISO 32000-2 table 104)."""

_THINNEST = 2.0
"""Points; thinner rectangles are rules and underlines."""

_SMALLEST_TEXT = 1.0
"""Points; text in smaller letters is a dotted line to a reader."""

Colour = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Shape:
    """Something filled: where in the order of painting, its colour (None: a picture, a pattern)."""

    order: int
    box: Box
    colour: Colour


@dataclass(frozen=True, slots=True)
class Writing:
    """A text object; `hidden` is what it has by itself."""

    order: int
    box: Box
    colour: Colour
    inkless: bool
    hidden: Hidden | None


@dataclass(slots=True)
class Scene:
    """Everything on a page.

    `writings` by the address of their objects (`address`); `grounds` are what text may stand on,
    `covers` what may lie on top of it; `pictures` and `patterns` (what is filled with one) are
    boxes.  `replaced` are text objects and the marks that give them another text (/ActualText).
    `lines` counts the lines and curves of shapes, `objects` everything.
    """

    writings: dict[int, Writing] = field(default_factory=dict)
    grounds: list[Shape] = field(default_factory=list)
    covers: list[Shape] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    patterns: list[Box] = field(default_factory=list)
    replaced: list[tuple[Any, Any]] = field(default_factory=list)
    lines: int = 0
    objects: int = 0


def scene(page: Any, layers_off: frozenset[str]) -> Scene:
    """What a page paints.

    `layers_off` are the names of optional-content groups that a viewer does not show at first.
    """
    walk = _Walk(page, layers_off)
    walk.through(walk.children(page), IDENTITY, _DEPTH)
    return walk.scene


def address(item: Any) -> int:
    """What tells a page object from the others; 0 for none."""
    return ctypes.addressof(item.contents) if item else 0


class _Walk:
    def __init__(self, page: Any, layers_off: frozenset[str]) -> None:
        from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

        self.scene = Scene()
        self._raw = raw
        self._page = page
        self._layers_off = layers_off
        self._edges = tuple(ctypes.c_float() for _ in range(4))
        self._channels = tuple(ctypes.c_uint() for _ in range(4))
        self._size = ctypes.c_float()
        self._transform = raw.FS_MATRIX()
        self._edge_references = tuple(map(ctypes.byref, self._edges))
        self._channel_references = tuple(map(ctypes.byref, self._channels))
        self._size_reference = ctypes.byref(self._size)
        self._transform_reference = ctypes.byref(self._transform)

    def children(self, page: Any) -> Iterator[Any]:
        for index in range(self._raw.FPDFPage_CountObjects(page)):
            yield self._raw.FPDFPage_GetObject(page, index)

    def _form_children(self, form: Any) -> Iterator[Any]:
        for index in range(self._raw.FPDFFormObj_CountObjects(form)):
            yield self._raw.FPDFFormObj_GetObject(form, index)

    def through(
        self,
        objects: Iterator[Any],
        matrix: Matrix,
        depth: int,
        see_through: bool = False,
        off: bool = False,
    ) -> None:
        raw, scene, layers_off = self._raw, self.scene, self._layers_off
        for item in objects:
            scene.objects += 1
            if scene.objects > MOST_OBJECTS:
                return
            kind = raw.FPDFPageObj_GetType(item)
            hidden = off or (bool(layers_off) and not layers_off.isdisjoint(self._layers(item)))
            if kind == _TEXT:
                scene.writings[address(item)] = self._writing(item, matrix, hidden)
                if marks := raw.FPDFPageObj_CountMarks(item):
                    self._replacements(item, marks)
                continue
            clear = see_through or bool(raw.FPDFPageObj_HasTransparency(item))
            if kind == _FORM and depth:
                inner = product(self._matrix(item), matrix)
                self.through(self._form_children(item), inner, depth - 1, clear, hidden)
            elif kind in {_PATH, _PICTURE, _SHADING} and not hidden:
                self._shape(item, kind, matrix, clear)

    def _writing(self, item: Any, matrix: Matrix, off: bool) -> Writing:
        mode = self._raw.FPDFTextObj_GetTextRenderMode(item)
        box = self._bounds(item, matrix)
        colour, alpha = self._fill(item)
        hidden = Hidden.LAYER if off else None
        if alpha == 0 or self._letters(item, matrix) < _SMALLEST_TEXT:
            hidden = hidden or Hidden.HIDDEN_TEXT
        return Writing(
            self.scene.objects, box, None if mode in _OUTLINED else colour, mode in _NO_INK, hidden
        )

    def _replacements(self, item: Any, marks: int) -> None:
        for index in range(marks):
            mark = self._raw.FPDFPageObj_GetMark(item, index)
            if self._raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText"):
                self.scene.replaced.append((item, mark))

    def _letters(self, item: Any, matrix: Matrix) -> float:
        """The size of the letters in points, whatever stretches them."""
        self._raw.FPDFTextObj_GetFontSize(item, self._size_reference)
        own = self._matrix(item)
        _, _, c, d, _, _ = own if matrix is IDENTITY else product(own, matrix)
        return abs(self._size.value) * math.hypot(c, d)

    def _shape(self, item: Any, kind: int, matrix: Matrix, see_through: bool) -> None:
        raw, scene = self._raw, self.scene
        box = self._bounds(item, matrix)
        clip = self._clip(item, matrix)
        shown = box.cut(clip) if clip else box
        if kind != _PATH:
            scene.pictures.append(shown)
            scene.grounds.append(Shape(scene.objects, shown, None))
            if kind == _PICTURE and not see_through and not self._is_stencil(item):
                scene.covers.append(Shape(scene.objects, shown, None))
            return
        scene.lines += max(0, raw.FPDFPath_CountSegments(item))
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(item, ctypes.byref(mode), ctypes.byref(stroke))
        if not mode.value or min(shown.right - shown.left, shown.top - shown.bottom) < _THINNEST:
            return
        colour, alpha = self._fill(item)
        if colour is None:
            scene.patterns.append(shown)
        scene.grounds.append(Shape(scene.objects, shown, colour if alpha == 255 else None))
        if alpha == 255 and not see_through:
            for rectangle in self._rectangles(item, product(self._matrix(item), matrix)):
                cut = rectangle.cut(clip) if clip else rectangle
                if min(cut.right - cut.left, cut.top - cut.bottom) >= _THINNEST:
                    scene.covers.append(Shape(scene.objects, cut, colour))

    def _layers(self, item: Any) -> Iterator[str]:
        """The names of the optional-content groups that an object is marked with."""
        raw = self._raw
        for index in range(raw.FPDFPageObj_CountMarks(item)):
            mark = raw.FPDFPageObj_GetMark(item, index)
            buffer, size = (ctypes.c_ushort * 256)(), ctypes.c_ulong()
            if raw.FPDFPageObjMark_GetParamStringValue(
                mark, b"Name", buffer, 512, ctypes.byref(size)
            ):
                length = max(0, min(size.value, 512) - 2)
                yield bytes(buffer)[:length].decode("utf-16-le", "replace")

    def _fill(self, item: Any) -> tuple[Colour, int]:
        """The fill colour and its opacity (255: opaque); no colour where it is a pattern."""
        if not self._raw.FPDFPageObj_GetFillColor(item, *self._channel_references):
            return None, 255
        red, green, blue, alpha = self._channels
        return (red.value, green.value, blue.value), alpha.value

    def _is_stencil(self, item: Any) -> bool:
        """Whether a picture has one bit a pixel, as masks have that paint only some of them."""
        data = self._raw.FPDF_IMAGEOBJ_METADATA()
        return bool(
            self._raw.FPDFImageObj_GetImageMetadata(item, self._page, ctypes.byref(data))
            and data.bits_per_pixel <= 1
        )

    def _bounds(self, item: Any, matrix: Matrix) -> Box:
        if not self._raw.FPDFPageObj_GetBounds(item, *self._edge_references):
            return Box(0, 0, 0, 0)
        one, two, three, four = self._edges
        left, bottom, right, top = one.value, two.value, three.value, four.value
        if matrix is IDENTITY:
            return Box(left, bottom, right, top)
        corners = ((left, bottom), (left, top), (right, bottom), (right, top))
        return around([moved(x, y, matrix) for x, y in corners])

    def _clip(self, item: Any, matrix: Matrix) -> Box | None:
        """The box of the clipping paths of an object; None when nothing clips it."""
        raw = self._raw
        path = raw.FPDFPageObj_GetClipPath(item)
        count = raw.FPDFClipPath_CountPaths(path) if path else -1
        box: Box | None = None
        for index in range(max(0, min(count, _CLIPS))):
            size = min(raw.FPDFClipPath_CountPathSegments(path, index), _SEGMENTS)
            points = [
                self._point(raw.FPDFClipPath_GetPathSegment(path, index, n), matrix)
                for n in range(size)
            ]
            if points:
                path_box = around(points)
                box = path_box.cut(box) if box else path_box
        return box

    def _rectangles(self, item: Any, matrix: Matrix) -> Iterator[Box]:
        """The parts of a path that are rectangles with edges along the page's."""
        raw = self._raw
        size = raw.FPDFPath_CountSegments(item)
        if not 0 < size <= _SEGMENTS:
            return
        points: list[tuple[float, float]] = []
        straight = True
        for index in range(size):
            segment = raw.FPDFPath_GetPathSegment(item, index)
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                if straight and is_rectangle(points):
                    yield around(points)
                points, straight = [], True
            straight = straight and kind != raw.FPDF_SEGMENT_BEZIERTO
            points.append(self._point(segment, matrix))
        if straight and is_rectangle(points):
            yield around(points)

    def _point(self, segment: Any, matrix: Matrix) -> tuple[float, float]:
        x, y = self._edges[0], self._edges[1]
        self._raw.FPDFPathSegment_GetPoint(segment, *self._edge_references[:2])
        return moved(x.value, y.value, matrix)

    def _matrix(self, item: Any) -> Matrix:
        matrix = self._transform
        if not self._raw.FPDFPageObj_GetMatrix(item, self._transform_reference):
            return IDENTITY
        return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
