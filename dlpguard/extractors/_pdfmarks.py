"""Words that stand between the drawing instructions of a PDF: properties of marked content.

A mark may say what a piece of the page stands for (ISO 32000-2 14.6, 14.9): alternate text, an
abbreviation written out, whatever a program wants.  Screen readers say it, copying gives it, and
nobody sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from dlpguard.document import SEPARATOR, Hidden, Text
from dlpguard.extractors import _pdfstrings
from dlpguard.extractors._budget import Budget

_MARK = re.compile(
    rb"""<<(?>[^<>()]{1,2000}                            # names, numbers
          | \((?>[^()\\]{1,2000} | \\. ){0,200}\)        # strings
          | <[0-9A-Fa-f\s]{1,8000}>                      # strings in hexadecimal
        ){1,50}>>\s{0,20}(?:BDC|DP)\b
    """,
    re.VERBOSE | re.DOTALL,
)
"""The properties of a mark, which have no dictionaries in them when they stand in instructions."""


def read(document: Any, forms: Iterable[Any], place: str, budget: Budget) -> Iterator[Text]:
    """The words of marks in the pages of a `pikepdf.Pdf` and in its forms."""
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

    for number, page in enumerate(document.pages, 1):
        if number > budget.limits.pages:
            break
        contents = page.obj.get("/Contents")
        streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        if words := _words(streams, budget):
            where = f"{place}{SEPARATOR}page {number}"
            yield Text(where, "\n".join(words), Hidden.ALTERNATIVE)
    if words := _words(forms, budget):
        yield Text(f"{place}{SEPARATOR}drawings", "\n".join(words), Hidden.ALTERNATIVE)


def _words(streams: Any, budget: Budget) -> list[str]:
    import pikepdf  # noqa: PLC0415 - see read()

    found: dict[str, None] = {}
    for stream in streams:
        if not isinstance(stream, pikepdf.Stream):
            continue
        try:
            content: bytes = stream.read_bytes()
        except pikepdf.PdfError:
            continue  # pdfium reads it or says that it cannot
        budget.charge(inflated=len(content))
        for mark in _MARK.finditer(content):
            properties = mark[0][: mark[0].rindex(b">>") + 2]
            if b"(" in properties or b"<" in properties[2:]:
                found.update(dict.fromkeys(_strings(properties)))
    return list(found)


def _strings(properties: bytes) -> Iterator[str]:
    import pikepdf  # noqa: PLC0415 - see read()

    try:
        parsed = pikepdf.Object.parse(properties)
    except pikepdf.PdfError:
        return  # it only looked like one, in a string or a picture
    if isinstance(parsed, pikepdf.Dictionary):
        yield from _pdfstrings.words(parsed)
