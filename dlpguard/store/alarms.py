"""Alarms: somebody says that a person is at risk as long as a message is held.

Whoever has the notice about it has a code, the reviewers have its page.  The first alarm about a
mailing counts; what was said is sealed.  The code does nothing else, and nothing at all once the
message does not wait any more.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import State
from dlpguard.store import copies, messages
from dlpguard.store.database import Transaction
from dlpguard.store.schema import alarms

SENDER = ""
"""Who raised it, when it was done with the code in the sender's notice."""

_DIGEST = 15
"""Bytes: 24 characters, and 120 bits that nobody guesses."""

_VALUES = 500
"""Ids in one statement."""

_WAITING = frozenset({State.QUARANTINED, State.AWAITING_SENDER})


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm: when, by which account (`SENDER`: by the code), how many were sent an email, and
    what they said."""

    id: str
    raised_at: float
    actor: str
    told: int
    said: str = field(repr=False)


def code(tx: Transaction, id: str) -> str:
    """By which the reader of a notice says that somebody is at risk."""
    return f"{id}-{_proof(tx, id)}"


def find(tx: Transaction, code: str) -> str:
    """The id of the message that a code is about.

    `NotFoundError` when the code is not one of ours, or the message does not wait any more.
    """
    id, _, proof = code.strip().upper().partition("-")
    row = messages.get(tx, id)
    if State(row.state) not in _WAITING or not hmac.compare_digest(
        proof.encode(), _proof(tx, id).encode()
    ):
        raise NotFoundError("this has been decided, or is not complete")
    return id


def about(tx: Transaction, id: str) -> Alarm | None:
    """The first alarm about a message or another copy of the same mailing."""
    together = copies.together(tx, id)
    for some in (together[n : n + _VALUES] for n in range(0, len(together), _VALUES)):
        found = tx.execute(
            select(alarms).where(alarms.c.message_id.in_(some)).order_by(alarms.c.raised_at)
        ).first()
        if found:
            said = tx.keys.open(found.said, f"alarm:{found.message_id}").decode()
            return Alarm(found.message_id, found.raised_at, found.actor, found.told, said)
    return None


def write(tx: Transaction, id: str, actor: str, said: str, told: int) -> None:
    """Keep an alarm about a message that has none (`about`)."""
    sealed = tx.keys.seal(said.encode(), f"alarm:{id}")
    values = {"raised_at": tx.now(), "actor": actor, "told": told, "said": sealed}
    tx.execute(insert(alarms).values(message_id=id, **values))


def _proof(tx: Transaction, id: str) -> str:
    return base64.b32encode(tx.keys.digest("alarm", id)[:_DIGEST]).decode()
