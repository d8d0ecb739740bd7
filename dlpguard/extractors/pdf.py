"""PDF: text page by page, lines that stand in columns as tables, pictures of text as gaps.

pdfium reads (16 times as fast as pdfminer, measured).  pdfminer.six is the second reader: where
pdfium cannot open a file, and for pages that draw text in which pdfium finds none.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
from collections.abc import Iterator
from typing import Any

from dlpguard.document import SEPARATOR, Document, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import _annotations
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._columns import Grid, Segment, blocks
from dlpguard.mail import Part

FORMATS = frozenset({"pdf"})

_TAIL = 4096
"""Bytes at the end among which a whole file has its end mark; some programs append a little."""

_SECOND_READER_PAGES = 20
_SECOND_READER_BYTES = 5_000_000
"""pdfminer takes about 0.4 s a page and cannot be stopped between two of its operators."""

_FEW_CHARACTERS = 8
"""A page with a picture and no more than a page number of text is a scan."""

_TEXT, _PICTURE = 1, 3
"""Kinds of page objects: pdfium's FPDF_PAGEOBJ_TEXT and FPDF_PAGEOBJ_IMAGE."""

_OBJECT_DEPTH = 4
"""Forms in forms that are searched for pictures and text."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The pages, then attached files, inside."""
    import pypdfium2 as pdfium  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    budget.charge()
    try:
        document = pdfium.PdfDocument(part.content)
    except pdfium.PdfiumError as fault:
        if fault.err_code == pdfium.raw.FPDF_ERR_PASSWORD:
            raise Unreadable(Unread.ENCRYPTED, "needs a password") from None
        yield from _second_reader(part, place, budget, None)
        raise Unreadable(Unread.CORRUPT, "cut off or damaged") from None
    with contextlib.closing(document):
        if b"%%EOF" not in part.content[-_TAIL:]:
            yield Gap(place, Unread.CORRUPT, "cut off: no end mark", "pdf")
        yield from _pages(document, part, place, budget)
        if text := _annotations.properties(document):
            yield Text(f"{place}{SEPARATOR}properties", text, Hidden.PROPERTY)
        for index in range(min(document.count_attachments(), budget.limits.members)):
            attachment = document.get_attachment(index)
            name, content = attachment.get_name(), bytes(attachment.get_data())
            yield _attached(part, place, name, content, budget)


def _attached(part: Part, place: str, name: str, content: bytes, budget: Budget) -> Document:
    budget.charge(members=1, inflated=len(content))
    return budget.open(Part(part.path, content, filename=name), f"{place}{SEPARATOR}{name}")


def _pages(document: Any, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    silent: list[int] = []
    table: _PagedTable | None = None
    for number in range(len(document)):
        budget.charge(pages=1)
        where = f"{place}{SEPARATOR}page {number + 1}"
        with contextlib.closing(document[number]) as page:
            segments = _segments(page)
            drawn = _drawn_without_text(page, segments)
            notes, files = _annotations.notes(page)
        if drawn == _TEXT:
            silent.append(number)
        elif drawn == _PICTURE:
            yield Gap(where, Unread.SCAN, "a picture without a text layer", "pdf")
        for block in blocks(segments, budget):
            if isinstance(block, str):
                yield Text(where, block)
            elif table is not None and table.goes_on_with(block, number):
                table.add(block, number)
            else:
                if table is not None:
                    yield table.finish(place)
                table = _PagedTable(block, number)
        if notes:
            yield Text(where, notes, Hidden.PDF_ANNOTATION)
        for name, content in files:
            yield _attached(part, where, name, content, budget)
    if table is not None:
        yield table.finish(place)
    if silent:
        yield from _second_reader(part, place, budget, silent[:_SECOND_READER_PAGES])


class _PagedTable:
    """A table that may go on on the next pages, where nobody repeats its heading."""

    def __init__(self, grid: Grid, page: int) -> None:
        self._grids = [grid]
        self._first = self._last = page

    def goes_on_with(self, grid: Grid, page: int) -> bool:
        """Whether a grid is the first of the next page and has the same columns."""
        return page == self._last + 1 and self._grids[0].is_continued_by(grid)

    def add(self, grid: Grid, page: int) -> None:
        """The part of the table on the next page."""
        self._grids.append(grid)
        self._last = page

    def finish(self, place: str) -> Table:
        """The whole table, at its page or pages."""
        pages = f"page {self._first + 1}"
        if self._last > self._first:
            pages = f"pages {self._first + 1}–{self._last + 1}"
        rows = tuple(row for grid in self._grids for row in grid.rows)
        return Table(f"{place}{SEPARATOR}{pages}", (), rows)


def _segments(page: Any) -> list[Segment]:
    """The text of a page with where it stands, lines cut where a gap is wider than a space."""
    with contextlib.closing(page.get_textpage()) as text_page:
        return _cut(text_page)


def _cut(text_page: Any) -> list[Segment]:
    from pypdfium2 import raw  # noqa: PLC0415 - see read()

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    references = [ctypes.byref(edge) for edge in (left, right, bottom, top)]
    segments: list[Segment] = []
    pieces: list[str] = []
    box = [0.0, 0.0, 0.0, 0.0]

    def finish() -> None:
        text = "".join(pieces).strip()
        if text:
            segments.append(Segment(text, box[0], box[1], box[2], box[3]))
        pieces.clear()

    for index in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if code in {10, 13}:
            finish()
            continue
        if code in {0, 0xFFFE, 2}:  # no character, not a character, hyphen at a line end
            continue
        if code in {32, 160}:
            if pieces:
                pieces.append(" ")
            continue
        raw.FPDFText_GetCharBox(text_page, index, *references)
        x0, x1, y0, y1 = left.value, right.value, bottom.value, top.value
        height = max(box[3] - box[2], y1 - y0, 1.0)
        if pieces and (x0 - box[1] > height or x1 < box[0] or y0 > box[3] or y1 < box[2]):
            finish()
        if not pieces:
            box[:] = [x0, x1, y0, y1]
        pieces.append(_character(code))
        box[:] = [min(box[0], x0), max(box[1], x1), min(box[2], y0), max(box[3], y1)]
    finish()
    return segments


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _drawn_without_text(page: Any, segments: list[Segment]) -> int | None:
    """_TEXT when a page draws text of which none could be read, _PICTURE when it is a scan."""
    if sum(len(segment.text) for segment in segments) > _FEW_CHARACTERS:
        return None
    objects = page.get_objects(filter=[_TEXT, _PICTURE], max_depth=_OBJECT_DEPTH)
    kinds = {item.type for item in objects}
    if _TEXT in kinds and not segments:
        return _TEXT
    return _PICTURE if _PICTURE in kinds else None


def _second_reader(
    part: Part, place: str, budget: Budget, pages: list[int] | None
) -> Iterator[Piece]:
    """What pdfminer reads on pages that pdfium could not; nothing where it fails too."""
    from pdfminer.high_level import extract_pages  # noqa: PLC0415 - 150 ms, rarely needed
    from pdfminer.layout import LTTextContainer  # noqa: PLC0415 - 150 ms, rarely needed

    if len(part.content) > _SECOND_READER_BYTES:
        return
    layouts = extract_pages(
        io.BytesIO(part.content), page_numbers=pages, maxpages=_SECOND_READER_PAGES
    )
    numbers = pages if pages is not None else range(_SECOND_READER_PAGES)
    try:
        for number, layout in zip(numbers, layouts, strict=False):
            budget.charge()
            texts = [item.get_text() for item in layout if isinstance(item, LTTextContainer)]
            text = "".join(texts).strip()
            where = f"{place}{SEPARATOR}page {number + 1}"
            if text:
                yield Text(where, text)
            elif pages is not None:
                yield Gap(where, Unread.CORRUPT, "draws text that no reader can map", "pdf")
    except Unreadable:
        raise
    except Exception as fault:  # noqa: BLE001 - it raises anything on what pdfium refused
        yield Gap(place, Unread.CORRUPT, f"second reader: {type(fault).__name__}", "pdf")
