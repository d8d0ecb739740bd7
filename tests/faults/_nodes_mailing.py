"""A mailing to 157 people, one transaction each, over both relays: it is one campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dlpguard.lifecycle import Outcome, State
from dlpguard.store import quarantine
from dlpguard.store.database import Transaction
from tests.faults._history import History, Said
from tests.faults._ledger import Ledger
from tests.faults._mail import Fate, Mail, make

COPIES = 157
"""Recipients, each in a transaction of its own: as many as the incident had."""

FIRST = 1_000_000
"""Numbers of mailings' messages start here, those of one a thousand after those of another."""


@dataclass(frozen=True)
class Mailing:
    """One mailing; `number` counts them from 0."""

    number: int
    mails: tuple[Mail, ...]

    @property
    def sender(self) -> str:
        """Whose it is; nobody else's mail comes from there."""
        return self.mails[0].sender


@dataclass(frozen=True)
class Line:
    """What reviewers saw of a mailing when all of it was held, and what they decided."""

    lines: int
    copies: int
    reach: int
    left: int
    at: float
    """When that was, in seconds since 1970: what left before has leaked."""
    act: str

    @property
    def is_one(self) -> bool:
        """Whether it is one line with all copies, of which none has left."""
        return (self.lines, self.copies, self.reach, self.left) == (1, COPIES, COPIES, 0)


def mailing(seed: int, number: int) -> Mailing:
    """The same text to 157 people; each copy has its own Message-ID, as a mail merge has."""
    body = make(seed, FIRST + number, Fate.MAILING).content.partition(b"\r\n\r\n")[2]
    sender = f"mailing{number}@council.example"

    def copy(n: int) -> Mail:
        id = FIRST + 1000 * number + n
        head = (
            f"From: Ann <{sender}>\r\nTo: undisclosed recipients:;\r\n"
            f"Subject: MAILING number {number}\r\nDate: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
            f"Message-ID: <m{id}@council.example>\r\n\r\n"
        ).encode()
        return Mail(id, Fate.MAILING, sender, (f"r0.m{id}@outside.example",), head + body)

    return Mailing(number, tuple(copy(n) for n in range(COPIES)))


def is_of_mailing(sender: str) -> bool:
    """Whether a sender sends nothing but a mailing."""
    return sender.startswith("mailing")


def ids(mailing: Mailing, history: History) -> frozenset[str]:
    """By what the relays know the copies whose clients have their answer."""
    numbers = {mail.number for mail in mailing.mails}
    done = (a for a in history.attempts if a.said is Said.ACCEPTED)
    return frozenset(a.id for a in done if a.number in numbers)


def look(tx: Transaction, copies: frozenset[str], act: str) -> tuple[str, Line]:
    """The id of the first line of it, and what is seen there."""
    found = [held for held in quarantine.held(tx) if copies & set(held.copies)]
    first = found[0]
    reach = first.record.facts.campaign.reach
    line = Line(len(found), len(first.copies), reach, first.left, tx.now(), act)
    return first.id, line


def check(
    mailing: Mailing, line: Line | None, history: History, ledger: Ledger, relays: Iterable[str]
) -> Iterator[str]:
    """What is not as it would be with one relay; `relays` are those that took its copies."""
    name = f"the mailing of {mailing.sender}"
    if line is None:
        states = Counter(ledger.rows[id].state for id in ids(mailing, history))
        yield f"P4: {name} was never held whole: {dict(states)}"
        return
    if not line.is_one:
        yield f"P5: {name} was seen as {line}"
    numbers = {mail.number for mail in mailing.mails}
    arrivals = [a for a in history.arrivals if a.number in numbers]
    cuts = [c for c in history.cuts if c.id in ids(mailing, history)]
    early = sum(at < line.at for at in [*(a.at for a in arrivals), *(c.at for c in cuts)])
    if early:
        yield f"P2: {early} copies of {name} left before somebody decided"
    if len(set(relays)) < 2:
        yield f"{name} came through one relay only: the test is none"
    rows = [ledger.rows[id] for id in ids(mailing, history)]
    decided = {s.event for row in rows for s in row.steps if s.event in {"release", "return"}}
    if decided != {line.act}:
        yield f"P5: {name}: {line.act} was decided, {sorted(decided)} happened"
    undone = sum(not row.has(line.act) or row.state != State.DONE for row in rows)
    if undone:
        yield f"P5: {undone} copies of {name} were not decided with the others"
    ended = {party.outcome for row in rows for party in row.parties}
    allowed = {Outcome.RETURNED} if line.act == "return" else {Outcome.DELIVERED, Outcome.BOUNCED}
    if not ended <= allowed:
        yield f"P4: copies of {name} ended as {sorted(ended)}"
