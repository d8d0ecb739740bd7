"""Registered flows: what the organisation rightly sends every day, so that nobody asks about it.

A flow says who sends whose data to whom, under which agreement, and until when.  It never covers
anybody hidden, more people than it names, kinds that it does not name, or one recipient outside
who is not in it.  Pure: today comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from dlpguard.facts import Facts
from dlpguard.policy.patterns import is_like

CONFIRMED = 5
"""So many confirmed sends of the same sender to the same recipients suggest a flow (DESIGN 8):
fewer are a project, more are a month of questions that teach nobody anything."""

SPAN = timedelta(days=30)
"""Within so many days."""

LONGEST = timedelta(days=366)
"""How long a flow may be registered for: twelve months, in a leap year too.  Who leaves, which
agreement ended and which recipient changed comes to light when somebody has to renew it."""

RENEW = timedelta(days=30)
"""Before its end from when on a flow is spoken of: time enough to renew an agreement."""

BESIDE_PEOPLE = frozenset(
    {
        "person_name",
        "phone",
        "email_address",
        "postal_address",
        "date_of_birth",
        "case_reference",
        "money",
        "special_category",
    }
)
"""Kinds that any letter may hold without being about somebody.  All others identify or pay
somebody by themselves: they count even where they stand with nobody."""


class Standing(StrEnum):
    """Where a flow stands in its time."""

    COMING = "coming"
    IN_FORCE = "in force"
    ENDING = "ending"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Flow:
    """One registered flow.

    `senders` and `to` are patterns of addresses; `kinds` are those that may go with a person,
    names always; `since` and `until` are the first and the last day on which it is in force.
    """

    name: str
    senders: tuple[str, ...] = field(repr=False)
    to: tuple[str, ...] = field(repr=False)
    kinds: frozenset[str]
    max_people: int
    agreement: str
    owner: str
    since: date
    until: date

    def in_force(self, today: date) -> bool:
        """Whether it may let anything pass on this day."""
        return self.since <= today <= self.until

    def standing(self, today: date) -> Standing:
        """Where it stands on this day; ENDING: in force, and to be renewed."""
        if self.until < today:
            return Standing.OVER
        if self.until - today < RENEW:
            return Standing.ENDING
        return Standing.COMING if self.since > today else Standing.IN_FORCE


@dataclass(frozen=True, slots=True)
class Send:
    """A message that its sender was asked about and confirmed.

    `recipients` are those outside, `kinds` those of the people in it, `people` how many they are,
    `hidden` whether any of them was hidden.
    """

    sender: str = field(repr=False)
    recipients: tuple[str, ...] = field(repr=False)
    kinds: tuple[str, ...]
    people: int
    day: date
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A flow that somebody may want to register: what the sends had in common.

    `max_people` is the most that one of them held, `first` and `last` their first and last day.
    """

    sender: str = field(repr=False)
    to: tuple[str, ...] = field(repr=False)
    kinds: tuple[str, ...]
    max_people: int
    sends: int
    first: date
    last: date


def covering(flows: Iterable[Flow], facts: Facts, today: date) -> str:
    """The name of the first flow in force that covers a message; "" when none does."""
    return next((f.name for f in flows if f.in_force(today) and _covers(f, facts)), "")


def showing(flows: Iterable[Flow], facts: Facts, today: date) -> str:
    """The name of the first flow that also covers whose addresses a message shows; "" for none.

    Who is shown to the others is disclosed to them: by an address that must be among the kinds,
    and they are people of whom there are `max_people` at most.  That they are written to about
    something sensitive is covered only where `special_category` is among the kinds.
    """
    found = (f for f in flows if f.in_force(today) and _covers(f, facts) and _shows(f, facts))
    return next((flow.name for flow in found), "")


def suggest(sends: Iterable[Send], today: date) -> tuple[Suggestion, ...]:
    """The flows that the confirmed sends of the last 30 days suggest, those with most sends first.

    Sends count together when sender and recipients are the same.  One that held anybody hidden
    counts for nothing: no flow would let it pass.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[Send]] = {}
    for send in sends:
        if not send.hidden and timedelta() <= today - send.day < SPAN:
            to = tuple(sorted({address.casefold() for address in send.recipients}))
            groups.setdefault((send.sender.casefold(), to), []).append(send)
    found = [
        Suggestion(
            sender,
            to,
            tuple(sorted({kind for send in alike for kind in send.kinds})),
            max(send.people for send in alike),
            len(alike),
            min(send.day for send in alike),
            max(send.day for send in alike),
        )
        for (sender, to), alike in groups.items()
        if len(alike) >= CONFIRMED
    ]
    return tuple(sorted(found, key=lambda s: (-s.sends, s.sender, s.to)))


def is_registered(flows: Iterable[Flow], suggestion: Suggestion, today: date) -> bool:
    """Whether a flow in force lets pass what is suggested."""
    return any(
        flow.in_force(today)
        and any(is_like(suggestion.sender, pattern) for pattern in flow.senders)
        and all(any(is_like(a, pattern) for pattern in flow.to) for a in suggestion.to)
        and suggestion.max_people <= flow.max_people
        and (flow.kinds | {"person_name"}).issuperset(suggestion.kinds)
        for flow in flows
    )


def _shows(flow: Flow, facts: Facts) -> bool:
    shown = [v.address for v in facts.audience.viewers if v.shown and v.outside]
    return (
        "email_address" in flow.kinds
        and max(len(shown), facts.campaign.exposure) <= flow.max_people
        and all(any(is_like(a, pattern) for pattern in flow.to) for a in shown)
        and ("special_category" in flow.kinds or not facts.special)
    )


def _covers(flow: Flow, facts: Facts) -> bool:
    outside = [v.address for v in facts.audience.viewers if v.receives and v.outside]
    # Colleagues who are named with a telephone number are in every covering letter.
    told = [p for p in facts.people.everyone if p.private or p.listed]
    kinds = flow.kinds | {"person_name"}
    identifying = {
        kind: tally.high + tally.medium
        for kind, tally in facts.findings.items()
        if kind not in BESIDE_PEOPLE and tally.high + tally.medium
    }
    return (
        any(is_like(facts.sender, pattern) for pattern in flow.senders)
        and bool(outside)
        and all(any(is_like(a, pattern) for pattern in flow.to) for a in outside)
        and not facts.people.hidden
        and len(told) <= flow.max_people
        and all(kinds.issuperset(person.kinds) for person in told)
        and all(kind in kinds and n <= flow.max_people for kind, n in identifying.items())
    )
