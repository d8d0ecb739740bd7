"""What the columns of a grid hold: from their headings, and from the cells where those are silent.

Cells speak by sample: the first `SAMPLE` different ones.  A detector that accepts most of them
names the column, unless it says that it needs a heading.  What no detector knows may still be the
two halves of a name, birth dates (dates whose years are spread over generations), a sort code
beside an account number, or references: tokens of one shape, none twice, beside a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dlpguard import detectors, names
from dlpguard.counting import headings
from dlpguard.counting.grids import EMPTY, Grid
from dlpguard.detectors import case_reference, gb_bank_account
from dlpguard.finding import Confidence

SAMPLE = 200
"""Different cells of a column that are looked at: enough to tell a share to a few per cent."""

LOOKED_AT = 2000
"""Cells among which they are looked for."""

MOST = 0.6
"""The share of its cells that a detector must accept for an unheaded column to be of its kind.
Half of a list of streets reads as names; lists of people do from 0.7 on."""

SOME = 0.3
"""The share that is enough where the heading already says "name"."""

GENERATIONS = 15
"""Years between the tenth and the ninetieth of a hundred birth dates; less is a calendar."""

FEWEST = 3
"""Cells without which a column says nothing by itself."""

NOTE_LENGTH = 40
"""The middle cell of a column of notes is longer than a name or an address line."""

LONGEST_POSTCODE = 8

NAME_ROLES = frozenset(
    {headings.FULL_NAME, headings.FORENAME, headings.SURNAME, headings.INITIALS, headings.TITLE}
)

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
    samples = [_sample(grid.rows, index) for index in range(len(grid.heading))]
    headed = {
        index: Column(index, heading.role, f"column headed “{heading.phrase}”", heading.party)
        for index, cell in enumerate(grid.heading)
        if (heading := headings.read(cell))
    }
    found: dict[int, Column] = {}
    for index, sample in enumerate(samples):
        column = headed.get(index)
        if column and not _contradicts(column, sample, headed, setup):
            found[index] = column
        elif column is None or column.role not in _SILENT:
            if by_cells := _by_cells(index, sample, setup):
                found[index] = by_cells
        elif (by_cells := _by_cells(index, sample, setup)) and by_cells.role in _UNMISTAKABLE:
            found[index] = by_cells
    unknown = {i: s for i, s in enumerate(samples) if i not in found and i not in headed}
    found |= _halves_of_names(found, unknown)
    found |= _accounts(found, unknown)
    found |= _references(found, unknown)
    return _parties(found)


_UNMISTAKABLE = frozenset({"email_address", "gb_nino"})
"""Kinds that a heading about a thing does not hide."""


def _sample(rows: Sequence[tuple[str, ...]], index: int) -> list[str]:
    """The first different filled cells of a column."""
    seen: dict[str, None] = {}
    for row in rows[:LOOKED_AT]:
        if index < len(row) and (cell := row[index].strip()) and cell.casefold() not in EMPTY:
            seen[cell] = None
            if len(seen) == SAMPLE:
                break
    return list(seen)


def _contradicts(
    column: Column, sample: list[str], headed: dict[int, Column], setup: detectors.Setup
) -> bool:
    """Whether the cells say that the heading means something else."""
    if column.role == headings.THING:
        return True
    if not sample:
        return False
    if column.role == headings.NAME:
        personal = any(c.role in _PERSONAL for c in headed.values())
        return not personal and _share(headings.FULL_NAME, sample, setup) < SOME
    if column.role in NAME_ROLES:
        wordy = sum(not any(c.isdigit() for c in cell) for cell in sample)
        return wordy / len(sample) < MOST
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
    detector = detectors.BY_KIND[kind]
    accepted = sum(detector.read_cell(cell, setup) is not None for cell in sample)
    return accepted / len(sample)


def _by_cells(index: int, sample: list[str], setup: detectors.Setup) -> Column | None:
    if not sample:
        return None
    shares = {
        d.KIND: _share(d.KIND, sample, setup) for d in detectors.DETECTORS if not d.NEEDS_HEADING
    }
    own = sum(case_reference.is_own(cell, setup) for cell in sample) / len(sample)
    shares[case_reference.KIND] = own
    if _are_birth_dates(sample, setup):
        shares["date_of_birth"] = 1.0
    kind = max(shares, key=lambda kind: shares[kind])
    if shares[kind] >= MOST and (len(sample) >= FEWEST or kind not in _GUESSED):
        if kind == headings.ADDRESS and _are(_is_postcode, sample, MOST):
            kind = headings.POSTCODE
        return Column(index, kind, "by what its cells look like", "", Confidence.MEDIUM)
    lengths = sorted(map(len, sample))
    if lengths[len(lengths) // 2] >= NOTE_LENGTH:
        return Column(index, headings.NOTES, "a column of text", "", Confidence.MEDIUM)
    return None


def _is_postcode(cell: str) -> bool:
    return len(cell) <= LONGEST_POSTCODE


_GUESSED = frozenset({"person_name", "postal_address"})


def _are_birth_dates(sample: list[str], setup: detectors.Setup) -> bool:
    """Whether the cells are dates whose years are spread as only those of births are."""
    read = detectors.BY_KIND["date_of_birth"].read_cell
    years = sorted(int(date[:4]) for cell in sample if (date := read(cell, setup)))
    if len(sample) < FEWEST or len(years) / len(sample) < MOST:
        return False
    return years[len(years) * 9 // 10] - years[len(years) // 10] >= GENERATIONS


def _halves_of_names(found: dict[int, Column], unknown: dict[int, list[str]]) -> dict[int, Column]:
    """A column of forenames beside one of surnames, where no column holds whole names."""
    if any(c.role in NAME_ROLES for c in found.values()):
        return {}
    for index, sample in unknown.items():
        if len(sample) < FEWEST or not _are(names.is_forename, sample, MOST):
            continue
        for beside in (index + 1, index - 1):
            if beside in unknown and _are(names.is_surname, unknown[beside], MOST):
                evidence = "first names beside surnames"
                return {
                    index: Column(index, headings.FORENAME, evidence, "", Confidence.MEDIUM),
                    beside: Column(beside, headings.SURNAME, evidence, "", Confidence.MEDIUM),
                }
    return {}


def _are(predicate: Callable[[str], bool], sample: list[str], share: float) -> bool:
    return bool(sample) and sum(map(predicate, sample)) / len(sample) >= share


def _accounts(found: dict[int, Column], unknown: dict[int, list[str]]) -> dict[int, Column]:
    """A column of sort codes beside one of eight digits."""
    if any(c.role in (headings.ACCOUNT, gb_bank_account.KIND) for c in found.values()):
        return {}
    for index, sample in unknown.items():
        if not _are(_is_sort_code, sample, MOST):
            continue
        for beside in (index + 1, index - 1):
            if beside in unknown and _are(_is_account, unknown[beside], MOST):
                evidence = "sort codes beside eight digits"
                return {
                    index: Column(index, headings.SORT_CODE, evidence, "", Confidence.MEDIUM),
                    beside: Column(beside, headings.ACCOUNT, evidence, "", Confidence.MEDIUM),
                }
    return {}


def _is_sort_code(cell: str) -> bool:
    return bool(re.fullmatch(r"\d\d-\d\d-\d\d", cell))


def _is_account(cell: str) -> bool:
    return bool(re.fullmatch(r"\d{8}", cell))


def _references(found: dict[int, Column], unknown: dict[int, list[str]]) -> dict[int, Column]:
    """Columns of tokens of one shape, none twice, beside names."""
    if not any(c.role in NAME_ROLES for c in found.values()):
        return {}
    evidence = "tokens of one shape beside names"
    return {
        index: Column(index, headings.REFERENCE, evidence, "", Confidence.LOW)
        for index, sample in unknown.items()
        if len(sample) >= FEWEST and _has_one_shape(sample)
    }


def _has_one_shape(sample: list[str]) -> bool:
    """Whether most cells have one shape such as AAA/9999/99999: digits, and letters or signs."""
    shape, count = Counter(map(_shape, sample)).most_common(1)[0]
    return (
        count / len(sample) >= 0.8
        and shape.count("9") >= 4
        and 5 <= len(shape) <= 24
        and bool(set(shape) - {"9", ".", ",", ":", " ", "£", "-"} or "-" in shape)
        and not re.fullmatch(r"9{1,4}[-/.]9{1,2}[-/.]9{1,4}(?: 9.{0,8})?", shape)
    )


def _shape(cell: str) -> str:
    """A token with every digit as 9 and every letter as A."""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in cell[:40])


def _parties(found: dict[int, Column]) -> tuple[Column, ...]:
    """The columns with their parties settled: who has no name in the row is who it is about."""
    columns = [replace(c, role=headings.FULL_NAME) if c.role == headings.NAME else c
               for _, c in sorted(found.items())]  # fmt: skip
    columns = _side_by_side(columns)
    named = dict.fromkeys(c.party for c in columns if c.role in NAME_ROLES - {headings.TITLE})
    about = "" if "" in named or len(named) != 1 else next(iter(named))
    return tuple(
        replace(c, party=c.party if c.party in named and c.party else about) for c in columns
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
