"""How many mailboxes receive each person, over all the messages of a campaign.

Messages about the same people share one set of rows, and a letter differs from the next only in
whose mailbox it goes to.  So most mailings are one set, counted once, however many people and
copies there are.  What is counted here is never less than the truth.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, func, select

from dlpguard.facts import Facts
from dlpguard.people import Person
from dlpguard.store.database import Transaction
from dlpguard.store.schema import campaign_mailboxes, campaign_people

MOST_PEOPLE = 50_000
"""People of a message that are told apart.  Who stands beyond them counts with the whole reach."""

MOST_SHARED = 50_000
"""People that a message shares with the other sets of its campaign, once for each of these sets.
Beyond that everybody in it counts with all mailboxes of the campaign: a fifth of a second."""

MOST_UNIONS = 200
"""Different unions of sets that are counted for one message, each by a query."""


def key_of(tx: Transaction, person: Person) -> bytes:
    """The keyed digest by which two messages mean the same person."""
    return tx.keys.digest("person", person.digest)[:16]


def count(
    tx: Transaction, campaign: int, people: bytes, facts: Facts, reach: int
) -> dict[bytes, int]:
    """By each person's own digest, how many outside mailboxes receive them over all members.

    `people` is the message's set.  Left out is who counts with the campaign's `reach` anyway
    (`facts.Campaign.seen_by`): of most mailings that is everybody.
    """
    unions = _Unions(tx, campaign)
    mine = unions.of((people,))
    others = _others(tx, campaign, people)
    excepted = _excepted(tx, campaign, people)
    if others is None:  # more than can be told apart
        mine, others, excepted = unions.of(None), {}, frozenset()
    alone = any(person.addressee for person in facts.people.everyone)
    if not (others or excepted or mine.own or alone) and mine.mailboxes == reach:
        return {}
    seen: dict[bytes, int] = {}
    for person in facts.people.everyone[:MOST_PEOPLE]:
        key = key_of(tx, person)
        union: _Union | None = mine
        if key in others or key in excepted:
            theirs = (() if key in excepted else (people,)) + tuple(others.get(key, ()))
            union = unions.of(theirs) if theirs else None
        number = union.receive(key) if union else 0
        if number != reach - (1 if person.addressee else 0):
            seen[person.digest] = number
    return seen


@dataclass(frozen=True, slots=True)
class _Union:
    """The mailboxes that receive one of some sets of people.

    `own`: how many of them receive nothing but what is their owner's, by owner.
    """

    mailboxes: int
    own: dict[bytes, int]

    def receive(self, person: bytes) -> int:
        """How many receive this person, who is in all of the sets."""
        return self.mailboxes - self.own.get(person, 0)


class _Unions:
    """Unions of sets of a campaign, each counted once; after too many, all of its mailboxes."""

    def __init__(self, tx: Transaction, campaign: int) -> None:
        self._tx = tx
        self._campaign = campaign
        self._counted: dict[tuple[bytes, ...] | None, _Union] = {}

    def of(self, sets: tuple[bytes, ...] | None) -> _Union:
        """Of these sets; None: of all."""
        if sets not in self._counted:
            sets = sets if len(self._counted) < MOST_UNIONS else None
        if sets not in self._counted:
            self._counted[sets] = self._count(sets)
        return self._counted[sets]

    def _count(self, sets: tuple[bytes, ...] | None) -> _Union:
        rows = campaign_mailboxes.c
        which = [rows.campaign_id == self._campaign]
        if sets is not None:
            which.append(rows.people.in_(sets))
        number = select(func.count(rows.mailbox.distinct())).where(*which)
        # Of each mailbox everybody it is said to be of (null: nobody's), and how many those are.
        whose = (
            select(rows.own, func.count().over(partition_by=rows.mailbox).label("claims"))
            .where(*which)
            .group_by(rows.mailbox, rows.own)
            .subquery()
        )
        owners = (
            select(whose.c.own.label("owner"), func.count().label("many"))
            .where(whose.c.claims == 1, whose.c.own.is_not(None))
            .group_by(whose.c.own)
        )
        return _Union(
            int(self._tx.execute(number).scalar_one()),
            {row.owner: int(row.many) for row in self._tx.execute(owners)},
        )


def _others(tx: Transaction, campaign: int, people: bytes) -> dict[bytes, list[bytes]] | None:
    """The other sets that each person of a set is in, sorted; None: too many to look at."""
    another = select(campaign_mailboxes.c.message_id).where(
        campaign_mailboxes.c.campaign_id == campaign, campaign_mailboxes.c.people != people
    )
    if not tx.execute(another.limit(1)).first():
        return {}
    mine, other = campaign_people.alias(), campaign_people.alias()
    same = and_(mine.c.campaign_id == other.c.campaign_id, mine.c.person == other.c.person)
    shared = (
        select(other.c.person, other.c.people)
        .join(mine, same)
        .where(
            mine.c.campaign_id == campaign,
            mine.c.people == people,
            other.c.people != people,
            other.c.disclosed,
        )
        .limit(MOST_SHARED + 1)
    )
    rows = tx.execute(shared).all()
    if len(rows) > MOST_SHARED:
        return None
    sets: dict[bytes, list[bytes]] = {}
    for person, each in sorted((row.person, row.people) for row in rows):
        sets.setdefault(person, []).append(each)
    return sets


def _excepted(tx: Transaction, campaign: int, people: bytes) -> frozenset[bytes]:
    """Those of a set about whom it tells only themselves."""
    rows = campaign_people.c
    return frozenset(
        tx.execute(
            select(rows.person).where(
                rows.campaign_id == campaign, rows.people == people, ~rows.disclosed
            )
        ).scalars()
    )
