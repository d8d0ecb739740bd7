"""One message, two verdicts: recipients whom no stopping policy is for get theirs.

A policy's `applies_to` says whom its action is for.  Where recipients would fare differently the
message is split before anything moves, into at most two rows that share its body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dlpguard import recipients
from dlpguard.audience import Audience, Circle
from dlpguard.mail import Envelope, Recipient
from dlpguard.verdict import Action, Match, Verdict


class AppliesTo(StrEnum):
    """Which recipients a policy's action is for."""

    EVERYONE = "everyone"
    OUTSIDE = "outside"
    EXTERNAL = "external"
    WEBMAIL = "webmail"
    PUBLISHING = "publishing"


FOR = {
    AppliesTo.EVERYONE: frozenset(Circle),
    AppliesTo.OUTSIDE: frozenset(Circle) - {Circle.INTERNAL},
    # Not the circle alone: what must not reach strangers must not reach their private mailboxes.
    AppliesTo.EXTERNAL: frozenset(Circle) - {Circle.INTERNAL, Circle.PARTNER},
    AppliesTo.WEBMAIL: frozenset({Circle.WEBMAIL}),
    AppliesTo.PUBLISHING: frozenset({Circle.PUBLISHING}),
}
"""The circles that each word means."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Recipients that fare alike, and their verdict."""

    recipients: tuple[Recipient, ...] = field(repr=False)
    verdict: Verdict


def split(verdict: Verdict, audience: Audience, envelope: Envelope) -> tuple[Judged, ...]:
    """The rows that a judged message becomes: itself when all its recipients fare alike, else two.

    The first row has the recipients for whom the strongest action is, the second the others, each
    with the matches that are for at least one of its own.  Recipients keep their order, nobody is
    in both rows and nobody in none.  What passes is never split: a tag that some recipients would
    not need is no reason to send a message twice.
    """
    if verdict.action <= Action.TAG:
        return (Judged(envelope.recipients, verdict),)
    circles = {viewer.address: viewer.circle for viewer in audience.viewers}
    # One that the audience does not know may be anybody.
    circle_of = [
        circles.get(recipients.normalise(r.address), Circle.EXTERNAL) for r in envelope.recipients
    ]
    verdict = _verdict(verdict, circle_of)  # what is for nobody here stops nobody here
    if verdict.action <= Action.TAG:
        return (Judged(envelope.recipients, verdict),)
    strongest = [m for m in verdict.matches if m.action is verdict.action and not m.observed]
    stopped = [any(_is_for(match, circle) for match in strongest) for circle in circle_of]
    if len(set(stopped)) < 2:
        return (Judged(envelope.recipients, verdict),)
    return tuple(
        Judged(
            tuple(r for r, s in zip(envelope.recipients, stopped, strict=True) if s is half),
            _verdict(verdict, [c for c, s in zip(circle_of, stopped, strict=True) if s is half]),
        )
        for half in (True, False)
    )


def _verdict(whole: Verdict, circles: Iterable[Circle]) -> Verdict:
    """The part of a verdict that is for recipients in these circles."""
    present = frozenset(circles)
    matches = tuple(m for m in whole.matches if not present.isdisjoint(_circles(m)))
    action = max((m.action for m in matches if not m.observed), default=Action.ALLOW)
    return replace(whole, action=action, matches=matches)


def _is_for(match: Match, circle: Circle) -> bool:
    return circle in _circles(match)


def _circles(match: Match) -> frozenset[Circle]:
    return FOR[AppliesTo(match.applies_to)]
