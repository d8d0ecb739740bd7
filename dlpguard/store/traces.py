"""Where somebody's data is kept: by their address, whose digest stands in many places, or in what
is sealed, which has to be opened to be looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select

from dlpguard.errors import StaleError
from dlpguard.lifecycle import State
from dlpguard.store import batches, bodies, retention
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import (
    campaign_mailboxes,
    campaign_people,
    campaign_shown,
    comments,
    contacts,
    disclosures,
    messages,
    moves,
    recipients,
)

PAGE = 200
"""Messages that one transaction looks at: everything of them is opened."""

ERASED_AT_ONCE = 50
"""Messages that one transaction deletes."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the database itself says of a message.  Times in seconds since 1970.

    `copies_wait`: others of its mailing are under way, and are counted with it.
    """

    id: str
    state: State
    origin: str
    received_at: float
    kept_until: float
    has_content: bool
    copies_wait: bool


@dataclass(frozen=True, slots=True)
class Links:
    """Keyed digests by which somebody is known again: of their addresses, and of them as a person
    in what was sent."""

    mailboxes: frozenset[bytes] = field(default=frozenset(), repr=False)
    people: frozenset[bytes] = field(default=frozenset(), repr=False)


def page(tx: Transaction, after: str = "") -> tuple[Row, ...]:
    """The next messages, by id."""
    columns = messages.c
    query = select(messages, _copies_wait().label("copies_wait"))
    return tuple(
        Row(
            row.id,
            State(row.state),
            row.origin,
            row.received_at,
            row.kept_until or 0.0,
            row.body_id is not None,
            bool(row.copies_wait),
        )
        for row in tx.execute(query.where(columns.id > after).order_by(columns.id).limit(PAGE))
    )


def sent(tx: Transaction, mailboxes: Collection[bytes]) -> frozenset[str]:
    """The messages that these mailboxes sent."""
    found = select(messages.c.id).where(messages.c.sender_digest.in_(mailboxes))
    return frozenset(tx.execute(found).scalars())


def received(tx: Transaction, mailboxes: Collection[bytes]) -> frozenset[str]:
    """The messages of which they are recipients."""
    found = select(recipients.c.message_id).where(recipients.c.digest.in_(mailboxes))
    return frozenset(tx.execute(found).scalars())


def written(tx: Transaction, id: str) -> Iterator[str]:
    """What people wrote about a message: reasons and comments."""
    for row in tx.execute(select(moves.c.reason).where(moves.c.message_id == id)):
        if row.reason:
            yield tx.keys.open_lasting(row.reason, f"reason:{id}").decode()
    for row in tx.execute(select(comments.c.text).where(comments.c.message_id == id)):
        yield tx.keys.open(row.text, f"comment:{id}").decode()


def links(tx: Transaction, known: Links) -> dict[str, int]:
    """How many digests of them there are, by what they are for."""
    return {
        what: int(tx.execute(select(func.count()).where(which)).scalar_one())
        for what, (_, which) in _links(known).items()
    } | {
        what: int(tx.execute(select(func.count()).where(which)).scalar_one())
        for what, which in _of_campaigns(known).items()
    }


def forget_links(tx: Transaction, known: Links) -> dict[str, int]:
    """Delete those digests that nothing under way needs; how many were."""
    gone = {}
    for what, (table, which) in _links(known).items():
        done = which
        if what == "told about":  # what still waits is counted with
            ended = select(messages.c.id).where(messages.c.state == str(State.DONE))
            done = which & disclosures.c.message_id.in_(ended)
        gone[what] = int(tx.execute(delete(table).where(done)).rowcount)
    gone["people of mailings"] = _forget_sets(tx, known)
    return gone


def _forget_sets(tx: Transaction, known: Links) -> int:
    """Delete sets of people that they are in and that no message carries any more: whole, because
    a set without one of its people would be counted wrong."""
    mine, boxes = campaign_people.alias(), campaign_mailboxes.c
    of_set = (
        mine.c.campaign_id == campaign_people.c.campaign_id,
        mine.c.people == campaign_people.c.people,
    )
    is_in = exists().where(*of_set, mine.c.person.in_(known.people))
    is_carried = exists().where(
        boxes.campaign_id == campaign_people.c.campaign_id,
        boxes.people == campaign_people.c.people,
    )
    sets = select(campaign_people.c.campaign_id, campaign_people.c.people)
    found = tx.execute(sets.where(is_in, ~is_carried).distinct()).all()
    for one in found:
        which = (campaign_people.c.campaign_id == one.campaign_id,)
        tx.execute(delete(campaign_people).where(*which, campaign_people.c.people == one.people))
    return len(found)


def erase(store: Store, ids: Collection[str]) -> int:
    """Delete messages that have ended, with all that is kept of them; their numbers stay.  Blocks.

    What is under way, or kept for an incident, is left as it is: `StaleError`, and what came
    before it is deleted.  Returns how many were.
    """
    while store.database.write_now(batches.seal):  # only what is sealed is deleted
        pass
    everything, count = sorted(ids), 0
    for start in range(0, len(everything), ERASED_AT_ONCE):
        some = everything[start : start + ERASED_AT_ONCE]
        freed = store.database.write_now(lambda tx, some=some: _erase(tx, some))  # type: ignore[misc]
        for body in freed:
            store.shelf.remove(body)
        count += len(some)
    store.database.truncate_log()
    return count


def _erase(tx: Transaction, ids: list[str]) -> tuple[str, ...]:
    columns = messages.c
    waits = columns.state != str(State.DONE)
    kept = or_(waits, columns.kept_until > tx.now(), _copies_wait())
    found = tx.execute(select(columns.id).where(columns.id.in_(ids), kept).limit(1)).scalar()
    if found:
        raise StaleError(f"message {found}: is under way, or kept for an incident, meanwhile")
    freed = tuple(body for id in ids if (body := bodies.forget(tx, id)))
    retention.take_away(tx, ids)
    return freed


def _copies_wait() -> ColumnElement[bool]:
    others = messages.alias()
    return exists().where(
        others.c.campaign_id == messages.c.campaign_id, others.c.state != str(State.DONE)
    )


def _links(known: Links) -> dict[str, tuple[Any, ColumnElement[bool]]]:
    boxes, people = known.mailboxes, known.people
    return {
        "written to or by": (
            contacts,
            contacts.c.sender_digest.in_(boxes) | contacts.c.mailbox.in_(boxes),
        ),
        "told about": (
            disclosures,
            disclosures.c.sender_digest.in_(boxes)
            | disclosures.c.mailbox.in_(boxes)
            | disclosures.c.person.in_(people),
        ),
    }


def _of_campaigns(known: Links) -> dict[str, ColumnElement[bool]]:
    """What goes with the messages, or after thirty days."""
    return {
        "in mailings": campaign_mailboxes.c.mailbox.in_(known.mailboxes),
        "shown in mailings": campaign_shown.c.mailbox.in_(known.mailboxes),
        "people of mailings": campaign_people.c.person.in_(known.people),
    }
