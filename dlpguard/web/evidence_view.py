"""What a message says, page by page, with what was found marked in its place.

The evidence can be a spreadsheet of a million cells: a page is a slice of one file of it, and
nothing else is prepared for showing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dlpguard.document import Block, Document, Gap, Hidden, Table, Text
from dlpguard.evidence import Evidence
from dlpguard.finding import Finding
from dlpguard.web.masking import mask, mask_known

PAGE = 100
"""Rows of a table on a page, or as much text: what one scrolls through without losing one's way."""

LINE = 100
"""Characters of text that count as one row."""

LONGEST_CELL = 300
"""Characters of a cell that are shown: a cell can hold a book."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text.  `kind` names what was found in it, "" nothing; `why` says what for."""

    text: str = field(repr=False)
    kind: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    pieces: tuple[Piece, ...] = field(repr=False)
    hidden: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, by the number that it has in its file."""

    number: int
    cells: tuple[Cell, ...] = field(repr=False)
    hidden: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, or some rows of a table.  `hidden` is why nobody would see it."""

    where: str = field(repr=False)
    hidden: Hidden | None
    pieces: tuple[Piece, ...] = field(default=(), repr=False)
    heading: tuple[str, ...] = field(default=(), repr=False)
    rows: tuple[Row, ...] = field(default=(), repr=False)
    hidden_columns: tuple[Hidden | None, ...] = ()

    @property
    def has_hidden_rows(self) -> bool:
        """Whether some of its rows would not be seen while others would."""
        return any(row.hidden for row in self.rows)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a message, or its text: how much was found in it, seen and unseen.

    `index` is its number in the order of `Document.walk`, `depth` how many files it is inside of.
    """

    index: int
    name: str = field(repr=False)
    format: str
    depth: int
    visible: int
    hidden: int
    pages: int
    gaps: tuple[Gap, ...]
    defects: tuple[str, ...]
    hidden_why: tuple[Hidden, ...]


@dataclass(frozen=True, slots=True)
class _Slice:
    """A part of a block: rows of a table, or characters of a text."""

    block: int
    start: int
    end: int


def files(evidence: Evidence) -> tuple[File, ...]:
    """The files of a message in order, the message itself first."""
    found = _by_block(evidence.findings)
    made: list[File] = []
    for index, (document, depth, first) in enumerate(_numbered(evidence.document)):
        blocks = range(first, first + len(document.blocks))
        here = [finding for number in blocks for finding in found.get(number, ())]
        unseen = sum(finding.hidden is not None for finding in here)
        made.append(
            File(
                index,
                document.name,
                document.format,
                depth,
                len(here) - unseen,
                unseen,
                max(1, len(tuple(_pages(document)))),
                document.gaps,
                document.defects,
                _why_hidden(document),
            )
        )
    return tuple(made)


def page(
    evidence: Evidence, file: int, number: int, masked: frozenset[str] | None
) -> tuple[Passage, ...]:
    """A page (from 1) of a file; nothing where there is none.

    `masked`: the words that are masked wherever they stand, beside what was found; None shows all.
    """
    numbered = tuple(_numbered(evidence.document))
    if not 0 <= file < len(numbered):
        return ()
    document, _depth, first = numbered[file]
    slices = next((s for n, s in enumerate(_pages(document), 1) if n == number), ())
    found = _by_block(evidence.findings, {first + s.block for s in slices})
    return tuple(
        _passage(document.blocks[s.block], s, found.get(first + s.block, ()), masked)
        for s in slices
    )


def _numbered(document: Document, depth: int = 0) -> Iterator[tuple[Document, int, int]]:
    """Every document with its depth and the number of its first block, in the order of `walk`."""
    first = 0

    def walk(document: Document, depth: int) -> Iterator[tuple[Document, int, int]]:
        nonlocal first
        yield document, depth, first
        first += len(document.blocks)
        for inner in document.inside:
            yield from walk(inner, depth + 1)

    yield from walk(document, depth)


def _by_block(
    findings: Iterable[Finding], wanted: set[int] | None = None
) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        if wanted is None or finding.block in wanted:
            found[finding.block].append(finding)
    return found


def _pages(document: Document) -> Iterator[tuple[_Slice, ...]]:
    """The slices of each page."""
    slices: list[_Slice] = []
    room = PAGE
    for number, block in enumerate(document.blocks):
        weight = 1 if isinstance(block, Table) else LINE
        length = len(block.rows) if isinstance(block, Table) else len(block.text)
        start = 0
        while start < length:
            end = min(length, start + max(1, room) * weight)
            if isinstance(block, Text) and end < length:
                end = _line_end(block.text, start, end)
            slices.append(_Slice(number, start, end))
            room -= -(-(end - start) // weight)
            start = end
            if room <= 0:
                yield tuple(slices)
                slices, room = [], PAGE
    if slices:
        yield tuple(slices)


def _line_end(text: str, start: int, end: int) -> int:
    """Where a page of text may end: behind the last line end of its second half."""
    at = text.rfind("\n", start + (end - start) // 2, end)
    return at + 1 if at >= 0 else end


def _why_hidden(document: Document) -> tuple[Hidden, ...]:
    """Why parts of a document would not be seen, each reason once."""
    reasons: set[Hidden] = set()
    for block in document.blocks:
        if block.hidden:
            reasons.add(block.hidden)
        elif isinstance(block, Table):
            for hidden in (block.hidden_rows, block.hidden_columns, block.hidden_cells):
                reasons.update(hidden.values())
    return tuple(sorted(reasons))


def _passage(
    block: Block, part: _Slice, found: Iterable[Finding], masked: frozenset[str] | None
) -> Passage:
    if isinstance(block, Text):
        pieces = _pieces(block.text, part.start, part.end, found, masked)
        return Passage(block.where, block.hidden, pieces)
    cells: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in found:
        if part.start <= finding.row < part.end:
            cells[finding.row, finding.column].append(finding)
    rows = tuple(
        Row(
            block.numbers[row] if block.numbers else row + 1,
            tuple(
                Cell(
                    _pieces(text, 0, min(len(text), LONGEST_CELL), cells[row, column], masked),
                    block.hidden_cells.get((row, column)),
                )
                for column, text in enumerate(block.rows[row])
            ),
            block.hidden_rows.get(row),
        )
        for row in range(part.start, part.end)
    )
    width = max((len(row.cells) for row in rows), default=0)
    columns = tuple(block.hidden_columns.get(column) for column in range(width))
    return Passage(block.where, block.hidden, (), block.heading, rows, columns)


def _pieces(
    text: str, start: int, end: int, found: Iterable[Finding], masked: frozenset[str] | None
) -> tuple[Piece, ...]:
    """A text from `start` to `end`, cut where something was found.  What overlaps is shown once."""
    pieces: list[Piece] = []
    at = start
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        first, last = max(finding.start, at), min(finding.end, end)
        if last <= first:
            continue
        if first > at:
            pieces.append(Piece(_plain(text[at:first], masked)))
        shown = text[first:last]
        pieces.append(
            Piece(shown if masked is None else mask(shown), finding.kind, finding.evidence)
        )
        at = last
    if at < end:
        pieces.append(Piece(_plain(text[at:end], masked)))
    return tuple(pieces)


def _plain(text: str, masked: frozenset[str] | None) -> str:
    """What stands between findings: a first name in a column of its own is masked too."""
    return text if masked is None else mask_known(text, masked)
