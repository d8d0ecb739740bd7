"""What the page of a message tells, apart from how it looks: for templates and the JSON API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from dlpguard import policy
from dlpguard.audience import Circle, Viewer
from dlpguard.errors import NotFoundError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event
from dlpguard.people import Person
from dlpguard.policy import words
from dlpguard.store.quarantine import Held, Moved
from dlpguard.web.words import _

T = TypeVar("T")

FIRST = 10
"""Recipients and people that stand on the page itself; the others are on pages of their own."""

ROWS = 100
"""Recipients or people on such a page."""

CIRCLES = {
    Circle.WEBMAIL: _("personal webmail"),
    Circle.PUBLISHING: _("publishes what it receives"),
    Circle.EXTERNAL: _("outside"),
    Circle.PARTNER: _("partner"),
    Circle.INTERNAL: _("inside"),
}
"""What a circle is called; the circles that should worry a reviewer most come first."""

HAPPENED = {
    Event.ACCEPT: _("arrived"),
    Event.ISSUE: _("written by dlpguard"),
    Event.PASS: _("passed"),
    Event.ASK: _("its sender was asked"),
    Event.HOLD: _("held"),
    Event.REFUSE: _("refused"),
    Event.SPLIT: _("parted from the copy for others"),
    Event.CRASH: _("could not be read at first"),
    Event.RETRY: _("tried again"),
    Event.RECALL: _("stopped after all, because of other copies"),
    Event.FINISH: _("done with"),
    Event.STOP: _("given up"),
    Event.EXPIRE: _("returned, because nobody decided in time"),
    Event.UNDO: _("the release was taken back"),
    Event.CONFIRM: _("confirmed by its sender"),
    Event.CANCEL: _("cancelled by its sender"),
    Event.ESCALATE: _("held, because of other copies"),
    Event.RELEASE: _("released"),
    Event.RETURN: _("returned"),
}
"""What happened to a message, in words."""

ANSWERS = frozenset({Event.CONFIRM, Event.CANCEL})
"""What a sender can say."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that can be read from across the desk, and what it counts."""

    number: int
    words: str
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What somebody may know who may not see content: numbers and kinds, nobody and nothing else.

    `kinds` says how many different values of what were found, `answers` what its sender said.
    """

    summary: str
    people: int
    private: int
    visible: int
    hidden: int
    kinds: tuple[str, ...]
    circles: tuple[tuple[str, int], ...]
    files: str
    policies: tuple[str, ...]
    answers: tuple[Moved, ...] = field(default=(), repr=False)


def headline(held: Held, delivered: int) -> str:
    """The first sentences: who sends whose data to whom, and what of it has left.

    `delivered`: how many recipients of this very message have it.
    """
    facts = held.record.facts
    left = held.left or min(delivered, facts.audience.reach)
    return policy.headline(facts, left=left)


def reasons(held: Held) -> tuple[str, ...]:
    """Why it was stopped, a sentence for each policy."""
    return policy.explain(held.record.verdict, held.record.facts)[1:]


def counts(held: Held, history: tuple[Moved, ...]) -> Counts:
    """The reduced page of DESIGN 9."""
    facts, verdict = held.record.facts, held.record.verdict
    found = {kind: tally.distinct for kind, tally in facts.findings.items() if tally.distinct}
    return Counts(
        policy.summary(facts),
        len(facts.people.everyone),
        facts.people.private,
        facts.people.visible,
        facts.people.hidden,
        tuple(words.count(n, *words.kind(kind)) for kind, n in found.items()),
        circles(facts.audience.viewers),
        words.files(facts.formats),
        tuple(m.title for m in verdict.matches if not m.observed),
        tuple(one for one in history if one.event in ANSWERS),
    )


def figures(facts: Facts) -> tuple[Figure, ...]:
    """People in plain sight and out of it, and whom it would reach; zeros are left out."""
    reach = max(facts.campaign.reach, facts.audience.reach)
    exposure = max(facts.campaign.exposure, facts.audience.exposure)
    several = exposure if exposure > 1 else 0
    hidden = facts.people.hidden
    return (
        Figure(facts.people.visible, f"{_people(facts.people.visible)} in plain sight"),
        *(
            figure
            for figure in (
                Figure(hidden, f"{_people(hidden)} out of sight", is_unseen=True),
                Figure(reach, f"{_outside(reach)} that would get it"),
                Figure(facts.audience.webmail, "of them personal webmail"),
                Figure(several, "addresses that all of them would see"),
            )
            if figure.number
        ),
    )


def _people(number: int) -> str:
    return "person" if number == 1 else "people"


def _outside(number: int) -> str:
    return "address outside" if number == 1 else "addresses outside"


def circles(viewers: tuple[Viewer, ...]) -> tuple[tuple[str, int], ...]:
    """How many receive it in each circle; circles without anybody are left out."""
    counted = ((c, sum(v.receives and v.circle is c for v in viewers)) for c in CIRCLES)
    return tuple((CIRCLES[circle], n) for circle, n in counted if n)


def in_order(viewers: tuple[Viewer, ...]) -> tuple[Viewer, ...]:
    """Whom a reviewer should look at first comes first."""
    order = {circle: number for number, circle in enumerate(CIRCLES)}
    return tuple(sorted(viewers, key=lambda v: (order[v.circle], not v.receives, not v.first_time)))


def worst_first(people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Hidden and private people first, otherwise as they stand in the message."""
    return tuple(sorted(people, key=lambda p: (p.hidden is None, not p.private)))


def one_page(everything: tuple[T, ...], page: int) -> tuple[tuple[T, ...], int]:
    """A page (from 1) and how many there are.  `NotFoundError` beyond them."""
    pages = max(1, -(-len(everything) // ROWS))
    if not 1 <= page <= pages:
        raise NotFoundError("there is no such page")
    return everything[(page - 1) * ROWS : page * ROWS], pages
