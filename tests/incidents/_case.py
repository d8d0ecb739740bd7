"""One thing that the bench tries: mail that leaks (an incident's variant) or that must pass."""

from __future__ import annotations

import csv
import email.message
import email.policy
import mimetypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard.verdict import Action
from tests.incidents._people import Person, draw, people, plain

OWN = "council.example"
PARTNER = "nhs.example"
WEBMAIL = ("webmail.example", "homemail.example")
PUBLISHING = "foi.example"

FACTS = Path(__file__).with_name("incidents.tsv")

MEMBERS = 20_000
"""From this number on, people are the organisation's own: those who send."""

MAILBOXES = 21_000
"""From this number on, people are those who are written to."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One SMTP transaction."""

    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """An incident in one of its variants, or a benign twin of one.

    `send` makes the transactions; `before` is earlier mail of the same sender, which passes.
    `people` is how many others are in it with something private, `hidden` how many of them
    nobody sees who looks at it.  An incident has to be stopped by one of the policies `right`,
    which names the right reason, with `least` or more.  A twin may meet `most` at most.
    """

    incident: str
    variant: str
    send: Callable[[], tuple[Copy, ...]] = field(repr=False)
    people: int
    hidden: int = 0
    right: frozenset[str] = frozenset()
    benign: bool = False
    most: Action = Action.ALLOW
    before: Callable[[], tuple[Copy, ...]] = field(default=tuple, repr=False)

    @property
    def name(self) -> str:
        """Unique in the bench."""
        return f"{self.incident} · {self.variant}"


def facts() -> dict[str, dict[str, str]]:
    """The rows of incidents.tsv by their id, in their order."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file, delimiter="\t")}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the organisation who sends mail."""

    person: Person

    @property
    def address(self) -> str:
        """Their mailbox at work."""
        return f"{plain(self.person.forename)}.{plain(self.person.surname)}@{OWN}"

    @property
    def home(self) -> str:
        """Their mailbox at home, as in the Essex case: surname, initial, year."""
        who = self.person
        return f"{plain(who.surname)}{plain(who.forename)[0]}{who.born:%y}@{WEBMAIL[0]}"

    @property
    def shown(self) -> str:
        """As From shows them.  Names are plain here: the header's encoding is not the point."""
        who = self.person
        return f"{plain(who.forename).title()} {plain(who.surname).title()} <{self.address}>"


def member(name: str) -> Member:
    """Whoever sends this case: one for each, so that no case is a copy of another's mailing."""
    number = _numbers.setdefault(name, MEMBERS + len(_numbers))
    return Member(people(number, 1)[0])


_numbers: dict[str, int] = {}


def private_mailboxes(count: int, start: int = 0) -> tuple[str, ...]:
    """Mailboxes of private people."""
    found = people(MAILBOXES + start, count)
    return tuple(f"{p.mailbox}@{WEBMAIL[p.number % 3 == 0]}" for p in found)


def businesses(count: int, start: int = 0) -> tuple[str, ...]:
    """Mailboxes of firms and charities."""
    kinds = ("sales", "info", "office", "tenders", "hello")
    trades = len(_TRADES)
    return tuple(
        f"{kinds[n % 5]}@{_TRADES[n % trades]}{_KINDS[n // trades % len(_KINDS)]}.example"
        for n in range(start, start + count)
    )


_TRADES = (
    *("acorn", "barnacle", "cobble", "dovecote", "ember", "fathom", "gantry", "harrow", "inkwell"),
    *("jubilee", "keystone", "lantern", "mortar", "nimbus", "oriel", "parapet", "quarry", "rafter"),
    *("sextant", "tiller"),
)
_KINDS = ("works", "group", "hire", "trust", "taxis", "supplies")


def letter(
    sender: Member,
    subject: str,
    text: str,
    *,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    attach: Iterable[tuple[str, bytes]] = (),
    number: int = 0,
) -> bytes:
    """A message as a mail program writes it.  Without `to` it is addressed to its own sender."""
    message = email.message.EmailMessage(email.policy.SMTP)
    message["From"] = sender.shown
    message["To"] = ", ".join(to) or sender.shown
    if cc:
        message["Cc"] = ", ".join(cc)
    message["Subject"] = subject
    message["Date"] = "Fri, 19 Jul 2013 09:30:00 +0100"
    mark = draw(f"{subject} {text[:200]} {to[:1]}", number)
    message["Message-ID"] = f"<{mark:012x}.{sender.address}>"
    signature = f"\nKind regards\n{plain(sender.person.forename).title()}\n"
    message.set_content(text if text.endswith("\n--\n") else text + signature)
    for name, content in attach:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if name.endswith((".csv", ".zip")):
            kind = {"csv": "text/csv", "zip": "application/zip"}[name[-3:]]
        major, minor = kind.split("/")
        message.add_attachment(content, maintype=major, subtype=minor, filename=name)
    if message.is_multipart():
        message.set_boundary(f"----=_Part_{mark:024x}")
    return message.as_bytes()


def mailing(
    sender: Member,
    subject: str,
    text: str,
    recipients: Sequence[str],
    *,
    shown: str = "Bcc",
    transactions: str = "one",
    attach: Sequence[tuple[str, bytes]] = (),
) -> tuple[Copy, ...]:
    """A mailing to many, addressed by To, Cc or Bcc, in one transaction, by fifties or one by one.

    One by one is a mail merge: each has a header of its own, which shows that recipient only
    (nobody when it is by Bcc).
    """

    def written(to: Sequence[str], number: int) -> bytes:
        return letter(
            sender,
            subject,
            text,
            to=to if shown == "To" else (),
            cc=to if shown == "Cc" else (),
            attach=attach,
            number=number,
        )

    if transactions == "one by one":
        return tuple(
            Copy(sender.address, (address,), written((address,), number))
            for number, address in enumerate(recipients)
        )
    content = written(recipients, 0)
    size = {"one": len(recipients), "fifties": 50}[transactions]
    return tuple(
        Copy(sender.address, tuple(recipients[start : start + size]), content)
        for start in range(0, len(recipients), size)
    )


def single(
    sender: Member,
    to: Sequence[str],
    subject: str,
    text: str,
    attach: Sequence[tuple[str, bytes]] = (),
    number: int = 0,
) -> Copy:
    """A mail to a few, in To."""
    content = letter(sender, subject, text, to=to, attach=attach, number=number)
    return Copy(sender.address, tuple(to), content)


def known(sender: Member, *recipients: str) -> Callable[[], tuple[Copy, ...]]:
    """Earlier mail, so that these recipients are no strangers to the sender."""

    def send() -> tuple[Copy, ...]:
        text = "Good morning,\n\nthe meeting is in room 2 instead of room 4.\n"
        content = letter(sender, "Room", text, to=recipients)
        return (Copy(sender.address, recipients, content),)

    return send


def every(*makers: Callable[[], Iterator[Case]]) -> tuple[Case, ...]:
    """The cases of several makers; no name twice."""
    cases = tuple(case for maker in makers for case in maker())
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), [n for n in names if names.count(n) > 1]
    return cases
