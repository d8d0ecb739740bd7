"""Findings as they are made: every value is counted, so many of each kind are kept.

A sheet of a million telephone numbers is a million values for a policy, and no more than a
reviewer can look at for the evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dlpguard.facts import Tally
from dlpguard.finding import Confidence, Finding

KEPT = 2_000
"""Findings of one kind that are kept: more than anybody pages through, and less than a megabyte
of evidence.  By kind, so that a hundred thousand phones do not crowd out one NHS number."""


class Tallies:
    """What was found so far.  Counts are exact, whatever is kept."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._kept: list[Finding] = []
        self._of_kind: Counter[str] = Counter()
        self._best: dict[str, dict[str, Confidence]] = {}

    def note(self, kind: str, value: str, confidence: Confidence) -> bool:
        """Count a value.  True when the finding itself is still wanted: it goes to `keep`."""
        best = self._best.get(kind)
        if best is None:
            best = self._best[kind] = {}
        if best.get(value, 0) < confidence:
            best[value] = confidence
        return self._of_kind[kind] < self._most

    def note_all(self, kind: str, values: Iterable[str], confidence: Confidence) -> int:
        """Count many values of one kind, and say how many findings of it are still wanted."""
        best = self._best.setdefault(kind, {})
        if confidence is Confidence.HIGH:
            best.update(dict.fromkeys(values, confidence))
        else:
            for value in values:
                if best.get(value, 0) < confidence:
                    best[value] = confidence
        return max(0, self._most - self._of_kind[kind])

    def keep(self, finding: Finding) -> None:
        """Keep a finding that `note` wants."""
        self._of_kind[finding.kind] += 1
        self._kept.append(finding)

    def add(self, findings: Iterable[Finding]) -> None:
        """Count findings, and keep those that are wanted."""
        for finding in findings:
            if self.note(finding.kind, finding.value, finding.confidence):
                self.keep(finding)

    @property
    def kept(self) -> tuple[Finding, ...]:
        """The findings that were kept, by block and in the order in which they were made."""
        return tuple(sorted(self._kept, key=lambda finding: finding.block))

    def totals(self) -> dict[str, Tally]:
        """Distinct values of each kind, each at the best confidence it was found with."""
        steps = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)
        totals = {}
        for kind, best in sorted(self._best.items()):
            counted = Counter(best.values())
            totals[kind] = Tally(*(counted[step] for step in steps))
        return totals
