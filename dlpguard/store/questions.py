"""The question to a sender: which copies it is about, and which still have nobody's.

A yes lets go what was asked about and nothing else.  A question about one copy is the question
about another with the same content in the same campaign that is about nobody else and is stopped
by nothing more; the sender of twelve such copies is asked once, with the code of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, func, select

from dlpguard.lifecycle import State, Who
from dlpguard.store import copies, verdicts
from dlpguard.store.database import Transaction
from dlpguard.store.schema import campaign_people, messages, moves
from dlpguard.verdict import Verdict


def covered(tx: Transaction, id: str) -> tuple[str, ...]:
    """The messages that an answer about this one is for, itself among them, oldest first.

    Where a reviewer asked, all copies that a reviewer asked about.
    """
    by_reviewer, mine = is_by_reviewer(tx, id), _copy(tx, id)
    return tuple(
        other
        for other in copies.together(tx, id)
        if other == id
        or (
            is_by_reviewer(tx, other) == by_reviewer
            and (by_reviewer or _covers(tx, mine, _copy(tx, other)))
        )
    )


def is_by_reviewer(tx: Transaction, id: str) -> bool:
    """Whether the question that is open now, or was last, is a reviewer's."""
    asked = select(moves.c.who).where(
        moves.c.message_id == id, moves.c.target == str(State.AWAITING_SENDER)
    )
    who = tx.execute(asked.order_by(moves.c.id.desc()).limit(1)).scalar()
    return bool(who == Who.REVIEWER.name.lower())


def is_asked(tx: Transaction, id: str) -> bool:
    """Whether an open question of a policy covers a message that was just stopped by one."""
    mine = _copy(tx, id)
    return any(
        not is_by_reviewer(tx, other) and _covers(tx, _copy(tx, other), mine)
        for other in _waiting(tx, id, who_may_cover=True)
        if other != id
    )


def unasked(tx: Transaction, escalated: Sequence[str]) -> tuple[str, ...]:
    """Messages whose sender has to be asked now: they wait for an answer, and the question about
    them was one about copies that do not wait any more.  Oldest first; the others are covered.
    """
    waiting = [
        _copy(tx, other)
        for other in sorted({other for id in escalated for other in _waiting(tx, id)})
        if not is_by_reviewer(tx, other)
    ]
    gone = [_copy(tx, id) for id in escalated] if waiting else []
    lost = [w for w in waiting if any(_covers(tx, copy, w) for copy in gone)]
    # Those that were not covered by what is gone were asked about, or are covered by one that was.
    sound = [w for w in waiting if w not in lost]
    found: list[str] = []
    for copy in lost:
        if not any(_covers(tx, other, copy) for other in sound):
            sound.append(copy)
            found.append(copy.id)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A message, and why it was stopped."""

    id: str
    verdict: Verdict = field(repr=False)


def _copy(tx: Transaction, id: str) -> _Copy:
    record = verdicts.find(tx, id)
    assert record is not None, "what waits for its sender has been judged"
    return _Copy(id, record.verdict)


def _covers(tx: Transaction, asked: _Copy, other: _Copy) -> bool:
    return verdicts.covers(asked.verdict, other.verdict) and copies.is_within(
        tx, other.id, asked.id
    )


def _waiting(tx: Transaction, id: str, *, who_may_cover: bool = False) -> Iterator[str]:
    """Copies of a message that wait for their sender, first those about the same people.

    `who_may_cover`: only those about one of its people, whom all that cover it are about.  Of a
    mail merge there are thousands, each about somebody else.
    """
    mine = messages.alias()
    same = and_(mine.c.campaign_id == messages.c.campaign_id, mine.c.content == messages.c.content)
    found = (
        select(messages.c.id)
        .join(mine, same)
        .where(
            mine.c.id == id,
            messages.c.state == str(State.AWAITING_SENDER),
            messages.c.decided_by.is_(None),
        )
        .order_by(func.coalesce(messages.c.people == mine.c.people, False).desc(), messages.c.id)
    )
    if who_may_cover:
        told, known = campaign_people.alias(), campaign_people.alias()
        theirs = (told.c.campaign_id == mine.c.campaign_id, told.c.people == mine.c.people)
        one = (
            select(told.c.person)
            .where(*theirs)
            .order_by(told.c.person)
            .limit(1)
            .correlate(mine)
            .scalar_subquery()
        )
        about_one = (
            select(known.c.people)
            .where(known.c.campaign_id == mine.c.campaign_id, known.c.person == one)
            .correlate(mine)
        )
        found = found.where(mine.c.people.is_(None) | messages.c.people.in_(about_one))
    yield from tx.execute(found).scalars()
