"""Detectors: what looks like personal data, one kind per module.

To add one: a module with what `Detector` asks for, and its line in `DETECTORS`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from dlpguard.detectors import (
    case_reference,
    date_of_birth,
    email_address,
    gb_bank_account,
    gb_nhs_number,
    gb_nino,
    money,
    person_name,
    phone,
    postal_address,
    special,
)
from dlpguard.detectors._setup import Setup
from dlpguard.document import Text
from dlpguard.finding import Finding

__all__ = ["BY_KIND", "DETECTORS", "Detector", "Setup", "detect", "special"]


class Detector(Protocol):
    """What a member module has.

    `SUPPORT` are words that make a match more credible, `HEADINGS` (lower case) name a column.
    `PRIVATE`: it makes the person private (DESIGN 6).  `STRONG`: it identifies somebody by itself.
    `NEEDS_HEADING`: cells of its shape are common, so a column is of this kind only when headed so.
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
    email_address,
    gb_nino,
    gb_nhs_number,
    gb_bank_account,
    case_reference,
    date_of_birth,
    phone,
    postal_address,
    money,
    person_name,
)
"""All detectors.  Where two findings of equal confidence overlap, the earlier detector's stands."""

BY_KIND: dict[str, Detector] = {detector.KIND: detector for detector in DETECTORS}


def detect(block: Text, setup: Setup, index: int = 0) -> list[Finding]:
    """What all detectors find in a block, sorted by start, no two overlapping.

    `index` is the block's place in the message's documents and goes into each finding.
    """
    found = [f for detector in DETECTORS for f in detector.find(block, setup)]
    kept = _without_overlaps(found)
    return [dataclasses.replace(f, block=index) for f in kept] if index else kept


def _without_overlaps(found: Iterable[Finding]) -> list[Finding]:
    """Of findings that overlap, the surest (then the earlier detector's), sorted by start."""
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, f.end)):
        if not kept or kept[-1].end <= finding.start:
            kept.append(finding)
        elif _rank(finding) < _rank(kept[-1]):
            kept[-1] = finding
    return kept


_ORDER = {detector.KIND: position for position, detector in enumerate(DETECTORS)}


def _rank(finding: Finding) -> tuple[int, int]:
    return -finding.confidence, _ORDER[finding.kind]
