"""Detectors: what looks like personal data, one kind per module.

To add one: a module with what `Detector` asks for, and its line in `DETECTORS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Protocol

from dlpguard.conventions import Custom, Setup, Validator
from dlpguard.detectors import (
    _custom,
    case_reference,
    date_of_birth,
    email_address,
    gb_bank_account,
    gb_driving_licence,
    gb_nhs_number,
    gb_nino,
    gb_utr,
    gb_vehicle_registration,
    iban,
    ip_address,
    money,
    passport,
    payment_card,
    person_name,
    phone,
    postal_address,
    secret,
    special,
    us_ssn,
)
from dlpguard.detectors._gate import Gate, gate
from dlpguard.document import Text
from dlpguard.finding import Finding

__all__ = [
    "BY_KIND", "DETECTORS", "Custom", "Detector", "Setup", "Validator", "by_kind", "detect",
    "in_force", "is_silent", "problems", "read_column", "special",
]  # fmt: skip


class Detector(Protocol):
    """What a member module has.

    `SUPPORT` are words that make a match more credible, `HEADINGS` (lower case) name a column.
    `PRIVATE`: it makes the person private (DESIGN 6).  `STRONG`: it identifies somebody by itself.
    `NEEDS_HEADING`: cells of its shape are common, so a column is of this kind only when headed so.
    `GATE`: a pattern for google-re2 that stands, in at most `_gate.OVERLAP` characters, within
    `_gate.MARGIN` characters of anything that it finds; "" (or none) when there is no such sign.
    """

    KIND: str
    PATTERN: re.Pattern[str]
    SUPPORT: tuple[str, ...]
    HEADINGS: frozenset[str]
    PRIVATE: bool
    STRONG: bool
    NEEDS_HEADING: bool

    def find(self, block: Text, setup: Setup) -> Iterator[Finding]:
        """Every finding of this kind in a block, in order."""
        ...

    def read_cell(self, cell: str, setup: Setup) -> str | None:
        """The normalised value when the whole cell is a possible one, else None."""
        ...


DETECTORS: tuple[Detector, ...] = (
    secret,
    email_address,
    gb_nino,
    gb_nhs_number,
    payment_card,
    iban,
    gb_bank_account,
    gb_driving_licence,
    passport,
    gb_utr,
    us_ssn,
    case_reference,
    date_of_birth,
    phone,
    postal_address,
    gb_vehicle_registration,
    money,
    ip_address,
    person_name,
)
"""All detectors.  Where two findings of equal confidence overlap, the earlier detector's stands."""

BY_KIND: dict[str, Detector] = {detector.KIND: detector for detector in DETECTORS}

SPECIAL_CATEGORY = "special_category"
"""The kind of what `special` finds; it is a detail of a person and has no detector."""


@lru_cache(maxsize=8)
def in_force(setup: Setup) -> tuple[Detector, ...]:
    """All detectors of an organisation: its own, which it knows best, and `DETECTORS`."""
    return (*map(_custom_detector, setup.custom), *DETECTORS)


def by_kind(kind: str, setup: Setup) -> Detector | None:
    """The detector of a kind, built in or the organisation's own."""
    return _by_kind(setup).get(kind)


@lru_cache(maxsize=8)
def _by_kind(setup: Setup) -> dict[str, Detector]:
    return {d.KIND: d for d in reversed(in_force(setup))}  # the first of a kind stands


def problems(custom: Iterable[Custom]) -> Iterator[tuple[int, str, str]]:
    """What is wrong with an administrator's detectors: which one, which field, and what to do."""
    return _custom.problems(custom, {*BY_KIND, SPECIAL_CATEGORY})


def is_silent(text: str, setup: Setup) -> bool:
    """Whether a glance tells that there is nothing in a text but names, if anything: no identifier
    and no word of `special`."""
    return _gate_of(setup).is_silent(text)


def detect(block: Text, setup: Setup, index: int = 0, *, silent: bool = False) -> list[Finding]:
    """What all detectors find in a block, sorted by start, no two overlapping.

    `index` is the block's place in the message's documents and goes into each finding.  `silent`
    is what `is_silent` said of its text, by whoever had a reason to ask.
    """
    signs = _gate_of(setup)
    passages = signs.everywhere(block.text) if silent else signs.passages(block.text)
    looking = [(d, passages[d.KIND]) for d in in_force(setup) if d.KIND in passages]
    found = [f for d, there in looking for f in _found(d, block, there, setup, index)]
    return _without_overlaps(found, _order(setup))


def read_column(kind: str, cells: Iterable[str], setup: Setup) -> Iterator[str | None]:
    """What `read_cell` of a kind gives for each cell, in order; cells that come again cost nothing.

    Cells that are too long for any identifier are not read.
    """
    detector = by_kind(kind, setup)
    known: dict[str, str | None] = {"": None}
    for cell in cells:
        if cell not in known:
            is_short = len(cell) <= LONGEST_CELL
            known[cell] = detector.read_cell(cell, setup) if detector and is_short else None
        yield known[cell]


LONGEST_CELL = 4000
"""Characters: room for the longest secret, and many times that for everything else."""


@lru_cache(maxsize=64)
def _custom_detector(custom: Custom) -> Detector:
    return _custom.CustomDetector(custom)


@lru_cache(maxsize=8)
def _order(setup: Setup) -> dict[str, int]:
    """The place of each kind among the detectors."""
    return {d.KIND: place for place, d in enumerate(in_force(setup))}


@lru_cache(maxsize=8)
def _gate_of(setup: Setup) -> Gate:
    return gate(_signs(setup), special.pattern())


@lru_cache(maxsize=8)
def _signs(setup: Setup) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the gate looks for: pairs of a kind and its patterns."""
    signs: dict[str, tuple[str, ...]] = {}
    for detector in in_force(setup):
        sign: Any = getattr(detector, "GATE", "")
        signs[detector.KIND] = (sign,)
    signs[case_reference.KIND] += tuple(f"(?i:{own})" for own in setup.case_references)
    return tuple(signs.items())


def _found(
    detector: Detector,
    block: Text,
    passages: Iterable[tuple[int, int]],
    setup: Setup,
    index: int,
) -> Iterator[Finding]:
    """What one detector finds in the passages that the gate let through."""
    for start, end in passages:
        whole = end - start == len(block.text)
        piece = block if whole else Text(block.where, block.text[start:end], block.hidden)
        for f in detector.find(piece, setup):
            if whole and not index:
                yield f
                continue
            yield Finding(
                f.kind, f.value, f.where, f.start + start, f.end + start, f.confidence,
                f.evidence, f.hidden, index, f.row, f.column,
            )  # fmt: skip


def _without_overlaps(found: Iterable[Finding], order: dict[str, int]) -> list[Finding]:
    """Of findings that overlap, the surest (then the earlier detector's), sorted by start."""

    def rank(finding: Finding) -> tuple[int, int]:
        return -finding.confidence, order[finding.kind]

    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, f.end)):
        if not kept or kept[-1].end <= finding.start:
            kept.append(finding)
        elif rank(finding) < rank(kept[-1]):
            kept[-1] = finding
    return kept
