"""Whether the same was returned before: what was in messages that were stopped, as keyed digests.

A list that was returned to one sender and comes again from another is one that a reviewer wants to
know about.  Digests are kept as long as the message's own row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import and_, insert, select

from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State
from dlpguard.store import messages
from dlpguard.store.database import Transaction
from dlpguard.store.periods import DAY
from dlpguard.store.schema import contents, moves
from dlpguard.store.schema import messages as rows

SECONDS = 30 * DAY
"""How long a return is worth telling: who was told a month ago may have asked somebody since."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The last time that the same was returned: when, by whom, with what note to its sender.

    `is_file`: a file of it is the same; else it is the same mail, names and greeting aside.
    """

    message_id: str
    returned_at: float
    actor: str
    is_file: bool
    note: str = field(default="", repr=False)


def keep(tx: Transaction, id: str, facts: Facts) -> None:
    """Remember what is in a message that was stopped."""
    known = set(tx.execute(select(contents.c.digest).where(contents.c.message_id == id)).scalars())
    new = [digest for digest in _digests(tx, facts) if digest not in known]
    if new:
        tx.execute(insert(contents), [{"digest": d, "message_id": id} for d in new])


def before(tx: Transaction, id: str, facts: Facts, queues: Collection[str]) -> Returned | None:
    """The last return of the same, of mail that is in one of these queues.

    Of a message that was decided: before that, and not with it.
    """
    digests = _digests(tx, facts)
    row = messages.get(tx, id)
    over = row.state == State.DONE
    conditions = [
        contents.c.digest.in_(digests),
        contents.c.message_id != id,
        rows.c.state == str(State.DONE),
        rows.c.queue.in_(queues),
        moves.c.event == str(Event.RETURN),
        moves.c.moved_at > tx.now() - SECONDS,
        moves.c.moved_at < (row.state_since if over else tx.now()),
    ]
    if over and row.campaign_id is not None:
        mailing = and_(rows.c.campaign_id == row.campaign_id, rows.c.content == row.content)
        conditions.append(rows.c.campaign_id.is_(None) | ~mailing)
    found = tx.execute(
        select(contents.c.message_id, contents.c.digest, moves)
        .join(rows, rows.c.id == contents.c.message_id)
        .join(moves, moves.c.message_id == contents.c.message_id)
        .where(*conditions)
        # A file first: the same mail has the same files.
        .order_by(moves.c.moved_at.desc(), contents.c.digest.in_(digests[:1]))
        .limit(1)
    ).first()
    if found is None:
        return None
    note = ""
    if found.reason:
        note = tx.keys.open_lasting(found.reason, f"reason:{found.message_id}").decode()
    is_file = found.digest in digests[1:]
    return Returned(found.message_id, found.moved_at, found.actor, is_file, note)


def _digests(tx: Transaction, facts: Facts) -> tuple[bytes, ...]:
    """Of the whole, then of its files.  Of what was not read there are none: it would be alike."""
    content = facts.content
    if not content.whole:
        return ()
    return tuple(tx.keys.digest("content", each) for each in (content.whole, *content.files))
