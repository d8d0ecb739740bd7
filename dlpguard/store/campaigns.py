"""Campaigns: messages of one sender with the same content, counted together.

A mail server splits 157 recipients into transactions of 50, a mail merge sends one by one; either
way 157 people get the list.  A message joins a campaign when it shares a body or an attachment
with another of its sender inside the window.  From then on its facts say how many outside
mailboxes get it, are shown to each other, and receive each person (`seen`).

The window slides: a message joins what one of its kind joined less than a window ago, but no
campaign is joined for longer than a day.  So a drip with pauses shorter than the window adds up,
and a card that a busy sender attaches to everything does not make a year's mail one mailing.  Who
waits for a new day gains no more than who waits for a window.

Everything is a keyed digest: no address and no name is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from dlpguard.audience import Audience
from dlpguard.facts import Campaign, Facts
from dlpguard.lifecycle import Outcome
from dlpguard.store import seen
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared, given
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

SEVERAL = 2
"""A message that shows so many outside addresses shows them to somebody else."""

LONGEST_SECONDS = 86400.0
"""How long after its first message a campaign can be joined, whatever comes in between."""

_RENEW = Prepared(
    update(campaigns)
    .where(campaigns.c.id == bindparam("of"))
    .values({"version": campaigns.c.version + 1})
    .returning(campaigns.c.version)
)
_BELONGS = Prepared(
    update(messages)
    .where(messages.c.id == bindparam("of"))
    .values(given("campaign_id", "campaign_version", "content", "people"))
)
_MEMBER = Prepared(
    select(messages.c.campaign_id, messages.c.people, messages.c.content).where(
        messages.c.id == bindparam("of")
    )
)
# Unlike mails that only share a leaflet are no mailing; people are counted over them all.
_SAME = (
    messages.c.campaign_id == bindparam("campaign"),
    messages.c.content == bindparam("content"),
)
_NUMBERS = Prepared(
    select(
        func.count(campaign_mailboxes.c.message_id.distinct()).label("members"),
        func.count(campaign_mailboxes.c.mailbox.distinct()).label("reach"),
    )
    .select_from(
        campaign_mailboxes.join(messages, messages.c.id == campaign_mailboxes.c.message_id)
    )
    .where(*_SAME)
)
_SHOWN = Prepared(
    select(func.count(campaign_shown.c.mailbox.distinct()))
    .select_from(campaign_shown.join(messages, messages.c.id == campaign_shown.c.message_id))
    .where(*_SAME)
)
_JOINED = Prepared(
    select(campaign_keys.c.campaign_id)
    .join(campaigns, campaigns.c.id == campaign_keys.c.campaign_id)
    .where(
        campaign_keys.c.sender_digest == bindparam("sender"),
        (campaign_keys.c.content == bindparam("content"))
        | (campaign_keys.c.content == bindparam("other")),
        campaign_keys.c.seen_at > bindparam("since"),
        campaigns.c.opened_at > bindparam("opened"),
    )
)
_BEGIN = Prepared(
    insert(campaigns)
    .values(given("sender_digest", "opened_at") | {"version": 1})
    .returning(campaigns.c.id)
)
_KEY = Prepared(
    lambda insert: (
        insert(campaign_keys)
        .values(given("sender_digest", "content", "campaign_id", "seen_at"))
        .on_conflict_do_update(
            index_elements=["sender_digest", "content"], set_=given("campaign_id", "seen_at")
        )
    )
)
_ANYBODY = Prepared(
    select(campaign_people.c.person)
    .where(
        campaign_people.c.campaign_id == bindparam("campaign"),
        campaign_people.c.people == bindparam("people"),
    )
    .limit(1)
)
_CARRIES = Prepared(
    insert(campaign_people).values(given("campaign_id", "people", "person", "disclosed"))
)
_RECEIVING = Prepared(select(recipients.c.digest).where(recipients.c.message_id == bindparam("of")))
_GETS = Prepared(
    insert(campaign_mailboxes).values(
        given("campaign_id", "people", "own", "message_id", "mailbox")
    )
)

_ROWS = 500
"""Values in one statement: SQLite and PostgreSQL both take that many."""


def join(
    tx: Transaction, row: Any, facts: Facts, digests: Mapping[str, bytes], window: float
) -> Facts:
    """Make the message of a row a member of its campaign; returns its facts with what the campaign
    adds.

    `digests` are those of all outside viewers, `window` is in seconds.  Runs inside the transaction
    that commits the verdict.
    """
    id = row.id
    campaign, is_new = _find(tx, row.sender_digest, facts, window)
    version = 1 if is_new else tx.scalar(_RENEW, of=campaign)
    carried, own = _carried(tx, facts)
    people = tx.keys.digest("people", *(p + bytes([d]) for p, d in sorted(carried.items())))
    tx.change(
        _BELONGS,
        of=id,
        campaign_id=campaign,
        campaign_version=version,
        content=tx.keys.digest("content", facts.content.whole),
        people=people if carried else None,
    )
    if carried and not _has(tx, campaign, people):
        rows = [
            {"campaign_id": campaign, "people": people, "person": person, "disclosed": disclosed}
            for person, disclosed in carried.items()
        ]
        tx.change_each(_CARRIES, rows)
    number = _reach(tx, id, campaign, (people, own), facts, digests)
    audience = facts.audience
    apart = not all(carried.values()) or any(p.addressee for p in facts.people.everyone)
    if is_new and own is None and not apart and number == audience.reach:
        # The first of its kind is its own measure, as nearly all mail is.
        return replace(facts, campaign=Campaign(1, audience.reach, audience.exposure))
    return count(tx, id, facts)


def count(tx: Transaction, id: str, facts: Facts) -> Facts:
    """A member's facts with the numbers of its campaign as they are now."""
    row = tx.first(_MEMBER, of=id)
    if row.campaign_id is None:
        return facts
    numbers = tx.first(_NUMBERS, campaign=row.campaign_id, content=row.content)
    shown = tx.scalar(_SHOWN, campaign=row.campaign_id, content=row.content)
    audience = facts.audience
    reach = max(numbers.reach, audience.reach)
    counted = seen.count(tx, row.campaign_id, row.people, facts, reach) if row.people else {}
    return replace(
        facts,
        campaign=Campaign(
            messages=numbers.members,
            reach=reach,
            exposure=max(shown, audience.exposure),
            seen=counted,
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
        none = {"campaign_id": None, "people": None, "content": None, "settle_until": 0.0}
        tx.execute(update(messages).where(messages.c.id == heir).values(none))


def forget(tx: Transaction) -> bool:
    """Forget campaigns that no message has joined for long, and the keys of those that none can
    join any more; some of them at a time.  Whether there may be more."""
    keys = _forget_keys(tx)
    before = tx.now() - tx.periods.campaigns
    tables = (campaign_mailboxes, campaign_people, campaign_shown)
    says_something = or_(*(exists().where(t.c.campaign_id == campaigns.c.id) for t in tables))
    joined_since = exists().where(
        messages.c.campaign_id == campaigns.c.id, messages.c.received_at >= before
    )
    # By their beginning, for which there is an index: all that is younger is not looked at.
    old = (
        select(campaigns.c.id)
        .where(campaigns.c.opened_at < before, says_something, ~joined_since)
        .order_by(campaigns.c.opened_at)
        .limit(_ROWS)
    )
    some = tx.execute(old).scalars().all()
    for campaign in some:
        for table in tables:
            tx.execute(delete(table).where(table.c.campaign_id == campaign))
    return keys or len(some) == _ROWS


def _forget_keys(tx: Transaction) -> bool:
    """Forget the oldest keys that nobody is found by.  Whether there are more.

    Their order is chance: each that is kept is a page of its own that every message may have to
    read, and change.
    """
    seen = campaign_keys.c.seen_at
    gone = seen < tx.now() - LONGEST_SECONDS
    last = tx.execute(select(seen).where(gone).order_by(seen).offset(_ROWS).limit(1)).scalar()
    tx.execute(delete(campaign_keys).where(gone if last is None else seen <= last))
    return last is not None


def _find(tx: Transaction, sender: bytes, facts: Facts, window: float) -> tuple[int, bool]:
    """The campaign that shares content with a message: a new one (True), or several made one."""
    time = tx.now()
    links = [tx.keys.digest("content", link) for link in facts.content.links]
    limits = {"sender": sender, "since": time - window, "opened": time - LONGEST_SECONDS}
    found = sorted(
        {
            row.campaign_id
            for one, other in zip_longest(links[::2], links[1::2])  # hardly any mail has more
            for row in tx.rows(_JOINED, content=one, other=other, **limits)
        }
    )
    if found:
        campaign = found[0]
        # Locked in ascending order; SQLite has one writer.
        tx.execute(select(campaigns.c.id).where(campaigns.c.id.in_(found)).with_for_update())
        if found[1:]:
            _merge(tx, found[1:], campaign)
    else:
        campaign = tx.scalar(_BEGIN, sender_digest=sender, opened_at=time)
    keys = {"sender_digest": sender, "campaign_id": campaign, "seen_at": time}
    tx.change_each(_KEY, [{**keys, "content": link} for link in links])
    return int(campaign), not found


def _merge(tx: Transaction, others: Sequence[int], campaign: int) -> None:
    """Campaigns turn out to be one: a message shares something with each.

    Their versions said nothing about each other.  Whoever looked at one of them has not seen it as
    it is now.
    """
    every = (campaign, *others)
    for table in (campaign_people, campaign_mailboxes, campaign_shown):
        columns = [c for c in table.columns if c.name != "campaign_id"]
        names = ["campaign_id", *(c.name for c in columns)]
        rows = select(literal(campaign), *columns).where(table.c.campaign_id.in_(others))
        tx.execute(tx.upsert(table).from_select(names, rows).on_conflict_do_nothing())
        tx.execute(delete(table).where(table.c.campaign_id.in_(others)))
    versions = select(func.max(campaigns.c.version)).where(campaigns.c.id.in_(every))
    version = tx.execute(versions).scalar_one() + 1
    tx.execute(update(campaigns).where(campaigns.c.id == campaign).values(version=version))
    tx.execute(
        update(messages)
        .where(messages.c.campaign_id.in_(every))
        .values(campaign_id=campaign, campaign_version=version)
    )
    keys = campaign_keys.c.campaign_id
    tx.execute(update(campaign_keys).where(keys.in_(others)).values(campaign_id=campaign))


def _carried(tx: Transaction, facts: Facts) -> tuple[dict[bytes, bool], bytes | None]:
    """The people that a message carries outside (False: only to themselves), and whose own the
    mailbox is that it goes to.

    Apart, so that letters with one list for everybody carry the same people.
    """
    if not facts.audience.reach:
        return {}, None
    carried: dict[bytes, bool] = {}
    for person in facts.people.everyone[: seen.MOST_PEOPLE]:
        key = seen.key_of(tx, person)
        carried[key] = carried.get(key, False) or not person.addressee
    alone = facts.audience.reach == 1
    own = min((p for p, disclosed in carried.items() if alone and not disclosed), default=None)
    if own is not None:
        carried[own] = True
    return carried, own


def _has(tx: Transaction, campaign: int, people: bytes) -> bool:
    return tx.first(_ANYBODY, campaign=campaign, people=people) is not None


def _reach(
    tx: Transaction,
    id: str,
    campaign: int,
    carried: tuple[bytes, bytes | None],
    facts: Facts,
    digests: Mapping[str, bytes],
) -> int:
    """Record which outside mailboxes get the message, and which it shows to others; how many."""
    people, own = carried
    outside = [v for v in facts.audience.viewers if v.outside]
    row = {"campaign_id": campaign, "message_id": id}
    inside = {v.address for v in facts.audience.viewers if not v.outside and v.receives}
    receiving = {r.digest for r in tx.rows(_RECEIVING, of=id)} - set(mailboxes(tx, inside))
    gets = {**row, "people": people, "own": own}
    tx.change_each(_GETS, [{**gets, "mailbox": mailbox} for mailbox in sorted(receiving)])
    if facts.audience.exposure >= SEVERAL:
        shown = [{**row, "mailbox": digests[v.address]} for v in outside if v.shown]
        tx.execute(insert(campaign_shown), shown)
    return len(receiving)


def digests(tx: Transaction, audience: Audience) -> dict[str, bytes]:
    """The keyed digest of every outside viewer's mailbox, by address."""
    addresses = [v.address for v in audience.viewers if v.outside]
    return dict(zip(addresses, mailboxes(tx, addresses), strict=True))


def mailboxes(tx: Transaction, addresses: Iterable[str]) -> list[bytes]:
    """Keyed digests of normalised addresses, in their order; those of `recipients.digest`."""
    return [tx.keys.digest("address", address) for address in addresses]
