"""Facts and policies in, verdict out.  The strongest action wins; the floor holds what is unread.

Pure: the same facts and policies give the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date

from dlpguard.document import Unread
from dlpguard.facts import Facts
from dlpguard.policy import flows, phrases
from dlpguard.policy.language import (
    FLOOR,
    AnyOf,
    Condition,
    Mode,
    Policies,
    Policy,
    Severity,
)
from dlpguard.policy.patterns import is_like
from dlpguard.policy.splitting import AppliesTo
from dlpguard.verdict import Action, Match, Reason, Verdict

UNREAD = frozenset(
    {Unread.CRASHED, Unread.TOO_SLOW, Unread.TOO_LARGE, Unread.TOO_DEEP, Unread.CORRUPT}
)
"""What the floor holds: inspection failed, or the file set out to make it fail.  Encrypted files,
scans and formats nobody reads are ordinary in offices; policies decide about those."""

WHY_FLOOR = (
    "A file that you attached could not be read here: it is damaged, or larger or more deeply "
    "nested than what can be read. Nobody can tell what is in it. Send it in another form, or "
    "ask a reviewer to look at it."
)
"""What the floor says to the person whose mail it stopped."""

NOBODY_TO_ASK = Reason("a sender who is not of the organisation, and cannot be asked")
"""Nothing waits for somebody who never hears of it: what they would be asked a reviewer is."""

NOBODY: frozenset[tuple[str, str]] = frozenset()
"""No gap is accepted."""


def evaluate(
    policies: Policies,
    facts: Facts,
    *,
    enforce: bool,
    accepted_gaps: AbstractSet[tuple[str, str]] = NOBODY,
    today: date | None = None,
) -> Verdict:
    """What is to be done with a message.

    While not enforcing, the action is ALLOW and `observed` says what it would have been, the
    floor included.  `accepted_gaps` are pairs of why and format ("too-large", "mp4") that the
    floor lets pass: a gap of unknown format ("") is in no such pair.  `today` decides which
    registered flows are in force; without it none is.  A message without a recipient outside is
    allowed: it does not leave.
    """
    digest = policies.in_effect(enforce=enforce, accepted_gaps=accepted_gaps)
    if facts.audience.reach == 0:
        return Verdict(Action.ALLOW, policies=digest)
    facts = _placed(policies, facts, today)
    found = [*_floor(facts, accepted_gaps), *_matches(policies, facts)]
    matches = tuple(sorted(found, key=_strongest_first))
    action = max((m.action for m in matches if not m.observed), default=Action.ALLOW)
    if enforce:
        return Verdict(action, matches, digest, flow=facts.flow)
    return Verdict(Action.ALLOW, matches, digest, observed=action, flow=facts.flow)


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition that was asked of a message, and its reasons; none: it does not hold."""

    condition: Condition | AnyOf
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """What came of asking all conditions of a policy: of `when` and of `unless`."""

    policy: Policy
    when: tuple[Asked, ...]
    unless: tuple[Asked, ...]

    @property
    def matches(self) -> bool:
        """Whether the policy does."""
        return all(a.reasons for a in self.when) and not any(a.reasons for a in self.unless)


def trace(policies: Policies, facts: Facts, today: date | None = None) -> tuple[Trace, ...]:
    """What each policy asked and what came of it, in the order of the policies: for whoever wants
    to know why one did not match.  `today` as for `evaluate`."""
    placed = _placed(policies, facts, today)

    def asked(conditions: Iterable[Condition | AnyOf]) -> tuple[Asked, ...]:
        return tuple(Asked(one, tuple(one.reasons(placed))) for one in conditions)

    return tuple(Trace(p, asked(p.when), asked(p.unless)) for p in policies.policies)


def _placed(policies: Policies, facts: Facts, today: date | None) -> Facts:
    """The facts with what the settings and the flows say about them."""
    groups = {
        name
        for name, patterns in policies.groups.items()
        if any(is_like(facts.sender, pattern) for pattern in patterns)
    }
    known = policies.flows if today else ()
    today = today or date.min
    return replace(
        facts,
        groups=tuple(sorted({*facts.groups, *groups})),
        flow=flows.covering(known, facts, today),
        flow_shown=flows.showing(known, facts, today),
    )


def _floor(facts: Facts, accepted: AbstractSet[tuple[str, str]]) -> Iterator[Match]:
    """Not a policy: no failure of ours may let a message through unread."""
    held = [
        gap
        for gap in facts.gaps
        if gap.why in UNREAD and (gap.why.value, gap.format) not in accepted
    ]
    if held:
        reasons = phrases.unread(held)
        title = "What dlpguard failed to read does not leave"
        yield Match(
            policy=FLOOR,
            title=title,
            action=Action.QUARANTINE,
            reasons=reasons,
            severity=Severity.HIGH,
            applies_to=AppliesTo.OUTSIDE,  # colleagues may have what could not be read
            why=WHY_FLOOR,
        )


def _matches(policies: Policies, facts: Facts) -> Iterator[Match]:
    for policy in policies.policies:
        asked = _reasons(policy, facts)
        if asked is not None:
            nobody_to_ask = policy.then is Action.CONFIRM and not facts.may_ask
            yield Match(
                policy=policy.name,
                title=policy.title,
                action=Action.QUARANTINE if nobody_to_ask else policy.then,
                reasons=(
                    *(reason for reasons in asked for reason in reasons),
                    *([NOBODY_TO_ASK] if nobody_to_ask else []),
                ),
                approvals=policy.approvals,
                severity=policy.severity,
                queue=policy.queue,
                observed=policy.mode is Mode.OBSERVE,
                applies_to=policy.applies_to,
                why=policy.why,
            )


def _reasons(policy: Policy, facts: Facts) -> list[list[Reason]] | None:
    """The reasons of each condition; None where the policy does not match.  Most do not, and most
    of those for their first condition: others are not asked then."""
    asked: list[list[Reason]] = []
    for condition in policy.when:
        reasons = condition.reasons(facts)
        if not reasons:
            return None
        asked.append(reasons)
    excepted = any(exception.reasons(facts) for exception in policy.unless)
    return None if excepted else asked


def _strongest_first(match: Match) -> tuple[bool, int, int, int, str]:
    """Those that act before those that observe, then by action, approvals, severity, name."""
    severity = list(Severity).index(Severity(match.severity))
    return (match.observed, -match.action, -match.approvals, -severity, match.policy)
