"""To whom a held mailing is released: to everybody, or to some of its recipients.

A choice is by circles and addresses, so that it says the same of every copy of a mailing.  What
two people have to approve is a choice: who approves sending it to everybody has not approved
sending it to some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import select

from dlpguard.audience import Audience, Circle
from dlpguard.lifecycle import Outcome
from dlpguard.recipients import normalise
from dlpguard.store import campaigns, messages, verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.schema import recipients

_CIRCLES = {
    Circle.INTERNAL: "inside the organisation",
    Circle.PARTNER: "to partners",
    Circle.EXTERNAL: "to other outside addresses",
    Circle.WEBMAIL: "to personal webmail",
    Circle.PUBLISHING: "to addresses that publish what they receive",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Everybody in these circles, and these mailboxes (normalised addresses) besides.

    Everybody is in exactly one circle, so all circles are everybody (`EVERYBODY`).
    """

    circles: frozenset[Circle] = frozenset()
    addresses: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, circles: Iterable[Circle] = (), addresses: Iterable[str] = ()) -> Choice:
        """A choice as people write it: addresses in any spelling, anything twice."""
        chosen = frozenset(circles)
        every = chosen == frozenset(Circle)
        return cls(chosen, frozenset() if every else frozenset(map(normalise, addresses)))

    def includes(self, address: str, circle: Circle) -> bool:
        """Whether a mailbox (a normalised address) in this circle gets it."""
        return circle in self.circles or address in self.addresses

    def within(self, audience: Audience) -> Choice:
        """The same without the mailboxes of this audience whose circle gets it anyway: two people
        who mean the same have chosen the same."""
        anyway = {viewer.address for viewer in audience.receiving(*self.circles)}
        return Choice(self.circles, self.addresses - anyway)

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return self.circles == frozenset(Circle)

    @property
    def words(self) -> str:
        """The end of "It is sent …", for people: "only inside the organisation"."""
        if self.is_everybody:
            return "to everybody"
        parts = [words for circle, words in _CIRCLES.items() if circle in self.circles]
        if self.addresses:
            more, number = " more" if parts else "", len(self.addresses)
            parts.append(f"to {number}{more} chosen {'recipient' if number == 1 else 'recipients'}")
        *first, last = parts or ["to nobody"]
        return f"only {', '.join(first)}{' and ' if first else ''}{last}"


EVERYBODY = Choice(frozenset(Circle))
INSIDE = Choice(frozenset({Circle.INTERNAL}))
"""Only inside the organisation."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The recipients of a message that wait, as their places in its envelope and their mailboxes:
    those whom a choice gives it to, and those whom it leaves out."""

    given: Mapping[int, str] = field(repr=False)
    left_out: Mapping[int, str] = field(repr=False)


def sides(tx: Transaction, id: str, choice: Choice, audience: Audience) -> Sides:
    """What a choice means for a message, and its audience.

    Who is not known to the audience counts as outside.
    """
    given: dict[int, str] = {}
    left_out: dict[int, str] = {}
    for position, mailbox, circle in _waiting(tx, id, audience):
        side = given if choice.includes(mailbox, circle) else left_out
        side[position] = mailbox
    return Sides(given, left_out)


def waiting(tx: Transaction, id: str, audience: Audience | None = None) -> dict[str, Circle]:
    """The mailboxes that wait for a message, in the order of its envelope, and their circles.

    Whoever has its audience passes it: to open a verdict costs more than all the rest.
    """
    if audience is None:
        record = verdicts.find(tx, id)
        audience = record.facts.audience if record else Audience()
    return {mailbox: circle for _, mailbox, circle in _waiting(tx, id, audience)}


def _waiting(tx: Transaction, id: str, audience: Audience) -> Iterator[tuple[int, str, Circle]]:
    # By their digests: to open thousands of sealed addresses takes longer than a page may.
    digests = campaigns.mailboxes(tx, (viewer.address for viewer in audience.viewers))
    known = dict(zip(digests, audience.viewers, strict=True))
    rows = tx.execute(
        select(recipients)
        .where(recipients.c.message_id == id, recipients.c.outcome == str(Outcome.PENDING))
        .order_by(recipients.c.position)
    )
    for row in rows.all():
        viewer = known.get(row.digest)
        if viewer:
            yield row.position, viewer.address, viewer.circle
        else:
            mailbox = normalise(messages.recipient(tx, row).address)
            yield row.position, mailbox, Circle.EXTERNAL


def seal(tx: Transaction, id: str, choice: Choice) -> bytes | None:
    """A choice as an approval of a message keeps it; None for everybody."""
    if choice.is_everybody:
        return None
    written = (sorted(choice.circles), sorted(choice.addresses))
    return tx.keys.seal(msgspec.msgpack.encode(written), f"choice:{id}")


def unseal(tx: Transaction, id: str, sealed: bytes | None) -> Choice:
    """What `seal` kept."""
    if sealed is None:
        return EVERYBODY
    circles, addresses = msgspec.msgpack.decode(
        tx.keys.open(sealed, f"choice:{id}"), type=tuple[list[Circle], list[str]]
    )
    return Choice(frozenset(circles), frozenset(addresses))
