"""pdfminer.six, the second reader of PDF pages: where pdfium fails, or cannot tell what it read.

It knows some fonts that pdfium does not (it looks into the font file), and survives other damage.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping

from dlpguard.document import SEPARATOR, Gap, Text, Unread
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._pdfunmapped import Unmapped, nonsense
from dlpguard.mail import Part

PAGES = 20
BYTES = 5_000_000
"""pdfminer takes about 0.4 s a page and cannot be stopped between two of its operators."""

_ENOUGH = 8
"""Letters that it does not know either, on a page that is known to have some: a name, a number."""

_NO_UNICODE = re.compile(r"\(cid:\d{1,7}\)")
"""What pdfminer writes for a glyph that has no Unicode."""


def read_pages(
    part: Part, place: str, budget: Budget, pages: Mapping[int, Unmapped | None]
) -> Iterator[Piece]:
    """What it reads on pages (from 0) that draw text, and a gap for each that it cannot read.

    With each page comes what pdfium could not map there, None where pdfium read nothing at all.
    """
    if len(part.content) > BYTES:
        yield Gap(place, Unread.TOO_LARGE, "too large for the second reader", "pdf")
        return
    chosen = sorted(pages)[:PAGES]
    unseen = set(chosen)
    for number, text in zip(chosen, _texts(part, place, budget, chosen), strict=False):
        if isinstance(text, Gap):
            yield text
            return
        unseen.discard(number)
        yield from _judged(text, f"{place}{SEPARATOR}page {number + 1}", pages[number])
    if unseen:
        yield Gap(place, Unread.CORRUPT, "pages that the second reader does not find", "pdf")
    if len(pages) > PAGES:
        yield Gap(place, Unread.TOO_LARGE, "too many pages for the second reader", "pdf")


def read_file(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What it reads in a file that pdfium cannot open; nothing where it cannot either."""
    if len(part.content) > BYTES:
        return
    for number, text in enumerate(_texts(part, place, budget, None), 1):
        if isinstance(text, Gap):
            yield text
        else:
            yield from _judged(text, f"{place}{SEPARATOR}page {number}", Unmapped(()))


def _judged(text: str, where: str, unmapped: Unmapped | None) -> Iterator[Piece]:
    """A page's text, and a gap when it is not all that people read there."""
    known = _NO_UNICODE.sub("", text)
    lost = len(_NO_UNICODE.findall(text)) + nonsense(known)
    if known.strip():
        yield Text(where, known.strip())
    if lost >= _ENOUGH or (unmapped is not None and unmapped.is_in(known)):
        yield Gap(where, Unread.SCAN, "text in a font that has no Unicode map", "pdf")
    elif unmapped is None and not known.strip():
        yield Gap(where, Unread.CORRUPT, "draws text that no reader can map", "pdf")


def _texts(part: Part, place: str, budget: Budget, pages: list[int] | None) -> Iterator[str | Gap]:
    """The text of one page after the other; a gap, the last, where it fails."""
    from pdfminer.high_level import extract_pages  # noqa: PLC0415 - 150 ms, rarely needed
    from pdfminer.layout import LTTextContainer  # noqa: PLC0415 - 150 ms, rarely needed

    layouts = extract_pages(io.BytesIO(part.content), page_numbers=pages, maxpages=PAGES)
    try:
        for layout in layouts:
            budget.charge()
            texts = [item.get_text() for item in layout if isinstance(item, LTTextContainer)]
            yield "".join(texts).strip()
    except Unreadable:
        raise
    except Exception as fault:  # noqa: BLE001 - it raises anything on what pdfium refused
        yield Gap(place, Unread.CORRUPT, f"second reader: {type(fault).__name__}", "pdf")
