"""What the results say together, and whether that is good enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlpguard.verdict import Action
from tests.incidents._case import facts
from tests.incidents._trial import Result

A_DAY = 25_000
"""Messages outside a day, of a council with 5,000 staff (DESIGN)."""

BUDGET = {"held": 25, "held for two": 2, "asked": 250}
"""What it can bear a day (DESIGN)."""

MOST_HELD_TWINS = 0.02
LEAST_HELD_INCIDENTS = 0.95
MOST_ORDINARY_HELD, MOST_ORDINARY_ASKED = 0.001, 0.01
"""Issue 5: shares at which the bench fails."""


@dataclass(frozen=True, slots=True)
class Line:
    """An incident or a pattern: what became of its variants, or of its twins."""

    name: str
    cases: int
    two: int
    held: int
    asked: int
    leaked: int
    policies: tuple[str, ...]
    claimed: tuple[int, int]
    true: tuple[int, int]
    misnamed: int

    @property
    def amounts(self) -> tuple[int, int, int, int]:
        """Held for two persons, held for one, asked about, out."""
        return self.two, self.held, self.asked, self.leaked


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What became of ordinary mail: how many, and what was stopped (kind, action, policies), a
    line for each mail."""

    mails: int
    held: int
    two: int
    asked: int
    stopped: tuple[tuple[str, str, str], ...] = ()

    def grouped(self) -> tuple[tuple[str, str, str, str], ...]:
        """What was stopped, alike ones together with their number, most first."""
        counted = Counter(self.stopped).most_common()
        return tuple((kind, action, by, str(number)) for (kind, action, by), number in counted)

    def a_day(self) -> dict[str, float]:
        """The same for so many messages as a council sends."""
        share = A_DAY / max(self.mails, 1)
        return {
            "held": self.held * share,
            "held for two": self.two * share,
            "asked": self.asked * share,
        }


@dataclass(frozen=True, slots=True)
class Score:
    """Everything the bench found out.  `scope` says whether the documentation names what cannot
    be seen; `ordinary` is None where that was left out."""

    incidents: tuple[Result, ...]
    twins: tuple[Result, ...]
    ordinary: Ordinary | None
    scope: bool

    def failures(self) -> tuple[str, ...]:
        """Why the bench fails; empty when everything is as it should be."""
        return (*self._of_incidents(), *self._of_twins(), *self._of_ordinary())

    def _of_incidents(self) -> Iterable[str]:
        for r in self.incidents:
            if not r.stopped:
                yield f"not stopped: {r.case.name} ({r.leaked} mailboxes outside got it)"
            elif not r.named:
                yield f"for the wrong reason: {r.case.name} ({', '.join(r.policies)})"
        share = sum(r.held for r in self.incidents) / len(self.incidents)
        if share < LEAST_HELD_INCIDENTS:
            yield f"{share:.1%} of the incidents are held, less than {LEAST_HELD_INCIDENTS:.0%}"
        if not self.scope:
            yield "docs/smarthost.md does not say that internal mail is not seen"

    def _of_twins(self) -> Iterable[str]:
        held = [r for r in self.twins if r.action >= Action.QUARANTINE]
        if len(held) > MOST_HELD_TWINS * len(self.twins):
            names = "; ".join(r.case.name for r in held)
            yield f"{len(held)} of {len(self.twins)} twins are held: {names}"

    def _of_ordinary(self) -> Iterable[str]:
        found = self.ordinary
        if found and found.held > MOST_ORDINARY_HELD * found.mails:
            yield f"{found.held} of {found.mails} ordinary mails are held"
        if found and found.asked > MOST_ORDINARY_ASKED * found.mails:
            yield f"{found.asked} of {found.mails} ordinary mails are asked about"


def by_incident(results: Sequence[Result]) -> list[Line]:
    """A line for each incident, in the order of the table."""
    return _lines(results, [(id, id) for id in facts()])


def by_pattern(results: Sequence[Result]) -> list[Line]:
    """A line for each pattern."""
    return _lines(results, [(id, row["pattern"]) for id, row in facts().items()])


def false_questions(twins: Sequence[Result]) -> list[Result]:
    """Twins that were asked about although nobody would expect a question."""
    return [r for r in twins if r.action is Action.CONFIRM and r.case.most < Action.CONFIRM]


def _lines(results: Sequence[Result], groups: Sequence[tuple[str, str]]) -> list[Line]:
    names = dict.fromkeys(name for _, name in groups)
    members = {name: {id for id, other in groups if other == name} for name in names}
    found = [(name, [r for r in results if r.case.incident in members[name]]) for name in names]
    return [_line(name, mine) for name, mine in found if mine]


def _line(name: str, mine: Sequence[Result]) -> Line:
    two = sum(r.held and r.approvals > 1 for r in mine)
    held = sum(r.held for r in mine) - two
    asked = sum(r.stopped for r in mine) - two - held
    claimed, true = [r.people for r in mine], [r.case.people for r in mine]
    return Line(
        name,
        len(mine),
        two,
        held,
        asked,
        len(mine) - two - held - asked,
        tuple(dict.fromkeys(p for r in mine for p in _naming(r))),
        (min(claimed), max(claimed)),
        (min(true), max(true)),
        sum(r.stopped and not r.named for r in mine),
    )


def _naming(result: Result) -> Iterable[str]:
    """The policies that name the right reason, or those that stopped it where none does."""
    right = [p for p in result.policies if p in result.case.right]
    return right or result.policies
