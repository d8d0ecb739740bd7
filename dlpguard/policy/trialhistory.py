"""What the store would know about the mails of a policy test: campaign, first time, last month.

A test that has several mails (`mails`, `times`) has them in one campaign and in one month: whether
mails of the same content are found to be one campaign is for the tests of the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dlpguard.audience import Audience, Circle
from dlpguard.facts import Campaign, Facts, Recent
from dlpguard.policy.patterns import is_like
from dlpguard.policy.trialmail import Mail


def remembered(mails: Sequence[Mail], read: Sequence[Facts]) -> tuple[Facts, ...]:
    """The facts of each mail, as if all had come in and none had left yet."""
    campaign = _campaign(read)
    return tuple(
        replace(
            facts,
            campaign=campaign,
            recent=_recent(facts, read),
            groups=mail.groups,
            audience=_audience(facts.audience, mail),
        )
        for mail, facts in zip(mails, read, strict=True)
    )


def _campaign(read: Sequence[Facts]) -> Campaign:
    getting = [frozenset(_outside(facts)) for facts in read]
    seen: dict[bytes, set[str]] = {}
    for facts, mailboxes in zip(read, getting, strict=True):
        for person in facts.people.everyone:
            # The addressee of a letter is its only recipient outside.
            seen.setdefault(person.digest, set()).update(() if person.addressee else mailboxes)
    return Campaign(
        messages=len(read),
        reach=len(frozenset().union(*getting)),
        # Letters sent one by one show nobody to anybody; transactions of one mailing show the same.
        exposure=max(facts.audience.exposure for facts in read),
        seen={digest: len(mailboxes) for digest, mailboxes in seen.items()},
    )


def _recent(facts: Facts, read: Sequence[Facts]) -> Recent:
    mailbox = _private_mailbox(facts)
    if not mailbox:
        return Recent()
    told = [
        person
        for other in read
        if _private_mailbox(other) == mailbox
        for person in other.people.everyone
        if not person.addressee
    ]
    private = {person.digest for person in told if person.private}
    return Recent(people=len({person.digest for person in told}), private=len(private))


def _private_mailbox(facts: Facts) -> str:
    """The mailbox that `facts.Recent` counts for, "" when the message is not of that sort."""
    outside = _outside(facts)
    if len(outside) != 1:
        return ""
    at_home = facts.audience.self_send or facts.audience.receiving(Circle.WEBMAIL)
    return outside[0] if at_home else ""


def _outside(facts: Facts) -> list[str]:
    return [v.address for v in facts.audience.viewers if v.receives and v.outside]


def _audience(audience: Audience, mail: Mail) -> Audience:
    viewers = tuple(
        replace(v, first_time=any(is_like(v.address, p) for p in mail.first_time))
        for v in audience.viewers
    )
    return replace(audience, viewers=viewers)
