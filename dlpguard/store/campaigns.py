"""Campaigns: messages of one sender with the same content, counted together.

A mail server splits 157 recipients into transactions of 50, a mail merge sends one by one; either
way 157 people get the list.  A message joins a campaign when it shares a body or an attachment
with another of its sender inside the window.  From then on its facts say how many outside
mailboxes X

Everything is a keyed digest: no address and no name is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, select, update

from dlpguard.audience import Audience
from dlpguard.facts import Campaign, Facts
from dlpguard.lifecycle import Outcome
from dlpguard.people import Person
from dlpguard.store.database import Transaction
from dlpguard.store.schema import (
    campaign_keys,
    campaign_mailboxes,
    campaign_people,
    campaign_shown,
    campaigns,
    disclosures,
    messages,
    recipients,
)

MOST_PEOPLE = 50_000
"""People of a message that are told apart.  Who stands beyond them counts with the whole reach."""

MOST_SETS = 1_000
"""Sets of people that are united for one message; beyond that the whole reach counts."""

SEVERAL = 2
"""A message that shows so many outside addresses shows them to somebody else."""

_ROWS = 500
"""Values in one statement: SQLite and PostgreSQL both take that many."""


def join(
    tx: Transaction, id: str, facts: Facts, digests: Mapping[str, bytes], window: float
) -> Facts:
    """Make a message a member of its campaign; returns its facts with what the campaign adds.

    `digests` are those of all outside viewers, `window` is in seconds.  Runs inside the transaction
    that commits the verdict.
    """
    sender = tx.execute(select(messages.c.sender_digest).where(messages.c.id == id)).scalar_one()
    campaign = _find(tx, sender, facts, window)
    tx.execute(
        update(campaigns).where(campaigns.c.id == campaign).values(version=campaigns.c.version + 1)
    )
    version = tx.execute(select(campaigns.c.version).where(campaigns.c.id == campaign)).scalar_one()
    carried = _carried(tx, facts)
    people = tx.keys.digest("people", *(p + bytes([d]) for p, d in sorted(carried.items())))
    tx.execute(
        update(messages)
        .where(messages.c.id == id)
        .values(
            campaign_id=campaign,
            campaign_version=version,
            content=tx.keys.digest("content", facts.content.whole),
            people=people if carried else None,
        )
    )
    if carried and not _has(tx, campaign, people):
        rows = [
            {"campaign_id": campaign, "people": people, "person": person, "disclosed": disclosed}
            for person, disclosed in carried.items()
        ]
        tx.execute(insert(campaign_people), rows)
    _reach(tx, id, campaign, people, facts, digests)
    return count(tx, id, facts)


def count(tx: Transaction, id: str, facts: Facts) -> Facts:
    """A member's facts with the numbers of its campaign as they are now."""
    row = tx.execute(
        select(messages.c.campaign_id, messages.c.people, messages.c.content).where(
            messages.c.id == id
        )
    ).one()
    if row.campaign_id is None:
        return facts
    # Unlike mails that only share a leaflet are no mailing; people are counted over them all.
    same = (messages.c.campaign_id == row.campaign_id, messages.c.content == row.content)
    gets = campaign_mailboxes.join(messages, messages.c.id == campaign_mailboxes.c.message_id)
    numbers = tx.execute(
        select(
            func.count(campaign_mailboxes.c.message_id.distinct()).label("members"),
            func.count(campaign_mailboxes.c.mailbox.distinct()).label("reach"),
        )
        .select_from(gets)
        .where(*same)
    ).one()
    shows = campaign_shown.join(messages, messages.c.id == campaign_shown.c.message_id)
    shown = tx.execute(
        select(func.count(campaign_shown.c.mailbox.distinct())).select_from(shows).where(*same)
    ).scalar_one()
    seen = dict(_seen(tx, row.campaign_id, row.people, facts)) if row.people else {}
    audience = facts.audience
    return replace(
        facts,
        campaign=Campaign(
            messages=numbers.members,
            reach=max(numbers.reach, audience.reach),
            exposure=max(shown, audience.exposure),
            seen=seen,
        ),
    )


def renew(tx: Transaction, id: str) -> None:
    """A member has changed: who looked at its campaign before has not seen it as it is now."""
    of_it = select(messages.c.campaign_id).where(messages.c.id == id).scalar_subquery()
    tx.execute(
        update(campaigns).where(campaigns.c.id == of_it).values(version=campaigns.c.version + 1)
    )
    now = select(campaigns.c.version).where(campaigns.c.id == of_it).scalar_subquery()
    tx.execute(update(messages).where(messages.c.id == id).values(campaign_version=now))


def leave(tx: Transaction, id: str) -> None:
    """A message that was not sent reaches nobody: it does not count any more.

    Whom it reached before it was recalled still counts, and what they were shown.
    """
    has_it = exists().where(
        recipients.c.message_id == id,
        recipients.c.digest == campaign_mailboxes.c.mailbox,
        _may_have_it(),
    )
    mine = campaign_mailboxes.c.message_id == id
    tx.execute(delete(campaign_mailboxes).where(mine, ~has_it))
    if not reached(tx, id):
        tx.execute(delete(campaign_shown).where(campaign_shown.c.message_id == id))


def reached(tx: Transaction, id: str) -> bool:
    """Whether anybody has a message, or may have it."""
    found = select(recipients.c.position).where(recipients.c.message_id == id, _may_have_it())
    return tx.execute(found.limit(1)).first() is not None


def _may_have_it() -> ColumnElement[bool]:
    return (recipients.c.outcome == str(Outcome.DELIVERED)) | recipients.c.in_doubt


def part(tx: Transaction, id: str, heir: str, addresses: Iterable[str]) -> None:
    """These addresses of a member are now the recipients of its heir (`messages.split_off`).

    An heir that nobody outside receives is not a member: nothing that siblings do concerns it.
    """
    theirs = mailboxes(tx, addresses)
    moved = tx.execute(
        update(campaign_mailboxes)
        .where(campaign_mailboxes.c.message_id == id, campaign_mailboxes.c.mailbox.in_(theirs))
        .values(message_id=heir)
    )
    tx.execute(
        update(disclosures)
        .where(disclosures.c.message_id == id, disclosures.c.mailbox.in_(theirs))
        .values(message_id=heir)
    )
    if not moved.rowcount:
        none = {"campaign_id": None, "people": None, "content": None}
        tx.execute(update(messages).where(messages.c.id == heir).values(none))


def forget(tx: Transaction) -> None:
    """Forget campaigns that no message has joined for long, some of them at a time."""
    before = tx.now() - tx.periods.campaigns
    joined_since = exists().where(
        messages.c.campaign_id == campaign_mailboxes.c.campaign_id,
        messages.c.received_at >= before,
    )
    old = select(campaign_mailboxes.c.campaign_id).where(~joined_since).distinct().limit(_ROWS)
    for campaign in tx.execute(old).scalars().all():
        for table in (campaign_people, campaign_mailboxes, campaign_shown):
            tx.execute(delete(table).where(table.c.campaign_id == campaign))
    tx.execute(delete(campaign_keys).where(campaign_keys.c.seen_at < before))


def _find(tx: Transaction, sender: bytes, facts: Facts, window: float) -> int:
    """The campaign that shares content with a message: a new one, or several made one."""
    time = tx.now()
    links = [tx.keys.digest("content", link) for link in facts.content.links]
    known = tx.execute(
        select(campaign_keys.c.campaign_id)
        .where(
            campaign_keys.c.sender_digest == sender,
            campaign_keys.c.content.in_(links),
            campaign_keys.c.seen_at > time - window,
        )
        .distinct()
        .order_by(campaign_keys.c.campaign_id)
    ).scalars()
    found = tuple(known)
    if found:
        campaign = found[0]
        # Locked in ascending order; SQLite has one writer.
        tx.execute(select(campaigns.c.id).where(campaigns.c.id.in_(found)).with_for_update())
        for other in found[1:]:
            _merge(tx, other, campaign)
    else:
        made = tx.execute(insert(campaigns).values(sender_digest=sender, opened_at=time))
        campaign = int(made.inserted_primary_key[0]) if made.inserted_primary_key else 0
    for link in links:
        values = {"campaign_id": campaign, "seen_at": time}
        tx.execute(
            tx.upsert(campaign_keys)
            .values(sender_digest=sender, content=link, **values)
            .on_conflict_do_update(index_elements=["sender_digest", "content"], set_=values)
        )
    return int(campaign)


def _merge(tx: Transaction, other: int, campaign: int) -> None:
    """Two campaigns turn out to be one: a message shares something with both."""
    for table in (campaign_people, campaign_mailboxes, campaign_shown):
        columns = [c for c in table.columns if c.name != "campaign_id"]
        names = ["campaign_id", *(c.name for c in columns)]
        rows = select(literal(campaign), *columns).where(table.c.campaign_id == other)
        tx.execute(tx.upsert(table).from_select(names, rows).on_conflict_do_nothing())
        tx.execute(delete(table).where(table.c.campaign_id == other))
    for table in (campaign_keys, messages):
        tx.execute(update(table).where(table.c.campaign_id == other).values(campaign_id=campaign))


def _carried(tx: Transaction, facts: Facts) -> dict[bytes, bool]:
    """The people that a message carries outside; False: to themselves."""
    if not facts.audience.reach:
        return {}
    return {
        key_of(tx, person): not person.addressee for person in facts.people.everyone[:MOST_PEOPLE]
    }


def key_of(tx: Transaction, person: Person) -> bytes:
    """The keyed digest by which two messages mean the same person."""
    return tx.keys.digest("person", person.digest)[:16]


def _has(tx: Transaction, campaign: int, people: bytes) -> bool:
    return bool(
        tx.execute(
            select(campaign_people.c.person)
            .where(campaign_people.c.campaign_id == campaign, campaign_people.c.people == people)
            .limit(1)
        ).first()
    )


def _reach(
    tx: Transaction,
    id: str,
    campaign: int,
    people: bytes,
    facts: Facts,
    digests: Mapping[str, bytes],
) -> None:
    """Record which outside mailboxes get the message, and which it shows to others."""
    outside = [v for v in facts.audience.viewers if v.outside]
    row = {"campaign_id": campaign, "message_id": id}
    receiving = [
        {**row, "people": people, "mailbox": digests[v.address]} for v in outside if v.receives
    ]
    if receiving:
        tx.execute(insert(campaign_mailboxes), receiving)
    if facts.audience.exposure >= SEVERAL:
        shown = [{**row, "mailbox": digests[v.address]} for v in outside if v.shown]
        tx.execute(insert(campaign_shown), shown)


def digests(tx: Transaction, audience: Audience) -> dict[str, bytes]:
    """The keyed digest of every outside viewer's mailbox, by address."""
    addresses = [v.address for v in audience.viewers if v.outside]
    return dict(zip(addresses, mailboxes(tx, addresses), strict=True))


def mailboxes(tx: Transaction, addresses: Iterable[str]) -> list[bytes]:
    """Keyed digests of normalised addresses, in their order; those of `recipients.digest`."""
    return [tx.keys.digest("address", address) for address in addresses]


def _seen(
    tx: Transaction, campaign: int, people: bytes, facts: Facts
) -> Iterator[tuple[bytes, int]]:
    """By each person's own digest, how many outside mailboxes receive them over all members."""
    mine = campaign_people.alias()
    rows = tx.execute(
        select(campaign_people.c.person, campaign_people.c.people)
        .join(
            mine,
            and_(
                mine.c.campaign_id == campaign_people.c.campaign_id,
                mine.c.person == campaign_people.c.person,
            ),
        )
        .where(mine.c.campaign_id == campaign, mine.c.people == people, campaign_people.c.disclosed)
    )
    sets: dict[bytes, list[bytes]] = {}
    for row in rows:
        sets.setdefault(row.person, []).append(row.people)
    if len({each for several in sets.values() for each in several}) > MOST_SETS:
        return
    united: dict[tuple[bytes, ...], int] = {}
    for person in facts.people.everyone[:MOST_PEOPLE]:
        several = tuple(sorted(sets.get(key_of(tx, person), ())))
        if several not in united:
            united[several] = _receivers(tx, campaign, several)
        yield person.digest, united[several]


def _receivers(tx: Transaction, campaign: int, sets: tuple[bytes, ...]) -> int:
    """How many mailboxes receive at least one of these sets of people."""
    if not sets:
        return 0
    return int(
        tx.execute(
            select(func.count(campaign_mailboxes.c.mailbox.distinct())).where(
                campaign_mailboxes.c.campaign_id == campaign,
                campaign_mailboxes.c.people.in_(sets),
            )
        ).scalar_one()
    )
