"""The functions of pdfium that are asked of each object and each word of a page.

pypdfium2 declares them with checked pointers, and checking an argument takes longer than pdfium's
answer.  Here nothing is checked: pointers are `Pointer`s, or what `ctypes.byref` gives, which is
handed over as it is; answers come back in variables that are made once, and other numbers are C's
`int`, but for functions whose arguments are declared.
"""

from __future__ import annotations

import ctypes
import functools
import struct
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class Pointer(ctypes.c_void_p):
    """Where pdfium has something; false, with no `value`, where it has nothing.

    ctypes makes plain numbers of pointers, but not of a class of its own.
    """


_INT = ctypes.c_int
_UNSIGNED = ctypes.c_ulong

_FUNCTIONS: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
    ("FPDFPage_CountObjects", _INT, ()),
    ("FPDFPage_GetObject", Pointer, ()),
    ("FPDFFormObj_CountObjects", _INT, ()),
    ("FPDFFormObj_GetObject", Pointer, (Pointer, _UNSIGNED)),
    ("FPDFPageObj_GetType", _INT, ()),
    ("FPDFPageObj_GetBounds", _INT, ()),
    ("FPDFPageObj_GetMatrix", _INT, ()),
    ("FPDFPageObj_GetFillColor", _INT, ()),
    ("FPDFPageObj_HasTransparency", _INT, ()),
    ("FPDFPageObj_CountMarks", _INT, ()),
    ("FPDFPageObj_GetMark", Pointer, (Pointer, _UNSIGNED)),
    ("FPDFPageObjMark_GetParamValueType", _INT, ()),
    (
        "FPDFPageObjMark_GetParamStringValue",
        _INT,
        (Pointer, ctypes.c_char_p, Pointer, _UNSIGNED, Pointer),
    ),
    ("FPDFPageObjMark_RemoveParam", _INT, ()),
    ("FPDFImageObj_GetImageMetadata", _INT, ()),
    ("FPDFTextObj_GetTextRenderMode", _INT, ()),
    ("FPDFTextObj_GetFontSize", _INT, ()),
    ("FPDFPath_CountSegments", _INT, ()),
    ("FPDFPath_GetPathSegment", Pointer, ()),
    ("FPDFPath_GetDrawMode", _INT, ()),
    ("FPDFPathSegment_GetType", _INT, ()),
    ("FPDFPathSegment_GetPoint", _INT, ()),
    ("FPDFPageObj_GetClipPath", Pointer, ()),
    ("FPDFClipPath_CountPaths", _INT, ()),
    ("FPDFClipPath_CountPathSegments", _INT, ()),
    ("FPDFClipPath_GetPathSegment", Pointer, ()),
    ("FPDFText_CountRects", _INT, ()),
    ("FPDFText_GetRect", _INT, ()),
    ("FPDFText_GetCharBox", _INT, ()),
    ("FPDFText_GetTextObject", Pointer, ()),
    ("FPDFText_GetUnicode", ctypes.c_uint, ()),
    ("FPDFText_IsGenerated", _INT, ()),
    ("FPDFText_HasUnicodeMapError", _INT, ()),
)
"""Name, result, and arguments where some are no `int` (pdfium's fpdf_edit.h, fpdf_text.h,
fpdf_transformpage.h)."""


@functools.cache
def pdfium() -> Any:
    """The functions, each under its name."""
    from pypdfium2 import raw  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    functions = SimpleNamespace()
    for name, result, arguments in _FUNCTIONS:
        where = ctypes.cast(getattr(raw, name), ctypes.c_void_p).value
        # None takes long enough to let another thread run meanwhile.
        function = ctypes.PYFUNCTYPE(result)(where or 0)
        if arguments:
            function.argtypes = arguments
        setattr(functions, name, function)
    return functions


def pointer(helper: Any) -> Any:
    """To what a helper object of pypdfium2 stands for: a page, a page's text."""
    return ctypes.byref(helper.raw.contents)


class Numbers:
    """Variables for answers: `to` are the arguments that let pdfium write them, in order, and
    `read()` gives what it wrote."""

    __slots__ = ("read", "to")

    def __init__(self, kind: Any, count: int) -> None:
        # The memory is Python's: struct takes numbers out of it in half the time of an array.
        memory = bytearray(count * ctypes.sizeof(kind))
        array = (kind * count).from_buffer(memory)
        self.to = tuple(ctypes.byref(array, n * ctypes.sizeof(kind)) for n in range(count))
        layout = struct.Struct(f"{count}{kind._type_}")
        self.read: Callable[[], tuple[Any, ...]] = functools.partial(layout.unpack, memory)
