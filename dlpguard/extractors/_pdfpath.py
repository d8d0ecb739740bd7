"""The paths of a page of a PDF, taken apart: rectangles that a shape consists of, and its clip.

Each point is a question to pdfium, so this is asked only about shapes that may concern some text.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import cast

from dlpguard.extractors._pdfgeometry import (
    IDENTITY,
    Box,
    Matrix,
    around,
    is_rectangle,
    moved,
    product,
)
from dlpguard.extractors._pdfium import Numbers, Pointer, pdfium

_CLIPS = 6
"""Clipping paths of an object that are looked at."""

_SEGMENTS = 120
"""Lines of a path that are taken apart into rectangles; a drawing has more."""

_BEZIER, _MOVE = 1, 2  # FPDF_SEGMENT_*


def clip(item: Pointer, matrix: Matrix) -> Box | None:
    """The box of the clipping paths of a page object; None when nothing clips it."""
    functions = pdfium()
    path = functions.FPDFPageObj_GetClipPath(item)
    count = functions.FPDFClipPath_CountPaths(path) if path else -1
    if count < 1:
        return None
    box: Box | None = None
    point, get_segment = Numbers(ctypes.c_float, 2), functions.FPDFClipPath_GetPathSegment
    for index in range(min(count, _CLIPS)):
        size = min(functions.FPDFClipPath_CountPathSegments(path, index), _SEGMENTS)
        points = [_point(get_segment(path, index, n), matrix, point) for n in range(size)]
        if points:
            path_box = around(points)
            box = path_box.cut(box) if box else path_box
    return box


def own_matrix(item: Pointer, transform: Numbers) -> Matrix:
    """The matrix of a page object, which pdfium writes to six floats (FS_MATRIX)."""
    if not pdfium().FPDFPageObj_GetMatrix(item, transform.to[0]):
        return IDENTITY
    return cast("Matrix", transform.read())


def rectangles(item: Pointer, matrix: Matrix) -> Iterator[Box]:
    """The parts of a path object that are rectangles with edges along the page's.

    `matrix` is that of the forms that it stands in.
    """
    functions = pdfium()
    size = functions.FPDFPath_CountSegments(item)
    if not 0 < size <= _SEGMENTS:
        return
    matrix = product(own_matrix(item, Numbers(ctypes.c_float, 6)), matrix)
    points: list[tuple[float, float]] = []
    straight = True
    point = Numbers(ctypes.c_float, 2)
    for index in range(size):
        segment = functions.FPDFPath_GetPathSegment(item, index)
        kind = functions.FPDFPathSegment_GetType(segment)
        if kind == _MOVE:
            if straight and is_rectangle(points):
                yield around(points)
            points, straight = [], True
        straight = straight and kind != _BEZIER
        points.append(_point(segment, matrix, point))
    if straight and is_rectangle(points):
        yield around(points)


def _point(segment: Pointer, matrix: Matrix, point: Numbers) -> tuple[float, float]:
    pdfium().FPDFPathSegment_GetPoint(segment, *point.to)
    x, y = point.read()
    return moved(x, y, matrix)
