"""What became of mail, added up: messages, decisions, policies, days, gaps, flows.

A decision is what a person sees: one question, one held mailing, however many copies it has.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from dlpguard.facts import Facts
from dlpguard.policy import Policies
from dlpguard.policy.flows import Send, Suggestion, suggest
from dlpguard.policy.language import FLOOR
from dlpguard.replay.world import Ended
from dlpguard.verdict import Action

A_DAY = 25_000
"""Messages a day of a council with 5,000 staff, for which the budget was made (DESIGN)."""

BUDGET_HELD, BUDGET_ASKED = 25, 250
"""Decisions that it can bear of so many messages: one in a thousand held, ten asked about."""

PEOPLE_STEPS = (0, 1, 2, 5, 10, 50, 100, 500)
"""Where the groups of people counts begin: what policies draw their lines at."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that somebody would decide: copies of one mail that meet the same.

    `stopping` are the policies that stop it; `people` are the different ones in all its copies,
    `reach` the outside mailboxes of its mailing.
    """

    action: Action
    day: date
    messages: int
    stopping: tuple[str, ...]
    approvals: int
    people: int
    private: int
    hidden: int
    reach: int
    sender: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """What one policy comes to.

    `alone`: decisions that no other policy would have caused.  `approvals`: how many people have to
    release what it holds, over all its decisions; what it only asks about takes none.
    """

    name: str
    title: str
    then: Action
    messages: int
    decisions: int
    alone: int
    observed: int = 0
    approvals: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """One day's mail, and the decisions that it begins."""

    day: date
    messages: int
    asked: int
    held: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Messages by what became of them, and decisions."""

    messages: int
    forwarded: int
    tagged: int
    asked: int
    held: int
    rejected: int
    questions: int
    holds: int
    refusals: int

    def in_a_thousand(self, decisions: int) -> float:
        """So many decisions, of a thousand messages."""
        return 1000 * decisions / self.messages if self.messages else 0.0

    def in_a_day(self, decisions: int) -> float:
        """So many decisions, of the messages of a day for which the budget was made."""
        return A_DAY * decisions / self.messages if self.messages else 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """All of it."""

    totals: Totals
    decisions: tuple[Decision, ...]
    policies: tuple[PolicyLine, ...]
    days: tuple[Day, ...]
    flows: tuple[Suggestion, ...] = field(repr=False)

    def minutes(self, each: float) -> float:
        """A reviewer's time for what is held, each for so many minutes and each approver."""
        return sum(each * d.approvals for d in self.decisions if d.action is Action.QUARANTINE)

    def people(self) -> tuple[tuple[str, int, int], ...]:
        """Decisions by how many people they are about: label, asked, held or rejected."""
        found: Counter[tuple[int, bool]] = Counter()
        for one in self.decisions:
            step = max(s for s in PEOPLE_STEPS if s <= one.people)
            found[step, one.action > Action.CONFIRM] += 1
        ends = [step - 1 for step in PEOPLE_STEPS[1:]]
        labels = [
            (f"{a}" if a else "nobody") if a == b else f"{a}–{b}"
            for a, b in zip(PEOPLE_STEPS, ends, strict=False)
        ] + [f"{PEOPLE_STEPS[-1]} or more"]
        return tuple(
            (label, found[step, False], found[step, True])
            for label, step in zip(labels, PEOPLE_STEPS, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was judged: whose it is, and on which day it was sent."""

    sender: str = field(repr=False)
    day: date


def tally(
    sent: Mapping[int, Sent],
    ended: Sequence[Ended],
    policies: Policies,
    observed: Mapping[str, int],
) -> Tally:
    """Add up.  `sent` are all messages by number, `ended` those that did not simply go."""
    met = Counter(one.action for one in ended)
    decisions = decided(sent, ended)
    by_action = Counter(d.action for d in decisions)
    totals = Totals(
        messages=len(sent),
        forwarded=len(sent) - sum(n for action, n in met.items() if action > Action.TAG),
        tagged=met[Action.TAG],
        asked=met[Action.CONFIRM],
        held=met[Action.QUARANTINE],
        rejected=met[Action.REJECT],
        questions=by_action[Action.CONFIRM],
        holds=by_action[Action.QUARANTINE],
        refusals=by_action[Action.REJECT],
    )
    return Tally(
        totals,
        decisions,
        tuple(_lines(ended, decisions, policies, observed)),
        tuple(_days(sent, decisions)),
        _flows(sent, ended),
    )


def decided(sent: Mapping[int, Sent], ended: Iterable[Ended]) -> tuple[Decision, ...]:
    """The decisions that somebody would take, in the order of their first message."""
    groups: dict[str, list[Ended]] = defaultdict(list)
    for one in ended:
        if one.action > Action.TAG:
            groups[one.decision].append(one)
    return tuple(_decision(sent[copies[0].number], copies) for copies in groups.values())


def day_of(seconds: float) -> date:
    """The day of a time, UTC."""
    return datetime.fromtimestamp(seconds, UTC).date()


def _decision(first: Sent, copies: Sequence[Ended]) -> Decision:
    people = {p.digest: p for c in copies for p in c.facts.people.everyone}
    return Decision(
        action=copies[0].action,
        day=first.day,
        messages=len(copies),
        stopping=tuple(dict.fromkeys(name for c in copies for name in _stopping(c))),
        approvals=max(c.verdict.approvals for c in copies),
        people=len(people),
        private=sum(p.private for p in people.values()),
        hidden=sum(p.hidden is not None for p in people.values()),
        reach=max(c.facts.campaign.reach for c in copies),
        sender=first.sender,
    )


def _stopping(one: Ended) -> tuple[str, ...]:
    """The policies that ask somebody, strongest first."""
    return tuple(m.policy for m in one.verdict.matches if m.action > Action.TAG and not m.observed)


def _lines(
    ended: Iterable[Ended],
    decisions: Iterable[Decision],
    policies: Policies,
    observed: Mapping[str, int],
) -> Iterable[PolicyLine]:
    messages: Counter[str] = Counter()
    for one in ended:
        messages.update({m.policy for m in one.verdict.matches if not m.observed})
    in_all: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    approvals: Counter[str] = Counter()
    for decision in decisions:
        in_all.update(decision.stopping)
        if decision.action is Action.QUARANTINE:
            approvals.update(dict.fromkeys(decision.stopping, decision.approvals))
        if len(decision.stopping) == 1:
            alone.update(decision.stopping)
    known = [(p.name, p.title, p.then) for p in policies.policies]
    known.append((FLOOR, "What dlpguard failed to read does not leave", Action.QUARANTINE))
    lines = [
        PolicyLine(
            name,
            title,
            then,
            messages[name],
            in_all[name],
            alone[name],
            observed.get(name, 0),
            approvals[name] if then is Action.QUARANTINE else 0,
        )
        for name, title, then in known
        if messages[name] or observed.get(name) or name != FLOOR
    ]
    return sorted(lines, key=lambda x: (-x.decisions, -x.messages, -x.observed, x.name))


def _days(sent: Mapping[int, Sent], decisions: Iterable[Decision]) -> Iterable[Day]:
    mail = Counter(one.day for one in sent.values())
    began = Counter((d.day, d.action > Action.CONFIRM) for d in decisions)
    return (Day(day, mail[day], began[day, False], began[day, True]) for day in sorted(mail))


def _flows(sent: Mapping[int, Sent], ended: Iterable[Ended]) -> tuple[Suggestion, ...]:
    """What the rule for flows suggests: what one sender sent to the same recipients five times in
    some thirty days, and somebody would have been asked about each time."""
    sends = [
        _send(one.facts, sent[one.number].day)
        for one in ended
        if one.action in {Action.CONFIRM, Action.QUARANTINE} and one.facts.audience.reach
    ]
    best: dict[tuple[str, tuple[str, ...]], Suggestion] = {}
    for today in sorted({send.day for send in sends}):
        for found in suggest(sends, today):
            known = best.get((found.sender, found.to))
            if known is None or found.sends > known.sends:
                best[found.sender, found.to] = found
    return tuple(sorted(best.values(), key=lambda s: (-s.sends, s.sender, s.to)))


def _send(facts: Facts, day: date) -> Send:
    told = [p for p in facts.people.everyone if p.private or p.listed]
    return Send(
        sender=facts.sender,
        recipients=tuple(v.address for v in facts.audience.viewers if v.receives and v.outside),
        kinds=tuple(sorted({kind for person in told for kind in person.kinds})),
        people=len(told),
        day=day,
        hidden=bool(facts.people.hidden),
    )
