"""All that a policy may look at.  No text of the message is in it but what a place names."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.audience import Audience
from dlpguard.document import Gap, Hidden
from dlpguard.finding import Confidence
from dlpguard.people import People, Person


@dataclass(frozen=True, slots=True)
class Tally:
    """Distinct values of one kind, each counted once at the best confidence it was found with."""

    high: int = 0
    medium: int = 0
    low: int = 0

    @property
    def distinct(self) -> int:
        """How many different values there are at all."""
        return self.high + self.medium + self.low

    def found_with(self, confidence: Confidence) -> int:
        """How many were found with this confidence or more."""
        steps = (Confidence.HIGH, self.high), (Confidence.MEDIUM, self.medium)
        return sum(n for step, n in (*steps, (Confidence.LOW, self.low)) if step >= confidence)


@dataclass(frozen=True, slots=True)
class HiddenPlace:
    """A place whose content a person looking at the file would not see, and why."""

    where: str = field(repr=False)
    why: Hidden


@dataclass(frozen=True, slots=True)
class Campaign:
    """The messages of one sender that carry the same content, counted together.

    A message on its own is a campaign of one.  `reach` and `exposure` are over all its messages.
    `seen` maps a person's digest to the distinct outside mailboxes that receive them, themselves
    excepted; who is not in it counts with the whole reach.
    """

    messages: int = 1
    reach: int = 0
    exposure: int = 0
    seen: dict[bytes, int] = field(default_factory=dict, repr=False)

    def seen_by(self, person: Person) -> int:
        """How many outside mailboxes this person is disclosed to.  Not to themselves."""
        return self.seen.get(person.digest, self.reach - (1 if person.addressee else 0))


@dataclass(frozen=True, slots=True)
class Content:
    """By what a message finds its campaign: digests, unkeyed; the store keys them before it keeps
    them.

    `whole` is of its text, names and greeting left out, with all attachments: two messages with
    the same are the same mail to other people.  `links` are of what is enough to belong together:
    the raw body, the text without names where there is enough of it, each attachment; `files` are
    those of them that are of attachments.
    """

    whole: bytes = field(default=b"", repr=False)
    links: tuple[bytes, ...] = field(default=(), repr=False)
    files: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Recent:
    """Whose data the sender has sent to one mailbox over some days, this message included.

    The store counts it for a message that goes to what looks like the sender's own mailbox
    (`Audience.self_send`), and for one whose only outside recipient is a personal mailbox, so
    that eleven small mails count as one.  For all other messages it stays as it is by default.

    `people`: the different people (by digest) in this message and in the sender's earlier mail to
    the same mailbox, themselves excepted.  `private`: those of them that came with something
    private in at least one of these messages.  What was returned, or never left, does not count.
    `days`: over how many days that is.
    """

    people: int = 0
    private: int = 0
    days: int = 30


@dataclass(frozen=True, slots=True)
class Facts:
    """What inspection found out about one message.

    `findings` maps a kind to its tally, `special` names the special categories that are spoken of
    ("health"), `formats` are the formats of what is attached, at any depth, `size` is in bytes.
    `author` is the display name in From, "" when there is none.  `plain_subject` is the subject
    when nothing was found in it, otherwise "": it may be shown in notices.

    What the settings and the policy directory say about it is filled in by `policy.evaluate`:
    `groups` are the groups that the sender is in, `flow` the registered flow that covers it,
    `flow_shown` the one that also covers whose addresses it shows.

    `may_ask`: its envelope sender is of the organisation's own domains (or null).  Notices go to no
    others, so anybody else would never hear of a question.

    `greets_another`: it greets somebody else than its only recipient outside, by whose address or
    name it shows.
    """

    sender: str = field(repr=False)
    subject: str = field(default="", repr=False)
    size: int = 0
    people: People = field(default_factory=People)
    findings: dict[str, Tally] = field(default_factory=dict)
    special: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    hidden: tuple[HiddenPlace, ...] = ()
    formats: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    audience: Audience = field(default_factory=Audience)
    campaign: Campaign = field(default_factory=Campaign)
    author: str = field(default="", repr=False)
    plain_subject: str = field(default="", repr=False)
    recent: Recent = field(default_factory=Recent)
    groups: tuple[str, ...] = ()
    flow: str = ""
    content: Content = field(default_factory=Content, repr=False)
    flow_shown: str = ""
    greets_another: bool = False
    may_ask: bool = True
