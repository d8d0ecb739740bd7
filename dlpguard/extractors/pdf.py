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
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from dlpguard.document import SEPARATOR, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors import (
    _pdfblanks,
    _pdfbomb,
    _pdfmarks,
    _pdfobjects,
    _pdfpage,
    _pdfparts,
    _pdfrevisions,
    _pdfsecond,
    _pdfundrawn,
)
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._columns import Grid, Passage, blocks
from dlpguard.extractors._pdfpage import Unseen
from dlpguard.extractors._pdfunmapped import Unmapped
from dlpguard.mail import Part

FORMATS = frozenset({"pdf"})

_TAIL = 4096
"""Bytes at the end among which a whole file has its end mark; some programs append a little."""


_FEW_WORDS = 100
"""Characters a page, all pages together, below which a picture in a pattern is what it shows."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The pages; notes, form, properties and scripts; attached files, inside; then what earlier
    versions say that are still in the file."""
    said = _pdfrevisions.Said()
    for piece in _version(part, place, budget, said):
        said.add(piece)
        yield piece
    where = f"{place}{SEPARATOR}earlier version"
    for number, content in enumerate(_pdfrevisions.earlier(part.content)):
        if number == _pdfrevisions.MOST:
            yield Gap(where, Unread.TOO_LARGE, "too many earlier versions", "pdf")
            return
        version = _version(replace(part, content=content), where, budget, _pdfrevisions.Said())
        try:
            for piece in said.unsaid(version):
                said.add(piece)
                yield piece
        except Unreadable as fault:
            yield Gap(where, fault.why, fault.detail, "pdf")


def _version(part: Part, place: str, budget: Budget, said: _pdfrevisions.Said) -> Iterator[Piece]:
    """Everything in one version of a file; `said` has what was taken from it so far."""
    budget.charge()
    with contextlib.ExitStack() as opened:
        objects = _objects(part, budget, opened)
        if objects is None:
            yield from _text(part, place, budget, frozenset())
            yield Gap(place, Unread.CORRUPT, "damaged: only its pages could be read", "pdf")
            return
        parts = _pdfparts.parts(objects)
        _pdfbomb.refuse(objects, parts.forms, budget)
        yield from _text(part, place, budget, _pdfobjects.layers_off(objects))
        yield from _beside(objects, parts.drawing, place, budget, said)
        for text in _pdfmarks.read(objects, parts.forms, place, budget):
            if not said.has(text.text):
                yield text
        yield from _pdfobjects.read(objects, part, place, budget)
        yield from _blanked(_pdfblanks.revealed(objects, parts.mapped_fonts, budget), place, budget)


def _blanked(revealed: _pdfblanks.Revealed | None, place: str, budget: Budget) -> Iterator[Gap]:
    """The pages on which words are drawn that are blanks to a program."""
    import pypdfium2 as pdfium  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    if revealed is None:
        return
    with contextlib.closing(pdfium.PdfDocument(revealed.content)) as document:
        for number in range(len(document)):
            budget.charge()
            if number in revealed.unconcerned:
                continue
            with contextlib.closing(_page(document, number)) as page:
                if _pdfpage.revealed_letters(page):
                    where = f"{place}{SEPARATOR}page {number + 1}"
                    yield Gap(
                        where, Unread.SCAN, "a Unicode map that leads letters to blanks", "pdf"
                    )


def _beside(
    objects: Any, drawing: Iterable[Any], place: str, budget: Budget, said: _pdfrevisions.Said
) -> Iterator[Piece]:
    """What is drawn otherwise than on pages, or could be, as far as the pages do not say it."""
    import pypdfium2 as pdfium  # noqa: PLC0415 - 60 ms and 10 MB that most mail does not need

    try:
        pieces = _pdfundrawn.undrawn(objects, drawing, budget)
    except Unreadable as fault:
        yield Gap(place, fault.why, fault.detail, "pdf")
        return
    if pieces is None:
        return
    with contextlib.closing(pdfium.PdfDocument(pieces.content)) as document:
        for number, hidden in enumerate(pieces.hidden):
            budget.charge()
            with contextlib.closing(document[number]) as page:
                read = _pdfpage.read(page, frozenset())
            lines = "\n".join(segment.text for segment in read.segments)
            if read.unseen is Unseen.PICTURE and said.characters < _FEW_WORDS * len(objects.pages):
                yield Gap(place, Unread.SCAN, "a pattern of a picture, and little text", "pdf")
            if not said.has(lines):
                yield Text(f"{place}{SEPARATOR}drawings", lines, hidden)
            if read.unmapped:
                yield Gap(place, Unread.SCAN, "text in a font that has no Unicode map", "pdf")


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
        yield from _pdfsecond.read_file(part, place, budget)
        raise Unreadable(Unread.CORRUPT, "cut off or damaged") from None
    with contextlib.closing(document):
        if b"%%EOF" not in part.content[-_TAIL:]:
            yield Gap(place, Unread.CORRUPT, "cut off: no end mark", "pdf")
        yield from _pages(document, part, place, budget, layers_off)


def _pages(
    document: Any, part: Part, place: str, budget: Budget, layers_off: frozenset[str]
) -> Iterator[Piece]:
    unread: dict[int, Unmapped | None] = {}
    table: _PagedTable | None = None
    for number in range(len(document)):
        budget.charge(pages=1)
        where = f"{place}{SEPARATOR}page {number + 1}"
        with contextlib.closing(_page(document, number)) as page:
            read = _pdfpage.read(page, layers_off)
        if read.unmapped or read.unseen is Unseen.TEXT:
            unread[number] = read.unmapped
        elif read.unseen:
            yield Gap(where, Unread.SCAN, read.unseen.value, "pdf")
        for block in blocks(read.segments, budget):
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
    if unread:
        yield from _pdfsecond.read_pages(part, place, budget, unread)


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
