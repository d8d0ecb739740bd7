"""What a message says, page by page, with what was found marked in its place.

The evidence can be a spreadsheet of a million cells: a page is a slice of one file of it, and
nothing else is prepared for showing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dlpguard.document import SEPARATOR, Block, Document, Gap, Hidden, Table, Text
from dlpguard.evidence import Evidence
from dlpguard.finding import Finding
from dlpguard.policy import words
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
    """A cell of a table.  `cut`: it holds more than is shown."""

    pieces: tuple[Piece, ...] = field(repr=False)
    hidden: Hidden | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, by the number that it has in its file."""

    number: int
    cells: tuple[Cell, ...] = field(repr=False)
    hidden: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, or some rows of a table.  `hidden` is why nobody would see it, `block` its number in
    the file."""

    block: int
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

    @property
    def letters(self) -> tuple[str, ...]:
        """What its columns are called in a spreadsheet: A, B, …, Z, AA."""
        return tuple(_letters(column) for column in range(len(self.hidden_columns)))


@dataclass(frozen=True, slots=True)
class File:
    """One file of a message, or its text: how much was found in it, seen and unseen.

    `index` is its number in the order of `Document.walk`, `depth` how many files it is inside of,
    `kind` what people call its format.
    """

    index: int
    name: str = field(repr=False)
    format: str
    kind: str
    depth: int
    visible: int
    hidden: int
    pages: int
    gaps: tuple[Gap, ...]
    defects: tuple[str, ...]
    hidden_why: tuple[Hidden, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A sheet, or another part of a file: where it is in the pages, and how much was found."""

    block: int
    where: str = field(repr=False)
    hidden: Hidden | None
    has_hidden: bool
    found: int
    page: int


@dataclass(frozen=True, slots=True)
class View:
    """A page of a file.  `sections` are those of the whole file that have something to show;
    `found_before` and `found_after` are the nearest pages where something was found (0: none).
    """

    passages: tuple[Passage, ...] = field(repr=False)
    pages: int
    sections: tuple[Section, ...] = field(repr=False)
    found_before: int
    found_after: int


class Only(StrEnum):
    """What a view of a file is narrowed to."""

    ALL = ""
    FOUND = "found"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class _Slice:
    """A part of a block: rows of a table by their indexes, or characters of a text."""

    block: int
    what: Sequence[int]


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
                words.FORMATS.get(document.format, (document.format, ""))[0],
                depth,
                len(here) - unseen,
                unseen,
                sum(1 for _ in _pages(document, {}, Only.ALL)) or 1,
                document.gaps,
                document.defects,
                _why_hidden(document),
            )
        )
    return tuple(made)


def view(
    evidence: Evidence, file: int, number: int, masked: frozenset[str] | None, only: Only = Only.ALL
) -> View | None:
    """A page (from 1) of a file, None where there is none.

    `masked`: the words that are masked wherever they stand, beside what was found; None shows all.
    """
    numbered = tuple(_numbered(evidence.document))
    if not 0 <= file < len(numbered):
        return None
    document, _depth, first = numbered[file]
    blocks = range(first, first + len(document.blocks))
    found = {n - first: f for n, f in _by_block(evidence.findings).items() if n in blocks}
    pages = list(_pages(document, found, only)) or [()]
    if not 1 <= number <= len(pages):
        return None
    telling = [n for n, page in enumerate(pages, 1) if any(_tells(s, found) for s in page)]
    return View(
        tuple(
            _passage(document.blocks[s.block], s, found.get(s.block, ()), masked)
            for s in pages[number - 1]
        ),
        len(pages),
        tuple(_sections(document, pages, found)),
        max((n for n in telling if n < number), default=0),
        min((n for n in telling if n > number), default=0),
    )


def page(
    evidence: Evidence, file: int, number: int, masked: frozenset[str] | None
) -> tuple[Passage, ...]:
    """What a page of a file says; nothing where there is no such page.  As `view`."""
    found = view(evidence, file, number, masked)
    return found.passages if found else ()


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


def _by_block(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        found[finding.block].append(finding)
    return found


def _pages(
    document: Document, found: Mapping[int, Sequence[Finding]], only: Only
) -> Iterator[tuple[_Slice, ...]]:
    """The slices of each page."""
    slices: list[_Slice] = []
    room = PAGE
    for number, block in enumerate(document.blocks):
        is_table = isinstance(block, Table)
        wanted = _wanted(block, found.get(number, ()), only)
        weight = 1 if is_table else LINE
        start = 0
        while start < len(wanted):
            end = min(len(wanted), start + max(1, room) * weight)
            if isinstance(block, Text) and end < len(wanted):
                end = _line_end(block.text, start, end)
            slices.append(_Slice(number, wanted[start:end]))
            room -= -(-(end - start) // weight)
            start = end
            if room <= 0:
                yield tuple(slices)
                slices, room = [], PAGE
    if slices:
        yield tuple(slices)


def _wanted(block: Block, found: Iterable[Finding], only: Only) -> Sequence[int]:
    """The rows, or the characters, of a block that a view is about."""
    every = range(len(block.rows) if isinstance(block, Table) else len(block.text))
    if only is Only.ALL or (only is Only.HIDDEN and block.hidden):
        return every
    if isinstance(block, Text):
        return every if only is Only.FOUND and any(found) else range(0)
    if only is Only.FOUND:
        return sorted({finding.row for finding in found})
    if block.hidden_columns:
        return every
    return sorted({*block.hidden_rows, *(row for row, _ in block.hidden_cells)})


def _tells(part: _Slice, found: Mapping[int, Sequence[Finding]]) -> bool:
    """Whether something was found in a slice."""
    first, last = part.what[0], part.what[-1]
    return any(
        first <= f.row <= last if f.row >= 0 else f.start <= last and f.end > first
        for f in found.get(part.block, ())
    )


def _sections(
    document: Document,
    pages: Sequence[tuple[_Slice, ...]],
    found: Mapping[int, Sequence[Finding]],
) -> Iterator[Section]:
    seen: set[int] = set()
    for number, page in enumerate(pages, 1):
        for block in (part.block for part in page if part.block not in seen):
            seen.add(block)
            it = document.blocks[block]
            hides = isinstance(it, Table) and bool(
                it.hidden_rows or it.hidden_columns or it.hidden_cells
            )
            where = it.where.removeprefix(document.name + SEPARATOR)
            yield Section(block, where, it.hidden, hides, len(found.get(block, ())), number)


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
        pieces = _pieces(block.text, part.what[0], part.what[-1] + 1, found, masked)
        return Passage(part.block, block.where, block.hidden, pieces)
    cells: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in found:
        cells[finding.row, finding.column].append(finding)
    rows = tuple(
        Row(
            block.numbers[row] if block.numbers else row + 1,
            tuple(
                Cell(
                    _pieces(text, 0, min(len(text), LONGEST_CELL), cells[row, column], masked),
                    block.hidden_cells.get((row, column)),
                    len(text) > LONGEST_CELL,
                )
                for column, text in enumerate(block.rows[row])
            ),
            block.hidden_rows.get(row),
        )
        for row in part.what
    )
    width = max((len(row.cells) for row in rows), default=0)
    columns = tuple(block.hidden_columns.get(column) for column in range(width))
    heading = tuple(_plain(cell, masked) for cell in block.heading)
    return Passage(part.block, block.where, block.hidden, (), heading, rows, columns)


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


def _letters(column: int) -> str:
    """
    >>> _letters(0), _letters(25), _letters(26)
    ('A', 'Z', 'AA')
    """
    rest, letter = divmod(column, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + letter)


def _plain(text: str, masked: frozenset[str] | None) -> str:
    """What stands between findings: a first name in a column of its own is masked too."""
    return text if masked is None else mask_known(text, masked)
