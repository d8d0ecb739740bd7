"""Columns that neither a heading nor a detector knows, guessed from what stands beside them.

Two columns of single words may be the two halves of names, six digits beside eight an account;
beside names, ten digits whose check digits are all right are NHS numbers, and tokens of one shape
are references.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dlpguard import names
from dlpguard.counting import headings
from dlpguard.detectors import Setup, gb_bank_account, gb_nhs_number
from dlpguard.finding import Confidence

MOST = 0.6
"""The share of its cells that a detector must accept for an unheaded column to be of its kind.
Half of a list of streets reads as names; lists of people do from 0.7 on."""

SOME = 0.3
"""The share that is enough where something else already says so."""

FEWEST = 3
"""Cells without which a column says nothing by itself."""

NAME_ROLES = frozenset(
    {headings.FULL_NAME, headings.FORENAME, headings.SURNAME, headings.INITIALS, headings.TITLE}
)

_Samples = Mapping[int, Sequence[str]]
"""Different cells of columns, by their index."""


class Guess(NamedTuple):
    """What a column may be, why in words, and how sure that is."""

    column: int
    role: str
    evidence: str
    confidence: Confidence


def among(known: Mapping[int, str], unknown: _Samples, setup: Setup) -> Iterator[Guess]:
    """What may be guessed of the unknown columns; `known` are the roles of the others.

    No column is guessed to be two things.
    """
    roles = dict(known)
    for guess in (_halves_of_names, _accounts, _nhs_numbers, _references):
        left = {index: sample for index, sample in unknown.items() if index not in roles}
        for guessed in guess(frozenset(roles.values()), left, setup):
            roles[guessed.column] = guessed.role
            yield guessed


def is_text(sample: Sequence[str]) -> bool:
    """Whether a column that nobody knows holds words, so that detectors look into its cells."""
    return are(_is_wordy, sample, SOME)


def are(predicate: Callable[[str], bool], sample: Sequence[str], share: float) -> bool:
    """Whether so many of the cells are what is asked; none are of an empty column."""
    return bool(sample) and _part(predicate, sample) >= share


def _part(predicate: Callable[[str], bool], sample: Sequence[str]) -> float:
    return sum(map(predicate, sample)) / len(sample)


def _halves_of_names(roles: frozenset[str], unknown: _Samples, setup: Setup) -> list[Guess]:
    """A column of forenames beside one of surnames, where no column holds whole names."""
    del setup
    if roles & NAME_ROLES:
        return []
    single = {i: s for i, s in unknown.items() if len(s) >= FEWEST and are(_is_word, s, MOST)}
    for index, sample in single.items():
        for beside in (index + 1, index - 1):
            if beside in single and _are_halves(sample, single[beside]):
                evidence = "first names beside surnames"
                return [
                    Guess(index, headings.FORENAME, evidence, Confidence.MEDIUM),
                    Guess(beside, headings.SURNAME, evidence, Confidence.MEDIUM),
                ]
    return []


def _is_word(cell: str) -> bool:
    return not any(c.isdigit() for c in cell) and len(cell.split()) <= 3


def _are_halves(forenames: Sequence[str], surnames: Sequence[str]) -> bool:
    """Whether two columns are first names and surnames: one surely, and the other more likely so
    than the other way round."""
    first, last = _part(names.is_forename, forenames), _part(names.is_surname, surnames)
    crossed = _part(names.is_surname, forenames) + _part(names.is_forename, surnames)
    return max(first, last) >= MOST and min(first, last) >= SOME and first + last > crossed


def _accounts(roles: frozenset[str], unknown: _Samples, setup: Setup) -> list[Guess]:
    """A column of sort codes beside one of eight digits."""
    del setup
    if roles & {headings.ACCOUNT, gb_bank_account.KIND}:
        return []
    is_code = _is_sort_code_or_six_digits if roles & NAME_ROLES else _is_sort_code
    for index, sample in unknown.items():
        if not are(is_code, sample, MOST):
            continue
        for beside in (index + 1, index - 1):
            if beside in unknown and are(_is_account, unknown[beside], MOST):
                evidence = "sort codes beside eight digits"
                return [
                    Guess(index, headings.SORT_CODE, evidence, Confidence.MEDIUM),
                    Guess(beside, headings.ACCOUNT, evidence, Confidence.MEDIUM),
                ]
    return []


def _is_sort_code(cell: str) -> bool:
    return bool(re.fullmatch(r"\d\d-\d\d-\d\d", cell))


def _is_sort_code_or_six_digits(cell: str) -> bool:
    return bool(re.fullmatch(r"\d\d-?\d\d-?\d\d", cell))


def _is_account(cell: str) -> bool:
    return bool(re.fullmatch(r"\d{8}", cell))


def _nhs_numbers(roles: frozenset[str], unknown: _Samples, setup: Setup) -> list[Guess]:
    """Columns of NHS numbers beside names: one may be chance, all are not."""
    if not roles & NAME_ROLES:
        return []
    evidence = "check digits of all of them, beside names"
    return [
        Guess(index, gb_nhs_number.KIND, evidence, Confidence.MEDIUM)
        for index, sample in unknown.items()
        if len(sample) >= FEWEST and all(gb_nhs_number.read_cell(cell, setup) for cell in sample)
    ]


def _references(roles: frozenset[str], unknown: _Samples, setup: Setup) -> list[Guess]:
    """Columns of tokens of one shape, none twice, beside names."""
    del setup
    if not roles & NAME_ROLES:
        return []
    evidence = "tokens of one shape beside names"
    return [
        Guess(index, headings.REFERENCE, evidence, Confidence.LOW)
        for index, sample in unknown.items()
        if len(sample) >= FEWEST and _has_one_shape(sample)
    ]


def _has_one_shape(sample: Sequence[str]) -> bool:
    """Whether most cells have one shape such as AAA/9999/99999: digits, and letters or signs."""
    shape, count = Counter(map(_shape, sample)).most_common(1)[0]
    return (
        count / len(sample) >= ONE_SHAPE
        and shape.count("9") >= 4
        and 5 <= len(shape) <= 24
        and not (" " in shape and shape.count("A") > 2)  # "born 99/99/9999"
        and bool(set(shape) - {"9", ".", ",", ":", " ", "£", "-"} or "-" in shape)
        and not re.fullmatch(r"9{1,4}[-/.]9{1,2}[-/.]9{1,4}(?: 9.{0,8})?", shape)
    )


ONE_SHAPE = 0.8
"""The share of a column's cells that have its references' shape: registers have a few old ones."""


def _shape(cell: str) -> str:
    """A token with every digit as 9 and every letter as A."""
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in cell[:40])


def _is_wordy(cell: str) -> bool:
    """Whether somebody may have written what they know of a person: "born 02/03/1984", "asthma"."""
    return len(cell) >= 3 and any(c.isalpha() for c in cell)
