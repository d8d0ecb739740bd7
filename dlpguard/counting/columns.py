"""What the columns of a grid hold: from their headings, and from the cells where those are silent.

Cells speak by sample: the first `SAMPLE` different ones.  A detector that accepts most of them
names the column, unless it says that it needs a heading; dates whose years are spread over
generations are birth dates.  What no detector knows is left to `guesses`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dlpguard import detectors, names
from dlpguard.counting import beside, guesses, headings
from dlpguard.counting.grids import EMPTY, Grid
from dlpguard.counting.guesses import FEWEST, MOST, NAME_ROLES, SOME, are
from dlpguard.detectors import case_reference, gb_nino
from dlpguard.finding import Confidence

SAMPLE = 200
"""Different cells of a column that are looked at: enough to tell a share to a few per cent."""

LOOKED_AT = 2000
"""Cells among which they are looked for."""

SAMPLED = 200_000
"""Cells of a table that are looked at in all: of a hundred thousand columns a few each."""

FIRST_LOOK = 12
"""Cells after which a detector that has accepted none is asked no more: one that accepts three in
five would be missed once in sixty thousand columns."""

MOSTLY = 0.8
"""The share of names with a doctor's title that makes a column one of doctors, not of patients."""

GENERATIONS = 15
"""Years between the tenth and the ninetieth of a hundred birth dates; less is a calendar."""

NOTE_LENGTH = 40
"""The middle cell of a column of notes is longer than a name or an address line."""

LONGEST_POSTCODE = 8

_SILENT = frozenset({headings.THING})


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what it holds.

    `role` is a detector's KIND or one of `headings`' roles, `evidence` why in words, `party` whose
    it is ("" the person the row is about).  `confidence` is HIGH when a heading says so.
    """

    index: int
    role: str
    evidence: str
    party: str = ""
    confidence: Confidence = Confidence.HIGH

    @property
    def headed(self) -> bool:
        """Whether a heading said it."""
        return self.confidence is Confidence.HIGH


def roles(grid: Grid, setup: detectors.Setup) -> tuple[Column, ...]:
    """The columns of a grid that are known, in order."""
    samples = _samples(grid.rows, len(grid.heading))
    headed = _headed(grid.heading, samples, setup)
    personal = any(c.role in _PERSONAL for c in headed.values())
    found: dict[int, Column] = {}
    for index, sample in enumerate(samples):
        column = headed.get(index)
        if column and not _contradicts(column, sample, setup, personal=personal):
            found[index] = column
        elif column is None or column.role not in _SILENT:
            if by_cells := _by_cells(index, grid.heading[index], sample, setup):
                found[index] = by_cells
        elif (
            by_cells := _by_cells(index, grid.heading[index], sample, setup)
        ) and by_cells.role in _UNMISTAKABLE:
            found[index] = by_cells
    unknown = {i: s for i, s in enumerate(samples) if i not in found and i not in headed}
    roles_of = {index: column.role for index, column in found.items()}
    for guess in guesses.among(roles_of, unknown, setup):
        found[guess.column] = Column(
            guess.column, guess.role, guess.evidence, _whose(guess.role, grid), guess.confidence
        )
    for index, sample in enumerate(samples):
        if index not in found and guesses.is_text(sample):
            party = beside.NOBODY if beside.names_a_place(grid.heading[index]) else ""
            found[index] = Column(index, headings.NOTES, "a column of words", party, Confidence.LOW)
    return _parties(_to_ask_for(found, grid, samples))


def _whose(role: str, grid: Grid) -> str:
    """The party of a guess: the number of an application is nobody's."""
    of_a_thing = role == headings.REFERENCE and beside.is_of_applications(grid.heading)
    return beside.NOBODY if of_a_thing else ""


def _headed(
    heading: Sequence[str], samples: list[list[str]], setup: detectors.Setup
) -> dict[int, Column]:
    """What the headings say."""
    cared_for = any(map(headings.is_cared_for, heading))
    alone = {
        index: said
        for index, cell in enumerate(heading)
        if (
            said := headings.own(cell, setup)
            or headings.read(cell)
            or _ticked(cell, samples[index])
        )
    }
    headed = {}
    for index, said in beside.settle(alone, heading).items():
        offered = cared_for and said.role == headings.THING and said.phrase in headings.SERVICES
        role = headings.NOTES if offered else said.role
        headed[index] = Column(index, role, f"column headed “{said.phrase}”", said.party)
    return headed


def _to_ask_for(
    found: dict[int, Column], grid: Grid, samples: list[list[str]]
) -> dict[int, Column]:
    """The columns, with names of those who are only to be asked for made professionals'."""
    firms = any(
        (heading := headings.read(cell)) and heading.phrase in headings.ORGANISATION
        for cell in grid.heading
    )
    settled = dict(found)
    at_home = any(c.role == "date_of_birth" for c in found.values()) or any(
        are(_is_at_home, sample, MOST) for sample in samples
    )
    for index, column in found.items():
        if column.role not in (headings.NAME, headings.FULL_NAME) or column.party:
            continue
        asked_for = firms and "contact" in column.evidence
        if asked_for or (
            not column.headed and not at_home and are(_is_doctor, samples[index], MOSTLY)
        ):
            settled[index] = replace(column, party=headings.PROFESSIONAL)
    return settled


def _is_at_home(cell: str) -> bool:
    """Whether a cell says that it holds what only concerns somebody in private."""
    return _AT_HOME.match(cell) is not None


_AT_HOME = re.compile(
    r"(?:d\.?o\.?b\b|born\b|date of birth|home (?:address|phone|tel|no)|lives (?:at|in)|nhs no)",
    re.IGNORECASE,
)


def _is_doctor(cell: str) -> bool:
    return cell.partition(" ")[0].rstrip(".").casefold() in _DOCTORS


_DOCTORS = frozenset({"dr", "prof", "professor", "cllr", "councillor", "rev", "revd", "sister"})
"""Titles that people have at work."""


def _ticked(cell: str, sample: list[str]) -> headings.Heading | None:
    """The name of an illness above ticks."""
    return None if any(len(tick) > LONGEST_TICK for tick in sample) else headings.illness(cell)


LONGEST_TICK = 3
"""Characters: x, ✓, Y, yes."""

_UNMISTAKABLE = frozenset({"email_address", "gb_nino"})
"""Kinds that a heading about a thing does not hide."""


def _samples(rows: Sequence[tuple[str, ...]], width: int) -> list[list[str]]:
    """The first different filled cells of every column."""
    most = max(FEWEST, min(SAMPLE, SAMPLED // max(1, width)))
    seen: list[dict[str, None]] = [{} for _ in range(width)]
    for row in rows[:LOOKED_AT]:
        for column, cell in zip(seen, row, strict=False):
            if len(column) < most and (cell := cell.strip()) and cell.casefold() not in EMPTY:
                column[cell] = None
    return list(map(list, seen))


def _contradicts(
    column: Column, sample: list[str], setup: detectors.Setup, *, personal: bool
) -> bool:
    """Whether the cells say that the heading means something else.

    `personal`: there are columns in the table that only people have.
    """
    if column.role == headings.THING:
        return True
    if not sample:
        return False
    if column.role == headings.NAME:
        return not personal and _share(headings.FULL_NAME, sample, setup) < SOME
    if column.role in NAME_ROLES:
        wordy = sum(not any(c.isdigit() for c in cell) for cell in sample)
        return wordy / len(sample) < SOME
    if column.role in _CHECKED:
        return _share(column.role, sample, setup) == 0.0
    return False


_PERSONAL = frozenset(
    {"date_of_birth", "gb_nino", "gb_nhs_number", "case_reference", headings.PERSONAL}
)
"""Columns that only tables of people have: beside one, "name" is a person's."""

_CHECKED = frozenset({"email_address", "gb_nino", "gb_nhs_number", "date_of_birth", "money"})
"""Kinds whose heading is not believed when not one cell is possible."""


def _share(kind: str, sample: list[str], setup: detectors.Setup) -> float:
    """The share of cells that a detector accepts."""
    if kind == headings.FULL_NAME:
        return _accepted(is_name, sample)
    detector = detectors.by_kind(kind, setup)
    if detector is None:
        return 0.0
    read_cell = detector.read_cell
    return _accepted(lambda cell: read_cell(cell, setup) is not None, sample)


def _accepted(predicate: Callable[[str], bool], sample: list[str]) -> float:
    accepted = sum(map(predicate, sample[:FIRST_LOOK]))
    if not accepted:
        return 0.0
    return (accepted + sum(map(predicate, sample[FIRST_LOOK:]))) / len(sample)


def is_name(cell: str) -> bool:
    """Whether a cell reads as a name, "Okafor, C" and "OKAFOR C" among them, as registers have it.

    >>> is_name("Chidi Okafor"), is_name("Okafor, C"), is_name("Station Road")
    (True, True, False)
    """
    if names.is_name(cell):
        return True
    initialled = _INITIALLED.fullmatch(cell)
    return initialled is not None and names.is_surname(initialled["surname"])


_INITIALLED = re.compile(
    r"(?P<surname>[^\W\d_][\w'’-]{1,30})(?:,[ ]{0,3}|[ ]{1,20})(?:[A-Z][. ]{0,2}){1,3}"
)


def _by_cells(index: int, heading: str, sample: list[str], setup: detectors.Setup) -> Column | None:
    if not sample:
        return None
    of_a_thing = beside.names_a_thing(heading)
    shares = {
        d.KIND: _share(d.KIND, sample, setup)
        for d in detectors.in_force(setup)
        if not d.NEEDS_HEADING and not (of_a_thing and d.KIND in _LIKE_TOKENS)
    }
    if gb_nino.KIND in shares and heading.strip():
        # Two letters and six digits are a code as often.
        shares[gb_nino.KIND] = min(shares[gb_nino.KIND], _accepted(gb_nino.is_whole, sample))
    own = sum(case_reference.is_own(cell, setup) for cell in sample) / len(sample)
    shares[case_reference.KIND] = own
    if _are_birth_dates(sample, setup):
        shares["date_of_birth"] = 1.0
    kind = max(shares, key=lambda kind: shares[kind])
    if shares[kind] >= MOST and (len(sample) >= FEWEST or kind not in _GUESSED):
        if kind == headings.ADDRESS and are(_is_postcode, sample, MOST):
            kind = headings.POSTCODE
        home = kind not in (headings.ADDRESS, headings.POSTCODE) or not beside.names_a_place(
            heading
        )
        party = "" if home else beside.NOBODY
        return Column(index, kind, "by what its cells look like", party, Confidence.MEDIUM)
    lengths = sorted(map(len, sample))
    if lengths[len(lengths) // 2] >= NOTE_LENGTH:
        return Column(index, headings.NOTES, "a column of text", "", Confidence.MEDIUM)
    return None


def _is_postcode(cell: str) -> bool:
    return len(cell) <= LONGEST_POSTCODE


_GUESSED = frozenset({"person_name", "postal_address"})

_LIKE_TOKENS = frozenset({gb_nino.KIND, "gb_nhs_number", "payment_card"})
"""Kinds that the numbers of things look like."""


def _are_birth_dates(sample: list[str], setup: detectors.Setup) -> bool:
    """Whether the cells are dates whose years are spread as only those of births are."""
    read = detectors.BY_KIND["date_of_birth"].read_cell
    years = sorted(int(date[:4]) for cell in sample if (date := read(cell, setup)))
    if len(sample) < FEWEST or len(years) / len(sample) < MOST:
        return False
    return are_of_generations(years)


def are_of_generations(years: list[int]) -> bool:
    """Whether years, in order, are spread as only those of births are."""
    return years[len(years) * 9 // 10] - years[len(years) // 10] >= GENERATIONS


def _parties(found: dict[int, Column]) -> tuple[Column, ...]:
    """The columns with their parties settled: who has no name in the row is who it is about."""
    columns = [replace(c, role=headings.FULL_NAME) if c.role == headings.NAME else c
               for _, c in sorted(found.items())]  # fmt: skip
    columns = _side_by_side(columns)
    named = dict.fromkeys(c.party for c in columns if c.role in NAME_ROLES - {headings.TITLE})
    about = "" if "" in named or len(named) != 1 else next(iter(named))
    if about == headings.PROFESSIONAL and not any(c.role in _PERSONAL for c in columns):
        about = ""  # homes and their managers: the address is not the manager's
    return tuple(
        c
        if c.party == beside.NOBODY
        else replace(c, party=c.party if c.party in named and c.party else about)
        for c in columns
    )


def _side_by_side(columns: list[Column]) -> list[Column]:
    """A second name for the same party begins another person of the row.

    What follows it is theirs only where the first has one already: lists printed side by side.
    """
    seen: set[tuple[str, str]] = set()
    others: dict[str, int] = {}
    settled = []
    for column in columns:
        key = (column.party, column.role)
        if column.role in _BEGINS and key in seen:
            others[column.party] = others.get(column.party, 1) + 1
        number = others.get(column.party, 0)
        repeated = key in seen and column.role not in _MAY_REPEAT
        seen.add(key)
        settled.append(
            replace(column, party=f"{column.party}#{number}") if number and repeated else column
        )
    return settled


_BEGINS = frozenset({headings.FULL_NAME})
_MAY_REPEAT = frozenset(
    {headings.ADDRESS_LINE, headings.FORENAME, headings.NOTES, headings.PERSONAL}
)
