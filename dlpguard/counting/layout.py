"""Tables and forms that stand in running text: pasted CSV, aligned columns, "Name: Ann Bee".

    Surname,Forename,DOB            Name: Ann Bee
    Bee,Ann,02/03/1984              Phone: 01632 960001

Lines that fall into the same number of cells are rows; lines that begin with a known label are a
form, and so are records that a program has written (`dumps`).  All become a `Grid` whose spots
are character offsets, and are read like any table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from dlpguard.counting import dumps, headings
from dlpguard.counting.grids import Grid, Spot, filled, gather, is_heading
from dlpguard.counting.spans import Spans
from dlpguard.document import Text

FEWEST_ROWS = 3
"""Lines with the same number of cells that are no accident."""

FEWEST_CELLS = {"\t": 2, "|": 2, ";": 3, ",": 3, "  ": 2}
"""Cells to a line that are no accident: prose has commas, but not the same number in each line."""

FEWEST_LINES = 5
"""Short lines below each other that may be a column: fewer are an address or a verse."""

LONGEST_NAME_LINE = 60

LONGEST_LINE = 2000
"""Characters of a row, without the spaces that align it."""

_ALIGNED = re.compile(r"\t| {2,20000}")
_ENTRY = re.compile(
    r"[ \t>]{0,20}(?:[-•*–·]|\(?\d{1,4}[.)])?[ \t]{0,8}(?P<entry>\S[^\n]{1,79}?)[ \t]{0,20}"
)
"""A line of a list without its bullet or number."""

_LABELLED = re.compile(
    r"(?:^|(?<=[;,|\t])|(?<=  ))[ \t>*•-]{0,10}(?P<label>[^\W\d_][\w /'’().-]{0,40}?)"
    r"[ \t]{0,20}[:=][ \t]{0,20}(?P<value>[^\n;|\t]{1,300}?)"
    r"[ \t]{0,20}(?=$|[;|\t]|,[ ]?[A-Z][\w /'’.]{1,30}:|[ ]{2})",
    re.MULTILINE,
)
_AFTER_A_LABEL = re.compile(r"[:=]")


def grids(block: Text, taken: Spans | None = None) -> Iterator[tuple[int, int, Grid]]:
    """The tables and forms that a text may hold, each with where it starts and ends.

    What lies in `taken` is passed over: who finds that a grid is one adds it there before the
    next is asked for, so that lines may be read in another way.  Without it the first way stands.
    """
    spoken_for = Spans() if taken is None else taken
    for start, end, grid in _candidates(block, _Lines(block.text)):
        if not spoken_for.meets(start, end):
            if taken is None:
                spoken_for.add(start, end)
            yield start, end, grid


def may_hold_values(text: str) -> bool:
    """Whether a text may hold a date, an address of e-mail, a number of any kind."""
    return not text.isascii() or any(sign in text for sign in _OF_VALUES)


class _Lines:
    """The lines of a text.  Most texts are neither table nor list, and need none of them."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _whole(self) -> list[str]:
        return self._text.splitlines(keepends=True)

    @cached_property
    def placed(self) -> list[tuple[int, str]]:
        """Each with where it starts, without its end."""
        starts = accumulate(map(len, self._whole), initial=0)
        return [(at, line.rstrip("\r\n")) for at, line in zip(starts, self._whole, strict=False)]

    def may_be_rows(self, delimiter: str) -> bool:
        """Whether so many follow each other that may have enough cells."""
        fewest = FEWEST_CELLS[delimiter] - 1
        return _follow([line.count(delimiter) >= fewest for line in self._whole], FEWEST_ROWS)

    def may_be_list(self) -> bool:
        """Whether so many short ones follow each other that they may be a column of names."""
        too_long = LONGEST_NAME_LINE + len("\r\n") + 1
        return _follow(map(too_long.__gt__, map(len, self._whole)), FEWEST_LINES)


def _follow(are_wanted: Iterable[bool], fewest: int) -> bool:
    """Whether so many of which something is so follow each other."""
    return bytes([True]) * fewest in bytes(are_wanted)


def _candidates(block: Text, lines: _Lines) -> Iterator[tuple[int, int, Grid]]:
    yield from _dumped(block)
    for delimiter in FEWEST_CELLS:
        if delimiter in block.text and lines.may_be_rows(delimiter):
            yield from _tables(block, lines.placed, delimiter)
    yield from _forms(block, _labelled(block.text))
    if may_hold_values(block.text):
        yield from _typed(block, lines.placed)
    if lines.may_be_list():
        yield from _columns(block, lines.placed)


def _tables(
    block: Text, lines: Sequence[tuple[int, str]], delimiter: str
) -> Iterator[tuple[int, int, Grid]]:
    """Runs of lines that fall into the same number of cells.

    A line with more of them goes on with a run: the last cell has unquoted delimiters in it.
    """
    run: list[list[Spot]] = []
    fewest = FEWEST_CELLS[delimiter] - 1
    may_be_rows = _runs(lines, lambda line: line.count(delimiter) >= fewest, FEWEST_ROWS)
    for at, line in may_be_rows:
        cells = _cells(line, at, delimiter) if line and _visible(line) <= LONGEST_LINE else []
        if run and len(cells) > len(run[0]) and (len(run) >= FEWEST_ROWS or _headed(block, run)):
            last = len(run[0]) - 1
            cells = [*cells[:last], (cells[last][0], cells[-1][1])]
        if run and len(cells) != len(run[0]):
            if len(run) >= FEWEST_ROWS:
                yield run[0][0][0], run[-1][-1][1], _grid(block, run)
            run = []
        if len(cells) >= FEWEST_CELLS[delimiter]:
            run.append(cells)


def _runs(
    lines: Sequence[tuple[int, str]], are_wanted: Callable[[str], object], fewest: int
) -> Iterator[tuple[int, str]]:
    """The lines of which something is so, where as many follow each other; "" after each run.

    Nearly all lines of prose are passed over so, at little cost.
    """
    run: list[tuple[int, str]] = []
    for line in (*lines, _NO_LINE):
        if are_wanted(line[1]):
            run.append(line)
        elif run:
            if len(run) >= fewest:
                yield from run
                yield _NO_LINE
            run.clear()


_NO_LINE = (0, "")
"""What ends a run: it has no cells."""


def _visible(line: str) -> int:
    """Characters of a line that are not there to move others to the right."""
    return len(line) - line.count("  ") * 2


def _headed(block: Text, run: list[list[Spot]]) -> bool:
    return is_heading([block.text[start:end] for start, end in run[0]])


def _cells(line: str, at: int, delimiter: str) -> list[Spot]:
    """Where the cells of a line stand, spaces and quotation marks around them left out."""
    start = len(line) - len(line.lstrip(" >")) if delimiter != "\t" else 0
    spots = []
    for end, following in (*_borders(line, start, delimiter), (len(line), len(line))):
        cell = line[start:end]
        left = len(cell) - len(cell.lstrip(' "'))
        right = len(cell.rstrip(' "'))
        spots.append((at + start + left, at + start + max(left, right)))
        start = following
    if delimiter == "|":  # | Ann | 01632 960001 |
        last = len(spots) - 1
        return [s for i, s in enumerate(spots) if 0 < i < last or s[0] < s[1]]
    return spots


def _borders(line: str, start: int, delimiter: str) -> Iterator[tuple[int, int]]:
    """Where delimiters stand that are not within quotation marks."""
    if delimiter == "  ":
        yield from (m.span() for m in _ALIGNED.finditer(line, start))
        return
    quoted = False
    for part in line[start:].split('"'):
        at = -1 if quoted else part.find(delimiter)
        while at >= 0:
            yield start + at, start + at + 1
            at = part.find(delimiter, at + 1)
        start += len(part) + 1
        quoted = not quoted


def _grid(block: Text, spots: list[list[Spot]]) -> Grid:
    rows = [tuple(block.text[start:end] for start, end in cells) for cells in spots]
    top = next((i for i, row in enumerate(rows[:FEWEST_ROWS]) if is_heading(row)), -1)
    heading = rows[top] if top >= 0 else ("",) * len(rows[0])
    return Grid(
        block,
        heading,
        tuple(rows[top + 1 :]),
        0,
        tuple(tuple(cells) for cells in spots[top + 1 :]),
    )


def _dumped(block: Text) -> Iterator[tuple[int, int, Grid]]:
    """What programs wrote: rows of statements, and objects with labels."""
    for grid in filled(block, block.text, lambda start, end: (start, end)):
        yield grid.spots[0][0][0], grid.spots[-1][-1][1], grid
    yield from _forms(block, dumps.pairs(block.text))


def _labelled(text: str) -> Iterator[tuple[str, dumps.Cell]]:
    end = 0 if ":" in text or "=" in text else len(text)
    while sign := _AFTER_A_LABEL.search(text, end):  # most lines of prose have none
        start = text.rfind("\n", 0, sign.start()) + 1
        end = text.find("\n", sign.end())
        end = len(text) if end < 0 else end
        for match in _LABELLED.finditer(text, start, end):
            yield match["label"], (match["value"], match.span("value"))


def _forms(
    block: Text, labelled: Iterable[tuple[str, dumps.Cell]]
) -> Iterator[tuple[int, int, Grid]]:
    """Runs of labelled values: at least two different labels, no long text between them."""
    run: list[tuple[str, Spot, str]] = []
    for label, (value, spot) in labelled:
        if not headings.read(label):
            continue
        if run and spot[0] - run[-1][1][1] > _FORM_GAP:
            yield from _form(block, run)
            run = []
        run.append((label, spot, value))
    yield from _form(block, run)


_FORM_GAP = 400
"""Characters between two labels of one form: a few lines that have none."""


def _form(block: Text, run: list[tuple[str, Spot, str]]) -> Iterator[tuple[int, int, Grid]]:
    if len({label for label, _, _ in run}) >= 2:
        yield run[0][1][0], run[-1][1][1], gather(block, run)


def _typed(block: Text, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, Grid]]:
    """Runs of lines in which words, dates and numbers follow each other in the same order.

    Nothing but a space is between them: "ann bee 02/03/1984 07700 900123".
    """
    run: list[list[Spot]] = []
    order: tuple[str, ...] = ()
    for at, line in _runs(lines, _may_be_typed, FEWEST_ROWS):
        cells = list(_words_and_values(line))
        kinds = tuple(kind for kind, _ in cells)
        if run and kinds != order:
            if len(run) >= FEWEST_ROWS:
                yield run[0][0][0], run[-1][-1][1], _grid(block, run)
            run = []
        if "words" in kinds and len(kinds) > 1:
            order = kinds
            run.append([(at + start, at + end) for _, (start, end) in cells])


def _may_be_typed(line: str) -> bool:
    return len(line) <= LONGEST_TYPED and not _is_row(line) and bool(_OF_A_VALUE.search(line))


def _words_and_values(line: str) -> Iterator[tuple[str, Spot]]:
    at = 0
    for match in (*_VALUE.finditer(line), None):
        start, end = match.span() if match else (len(line), len(line))
        words = line[at:start]
        if words.strip(_EDGES):
            left = at + len(words) - len(words.lstrip(_EDGES))
            yield "words", (left, left + len(words.strip(_EDGES)))
        if match and match.lastgroup:
            yield match.lastgroup, (start, end)
        at = end


LONGEST_TYPED = 200

_EDGES = " \t>,;:|()[]-–•*…_."
_VALUE = re.compile(
    r"(?<![\w/.-])(?:(?P<date>\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4})"
    r"|(?P<email>[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,5})"
    r"|(?P<money>£\d[\d,]{0,12}(?:\.\d\d)?|\d{1,9}\.\d\d)"
    r"|(?P<phone>(?:\+44 ?|\(?0)\d{2,5}\)?(?: ?\d{3,8}){1,3})"
    r"|(?P<number>\d{3} \d{3} \d{4}|\d{4,16})"
    r"|(?P<reference>[A-Z]{1,5}[/-]?\d[\d/-]{2,16}[A-Z]?))(?![\w/])"
)
"""What is a value whatever stands around it."""

_OF_A_VALUE = re.compile(r"[\d@]")
"""What every value has, and most lines of prose have not."""

_OF_VALUES = "0123456789@"
"""The same in ASCII: each of them is looked for in a fiftieth of the time of the expression."""


def _is_row(line: str) -> bool:
    """Whether a line is one of a table, whose heading says more than its cells alone."""
    return "|" in line or "\t" in line


def _columns(block: Text, lines: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, Grid]]:
    """Runs of short lines, as a table of one column: a list of names is one."""
    run: list[list[Spot]] = []
    for at, line in _runs(lines, _may_be_entry, FEWEST_LINES):
        entry = _ENTRY.fullmatch(line)
        if entry:
            run.append([(at + entry.start("entry"), at + entry.end("entry"))])
            continue
        if len(run) >= FEWEST_LINES:
            yield run[0][0][0], run[-1][0][1], _grid(block, run)
        run = []


def _may_be_entry(line: str) -> bool:
    if len(line) > LONGEST_NAME_LINE or _is_row(line):
        return False
    said = line.strip()
    return bool(said) and said[-1] not in ".:!?;"
