"""All that a policy may look at.  No text of the message is in it but what a place names."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.audience import Audience
from dlpguard.document import Gap, Hidden
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
class Facts:
    """What inspection found out about one message.

    `findings` maps a kind to its tally, `special` names the special categories that are spoken of
    ("health"), `formats` are the formats of what is attached, at any depth, `size` is in bytes.
    `author` is the display name in From, "" when there is none.  `plain_subject` is the subject
    when nothing was found in it, otherwise "": it may be shown in notices.
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
