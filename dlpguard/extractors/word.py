"""Word documents (docx, docm, dotx): paragraphs and tables in order, and what Word does not show.

Our own walk reads the stories (body, headers, footers, notes, comments) because python-docx leaves
out content controls, text boxes, notes and deleted text, and refuses templates.  It is the second
reader: text that it sees and the walk does not is read too, and is a defect.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _package
from dlpguard.extractors._budget import Budget, Defect, Piece, Unreadable
from dlpguard.extractors._leftovers import leftovers
from dlpguard.extractors._ooxml import Package
from dlpguard.extractors._runstyle import VanishingStyles
from dlpguard.extractors._story import StoryReader
from dlpguard.mail import Part

FORMATS = frozenset({"docx"})

_SECOND_READER_BYTES = 300_000
"""Size of a document above which python-docx, at 0.1 MB/s of text, takes longer than a second."""

_SECOND_READER_RUNS = 5000
_IN_RUNS = ("w:br", "w:cr", "w:noBreakHyphen", "w:ptab", "w:t", "w:tab")
"""Elements that python-docx takes for a run's text, and turns into text itself."""

_NOT_LETTERS = re.compile(r"[\W_]{1,1000}")

_STORIES = (
    ("headers", "header", None),
    ("footers", "footer", None),
    ("footnotes", "footnotes", None),
    ("endnotes", "endnotes", None),
    ("comments", "comments", Hidden.COMMENT),
)
"""Parts with paragraphs: what a person calls them, how their names begin, why they are not seen."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The body in order, then the other stories, properties and embedded files; then the rest."""
    package = Package(part.content, budget)
    yield from leftovers(_known(package, part, place, budget), package, part, place, budget)


def _known(package: Package, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What programs show, and what stands in the parts that are known to hide something."""
    main = (package.main() or "word/document.xml").lower()
    seen = {main}
    found: list[str] = []
    folder = main.rpartition("/")[0]
    vanished = _vanishing_styles(package, f"{folder}/styles.xml")
    yield from _story(package, main, place, None, vanished, budget, found)
    for label, beginning, hidden in _STORIES:
        for name in package.names:
            if re.fullmatch(rf"{re.escape(folder)}/{beginning}\d{{0,9}}\.xml", name):
                seen.add(name)
                where = f"{place}{SEPARATOR}{label}"
                yield from _story(package, name, where, hidden, vanished, budget, found)
    yield from _package.rest(package, part, place, budget, seen)
    yield from _second_reader(package, part, main, place, budget, "\n".join(found))


def _vanishing_styles(package: Package, name: str) -> frozenset[str]:
    """Styles whose text is hidden; none when the styles cannot be read."""
    if not package.has(name) or b"vanish" not in package.read(name):
        return frozenset()
    styles = VanishingStyles()
    try:
        package.parse(name, styles)
    except Unreadable as fault:
        if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
            raise
    return styles.found


def _story(
    package: Package,
    name: str,
    where: str,
    hidden: Hidden | None,
    vanished: frozenset[str],
    budget: Budget,
    found: list[str],
) -> Iterator[Piece]:
    reader = StoryReader(where, hidden, budget, vanished)
    fault: Unreadable | None = None
    try:
        package.parse(name, reader)
    except Unreadable as error:
        fault = error
    for block in reader.finish():
        found.append(
            block.text if isinstance(block, Text) else "\n".join(map("\n".join, block.rows))
        )
        if not isinstance(block, Text):
            found.append("\n".join(block.heading))
        yield block
    if fault is not None:
        yield Gap(where, fault.why, fault.detail, "docx")
        if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
            raise fault


def _second_reader(
    package: Package, part: Part, main: str, place: str, budget: Budget, found: str
) -> Iterator[Piece]:
    """Runs of text that python-docx sees and the walk did not."""
    if len(part.content) > _SECOND_READER_BYTES or len(found) > _SECOND_READER_BYTES:
        return
    known = _letters(found)
    runs = dict.fromkeys(_docx_runs(part.content, package.spelt(main), budget))
    missed = [text for text in runs if text not in found and _letters(text) not in known]
    if missed:
        yield Defect("second-reader")
        yield Text(f"{place}{SEPARATOR}second reader", "\n".join(missed))


def _letters(text: str) -> str:
    """What must agree: readers differ in white space and in signs for breaks."""
    return _NOT_LETTERS.sub("", text).casefold()


def _docx_runs(content: bytes, main: str, budget: Budget) -> list[str]:
    """The runs of the body and of its tables.

    Of the package only the main part is opened: `docx.Document` would parse styles, themes and
    settings too, which say nothing, and refuses templates and documents with macros.  Its elements
    are asked themselves, not the objects around them, of which each run has three.
    """
    from docx.opc.packuri import PackURI  # noqa: PLC0415 - 150 ms that only Word documents need
    from docx.opc.phys_pkg import PhysPkgReader  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.oxml.parser import parse_xml  # noqa: PLC0415

    in_runs = tuple(map(qn, _IN_RUNS))
    texts: list[str] = []
    try:
        opened: Any = PhysPkgReader  # it has no types
        document: Any = parse_xml(opened(io.BytesIO(content)).blob_for(PackURI(f"/{main}")))
        # Not `table._cells`, which has a cell as often as its span says: a billion times.
        cells = (cell for table in document.body.tbl_lst for cell in table.iter_tcs())
        in_cells = (paragraph for cell in cells for paragraph in cell.p_lst)
        for paragraph in itertools.chain(document.body.p_lst, in_cells):
            budget.charge()
            texts.extend("".join(map(str, run.iterchildren(*in_runs))) for run in paragraph.r_lst)
            if len(texts) > _SECOND_READER_RUNS:
                return texts
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - a second opinion that cannot be had takes nothing away
        return texts
    return texts
