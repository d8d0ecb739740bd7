"""Where data of one person is kept.  Everything that is sealed is opened and looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from dlpguard import evidence
from dlpguard.casefile.person import Sought
from dlpguard.document import Block, Document, Text
from dlpguard.errors import ConfigurationError, KeyDestroyedError, NotFoundError
from dlpguard.facts import Facts
from dlpguard.lifecycle import State
from dlpguard.store import accounts, audit, bodies, seen, traces, verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.traces import Links, Row

AS_SENDER, AS_RECIPIENT = "sender", "recipient"
SHOWN, NAMED = "address shown", "named in it"
IN_SUBJECT, WRITTEN = "in its subject", "in what people wrote about it"

AROUND = 150
"""Characters of a text on each side of somebody's name that are shown with it."""

MOST_PASSAGES = 200
"""Passages of one message; who is in more of it is told that they are."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A message with data of somebody: what they are in it, and which kinds go with them.

    `places` are where their data stands in what was found; `passages` is the text around their
    name, `rows` the rows of tables that are about them.  `subject` is the message's.  `kept_until`
    is 0.0 where nobody keeps it for an incident; `copies_wait` as for `traces.Row`.
    """

    id: str
    received_at: float
    state: State
    has_content: bool
    kept_until: float
    roles: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = field(default=(), repr=False)
    passages: tuple[str, ...] = field(default=(), repr=False)
    rows: tuple[str, ...] = field(default=(), repr=False)
    subject: str = field(default="", repr=False)
    copies_wait: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was found.

    `acted` counts the entries of the audit that they made, `told_of` those that say something of
    them.  `links` counts keyed digests by what they are for.  `unread` is how many messages could
    not be looked at, because their key was destroyed or they are damaged.
    """

    sought: Sought = field(repr=False)
    mentions: tuple[Mention, ...]
    accounts: tuple[str, ...] = field(repr=False)
    acted: int = 0
    told_of: int = 0
    links: dict[str, int] = field(default_factory=dict)
    known: Links = field(default_factory=Links, repr=False)
    unread: int = 0


def find(
    store: Store,
    sought: Sought,
    told: Callable[[int], None] = lambda _looked: None,
) -> Found:
    """Look everywhere.  Blocks: every message is opened.  `told` hears how many were."""
    read = store.database.read_now
    mailboxes = sought.mailboxes(store.keys)
    sent = read(lambda tx: traces.sent(tx, mailboxes))
    received = read(lambda tx: traces.received(tx, mailboxes))
    mentions: list[Mention] = []
    people: set[bytes] = set()
    unread = looked = 0
    after = ""
    while rows := read(partial(traces.page, after=after)):
        after = rows[-1].id
        for row in rows:
            roles = [AS_SENDER] * (row.id in sent) + [AS_RECIPIENT] * (row.id in received)
            try:
                look = read(partial(_look, row=row, sought=sought, roles=roles))
            except NotFoundError:  # forgotten meanwhile
                continue
            people |= look.people
            unread += not look.whole
            mentions += [look.mention] if look.mention else []
        looked += len(rows)
        told(looked)
    known = Links(mailboxes, frozenset(people))
    names, acted, told_of = read(partial(_elsewhere, sought=sought))
    links = read(lambda tx: traces.links(tx, known))
    return Found(sought, tuple(mentions), names, acted, told_of, links, known, unread)


@dataclass(frozen=True, slots=True)
class _Look:
    """What came of looking at one message; `whole`: all of it could be read."""

    mention: Mention | None
    people: frozenset[bytes] = field(default=frozenset(), repr=False)
    whole: bool = True


_UNREADABLE = (KeyDestroyedError, ConfigurationError, ValueError)
"""Its key was destroyed, or it is damaged; the rest is known all the same."""


def _look(tx: Transaction, row: Row, sought: Sought, roles: list[str]) -> _Look:
    passages: tuple[_Passage, ...] = ()
    facts, whole = Facts(sender=""), True
    roles = [*roles]
    try:
        record = verdicts.find(tx, row.id)
        facts = record.facts if record else facts
        if any(map(sought.is_in, traces.written(tx, row.id))):
            roles.append(WRITTEN)
        if record and row.has_content:
            passages = tuple(_passages(tx, row, sought))
    except _UNREADABLE:
        whole = False
    theirs = [p for p in facts.people.everyone if sought.is_in(p.name)]
    if any(v.shown and sought.is_mailbox(v.address) for v in facts.audience.viewers):
        roles.append(SHOWN)
    if sought.is_in(facts.subject):
        roles.append(IN_SUBJECT)
    if theirs or passages:
        roles.append(NAMED)
    if not roles:
        return _Look(None, whole=whole)
    mention = replace(
        _mention(row, roles),
        kinds=tuple(sorted({kind for p in theirs for kind in p.kinds})),
        places=tuple(dict.fromkeys([*(p.where for p in theirs), *(p.where for p in passages)])),
        passages=tuple(p.text for p in passages if not p.is_row),
        rows=tuple(p.text for p in passages if p.is_row),
        subject=facts.subject,
    )
    return _Look(mention, frozenset(seen.key_of(tx, p) for p in theirs), whole)


def _mention(row: Row, roles: list[str]) -> Mention:
    return Mention(
        row.id,
        row.received_at,
        row.state,
        row.has_content,
        row.kept_until,
        tuple(roles),
        copies_wait=row.copies_wait,
    )


@dataclass(frozen=True, slots=True)
class _Passage:
    """Where something names somebody: the place, and what stands there."""

    where: str = field(repr=False)
    text: str = field(repr=False)
    is_row: bool = False


def _passages(tx: Transaction, row: Row, sought: Sought) -> Iterator[_Passage]:
    """Where what was kept for reviewers names somebody."""
    packed = bodies.read_evidence(tx, row.id)
    if packed:
        blocks = _blocks(evidence.unpack(packed).document)
        found = (passage for block in blocks for passage in _in_block(block, sought))
        yield from islice(found, MOST_PASSAGES)


def _in_block(block: Block, sought: Sought) -> Iterator[_Passage]:
    if isinstance(block, Text):
        for start, end in sought.spans(block.text):
            around = block.text[max(0, start - AROUND) : end + AROUND]
            yield _Passage(block.where, " ".join(around.split()))
        return
    for number, cells in enumerate(block.rows):
        row = ", ".join(cell for cell in cells if cell)  # forename and surname may be two of them
        if sought.is_in(row):
            yield _Passage(block.row_place(number), row, is_row=True)


def _blocks(document: Document) -> Iterator[Block]:
    yield from document.blocks
    for inside in document.inside:
        yield from _blocks(inside)


def _elsewhere(tx: Transaction, sought: Sought) -> tuple[tuple[str, ...], int, int]:
    """Accounts, and entries of the audit: those that they made, and those that name them."""
    names = tuple(
        a.name
        for a in accounts.everyone(tx)
        if sought.is_mailbox(a.name) or sought.is_in(a.full_name)
    )
    acted = told_of = 0
    for entry in audit.entries(tx):
        acted += sought.is_mailbox(entry.actor)
        told_of += sought.is_in(entry.detail) or sought.is_mailbox(entry.subject)
    return names, acted, told_of
