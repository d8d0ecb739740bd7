"""What a page of a PDF paints, in the order in which it is painted: text, shapes, pictures."""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple

from dlpguard.document import Hidden
from dlpguard.extractors._pdfgeometry import IDENTITY, Box, Matrix, make_box, moved_box, product
from dlpguard.extractors._pdfium import Numbers, Pointer, pdfium, pointer
from dlpguard.extractors._pdfpath import clip, own_matrix

MOST_OBJECTS = 50_000
"""Objects of a page beyond which the rest is not looked at: a map, or somebody's bomb."""

THINNEST = 2.0
"""Points; thinner rectangles are rules and underlines."""

_TEXT, _PATH, _PICTURE, _SHADING, _FORM = 1, 2, 3, 4, 5  # FPDF_PAGEOBJ_*
_SHAPES = frozenset({_PATH, _PICTURE, _SHADING})
_DEPTH = 40
"""Forms in forms that are looked into; pdfium draws no more."""

_NO_INK = frozenset({3, 7})
_OUTLINED = frozenset({1, 2, 5, 6})
"""Text render modes that paint nothing, and those that paint an outline, which has a colour of its
own (ISO 32000-2 table 104)."""

_SMALLEST_TEXT = 1.0
"""Points; text in smaller letters is a dotted line to a reader."""

_OPAQUE = 255
_LONGEST_NAME = 512
"""Bytes of the name of a layer, with the zero at its end."""

Colour = tuple[int, int, int] | None


class Shape(NamedTuple):
    """Something filled, a picture or a shading.

    `order` is its place in the order of painting, `box` holds it, without what clips it.  The
    colour is None for a picture, a pattern, or what the ground shows through.  `item` is pdfium's
    page object, and `matrix` that of the forms that it stands in.
    """

    order: int
    box: Box
    colour: Colour
    is_path: bool
    is_opaque: bool
    item: Pointer
    matrix: Matrix


class Writing(NamedTuple):
    """A text object; `hidden` is what it has by itself."""

    order: int
    box: Box
    colour: Colour
    inkless: bool
    hidden: Hidden | None


_make_shape: Callable[[Iterable[object]], Shape] = functools.partial(tuple.__new__, Shape)
_make_writing: Callable[[Iterable[object]], Writing] = functools.partial(tuple.__new__, Writing)
"""As `make_box` does it: a page has thousands of these too."""


@dataclass(slots=True)
class Scene:
    """Everything on a page.

    `writings` by the address of their objects; `shapes` are what text may stand on or lie under;
    `pictures` and `patterns` (what is filled with one) are boxes, of what clipping leaves.
    `replaced` are text objects and the marks that give them another text (/ActualText).
    `lines` counts the lines and curves of shapes, `objects` everything.
    """

    writings: dict[int, Writing] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    patterns: list[Box] = field(default_factory=list)
    replaced: list[tuple[Pointer, Pointer]] = field(default_factory=list)
    lines: int = 0
    objects: int = 0


def scene(page: Any, layers_off: frozenset[str]) -> Scene:
    """What a page paints.

    `layers_off` are the names of optional-content groups that a viewer does not show at first.
    """
    walk = _Walk(page, layers_off)
    walk.through(walk.children(), IDENTITY, _DEPTH)
    return walk.scene


def is_thin(box: Box) -> bool:
    """Whether a filled box is a rule or an underline, or nothing."""
    left, bottom, right, top = box
    return right - left < THINNEST or top - bottom < THINNEST


class _Walk:
    def __init__(self, page: Any, layers_off: frozenset[str]) -> None:
        from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

        self.scene = Scene()
        self._functions = functions = pdfium()
        self._bounds_of = functions.FPDFPageObj_GetBounds
        self._colour_of = functions.FPDFPageObj_GetFillColor
        self._mode_of = functions.FPDFTextObj_GetTextRenderMode
        self._size_of = functions.FPDFTextObj_GetFontSize
        self._page = pointer(page)
        self._layers_off = layers_off
        self._edges = Numbers(ctypes.c_float, 4)
        self._channels = Numbers(ctypes.c_uint, 4)
        self._size = Numbers(ctypes.c_float, 1)
        self._transform = Numbers(ctypes.c_float, 6)  # FS_MATRIX
        self._modes = Numbers(ctypes.c_int, 2)
        self._replaces: dict[int, bool] = {}
        self._picture = raw.FPDF_IMAGEOBJ_METADATA()
        self._to_picture = ctypes.byref(self._picture)

    def children(self) -> Iterator[Pointer]:
        """The objects of the page."""
        functions, page = self._functions, self._page
        count = functions.FPDFPage_CountObjects(page)
        return map(functions.FPDFPage_GetObject, repeat(page), range(count))

    def _form_children(self, form: Pointer) -> Iterator[Pointer]:
        functions = self._functions
        count = functions.FPDFFormObj_CountObjects(form)
        return map(functions.FPDFFormObj_GetObject, repeat(form), range(count))

    def through(
        self,
        objects: Iterator[Pointer],
        matrix: Matrix,
        depth: int,
        see_through: bool = False,
        off: bool = False,
    ) -> None:
        """Add objects to the scene, and those in them."""
        functions, scene, layers_off = self._functions, self.scene, self._layers_off
        type_of = functions.FPDFPageObj_GetType
        for item in objects:
            scene.objects += 1
            if scene.objects > MOST_OBJECTS:
                return
            kind = type_of(item)
            hidden = off or (bool(layers_off) and not layers_off.isdisjoint(self._layers(item)))
            if kind == _TEXT:
                scene.writings[item.value or 0] = self._writing(item, matrix, hidden)
                if marks := functions.FPDFPageObj_CountMarks(item):
                    self._replacements(item, marks)
            elif kind == _FORM and depth:
                clear = see_through or bool(functions.FPDFPageObj_HasTransparency(item))
                inner = product(self._matrix(item), matrix)
                self.through(self._form_children(item), inner, depth - 1, clear, hidden)
            elif kind in _SHAPES and not hidden:
                self._shape(item, kind, matrix, see_through)

    def _writing(self, item: Pointer, matrix: Matrix, off: bool) -> Writing:
        mode = self._mode_of(item)
        box = self._bounds(item, matrix)
        colour, alpha = self._fill(item)
        hidden = Hidden.LAYER if off else None
        if alpha == 0 or self._letters(item, matrix) < _SMALLEST_TEXT:
            hidden = hidden or Hidden.HIDDEN_TEXT
        seen = None if mode in _OUTLINED else colour
        return _make_writing((self.scene.objects, box, seen, mode in _NO_INK, hidden))

    def _replacements(self, item: Pointer, marks: int) -> None:
        for index in range(marks):
            mark = self._functions.FPDFPageObj_GetMark(item, index)
            # Many text objects stand in the same mark.
            at = mark.value or 0
            if at not in self._replaces:
                kind = self._functions.FPDFPageObjMark_GetParamValueType(mark, b"ActualText")
                self._replaces[at] = bool(kind)
            if self._replaces[at]:
                self.scene.replaced.append((item, mark))

    def _letters(self, item: Pointer, matrix: Matrix) -> float:
        """The size of the letters in points, whatever stretches them."""
        self._size_of(item, *self._size.to)
        own = self._matrix(item)
        _, _, c, d, _, _ = own if matrix is IDENTITY else product(own, matrix)
        (size,) = self._size.read()
        return math.hypot(size * c, size * d)

    def _shape(self, item: Pointer, kind: int, matrix: Matrix, see_through: bool) -> None:
        scene = self.scene
        if kind != _PATH:
            box = self._bounds(item, matrix)
            scene.pictures.append(_clipped(box, item, matrix))
            opaque = (
                kind == _PICTURE
                and not self._is_clear(item, see_through)
                and not self._is_stencil(item)
            )
            scene.shapes.append(
                _make_shape((scene.objects, box, None, False, opaque, item, matrix))
            )
            return
        scene.lines += max(0, self._functions.FPDFPath_CountSegments(item))
        self._functions.FPDFPath_GetDrawMode(item, *self._modes.to)
        if not self._modes.read()[0]:
            return
        box = self._bounds(item, matrix)
        if is_thin(box):
            return  # as most shapes of a form or a table are
        colour, alpha = self._fill(item)
        if colour is None and not is_thin(shown := _clipped(box, item, matrix)):
            scene.patterns.append(shown)
        opaque = alpha == _OPAQUE
        covers = opaque and not self._is_clear(item, see_through)
        shade = colour if opaque else None
        scene.shapes.append(_make_shape((scene.objects, box, shade, True, covers, item, matrix)))

    def _is_clear(self, item: Pointer, see_through: bool) -> bool:
        """Whether something shows through an object, or through a form that it stands in."""
        return see_through or bool(self._functions.FPDFPageObj_HasTransparency(item))

    def _layers(self, item: Pointer) -> Iterator[str]:
        """The names of the optional-content groups that an object is marked with."""
        functions = self._functions
        name, size = ctypes.create_string_buffer(_LONGEST_NAME), Numbers(ctypes.c_ulong, 1)
        for index in range(functions.FPDFPageObj_CountMarks(item)):
            mark = functions.FPDFPageObj_GetMark(item, index)
            if functions.FPDFPageObjMark_GetParamStringValue(
                mark, b"Name", name, _LONGEST_NAME, *size.to
            ):
                length = max(0, min(size.read()[0], _LONGEST_NAME) - 2)
                yield name.raw[:length].decode("utf-16-le", "replace")

    def _fill(self, item: Pointer) -> tuple[Colour, int]:
        """The fill colour and its opacity (255: opaque); no colour where it is a pattern."""
        if not self._colour_of(item, *self._channels.to):
            return None, _OPAQUE
        red, green, blue, alpha = self._channels.read()
        return (red, green, blue), alpha

    def _is_stencil(self, item: Pointer) -> bool:
        """Whether a picture has one bit a pixel, as masks have that paint only some of them."""
        get = self._functions.FPDFImageObj_GetImageMetadata
        return bool(get(item, self._page, self._to_picture) and self._picture.bits_per_pixel <= 1)

    def _bounds(self, item: Pointer, matrix: Matrix) -> Box:
        if not self._bounds_of(item, *self._edges.to):
            return Box(0, 0, 0, 0)
        box = make_box(self._edges.read())
        return box if matrix is IDENTITY else moved_box(box, matrix)

    def _matrix(self, item: Pointer) -> Matrix:
        return own_matrix(item, self._transform)


def _clipped(box: Box, item: Pointer, matrix: Matrix) -> Box:
    """What clipping leaves of the box of an object."""
    clipping = clip(item, matrix)
    return box.cut(clipping) if clipping else box
