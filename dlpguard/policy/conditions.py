"""What a policy can ask about a message: one function per condition.

A condition returns its reasons, and no reasons means that it does not hold, so explanation and
decision can never disagree.  A reason is text for people and holds counts, kinds, formats and
words of the policy, never anything out of the message.

The functions *are* the grammar: name, parameters, their types, limits and defaults are read from
the signatures (`policy.grammar`); what an editor shows, from the docstrings: a line for each
parameter, and examples after `- `.  The first parameter may be given on its own: `reach: 10` is
`reach: {at_least: 10}`.  To add a condition, add a function here and its heading in
docs/policies.md.

`at_least` counts from one: a condition that asks for nothing would always hold.
"""

from __future__ import annotations

from collections import Counter

from dlpguard.audience import Circle
from dlpguard.document import Hidden, Unread
from dlpguard.facts import Facts, Tally
from dlpguard.finding import Confidence
from dlpguard.policy import phrases, words
from dlpguard.policy.parameters import (
    Bytes,
    Count,
    Flag,
    Group,
    Kind,
    Level,
    Registered,
    Several,
    Share,
    Together,
    Window,
    Word,
)
from dlpguard.policy.patterns import is_like
from dlpguard.policy.phrases import campaign_of, mailboxes
from dlpguard.verdict import Reason

TOGETHER = {
    # What the store keeps of earlier mail tells who was in it, not on which sheet they stood.
    "people": Together(only_with=("window", ("at_least", "private", "contact"))),
    "sender": Together(one_of=("like", "group")),
}
"""Which parameters of a condition go together, where not all of them do."""


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
    window: Window | None = None,
) -> list[Reason]:
    """So many different people would be seen outside.  Nobody is disclosed to themselves.

    at_least: How many.
    private: true: only those with something private beside their name. false: only the others.
    contact: true: only those with contact details only (the same as private: false).
    listed: true: only those that are one of at least three alike. false: only the others.
    hidden: true: only those that somebody looking at the message would not see.
    visible: true: only those that they would see (the same as hidden: false).
    kinds: Only those that come with any of these kinds.
    reach: Only those that so many outside mailboxes receive.
    window: Unite mail to one's own mailbox, or to one personal mailbox, over so many days (30).

    - people: {listed: true, private: true, at_least: 3, reach: 10}
    - people: {hidden: true, private: true, at_least: 10}
    - people: {private: true, window: 30, at_least: 5}
    """
    everyone = facts.people.everyone
    if len(everyone) < at_least and not (window and everyone):
        return []
    campaign = campaign_of(facts)
    found = [
        p
        for p in facts.people.select(private=private, listed=listed, hidden=hidden, kinds=kinds)
        if (contact is None or contact == p.contact)
        and (visible is None or visible == (p.hidden is None))
        and campaign.seen_by(p) >= reach
    ]
    earlier = _recent(facts, private, contact) if window and found else 0
    if max(len(found), earlier) < at_least:
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
    common = phrases.common_kinds(found)
    if common:
        text += f" ({words.kinds(common, len(found))})"
    if reach > 1:
        text += phrases.seen(facts, found)
    if earlier > len(found):
        text += (
            f", and with earlier mail to the same mailbox {words.people(earlier)} "
            f"in {facts.recent.days} days"
        )
    return [Reason(text, common)]


def findings(
    facts: Facts,
    *,
    kinds: Several[Kind],
    at_least: Count = 1,
    confidence: Level = Confidence.MEDIUM,
) -> list[Reason]:
    """So many different values of some kinds, together.

    kinds: Of these kinds.
    at_least: How many.
    confidence: Only those found with this confidence or more.

    - findings: {kinds: [gb_bank_account, gb_nino], at_least: 10}
    """
    found = {k: facts.findings.get(k, Tally()).found_with(confidence) for k in kinds}
    if sum(found.values()) < at_least:
        return []
    texts = [words.count(n, *words.kind(kind)) for kind, n in found.items() if n]
    return [Reason(words.listing(texts), tuple(kind for kind, n in found.items() if n))]


def reach(facts: Facts, *, at_least: Count) -> list[Reason]:
    """So many mailboxes outside the organisation would get it, partners included.

    at_least: How many.

    - reach: 10
    """
    n = campaign_of(facts).reach
    return [Reason(words.count(n, "outside recipient", "outside recipients"))] * (n >= at_least)


def exposure(facts: Facts, *, at_least: Count, of: Several[Circle] = ()) -> list[Reason]:
    """So many outside mailboxes stand in To and Cc, where every recipient can read them.

    at_least: How many.
    of: Only those in these circles count.

    - exposure: 20
    - exposure: {at_least: 1, of: [external, webmail]}
    """
    if of:
        shown = [v for v in facts.audience.viewers if v.shown and v.outside and v.circle in of]
        n, what = len(shown), mailboxes(shown)
    else:
        n = campaign_of(facts).exposure
        what = words.count(n, "outside address", "outside addresses")
    return [Reason(f"{what} that every recipient can see")] if n >= at_least else []


def circle(facts: Facts, *, of: Several[Circle], at_least: Count = 1) -> list[Reason]:
    """So many recipients are in these circles; every mailbox is in exactly one.

    of: internal, partner, external, webmail (personal), publishing (publishes what it receives).
    at_least: How many.

    - circle: [webmail, publishing]
    """
    found = facts.audience.receiving(*of)
    return [Reason(mailboxes(found))] if len(found) >= at_least else []


def webmail_share(facts: Facts, *, at_least: Share) -> list[Reason]:
    """Such a share of the outside mailboxes in To and Cc is personal webmail.

    at_least: The share, written 30 % or 0.3.

    - webmail_share: 30 %
    """
    share = facts.audience.exposed_webmail_share
    if share == 0 or share < at_least:
        return []
    return [Reason(f"{share:.0%} of the outside addresses that can be seen are personal webmail")]


def first_time(facts: Facts, *, of: Several[Circle] = (), at_least: Count = 1) -> list[Reason]:
    """So many recipients outside have never been written to before.

    of: Only recipients in these circles count.
    at_least: How many.

    - first_time
    - first_time: {of: webmail}
    """
    found = [
        viewer
        for viewer in facts.audience.viewers
        if viewer.receives
        and viewer.outside
        and viewer.first_time
        and (not of or viewer.circle in of)
    ]
    if len(found) < at_least:
        return []
    return [Reason(f"{mailboxes(found)} never written to before")]


def self_send(facts: Facts) -> list[Reason]:
    """An outside recipient looks like the sender's own mailbox.

    - self_send
    """
    if not facts.audience.self_send:
        return []
    return [Reason("a recipient that looks like the sender's own mailbox outside")]


def greets_another(facts: Facts) -> list[Reason]:
    """It greets somebody else than its only recipient outside, as their address or name shows.

    - greets_another
    """
    if not facts.greets_another:
        return []
    return [Reason("a greeting to somebody else than the recipient's address names")]


def publishing(facts: Facts) -> list[Reason]:
    """A recipient publishes what they receive, as sites for freedom-of-information requests do.

    - publishing
    """
    found = facts.audience.receiving(Circle.PUBLISHING)
    return [Reason(mailboxes(found))] if found else []


def gaps(
    facts: Facts,
    *,
    why: Several[Unread] = (),
    formats: Several[Word] = (),
    at_least: Count = 1,
) -> list[Reason]:
    """So many things in it could not be read.

    why: Only for these reasons.
    formats: Only files of these formats (pdf, zip, …).
    at_least: How many.

    - gaps: encrypted
    - gaps: {why: encrypted, formats: [pdf, zip]}
    """
    found = [
        gap
        for gap in facts.gaps
        if (not why or gap.why in why) and (not formats or gap.format in formats)
    ]
    return list(phrases.unread(found)) if len(found) >= at_least else []


def hidden_content(facts: Facts, *, why: Several[Hidden] = (), at_least: Count = 1) -> list[Reason]:
    """So many places hold something that somebody looking at the message would not see.

    why: Only what is hidden in these ways.
    at_least: How many.

    - hidden_content
    - hidden_content: {why: [hidden sheet, pivot cache]}
    """
    found = Counter(str(place.why) for place in facts.hidden if not why or place.why in why)
    if found.total() < at_least:
        return []
    places = words.count(found.total(), "place", "places")
    return [Reason(f"{places} that cannot be seen ({words.listing(sorted(found))})")]


def special_category(facts: Facts, *, of: Several[Word] = (), at_least: Count = 1) -> list[Reason]:
    """It speaks of so many special categories of data.

    of: Only of these: health, disability, safeguarding, offence, …
    at_least: How many.

    - special_category
    - special_category: {of: [health, safeguarding]}
    """
    found = [category for category in facts.special if not of or category in of]
    if len(found) < at_least:
        return []
    return [Reason(f"words about {words.listing(found)}", ("special_category",))]


def defects(facts: Facts, *, named: Several[Word] = ()) -> list[Reason]:
    """Programs may read it differently: a file that is not what its name says, two subjects, …

    named: Only these defects.

    - defects: type-contradiction
    """
    found = [d for d in dict.fromkeys(facts.defects) if not named or d in named]
    return [Reason(_DEFECTS.get(d, d.replace("-", " "))) for d in found]


def size(facts: Facts, *, at_least: Bytes) -> list[Reason]:
    """The message is so large, as it is sent.

    at_least: 10 MB, 500 kB, or a number of bytes.

    - size: 10 MB
    """
    megabytes = facts.size / 1_000_000
    return [Reason(f"{megabytes:.1f} MB")] if facts.size >= at_least else []


def formats(facts: Facts, *, of: Several[Word]) -> list[Reason]:
    """Files of one of these formats are attached, also inside of archives and attached mail.

    of: Formats, as the bytes say, not the name: xlsx, csv, pdf, …

    - formats: [xlsx, csv]
    """
    return [Reason(words.FORMATS.get(f, ("", f"{f} files"))[1]) for f in of if f in facts.formats]


def sender(facts: Facts, *, like: Several[Word] = (), group: Several[Group] = ()) -> list[Reason]:
    """The envelope sender is like one of these, or in one of these groups.

    like: Addresses; * stands for any characters.
    group: Groups that the settings name, in [organisation.groups].

    - sender: '*@legal.council.example'
    - sender: {like: registrar@council.example}
    """
    return [
        *(Reason(f"a sender like {p}") for p in like if is_like(facts.sender, p)),
        *(Reason(f"a sender in the group {g}") for g in group if g in facts.groups),
    ]


def recipient(facts: Facts, *, like: Several[Word], at_least: Count = 1) -> list[Reason]:
    """So many recipients are like one of these.

    like: Addresses; * stands for any characters.
    at_least: How many.

    - recipient: '*@*.paper.example'
    """
    n = sum(
        viewer.receives and any(is_like(viewer.address, p) for p in like)
        for viewer in facts.audience.viewers
    )
    if n < at_least:
        return []
    text = words.count(n, "recipient", "recipients")
    return [Reason(f"{text} like {words.listing(like, 'or')}")]


def subject(facts: Facts, *, contains: Several[Word]) -> list[Reason]:
    """The subject contains one of these texts.

    contains: Texts; capital letters make no difference.

    - subject: {contains: [in confidence, privileged]}
    """
    text = facts.subject.casefold()
    return [Reason(f"a subject with “{c}” in it") for c in contains if c.casefold() in text]


def flow(facts: Facts, *, state: Registered) -> list[Reason]:
    """A registered flow covers it: sender, all recipients outside, kinds and number of people.

    state: registered. shown: it also covers that recipients see each other's addresses.

    - flow: registered
    - flow: shown
    """
    name = facts.flow if state == "registered" else facts.flow_shown
    return [Reason(f"the registered flow {name}")] if name else []


_DEFECTS = {
    "type-contradiction": "a file that is not what its name or type says",
}
"""What a defect is called; the others are words already."""


def _recent(facts: Facts, private: bool | None, contact: bool | None) -> int:
    """Of whom the mailbox got something lately, as far as the store knows what they came with."""
    recent = facts.recent
    if private or contact is False:
        return recent.private
    if contact or private is False:
        return recent.people - recent.private
    return recent.people
