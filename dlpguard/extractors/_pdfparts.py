"""The objects of a PDF that several questions are about, found in one walk through the file.

A report has some thousand objects, and asking qpdf for one costs as much as looking at it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_PAGES = ("/Page", "/Template")


@dataclass(frozen=True, slots=True)
class Parts:
    """What draws (forms, cells of patterns, fonts of drawings, pages and templates of pages), the
    forms among it, and fonts that have a Unicode map; each in the order of the file."""

    drawing: tuple[Any, ...] = field(repr=False)
    forms: tuple[Any, ...] = field(repr=False)
    mapped_fonts: tuple[Any, ...] = field(repr=False)


def parts(document: Any) -> Parts:
    """Those of a `pikepdf.Pdf`, whether anything leads to them or not."""
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

    drawing: list[Any] = []
    forms: list[Any] = []
    mapped_fonts: list[Any] = []
    for item in document.objects:
        if isinstance(item, pikepdf.Stream):
            if "/Subtype" in item and item["/Subtype"] == "/Form":
                forms.append(item)
                drawing.append(item)
            elif "/PatternType" in item:
                drawing.append(item)
        elif isinstance(item, pikepdf.Dictionary):
            if "/ToUnicode" in item:
                mapped_fonts.append(item)
            if "/CharProcs" in item or ("/Type" in item and item["/Type"] in _PAGES):
                drawing.append(item)
    return Parts(tuple(drawing), tuple(forms), tuple(mapped_fonts))
