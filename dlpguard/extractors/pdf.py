"""PDF: text page by page, lines that stand in columns as tables, pictures of text as gaps.

pdfium reads pages (16 times as fast as pdfminer, measured), with what annotations draw on them;
qpdf (pikepdf) reads everything else, and looks first whether the file is a bomb.  pdfminer.six is
the second reader: where pdfium cannot open a file, and for pages that draw text in which pdfium
finds none.  Between pages the budget is asked; a single page that takes for ever is the sandbox's
business.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any

from dlpguard.document import SEPARATOR, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import _pdfbomb, _pdfobjects, _pdftext
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._columns import Grid, Passage, Segment, blocks
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
    """The pages; notes, form, properties and scripts; then attached files, inside."""
    budget.charge()
    with contextlib.ExitStack() as opened:
        objects = _objects(part, budget, opened)
        layers_off: frozenset[str] = frozenset()
        if objects is not None:
            _pdfbomb.refuse(objects, budget)
            layers_off = _pdfobjects.layers_off(objects)
        yield from _text(part, place, budget, layers_off)
        if objects is not None:
            yield from _pdfobjects.read(objects, part, place, budget)
        else:
            yield Gap(place, Unread.CORRUPT, "damaged: only its pages could be read", "pdf")


def _objects(part: Part, budget: Budget, opened: contextlib.ExitStack) -> Any:
    """The file as qpdf sees it; None where even its repair finds no objects."""
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need
    from pikepdf import settings  # noqa: PLC0415 - see above

    most = budget.limits.message
    settings.set_qpdf_limits(flate_max_memory=most, run_length_max_memory=most)
    try:
        document = pikepdf.open(io.BytesIO(part.content))
    except pikepdf.PasswordError:
        raise Unreadable(Unread.ENCRYPTED, "needs a password") from None
    except pikepdf.PdfError:
        return None
    opened.enter_context(document)
    return document


def _text(part: Part, place: str, budget: Budget, layers_off: frozenset[str]) -> Iterator[Piece]:
    import pypdfium2 as pdfium  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    try:
        document = pdfium.PdfDocument(part.content)
    except pdfium.PdfiumError as fault:
        if fault.err_code in {pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY}:
            raise Unreadable(Unread.ENCRYPTED, "needs a password or a key") from None
        yield from _second_reader(part, place, budget, None)
        raise Unreadable(Unread.CORRUPT, "cut off or damaged") from None
    with contextlib.closing(document):
        if b"%%EOF" not in part.content[-_TAIL:]:
            yield Gap(place, Unread.CORRUPT, "cut off: no end mark", "pdf")
        yield from _pages(document, part, place, budget, layers_off)


def _pages(
    document: Any, part: Part, place: str, budget: Budget, layers_off: frozenset[str]
) -> Iterator[Piece]:
    silent: list[int] = []
    table: _PagedTable | None = None
    for number in range(len(document)):
        budget.charge(pages=1)
        where = f"{place}{SEPARATOR}page {number + 1}"
        with contextlib.closing(_page(document, number)) as page:
            segments = _pdftext.segments(page, layers_off)
            drawn = _drawn_without_text(page, segments)
        if drawn == _TEXT:
            silent.append(number)
        elif drawn == _PICTURE:
            yield Gap(where, Unread.SCAN, "a picture without a text layer", "pdf")
        for block in blocks(segments, budget):
            if isinstance(block, Passage):
                yield Text(where, block.text, block.hidden)
            elif table is not None and table.goes_on_with(block, number):
                table.add(block, number)
            else:
                if table is not None:
                    yield table.finish(place)
                table = _PagedTable(block, number)
    if table is not None:
        yield table.finish(place)
    if silent:
        yield from _second_reader(part, place, budget, silent[:_SECOND_READER_PAGES])
    if len(silent) > _SECOND_READER_PAGES:
        yield Gap(place, Unread.TOO_LARGE, "too many pages for the second reader", "pdf")


def _page(document: Any, number: int) -> Any:
    """A page with its annotations drawn on it as a viewer would: notes, stamps, form values, and
    boxes that hide what is under them."""
    from pypdfium2 import raw  # noqa: PLC0415 - see read()

    page = document[number]
    if not raw.FPDFPage_GetAnnotCount(page):
        return page
    flattened = raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS
    if not flattened:
        return page
    page.close()
    return document[number]


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
        rows: list[tuple[str, ...]] = []
        hidden: dict[tuple[int, int], Hidden] = {}
        for grid in self._grids:
            hidden |= {(len(rows) + row, cell): why for (row, cell), why in grid.hidden.items()}
            rows += grid.rows
        return Table(f"{place}{SEPARATOR}{pages}", (), tuple(rows), hidden_cells=hidden)


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
        if pages is not None:  # otherwise pdfium's own gap stands for the whole file
            yield Gap(place, Unread.TOO_LARGE, "too large for the second reader", "pdf")
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
