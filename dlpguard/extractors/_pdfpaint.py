"""What a page of a PDF paints so that nobody sees it: text without ink, under a box, off the page.

A text layer over a scanned picture has no ink either, but says what the picture shows, so it
counts as seen.  What cannot be told through pdfium counts as seen too: text under shapes that are
no rectangle, behind pattern fills, or in form XObjects that belong to a switched-off layer.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
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

Hides = Callable[[int, float, float], Hidden | None]
"""Of a character's index and the middle of its box: why it is not seen."""

_TEXT, _PATH, _PICTURE, _SHADING, _FORM = 1, 2, 3, 4, 5  # FPDF_PAGEOBJ_*
_DEPTH = 6
"""Forms in forms that are looked into."""

_OBJECTS = 50_000
"""Objects of a page beyond which nothing of it is called hidden: a map, or somebody's bomb."""

_SHAPES = 2000
"""Filled shapes of a page that are compared with its text; the table of a long page has 500."""

_SEGMENTS = 120
"""Lines of a path that are taken apart into rectangles; a drawing has more."""

_NO_INK = frozenset({3, 7})
"""Text render modes that paint nothing (ISO 32000-2 table 104)."""

_THINNEST = 2.0
"""Points; thinner rectangles are rules and underlines."""

_SMALLEST_TEXT = 1.0
"""Points; text in smaller letters is a dotted line to a reader."""

_SAME = 8
"""Of 255: colours that differ less in every channel look the same."""

_SCAN = 0.5
"""Share of the page above which a picture on top of text is the scan that the text comes from."""

_WHITE = (255, 255, 255)


_Colour = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """Something filled: where in the order of painting, its colour (None: a picture, a pattern)."""

    order: int
    box: Box
    colour: _Colour


@dataclass(frozen=True, slots=True)
class _Writing:
    """A text object; `hidden` is what it has by itself."""

    order: int
    box: Box
    colour: _Colour
    inkless: bool
    hidden: Hidden | None


@dataclass(slots=True)
class _Scene:
    """Everything on a page, in the order in which it is painted."""

    page: Any
    writings: dict[int, _Writing] = field(default_factory=dict)
    grounds: list[_Shape] = field(default_factory=list)
    covers: list[_Shape] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    objects: int = 0


def hides(page: Any, text_page: Any, layers_off: frozenset[str]) -> Hides | None:
    """Why characters of a page are not seen; None when all of them are.

    `layers_off` are the names of optional-content groups that a viewer does not show at first.
    """
    from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    view = Box(*page.get_bbox())
    scene = _Scene(page)
    _walk(_children(page, raw, of_form=False), IDENTITY, scene, raw, layers_off, _DEPTH)
    if scene.objects > _OBJECTS or len(scene.grounds) > _SHAPES:
        return None
    covers = [shape for shape in scene.covers if _is_cover(shape, scene, view)]
    own = {at: _own(writing, scene) for at, writing in scene.writings.items()}
    if not covers and not any(own.values()) and all(
        writing.box.is_within(view) for writing in scene.writings.values()
    ):  # fmt: skip
        return None

    def why(index: int, x: float, y: float) -> Hidden | None:
        if not view.holds(x, y):
            return Hidden.OFF_PAGE
        at = _address(raw.FPDFText_GetTextObject(text_page, index))
        writing = scene.writings.get(at)
        if writing is None:
            return None
        if writing.inkless:
            return None if any(box.holds(x, y) for box in scene.pictures) else Hidden.HIDDEN_TEXT
        if own[at]:
            return own[at]
        covered = any(c.order > writing.order and c.box.holds(x, y) for c in covers)
        return Hidden.COVERED if covered else None

    return why


def _walk(
    objects: Iterator[Any],
    matrix: Matrix,
    scene: _Scene,
    raw: Any,
    layers_off: frozenset[str],
    depth: int,
    see_through: bool = False,
    off: bool = False,
) -> None:
    for item in objects:
        scene.objects += 1
        if scene.objects > _OBJECTS:
            return
        kind = raw.FPDFPageObj_GetType(item)
        hidden = off or (bool(layers_off) and bool(_layers(item, raw) & layers_off))
        clear = see_through or bool(raw.FPDFPageObj_HasTransparency(item))
        if kind == _FORM and depth:
            inner = product(_matrix(item, raw), matrix)
            children = _children(item, raw, of_form=True)
            _walk(children, inner, scene, raw, layers_off, depth - 1, clear, hidden)
        elif kind == _TEXT:
            scene.writings[_address(item)] = _writing(item, matrix, scene.objects, raw, hidden)
        elif kind in {_PATH, _PICTURE, _SHADING} and not hidden:
            _shape(item, kind, matrix, scene, raw, clear)


def _writing(item: Any, matrix: Matrix, order: int, raw: Any, off: bool) -> _Writing:
    mode = raw.FPDFTextObj_GetTextRenderMode(item)
    box = _bounds(item, matrix, raw)
    colour, alpha = _fill(item, raw)
    hidden = Hidden.LAYER if off else None
    if alpha == 0 or _size(item, matrix, raw) < _SMALLEST_TEXT:
        hidden = hidden or Hidden.HIDDEN_TEXT
    # An outline (mode 1) has a colour of its own, which is not compared.
    return _Writing(order, box, None if mode in {1, 2, 5, 6} else colour, mode in _NO_INK, hidden)


def _size(item: Any, matrix: Matrix, raw: Any) -> float:
    """The size of the letters in points, whatever stretches them."""
    size = ctypes.c_float()
    raw.FPDFTextObj_GetFontSize(item, ctypes.byref(size))
    _, _, c, d, _, _ = product(_matrix(item, raw), matrix)
    return abs(size.value) * math.hypot(c, d)


def _shape(
    item: Any, kind: int, matrix: Matrix, scene: _Scene, raw: Any, see_through: bool
) -> None:
    box = _bounds(item, matrix, raw)
    clip = _clip(item, matrix, raw)
    shown = box.cut(clip) if clip else box
    if kind != _PATH:
        scene.pictures.append(shown)
        scene.grounds.append(_Shape(scene.objects, shown, None))
        if kind == _PICTURE and not see_through and not _is_stencil(item, scene.page, raw):
            scene.covers.append(_Shape(scene.objects, shown, None))
        return
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, ctypes.byref(mode), ctypes.byref(stroke))
    if not mode.value or min(shown.right - shown.left, shown.top - shown.bottom) < _THINNEST:
        return
    colour, alpha = _fill(item, raw)
    scene.grounds.append(_Shape(scene.objects, shown, colour if alpha == 255 else None))
    if alpha == 255 and not see_through:
        for rectangle in _rectangles(item, product(_matrix(item, raw), matrix), raw):
            cut = rectangle.cut(clip) if clip else rectangle
            if min(cut.right - cut.left, cut.top - cut.bottom) >= _THINNEST:
                scene.covers.append(_Shape(scene.objects, cut, colour))


def _own(writing: _Writing, scene: _Scene) -> Hidden | None:
    """Why a whole text object is not seen, its covers apart."""
    if writing.hidden or writing.inkless:
        return writing.hidden or Hidden.HIDDEN_TEXT
    colour = writing.colour
    if colour is None:
        return None
    if not _alike(colour, _WHITE) and not any(_alike(colour, g.colour) for g in scene.grounds):
        return None
    x = (writing.box.left + writing.box.right) / 2
    y = (writing.box.bottom + writing.box.top) / 2
    under = [g for g in scene.grounds if g.order < writing.order and g.box.holds(x, y)]
    ground = under[-1].colour if under else _WHITE
    return Hidden.SAME_COLOUR if _alike(colour, ground) else None


def _is_cover(shape: _Shape, scene: _Scene, view: Box) -> bool:
    """Whether a shape lies on top of text, and is not the scan that the text was read from."""
    if shape.colour is None and shape.box.area > _SCAN * view.area:
        return False
    return any(w.order < shape.order and w.box.touches(shape.box) for w in scene.writings.values())


def _alike(one: _Colour, other: _Colour) -> bool:
    return (
        one is not None
        and other is not None
        and all(abs(a - b) < _SAME for a, b in zip(one, other, strict=True))
    )


def _children(parent: Any, raw: Any, *, of_form: bool) -> Iterator[Any]:
    if of_form:
        for index in range(raw.FPDFFormObj_CountObjects(parent)):
            yield raw.FPDFFormObj_GetObject(parent, index)
    else:
        for index in range(raw.FPDFPage_CountObjects(parent)):
            yield raw.FPDFPage_GetObject(parent, index)


def _layers(item: Any, raw: Any) -> frozenset[str]:
    """The names of the optional-content groups that an object is marked with."""
    names = set()
    for index in range(raw.FPDFPageObj_CountMarks(item)):
        mark = raw.FPDFPageObj_GetMark(item, index)
        buffer, size = (ctypes.c_ushort * 256)(), ctypes.c_ulong()
        if raw.FPDFPageObjMark_GetParamStringValue(mark, b"Name", buffer, 512, ctypes.byref(size)):
            length = max(0, min(size.value, 512) - 2)
            names.add(bytes(buffer)[:length].decode("utf-16-le", "replace"))
    return frozenset(names)


def _fill(item: Any, raw: Any) -> tuple[_Colour, int]:
    """The fill colour and its opacity (255: opaque); no colour where it is a pattern."""
    parts = [ctypes.c_uint() for _ in range(4)]
    if not raw.FPDFPageObj_GetFillColor(item, *(ctypes.byref(part) for part in parts)):
        return None, 255
    red, green, blue, alpha = (part.value for part in parts)
    return (red, green, blue), alpha


def _is_stencil(item: Any, page: Any, raw: Any) -> bool:
    """Whether a picture has one bit a pixel, as masks have that paint only some of them."""
    data = raw.FPDF_IMAGEOBJ_METADATA()
    return bool(
        raw.FPDFImageObj_GetImageMetadata(item, page, ctypes.byref(data))
        and data.bits_per_pixel <= 1
    )


def _bounds(item: Any, matrix: Matrix, raw: Any) -> Box:
    edges = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(item, *(ctypes.byref(edge) for edge in edges)):
        return Box(0, 0, 0, 0)
    left, bottom, right, top = (edge.value for edge in edges)
    if matrix == IDENTITY:
        return Box(left, bottom, right, top)
    corners = ((left, bottom), (left, top), (right, bottom), (right, top))
    return around([moved(x, y, matrix) for x, y in corners])


def _clip(item: Any, matrix: Matrix, raw: Any) -> Box | None:
    """The box of the clipping paths of an object; None when nothing clips it."""
    path = raw.FPDFPageObj_GetClipPath(item)
    count = raw.FPDFClipPath_CountPaths(path) if path else -1
    box: Box | None = None
    for index in range(max(0, min(count, _DEPTH))):
        size = min(raw.FPDFClipPath_CountPathSegments(path, index), _SEGMENTS)
        points = [
            _point(raw.FPDFClipPath_GetPathSegment(path, index, n), matrix, raw)
            for n in range(size)
        ]
        if points:
            path_box = around(points)
            box = path_box.cut(box) if box else path_box
    return box


def _rectangles(item: Any, matrix: Matrix, raw: Any) -> Iterator[Box]:
    """The parts of a path that are rectangles with edges along the page's."""
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
        points.append(_point(segment, matrix, raw))
    if straight and is_rectangle(points):
        yield around(points)


def _point(segment: Any, matrix: Matrix, raw: Any) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
    return moved(x.value, y.value, matrix)


def _matrix(item: Any, raw: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, ctypes.byref(matrix)):
        return IDENTITY
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _address(item: Any) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0
