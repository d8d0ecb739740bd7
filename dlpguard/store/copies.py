"""The other members of a message's campaign: whom a verdict or a decision on it concerns too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select

from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared
from dlpguard.store.schema import (
    approvals,
    campaign_mailboxes,
    campaign_people,
    campaign_shown,
    campaigns,
    messages,
    moves,
    recipients,
)

_VERSION = Prepared(
    select(campaigns.c.version).where(
        campaigns.c.id
        == select(messages.c.campaign_id).where(messages.c.id == bindparam("of")).scalar_subquery()
    )
)
_MINE = messages.alias()
_TOLD = Prepared(
    select(moves.c.id)
    .join(messages, messages.c.id == moves.c.message_id)
    .join(
        _MINE,
        and_(_MINE.c.campaign_id == messages.c.campaign_id, _MINE.c.content == messages.c.content),
    )
    .where(
        _MINE.c.id == bindparam("of"),
        messages.c.id != bindparam("of"),
        messages.c.state == bindparam("target"),
        moves.c.target == bindparam("target"),
        moves.c.who == Who.INSPECTOR.name.lower(),
    )
    .limit(1)
)


def siblings(tx: Transaction, id: str, approvals: int, *, asks: bool = False) -> tuple[str, ...]:
    """The undecided members that have not left and that share a person, or exposure, with this.

    Those in READY and AWAITING_SENDER (`asks`: its own sender is only asked, so not those), and
    those held that fewer than `approvals` people may release; oldest first.  Only for them a new
    member that is held changes anything.
    """
    row = tx.execute(
        select(messages.c.campaign_id, messages.c.people, messages.c.content).where(
            messages.c.id == id
        )
    ).one()
    if row.campaign_id is None:
        return ()
    waiting = (State.READY,) if asks else (State.READY, State.AWAITING_SENDER)
    shares: list[ColumnElement[bool]] = []
    if row.people:
        shares.append(messages.c.people == row.people)
        mine = campaign_people.alias()
        others = campaign_people.alias()
        shares.append(
            messages.c.people.in_(
                select(others.c.people)
                .join(
                    mine,
                    and_(
                        mine.c.campaign_id == others.c.campaign_id, mine.c.person == others.c.person
                    ),
                )
                .where(mine.c.campaign_id == row.campaign_id, mine.c.people == row.people)
            )
        )
    shows = exists().where(campaign_shown.c.message_id == id)
    shown_too = exists().where(campaign_shown.c.message_id == messages.c.id)
    shares.append(and_(shows, shown_too, messages.c.content == row.content))
    return tuple(
        tx.execute(
            select(messages.c.id)
            .where(
                messages.c.campaign_id == row.campaign_id,
                messages.c.id != id,
                messages.c.decided_by.is_(None),
                or_(
                    messages.c.state.in_([str(s) for s in waiting]),
                    and_(
                        messages.c.state == str(State.QUARANTINED),
                        messages.c.approvals < approvals,
                    ),
                ),
                or_(*shares),
            )
            .order_by(messages.c.received_at, messages.c.id)
        ).scalars()
    )


def was_told(tx: Transaction, id: str, target: State) -> bool:
    """Whether its sender has heard that a copy of it to other people is in this state."""
    return tx.first(_TOLD, of=id, target=str(target)) is not None


def released(tx: Transaction, id: str, *, by_sender: bool) -> Iterator[str]:
    """Siblings whose decision may cover this message too, oldest first.

    A reviewer let the same content go (or its sender did, where `by_sender` is enough), and this
    one is about nobody who was not in it.  What was let go to some only covers no other copy: it
    was a decision about those recipients.
    """
    row = tx.execute(select(messages).where(messages.c.id == id)).one()
    if row.campaign_id is None:
        return
    same = (
        messages.c.campaign_id == row.campaign_id,
        messages.c.content == row.content,
        messages.c.id != id,
        messages.c.decided_by.is_not(None),
        messages.c.state.in_((str(State.READY), str(State.DONE))),
    )
    let_go = exists().where(
        moves.c.message_id == messages.c.id,
        moves.c.event.in_((str(Event.RELEASE), *([str(Event.CONFIRM)] if by_sender else []))),
        moves.c.target == str(State.READY),
    )
    to_some = exists().where(
        approvals.c.message_id == messages.c.id, approvals.c.choice.is_not(None)
    )
    found = tx.execute(
        select(messages.c.id, messages.c.people)
        .where(*same, let_go, ~to_some)
        .order_by(messages.c.id)
    ).all()
    unlike: set[bytes | None] = set()  # sets of people that have been looked at: of most mailings 1
    for other in found:
        if other.people not in unlike:
            if is_within(tx, id, other.id):
                yield str(other.id)
            elif other.people != row.people:
                unlike.add(other.people)


def version(tx: Transaction, id: str) -> int:
    """How many members a message's campaign has had so far; 0 when it has none."""
    return int(tx.scalar(_VERSION, of=id) or 0)


def together(tx: Transaction, id: str, seen: int | None = None) -> tuple[str, ...]:
    """The messages that a decision on this one covers, itself among them, oldest first.

    Same campaign, same content, same state, and members at version `seen` of the campaign already
    (None: all there are now).
    """
    row = tx.execute(select(messages).where(messages.c.id == id)).one()
    if row.campaign_id is None:
        return (id,)
    same = [
        messages.c.campaign_id == row.campaign_id,
        messages.c.content == row.content,
        messages.c.state == row.state,
        messages.c.decided_by.is_(None) if row.decided_by is None else messages.c.id == id,
    ]
    if seen is not None:
        same.append((messages.c.campaign_version <= seen) | (messages.c.id == id))
    found = select(messages.c.id).where(*same).order_by(messages.c.received_at, messages.c.id)
    return tuple(tx.execute(found).scalars())


def released_with(tx: Transaction, id: str) -> tuple[str, ...]:
    """The copies of a released message that were released too and are still to be sent, itself
    among them, oldest first."""
    row = tx.execute(select(messages).where(messages.c.id == id)).one()
    if row.campaign_id is None:
        return (id,)
    found = (
        select(messages.c.id)
        .where(
            messages.c.campaign_id == row.campaign_id,
            messages.c.content == row.content,
            messages.c.state == str(State.READY),
            messages.c.decided_by.is_not(None),
        )
        .order_by(messages.c.received_at, messages.c.id)
    )
    return tuple(tx.execute(found).scalars())


def left(tx: Transaction, id: str) -> int:
    """To how many outside mailboxes copies of the same mail were delivered already."""
    row = tx.execute(select(messages).where(messages.c.id == id)).one()
    if row.campaign_id is None:
        return 0
    # Not joined: the mailboxes of one message with its recipients would be thousands squared.
    outside = select(campaign_mailboxes.c.mailbox).where(
        campaign_mailboxes.c.campaign_id == row.campaign_id
    )
    delivered = (
        select(func.count(recipients.c.digest.distinct()))
        .join(messages, messages.c.id == recipients.c.message_id)
        .where(
            messages.c.campaign_id == row.campaign_id,
            messages.c.content == row.content,
            recipients.c.outcome == str(Outcome.DELIVERED),
            recipients.c.digest.in_(outside),
        )
    )
    return int(tx.execute(delivered).scalar_one())


def is_within(tx: Transaction, id: str, other: str) -> bool:
    """Whether a message is about nobody whom another of its campaign is not about.

    Who gets a list that they are in themselves is in it.  But what tells somebody only about
    themselves is about nobody: it covers no copy to anybody else.
    """
    mine, theirs = _who(tx, id), _who(tx, other)
    if mine.people is None:
        return True
    known, told = campaign_people.alias(), campaign_people
    same = (known.c.campaign_id == theirs.campaign_id, known.c.people == theirs.people)
    if theirs.own is not None and theirs.own != mine.own:
        others = select(known.c.person).where(
            *same, known.c.disclosed, known.c.person != theirs.own
        )
        if not tx.execute(others.limit(1)).first():
            return False
    if mine.people == theirs.people:
        return True
    is_known = exists().where(
        *same, known.c.person == told.c.person, known.c.disclosed | ~told.c.disclosed
    )
    new = select(told.c.person).where(
        told.c.campaign_id == mine.campaign_id, told.c.people == mine.people, ~is_known
    )
    return not tx.execute(new.limit(1)).first()


def _who(tx: Transaction, id: str) -> Row[Any]:
    """A message's set of people, and whose own the mailbox is that gets it."""
    own = campaign_mailboxes.c.own
    whose = (
        select(own)
        .where(campaign_mailboxes.c.message_id == id, own.is_not(None))
        .order_by(own.desc())
        .limit(1)
    )
    return tx.execute(
        select(
            messages.c.campaign_id, messages.c.people, whose.scalar_subquery().label("own")
        ).where(messages.c.id == id)
    ).one()
