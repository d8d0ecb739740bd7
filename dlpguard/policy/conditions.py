"""What a policy can ask about a message: one function per condition.

A condition returns its reasons, and no reasons means that it does not hold, so explanation and
decision can never disagree.  A reason is text for people and holds counts, kinds, formats and
words of the policy, never anything out of the message.

The functions *are* the grammar: name, parameters, their types, limits and defaults are read from
the signatures (`policy.grammar`), the documentation of the JSON Schema from the docstrings.  The
first parameter may be given on its own: `reach: 10` is `reach: {at_least: 10}`.  To add a
condition, add a function here and its heading in docs/policies.md.

`at_least` counts from one: a condition that asks for nothing would always hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from dlpguard.audience import Circle, Viewer
from dlpguard.document import Gap, Hidden, Unread
from dlpguard.facts import Campaign, Facts
from dlpguard.finding import Confidence
from dlpguard.people import Person
from dlpguard.policy import words
from dlpguard.policy.parameters import Bytes, Count, Flag, Kind, Level, Several, Share, Word
from dlpguard.verdict import Reason

RARE = 0.1
"""A kind that fewer than this share of the people come with is left out of the sentence about all
of them: one e-mail address among forty clients does not make it "e-mail addresses of 40 people"."""


def people(
    facts: Facts,
    *,
    at_least: Count = 1,
    private: Flag | None = None,
    contact: Flag | None = None,
    listed: Flag | None = None,
    hidden: Flag | None = None,
    visible: Flag | None = None,
    kinds: Several[Kind] = (),
    reach: Count = 1,
) -> list[Reason]:
    """So many different people would be seen outside.

    `private: true` counts only those that come with something private, `contact: true` those with
    contact details only; `listed` those that are one of at least three alike; `hidden` those that
    somebody looking at the message would not see, `visible` those they would.  With `kinds`, those
    that come with any of these kinds of findings.  With `reach`, those that so many outside
    mailboxes receive; nobody counts as disclosed to themselves.
    """
    campaign = campaign_of(facts)
    found = [
        p
        for p in facts.people.select(private=private, listed=listed, hidden=hidden, kinds=kinds)
        if contact in {None, p.contact}
        and visible in {None, p.hidden is None}
        and campaign.seen_by(p) >= reach
    ]
    if len(found) < at_least:
        return []
    described = (
        ("hidden ", hidden or visible is False),
        ("visible ", visible or hidden is False),
    )
    text = f"{words.number(len(found))} {''.join(word for word, said in described if said)}"
    text += "person" if len(found) == 1 else "people"
    details = " with private details" if private or contact is False else ""
    details = " with contact details only" if contact or private is False else details
    text += details + (" in a list" if listed else " not in a list" if listed is False else "")
    common = common_kinds(found)
    if common:
        text += f" ({words.kinds(common, len(found))})"
    if reach > 1:
        fewest, most = (f(campaign.seen_by(p) for p in found) for f in (min, max))
        each = "" if len(found) == 1 else "each "
        few = "" if fewest == most else "at least "
        text += f", {each}seen by {few}{words.number(fewest)} outside mailboxes"
    return [Reason(text, common)]


def findings(
    facts: Facts,
    *,
    kinds: Several[Kind],
    at_least: Count = 1,
    confidence: Level = Confidence.MEDIUM,
) -> list[Reason]:
    """So many different values of these kinds, together, found with this confidence or more."""
    found = {kind: _distinct(facts, kind, confidence) for kind in kinds}
    if sum(found.values()) < at_least:
        return []
    texts = [words.count(n, *words.KINDS[kind]) for kind, n in found.items() if n]
    return [Reason(words.listing(texts), tuple(kind for kind, n in found.items() if n))]


def reach(facts: Facts, *, at_least: Count) -> list[Reason]:
    """So many mailboxes outside the organisation would get it, partners included."""
    n = campaign_of(facts).reach
    return [Reason(words.count(n, "outside recipient", "outside recipients"))] * (n >= at_least)


def exposure(facts: Facts, *, at_least: Count, of: Several[Circle] = ()) -> list[Reason]:
    """So many outside mailboxes stand in To and Cc, where every recipient can read them.

    With `of`, only mailboxes in these circles count.
    """
    if of:
        shown = [v for v in facts.audience.viewers if v.shown and v.outside and v.circle in of]
        n, what = len(shown), _mailboxes(shown)
    else:
        n = campaign_of(facts).exposure
        what = words.count(n, "outside address", "outside addresses")
    return [Reason(f"{what} that every recipient can see")] if n >= at_least else []


def circle(facts: Facts, *, of: Several[Circle], at_least: Count = 1) -> list[Reason]:
    """So many recipients are in these circles.

    Circles are internal, partner, external, webmail (personal) and publishing (whoever publishes
    what they receive); every mailbox is in exactly one.
    """
    found = facts.audience.receiving(*of)
    return [Reason(_mailboxes(found))] if len(found) >= at_least else []


def webmail_share(facts: Facts, *, at_least: Share) -> list[Reason]:
    """Such a share of the outside mailboxes in To and Cc is personal webmail."""
    share = facts.audience.exposed_webmail_share
    if share == 0 or share < at_least:
        return []
    return [Reason(f"{share:.0%} of the outside addresses that can be seen are personal webmail")]


def self_send(facts: Facts) -> list[Reason]:
    """An outside recipient looks like the sender's own mailbox."""
    if not facts.audience.self_send:
        return []
    return [Reason("a recipient that looks like the sender's own mailbox outside")]


def publishing(facts: Facts) -> list[Reason]:
    """A recipient publishes what they receive, as sites for freedom-of-information requests do."""
    found = facts.audience.receiving(Circle.PUBLISHING)
    return [Reason(_mailboxes(found))] if found else []


def gaps(
    facts: Facts,
    *,
    why: Several[Unread] = (),
    formats: Several[Word] = (),
    at_least: Count = 1,
) -> list[Reason]:
    """So many things in it could not be read, for these reasons (`why`), of these formats."""
    found = [
        gap
        for gap in facts.gaps
        if (not why or gap.why in why) and (not formats or gap.format in formats)
    ]
    return list(unread(found)) if len(found) >= at_least else []


def hidden_content(facts: Facts, *, why: Several[Hidden] = (), at_least: Count = 1) -> list[Reason]:
    """So many places hold something that somebody looking at the message would not see."""
    found = Counter(str(place.why) for place in facts.hidden if not why or place.why in why)
    if found.total() < at_least:
        return []
    places = words.count(found.total(), "place", "places")
    return [Reason(f"{places} that cannot be seen ({words.listing(sorted(found))})")]


def special_category(facts: Facts, *, of: Several[Word] = (), at_least: Count = 1) -> list[Reason]:
    """It speaks of so many special categories of data (health, offences, …), or of these."""
    found = [category for category in facts.special if not of or category in of]
    if len(found) < at_least:
        return []
    return [Reason(f"words about {words.listing(found)}", ("special_category",))]


def defects(facts: Facts, *, named: Several[Word] = ()) -> list[Reason]:
    """Programs may read it differently: a file that is not what its name says, two subjects, …"""
    found = [d for d in dict.fromkeys(facts.defects) if not named or d in named]
    return [Reason(_DEFECTS.get(d, d.replace("-", " "))) for d in found]


def size(facts: Facts, *, at_least: Bytes) -> list[Reason]:
    """The message is so large, as it is sent."""
    megabytes = facts.size / 1_000_000
    return [Reason(f"{megabytes:.1f} MB")] if facts.size >= at_least else []


def formats(facts: Facts, *, of: Several[Word]) -> list[Reason]:
    """Files of one of these formats are attached, also inside of archives and attached mail."""
    return [Reason(words.FORMATS.get(f, ("", f"{f} files"))[1]) for f in of if f in facts.formats]


def sender(facts: Facts, *, like: Several[Word]) -> list[Reason]:
    """The envelope sender is like one of these: `ann@council.example`, `*@council.example`."""
    return [Reason(f"a sender like {p}") for p in like if _is_like(facts.sender, p)]


def recipient(facts: Facts, *, like: Several[Word], at_least: Count = 1) -> list[Reason]:
    """So many recipients are like one of these: `press@paper.example`, `*@*.paper.example`."""
    n = sum(
        viewer.receives and any(_is_like(viewer.address, p) for p in like)
        for viewer in facts.audience.viewers
    )
    if n < at_least:
        return []
    text = words.count(n, "recipient", "recipients")
    return [Reason(f"{text} like {words.listing(like, 'or')}")]


def subject(facts: Facts, *, contains: Several[Word]) -> list[Reason]:
    """The subject contains one of these texts; capital letters make no difference."""
    text = facts.subject.casefold()
    return [Reason(f"a subject with “{c}” in it") for c in contains if c.casefold() in text]


def campaign_of(facts: Facts) -> Campaign:
    """The message's campaign, which is never smaller than the message on its own."""
    return replace(
        facts.campaign,
        reach=max(facts.campaign.reach, facts.audience.reach),
        exposure=max(facts.campaign.exposure, facts.audience.exposure),
    )


def unread(found: Iterable[Gap]) -> tuple[Reason, ...]:
    """Gaps as reasons: those alike are counted together, no file is named."""
    counted = Counter((gap.why, gap.format) for gap in found)
    reasons = []
    for (why, kind), n in sorted(counted.items()):
        what = words.count(n, *words.FORMATS.get(kind, ("file", "files")))
        reasons.append(Reason(f"{what} that {'is' if n == 1 else 'are'} {words.UNREAD[why]}"))
    return tuple(reasons)


def common_kinds(found: Sequence[Person]) -> tuple[str, ...]:
    """The kinds that more than a few of these people come with, in the order of the sentence."""
    counted = Counter(kind for person in found for kind in person.kinds)
    return tuple(kind for kind in words.KINDS if counted[kind] > RARE * len(found))


_DEFECTS = {
    "type-contradiction": "a file that is not what its name or type says",
}
"""What a defect is called; the others are words already."""


def _distinct(facts: Facts, kind: str, confidence: Confidence) -> int:
    tally = facts.findings.get(kind)
    if tally is None:
        return 0
    steps = {
        Confidence.HIGH: tally.high,
        Confidence.MEDIUM: tally.medium,
        Confidence.LOW: tally.low,
    }
    return sum(n for step, n in steps.items() if step >= confidence)


def _mailboxes(found: Iterable[Viewer]) -> str:
    """How many there are in each circle."""
    counted = Counter(viewer.circle for viewer in found)
    return words.listing([words.count(counted[c], *words.CIRCLES[c]) for c in Circle if counted[c]])


def _is_like(address: str, pattern: str) -> bool:
    return fnmatchcase(address.casefold(), pattern.casefold())
