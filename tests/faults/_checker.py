"""Compares what clients, next hop and reviewers saw with what the store holds.

Every line it gives is a promise that was broken (DESIGN 1); `P4` and so on say which.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.lifecycle import Outcome, State
from tests.faults._history import Arrival, History, Said
from tests.faults._ledger import Ledger, Party, Row
from tests.faults._mail import Fate, Mail, number_of

OWN = "@council.example"
"""Where notices and DSNs may go."""

_WAITS = frozenset({State.QUARANTINED, State.AWAITING_SENDER})

_FIRST: dict[Fate, frozenset[str]] = {
    Fate.FORWARD: frozenset({"pass"}),
    Fate.ASK: frozenset({"ask", "hold"}),  # nobody can ask a null sender: held
    Fate.HOLD: frozenset({"hold"}),
    Fate.SPLIT: frozenset({"hold", "split"}),
    Fate.REFUSE: frozenset({"refuse"}),
    Fate.MAILING: frozenset({"pass", "hold"}),
}
"""What the first verdict on a message of each kind may be."""


@dataclass
class Found:
    """Broken promises, and how often what happened."""

    broken: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def check(history: History, ledger: Ledger) -> Found:
    """Everything that is compared."""
    found = Found(counts=Counter(history.events))
    books = _Books(history, ledger)
    for part in (_custody, _recipients, _bytes, _unread, _decisions, _own_mail, _remains):
        found.broken += part(books, found.counts)
    found.counts["messages sent"] = len(history.mails)
    return found


@dataclass
class _Books:
    history: History
    ledger: Ledger
    families: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Rows of clients' messages by the id that the next hop sees."""
    by_number: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Those ids by the number of the message."""
    arrived: dict[tuple[str, str], list[Arrival]] = field(default_factory=lambda: defaultdict(list))
    """By row and address."""

    def __post_init__(self) -> None:
        numbers = {a: m.number for m in self.history.mails.values() for a in m.recipients}
        rows: dict[tuple[str, str], str] = {}
        for row in self.clients():
            self.families[row.known_as].append(row)
            for party in row.parties:
                rows[row.known_as, party.address] = row.id
                if party.address in numbers:
                    self.by_number[numbers[party.address]].add(row.known_as)
        for arrival in self.history.arrivals:
            for address in arrival.recipients:
                if arrival.number is not None:
                    row_id = rows.get((arrival.id or "", address), "")
                    self.arrived[row_id, address].append(arrival)

    def clients(self) -> Iterator[Row]:
        return (row for row in self.ledger.rows.values() if row.origin == "client")

    def mail_of(self, row: Row) -> Mail | None:
        address = row.parties[0].address if row.parties else ""
        number = address.partition(".m")[2].partition("@")[0]
        return self.history.mails.get(int(number)) if number.isdecimal() else None


def _custody(books: _Books, counts: Counter[str]) -> Iterator[str]:
    """What was answered 250 is there; what was not is not, unless the answer was lost."""
    unanswered = Counter(a.number for a in books.history.attempts if a.said is Said.UNANSWERED)
    accepted = defaultdict[int, set[str]](set)
    for attempt in books.history.attempts:
        counts[f"attempts {attempt.said}"] += 1
        if attempt.said is Said.ACCEPTED:
            accepted[attempt.number].add(attempt.id)
            if attempt.id not in books.families:
                yield f"P1: message {attempt.number} was accepted as {attempt.id} and is not there"
    for number, ids in books.by_number.items():
        unknown = ids - accepted[number]
        counts["messages accepted"] += len(ids)
        if len(ids) > 1:
            yield f"P6: message {number} is there {len(ids)} times: a retry was not known"
        if len(unknown) > unanswered[number]:
            yield f"P1: message {number} is there though its client was refused: {sorted(unknown)}"


def _recipients(books: _Books, counts: Counter[str]) -> Iterator[str]:
    """Everybody is in one row, and ends once."""
    for known_as, family in books.families.items():
        mail = books.mail_of(family[0])
        everyone = sorted(p.address for row in family for p in row.parties)
        if mail is None or everyone != sorted(mail.recipients):
            yield f"P4: {known_as} has other recipients than its client gave"
        for row in family:
            if row.state not in _WAITS | {State.DONE}:
                yield f"P4: {row.id} is still {row.state}"
            counts[f"messages {row.state}"] += 1
            for party in row.parties:
                counts[f"recipients {party.outcome}"] += 1
                counts["recipients in doubt"] += party.in_doubt
                yield from _ending(books, row, party, counts)


def _ending(books: _Books, row: Row, party: Party, counts: Counter[str]) -> Iterator[str]:
    arrivals = books.arrived[row.id, party.address]
    times, outcome = len(arrivals), party.outcome
    who = f"{row.id} {party.address}"
    counts["recipients twice"] += times > 1
    if (row.state == State.DONE) is (outcome == Outcome.PENDING):
        yield f"P4: {who} is {outcome}, and the message {row.state}"
    if times > 1 and not party.in_doubt:
        yield f"P6: {who} has it {times} times and is not flagged"
    if outcome == Outcome.DELIVERED and not any(a.answered for a in arrivals):
        yield f"P1: {who} is delivered, and the next hop never took it"
    if outcome == Outcome.RETURNED and times:
        yield f"P5: {who} was returned and has it"
    if outcome in {Outcome.BOUNCED, Outcome.EXPIRED} and times and not party.in_doubt:
        yield f"P4: {who} is {outcome} and has it"
    if outcome == Outcome.BOUNCED and not party.reply.startswith("5"):
        yield f"P4: {who} bounced on {party.reply}"
    if row.state in _WAITS and times:
        yield f"P2: {who} has it, and it is {row.state}"


def _bytes(books: _Books, _counts: Counter[str]) -> Iterator[str]:
    """Sender, recipients and bytes are those of the client."""
    for arrival in books.history.arrivals:
        if arrival.number is None:
            continue
        mail = books.history.mails[arrival.number]
        if not arrival.is_whole:
            yield f"P3: {arrival.id} has other bytes than message {mail.number}"
        if arrival.sender != mail.sender or not set(arrival.recipients) <= set(mail.recipients):
            yield f"P6: {arrival.id} has another envelope than message {mail.number}"
    for (row_id, address), arrivals in books.arrived.items():
        if not row_id:
            yield f"P6: {arrivals[0].id} went to {address}, which no row says"


def _unread(books: _Books, counts: Counter[str]) -> Iterator[str]:
    """Nothing leaves before a verdict, or a person, lets it."""
    left = [(a.id, a.at) for a in books.history.arrivals if a.number is not None]
    cut = [(c.id, c.at) for c in books.history.cuts if c.id]
    counts["cut off at the next hop"] = len(books.history.cuts)
    for id, at in left + cut:
        ready = [row.when_ready() for row in books.families.get(id or "", ())]
        if not any(r is not None and r <= at for r in ready):
            yield f"P2: bytes of {id} left before anything let them"
    for row in books.clients():
        mail = books.mail_of(row)
        verdicts = [s.event for s in row.steps if s.event not in {"accept", "retry", "claim"}]
        if row.has("crash"):
            counts["messages held as crashes"] += State.QUARANTINED in {s.target for s in row.steps}
        elif mail and verdicts and verdicts[0] not in _FIRST[mail.fate]:
            yield f"P2: {row.id} is to be {mail.fate}, and its verdict was {verdicts[0]}"
        if row.when_ready() is not None and not row.has_verdict:
            yield f"P2: {row.id} was let go without a verdict"


def _decisions(books: _Books, counts: Counter[str]) -> Iterator[str]:
    """Of two people one wins, and each is told the truth."""
    told = defaultdict[tuple[str, bool], list[str]](list)
    for decision in books.history.decisions:
        counts[f"decisions told {decision.told or 'nothing'}"] += 1
        by_sender = decision.act in {"confirm", "cancel"}
        if decision.told == "done":
            told[decision.id, by_sender].append(f"{decision.act} by {decision.actor}")
    for row in books.clients():
        for by_sender, acts in ((False, ("release", "return")), (True, ("confirm", "cancel"))):
            made = [f"{s.event} by {s.actor}" for s in row.steps if s.event in acts]
            if len(made) > 1:
                yield f"P5: {row.id} was decided {len(made)} times: {made}"
            if told[row.id, by_sender] not in ([], made):
                yield f"P5: {row.id}: told {told[row.id, by_sender]}, done {made}"


def _own_mail(books: _Books, counts: Counter[str]) -> Iterator[str]:
    """Notices stay at home, end, and every bounce is told of."""
    told = b""
    for arrival in books.history.arrivals:
        if arrival.number is None:
            counts["notices and DSNs that arrived"] += 1
            told += arrival.content
            if arrival.sender or any(not r.endswith(OWN) for r in arrival.recipients):
                yield "P8: something of our own went outside"
    deaf = {
        p.address
        for row in books.ledger.rows.values()
        if row.origin == "notice"
        for p in row.parties
        if p.outcome != Outcome.DELIVERED
    }
    for row in books.clients():
        mail = books.mail_of(row)
        bounced = [p for p in row.parties if p.outcome == Outcome.BOUNCED]
        for party in bounced if mail and mail.sender and mail.sender not in deaf else ():
            if b"rfc822; " + party.address.encode() not in told:
                yield f"P4: nobody was told that {row.id} did not reach {party.address}"
    for row in books.ledger.rows.values():
        if row.origin == "notice" and row.state != State.DONE:
            yield f"P4: a notice is still {row.state}"


def _remains(books: _Books, counts: Counter[str]) -> Iterator[str]:
    """What is held can be read; nothing else is left."""
    ledger = books.ledger
    counts["body files still to be swept"] = ledger.stray_files
    if ledger.open_attempts:
        yield f"P4: {ledger.open_attempts} attempts are open"
    if ledger.missing_files:
        yield f"P1: the files of {ledger.missing_files} bodies are gone"
    if ledger.stray_bodies:
        yield f"P8: {ledger.stray_bodies} bodies are kept that no message needs"
    for row in books.clients():
        if row.content is not None:
            number = number_of(row.content)
            mail = books.history.mails.get(number) if number is not None else None
            if not mail or mail.content != row.content:
                yield f"P3: the content of {row.id} is not what its client sent"
