"""What waits for a decision, mailing by mailing, and of what of it somebody has been told.

A mailing is what one decision covers (`copies.together`).  That somebody was told stands with its
messages, so that nobody is told twice after a restart; when it is held again, it counts anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, text, update

from dlpguard import notices
from dlpguard.lifecycle import Event, State
from dlpguard.store import quarantine
from dlpguard.store.database import Transaction
from dlpguard.store.schema import DECISIONS, messages, moves
from dlpguard.store.whom_to_tell import Matter

_VALUES = 500
"""Ids in one statement."""


class Told(Enum):
    """What there is to tell about something that waits, and where it stands that it was told."""

    REMINDED = "reminded_at"
    ESCALATED = "escalated_at"

    @property
    def column(self) -> ColumnElement[float]:
        """When somebody was told last."""
        return messages.c[self.value]


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mailing that waits since and until some time (seconds since 1970, UTC).

    `id` is its oldest message; `is_new`: nobody has been told yet.  `campaign` and `content` are
    what its copies have in common, None where it has none.
    """

    id: str
    since: float
    until: float
    matter: Matter
    is_new: bool
    campaign: int | None = None
    content: bytes | None = None

    @property
    def shown(self) -> notices.Waiting:
        """The same, as mail shows it."""
        return notices.Waiting(self.id, self.since, self.until)


def is_due(tx: Transaction, told: Told, before: float) -> bool:
    """Whether something waits since before that moment, and nobody was told."""
    query = select(messages.c.id).where(*_held_before(before), _untold(told)).limit(1)
    return tx.execute(query).first() is not None


def since(tx: Transaction, before: float, told: Told) -> tuple[Mailing, ...]:
    """What is held since before that moment, the longest first."""
    return tuple(_mailings(tx, State.QUARANTINED, *_held_before(before), told=told))


def now(tx: Transaction, state: State = State.QUARANTINED) -> tuple[Mailing, ...]:
    """Everything that waits, in QUARANTINED or AWAITING_SENDER, the longest first."""
    return tuple(_mailings(tx, state, messages.c.state == str(state)))


def note(tx: Transaction, told: Told, mailings: Iterable[Mailing], before: float) -> None:
    """Somebody has been told that these wait, with all their copies."""
    alone: list[str] = []
    for mailing in mailings:
        if mailing.content is None:
            alone.append(mailing.id)
        else:
            of_mailing = messages.c.campaign_id == mailing.campaign
            _note(tx, told, before, of_mailing, messages.c.content == mailing.content)
    for some in (alone[n : n + _VALUES] for n in range(0, len(alone), _VALUES)):
        _note(tx, told, before, messages.c.id.in_(some))


def _note(tx: Transaction, told: Told, before: float, *which: ColumnElement[bool]) -> None:
    change = update(messages).where(*which, *_held_before(before))
    tx.execute(change.values({told.value: tx.now()}))


_DECIDED = {
    (Event.RELEASE, State.READY): "released",
    (Event.RETURN, State.DONE): "returned",
    (Event.CONFIRM, State.READY): "confirmed by the sender",
    (Event.CANCEL, State.DONE): "taken back by the sender",
    (Event.EXPIRE, State.DONE): "returned because nobody decided",
}
"""What became of something, in the words of a digest, in this order."""

DECIDED = tuple(_DECIDED.values())


def decided(tx: Transaction, start: float, end: float) -> tuple[tuple[str, str], ...]:
    """What became of each mailing that was decided on between two moments: in words, and its queue.

    A release that was taken back was none.
    """
    found = (
        select(*_keys(), messages.c.queue, moves.c.event, moves.c.source, moves.c.target)
        .join(moves, moves.c.message_id == messages.c.id)
        .where(text(DECISIONS), moves.c.moved_at >= start, moves.c.moved_at < end)
        .order_by(moves.c.moved_at, moves.c.id)
    )
    waited = {str(State.QUARANTINED), str(State.AWAITING_SENDER)}
    became: dict[tuple[Any, ...], tuple[str, str]] = {}
    for row in tx.execute(found):
        key = tuple(row[:3])
        if row.event == Event.UNDO:
            became.pop(key, None)
        elif row.source in waited:
            word = _DECIDED.get((Event(row.event), State(row.target)))
            if word:
                became[key] = (word, row.queue)
    return tuple(became.values())


def _held_before(moment: float) -> tuple[ColumnElement[bool], ...]:
    return messages.c.state == str(State.QUARANTINED), messages.c.state_since <= moment


def _untold(told: Told) -> ColumnElement[bool]:
    return or_(told.column.is_(None), told.column <= messages.c.state_since)


def _keys() -> tuple[ColumnElement[Any], ...]:
    """What tells mailings apart."""
    alone = messages.c.campaign_id.is_(None) | messages.c.content.is_(None)
    return (
        messages.c.campaign_id,
        messages.c.content,
        case((alone, messages.c.id), else_=None).label("alone"),
    )


def _mailings(
    tx: Transaction, state: State, *which: ColumnElement[bool], told: Told | None = None
) -> Iterator[Mailing]:
    is_new = func.max(case((_untold(told), 1), else_=0)) if told else func.max(0)
    keys = (*_keys(), messages.c.queue, messages.c.sender_digest)
    rows = tx.execute(
        select(
            func.min(messages.c.id).label("first"),
            func.min(messages.c.state_since).label("since"),
            func.min(messages.c.expires_at).label("until"),
            func.max(messages.c.approvals).label("approvals"),
            func.max(messages.c.version).label("version"),
            is_new.label("is_new"),
            *keys,
        )
        .where(*which, messages.c.origin == "client")
        .group_by(*keys)
        .order_by("since", "first")
    ).all()
    for row in rows:
        # Who has approved it cannot do more; where one is enough, nobody has.
        approves = state is State.QUARANTINED and row.approvals > 1
        approved = quarantine.approvals_of(tx, row.first, row.version) if approves else ()
        done_by = tuple(one.actor.casefold() for one in approved)
        matter = Matter(row.sender_digest, row.queue, done_by)
        in_copies = row.campaign_id is not None and row.content is not None
        copies = (row.campaign_id, row.content) if in_copies else (None, None)
        yield Mailing(row.first, row.since, row.until, matter, bool(row.is_new), *copies)
