"""Drawing instructions in a PDF that pdfium does not draw as text of a page.

Some are seen: the cells of patterns, soft masks, glyphs that are drawings and contain words.
Others are not, and are still in the file: appearances of annotations that are hidden or in another
state, forms that nothing draws, pages that were taken out of the page tree, templates of pages
(ISO 32000-2 8.7.3, 11.6.5.2, 9.6.4, 12.5.5, 7.7.3.3, 12.7.7).  Each becomes a page of a file of
its own, which pdfium reads.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dlpguard.document import Hidden, Unread
from dlpguard.extractors._budget import Budget, Unreadable

_MOST = 300
"""Pieces of one file; a form has two for each button."""

_SHOWS_TEXT = re.compile(rb"[)>\]]\s{0,20}(?:T[jJ]|['\"])")
"""A string and one of the operators that show it."""

_SHOWS_PICTURE = re.compile(rb"\bDo\b|\bBI\b")
_DRAWS = re.compile(rb"(/[^\s/<>()\[\]{}%]{1,127})\s{1,20}Do\b")

_DEPTH = 60
"""Forms in forms; a file with more is refused before (`_pdfbomb`)."""

_HIDDEN = 2
"""Of an annotation: its flag Hidden (ISO 32000-2 table 167)."""

_WHOLE = (0, 0, 1000, 1000)
"""A page for what does not say how large it is."""

Key = tuple[int, int]


class Undrawn(NamedTuple):
    """A file with a page for each piece, and why people do not see the piece (None: they do)."""

    content: bytes
    hidden: tuple[Hidden | None, ...]


def undrawn(document: Any, drawing: Iterable[Any], budget: Budget) -> Undrawn | None:
    """What a `pikepdf.Pdf` draws or could draw beside its pages; None when there is nothing.

    `drawing` are all objects of the document that have drawing instructions.  Raises `Unreadable`
    TOO_LARGE when there is too much of it.
    """
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

    pieces: list[tuple[Any, Any, Any, Hidden | None]] = []
    for piece in _Search(document, budget).pieces(drawing):
        pieces.append(piece)
        if len(pieces) > _MOST:
            raise Unreadable(Unread.TOO_LARGE, f"more than {_MOST} drawings beside the pages")
    if not pieces:
        return None
    saved = io.BytesIO()
    with pikepdf.Pdf.new() as made:
        for content, resources, box, _ in pieces:
            page = made.make_indirect(
                pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=list(_WHOLE))
            )
            page.Contents = made.make_stream(content)
            if _is_box(box):
                page.MediaBox = [float(edge) for edge in box]
            if isinstance(resources, pikepdf.Dictionary):
                holder = document.make_indirect(resources)
                page.Resources = made.copy_foreign(holder)
            made.pages.append(pikepdf.Page(page))
        made.save(saved)
    return Undrawn(saved.getvalue(), tuple(hidden for *_, hidden in pieces))


def _is_box(box: Any) -> bool:
    """Whether a box is one, and has an inside."""
    try:
        left, bottom, right, top = map(float, box)
    except (TypeError, ValueError):
        return False
    return left < right and bottom < top


class _Search:
    def __init__(self, document: Any, budget: Budget) -> None:
        import pikepdf  # noqa: PLC0415 - see undrawn()

        self._pikepdf = pikepdf
        self._document = document
        self._budget = budget
        self._drawn: set[Key] = set()
        self._pages: set[Key] = set()

    def pieces(self, drawing: Iterable[Any]) -> Iterator[tuple[Any, Any, Any, Hidden | None]]:
        """Content, resources, box, and why it is not seen, of each piece."""
        self._mark_drawn()
        for item in drawing:
            if isinstance(item, self._pikepdf.Stream):
                yield from self._of_stream(item)
            elif isinstance(item, self._pikepdf.Dictionary):
                yield from self._of_dictionary(item)

    def _of_stream(self, item: Any) -> Iterator[tuple[Any, Any, Any, Hidden | None]]:
        is_form = item.get("/Subtype") == "/Form" and item.objgen not in self._drawn
        is_cell = item.get("/PatternType") == 1
        if not is_form and not is_cell:
            return
        content = self._bytes(item)
        if _SHOWS_TEXT.search(content) or (is_cell and _SHOWS_PICTURE.search(content)):
            # A group may be a soft mask, through which its text is seen.
            seen = is_cell or "/Group" in item
            hidden = None if seen else Hidden.HIDDEN_TEXT
            yield content, item.get("/Resources"), item.get("/BBox"), hidden

    def _of_dictionary(self, item: Any) -> Iterator[tuple[Any, Any, Any, Hidden | None]]:
        glyphs = item.get("/CharProcs")
        if isinstance(glyphs, self._pikepdf.Dictionary):
            for _, glyph in glyphs.items():
                if isinstance(glyph, self._pikepdf.Stream) and (content := self._text(glyph)):
                    yield content, item.get("/Resources"), None, None
        kind = str(item.get("/Type", ""))
        if kind in {"/Page", "/Template"} and item.objgen not in self._pages:
            content = self._instructions(item.get("/Contents"))
            if _SHOWS_TEXT.search(content):
                yield content, item.get("/Resources"), item.get("/MediaBox"), Hidden.HIDDEN_TEXT

    def _mark_drawn(self) -> None:
        for number, page in enumerate(self._document.pages):
            if number >= self._budget.limits.pages:
                break
            self._pages.add(page.objgen)
            contents = page.obj.get("/Contents")
            self._mark_forms(page.obj.get("/Resources") or page.resources, contents, _DEPTH)
            notes = page.obj.get("/Annots")
            for note in notes if isinstance(notes, self._pikepdf.Array) else ():
                if isinstance(note, self._pikepdf.Dictionary):
                    self._mark_appearance(note)

    def _mark_appearance(self, note: Any) -> None:
        """The appearance that pdfium draws on the page."""
        flags = note.get("/F", 0)
        if note.get("/Subtype") == "/Popup" or (isinstance(flags, int) and flags & _HIDDEN):
            return
        appearances = note.get("/AP")
        if not isinstance(appearances, self._pikepdf.Dictionary):
            return
        normal = appearances.get("/N")
        if isinstance(normal, self._pikepdf.Dictionary):
            normal = normal.get(str(note.get("/AS", "/Off")))
        if isinstance(normal, self._pikepdf.Stream) and normal.objgen not in self._drawn:
            self._drawn.add(normal.objgen)
            self._mark_forms(normal.get("/Resources"), normal, _DEPTH)

    def _mark_forms(self, resources: Any, contents: Any, depth: int) -> None:
        """The forms that instructions draw by the names that they have in `resources`."""
        if not isinstance(resources, self._pikepdf.Dictionary) or not depth:
            return
        objects = resources.get("/XObject")
        if not isinstance(objects, self._pikepdf.Dictionary):
            return
        forms = {
            name: item
            for name, item in objects.items()
            if isinstance(item, self._pikepdf.Stream)
            and item.get("/Subtype") == "/Form"
            and item.objgen not in self._drawn
        }
        if not forms:
            return
        drawn = set(_DRAWS.findall(self._instructions(contents)))
        for name, item in forms.items():
            if name.encode() in drawn:
                self._drawn.add(item.objgen)
                self._mark_forms(item.get("/Resources", resources), item, depth - 1)

    def _instructions(self, contents: Any) -> bytes:
        """Those of a stream, or of several."""
        streams = contents if isinstance(contents, self._pikepdf.Array) else [contents]
        return b"\n".join(
            self._bytes(stream) for stream in streams if isinstance(stream, self._pikepdf.Stream)
        )

    def _text(self, stream: Any) -> bytes:
        """The instructions of a stream that shows text; none of others."""
        content = self._bytes(stream)
        return content if _SHOWS_TEXT.search(content) else b""

    def _bytes(self, stream: Any) -> bytes:
        """Decoded; none where it is damaged, which whoever needs it reports."""
        try:
            content: bytes = stream.read_bytes()
        except self._pikepdf.PdfError:
            return b""
        self._budget.charge(inflated=len(content))
        return content
