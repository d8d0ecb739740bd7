"""What conditions and explanations count and say in the same way.

Nothing here holds anything out of the message: only counts, kinds, formats and circles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dlpguard.audience import Circle, Viewer
from dlpguard.document import Gap
from dlpguard.facts import Campaign, Facts
from dlpguard.people import Person
from dlpguard.policy import words
from dlpguard.verdict import Reason

RARE = 0.1
"""A kind that fewer than this share of the people come with is left out of the sentence about all
of them: one e-mail address among forty clients does not make it "e-mail addresses of 40 people"."""


def campaign_of(facts: Facts) -> Campaign:
    """The message's campaign, which is never smaller than the message on its own."""
    campaign = facts.campaign
    reach, exposure = facts.audience.reach, facts.audience.exposure
    if reach <= campaign.reach and exposure <= campaign.exposure:
        return campaign
    return replace(
        campaign, reach=max(campaign.reach, reach), exposure=max(campaign.exposure, exposure)
    )


def common_kinds(found: Sequence[Person]) -> tuple[str, ...]:
    """The kinds that more than a few of these people come with, in the order of the sentence."""
    counted: Counter[str] = Counter()
    # A list of ten thousand people has a handful of different sets of kinds.
    for kinds, people in Counter(person.kinds for person in found).items():
        for kind in kinds:
            counted[kind] += people
    known = [*words.KINDS, *sorted(counted.keys() - words.KINDS.keys())]
    return tuple(kind for kind in known if counted[kind] > RARE * len(found))


def mailboxes(found: Iterable[Viewer]) -> str:
    """How many there are in each circle: "2 partner addresses and 1 outside address"."""
    counted = Counter(viewer.circle for viewer in found)
    return words.listing([words.count(counted[c], *words.CIRCLES[c]) for c in Circle if counted[c]])


def unread(found: Iterable[Gap]) -> tuple[Reason, ...]:
    """Gaps as reasons: those alike are counted together, no file is named."""
    counted = Counter((gap.why, gap.format) for gap in found)
    reasons = []
    for (why, kind), n in sorted(counted.items()):
        what = words.count(n, *words.FORMATS.get(kind, ("file", "files")))
        reasons.append(Reason(f"{what} that {'is' if n == 1 else 'are'} {words.UNREAD[why]}"))
    return tuple(reasons)


def seen(facts: Facts, found: Sequence[Person]) -> str:
    """By how many mailboxes each of them is seen."""
    campaign = campaign_of(facts)
    fewest, most = (f(campaign.seen_by(p) for p in found) for f in (min, max))
    each = "" if len(found) == 1 else "each "
    few = "" if fewest == most else "at least "
    return f", {each}seen by {few}{words.number(fewest)} outside mailboxes"
