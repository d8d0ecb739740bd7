"""What becomes of what was under way, when a database is an older one that was restored.

What was done with it after the backup is not known: it may have been sent since, or returned.  So
what could have been stopped since waits for a person, who is told; what could only have been sent
is sent again, in doubt (docs/decisions/restoring.md).  Every move is one that `lifecycle` has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from dlpguard.errors import StaleError
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import audit, bodies, casework, deadlines, epochs, messages, modes, verdicts
from dlpguard.store import work as leases
from dlpguard.store.audit import OURSELVES
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.schema import (
    attempts,
    devices,
    installation,
    nodes,
    recipients,
    reveals,
    sessions,
    tokens,
)
from dlpguard.store.schema import bodies as body_rows
from dlpguard.store.schema import messages as rows
from dlpguard.store.schema import verdicts as verdict_rows
from dlpguard.store.secrets import epoch_of

TOLD = (
    "Restored from the backup of {at} UTC. What was done with this message after that is not known "
    "here: it may have been sent, or returned. Look for its Message-ID where mail goes on from "
    "here before you decide."
)
"""What whoever decides reads beside a message."""


class Became(StrEnum):
    """What became of a message that was under way."""

    HELD = "held, as it was"
    STOPPED = "held now: it was on its way"
    READ_AGAIN = "to be read again, and then held"
    ASKED = "waiting for its sender, as it was"
    SENT_AGAIN = "sent again, in doubt"
    ENDED = "had ended when the backup was made"
    LOST = "cannot be read: its key was destroyed"


_VALUES = 500
"""Ids in one statement."""

_DECIDED_ON = frozenset({Became.HELD, Became.STOPPED, Became.READ_AGAIN, Became.ASKED})
"""Somebody will look at it."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is said of the copy that was restored.

    `made_at` is when it was made (seconds since 1970).  `ended` are the bodies that were gone
    before they could be copied: nobody needed them any more.  `mode` is the settings'.
    """

    made_at: float
    ended: frozenset[str] = frozenset()
    mode: str = "enforce"


def settle(tx: Transaction, copy: Copy, actor: str) -> dict[Became, int]:
    """Make a restored database fit to be worked in; how many messages became what.

    To be done once, before anybody else opens it, by whom the audit names.  All sessions, tokens,
    known browsers and reasons to see content end.
    """
    for attempt in tx.execute(select(attempts).where(attempts.c.closed_at.is_(None))).all():
        leases.close(tx, attempt.id, in_doubt=attempt.dot_at is not None)
    for table in (sessions, tokens, devices, reveals, nodes):
        tx.execute(delete(table))
    # What is written from here on is sealed under a key that may be newer than the backup.
    epochs.write_list(tx, epochs.listed(tx) | set(tx.keys.epochs))
    observing = modes.current(tx, copy.mode) == "observe"
    under_way = select(rows).where(rows.c.state != str(State.DONE)).order_by(rows.c.id)
    for id in _finished(tx, sorted(copy.ended)):
        bodies.forget(tx, id)
    counted: dict[Became, int] = {}
    for row in tx.execute(under_way).all():
        became = _settle(tx, row, copy, actor, observing=observing)
        counted[became] = counted.get(became, 0) + 1
    said = ", ".join(f"{number} {became}" for became, number in sorted(counted.items()))
    audit.record(tx, actor, "restore", _at(copy.made_at), said)
    return counted


def _finished(tx: Transaction, ended: Sequence[str]) -> list[str]:
    """Messages that were DONE at the backup, and whose content was forgotten while it was made."""
    found: list[str] = []
    for start in range(0, len(ended), _VALUES):
        some = rows.c.body_id.in_(ended[start : start + _VALUES])
        query = select(rows.c.id).where(rows.c.state == str(State.DONE), some)
        found += tx.execute(query).scalars()
    return found


def without(tx: Transaction, lost: Collection[int], actor: str) -> None:
    """Go on without the keys of these epochs, which are not in the key file."""
    epochs.write_list(tx, epochs.listed(tx) - set(lost))
    for id in sorted(lost):
        audit.record(tx, actor, "destroy", f"epoch {id}", "its key was gone before the restore")


def put_back(tx: Transaction, values: dict[str, bytes]) -> None:
    """Give a shared database the rows by which it knows whose it is: it opens from now on."""
    for name, value in values.items():
        tx.execute(insert(installation).values(name=name, value=value))


def _settle(tx: Transaction, row: Row[Any], copy: Copy, actor: str, *, observing: bool) -> Became:
    anew: dict[str, object] = {"lease_node": None, "lease_until": 0.0, "claims": 0}
    if row.state in {State.RECEIVED, State.SET_ASIDE, State.READY}:
        anew |= {"next_try": tx.now(), "state_since": tx.now()}  # the days of the queue begin anew
    tx.execute(update(rows).where(rows.c.id == row.id).values(anew))
    if row.body_id is None or row.body_id in copy.ended:
        became = _end(tx, row, Became.ENDED)
    elif not _is_open(tx, row):
        became = _end(tx, row, Became.LOST)
    elif row.state == State.QUARANTINED:
        messages.renew(tx, row.id)  # who approved it did not know this
        deadlines.for_decision(tx, row.id)
        became = Became.HELD
    elif row.state == State.AWAITING_SENDER:
        deadlines.for_answer(tx, row.id)
        became = Became.ASKED
    else:
        became = _stop(tx, row, copy, actor, observing=observing)
    if became in _DECIDED_ON:
        casework.comment(tx, row.id, OURSELVES, TOLD.format(at=_at(copy.made_at)))
    return became


def _stop(tx: Transaction, row: Row[Any], copy: Copy, actor: str, *, observing: bool) -> Became:
    """Hold what was on its way, unless nobody could have stopped it after the backup either: our
    own mail, what its sender had confirmed, what a recipient may have had already, and what was
    only observed."""
    if row.state == State.READY and row.origin == "client" and _undo(tx, row.id, actor, copy):
        return Became.STOPPED
    if row.origin == "client" and not observing:
        tx.execute(update(rows).where(rows.c.id == row.id).values(recall=verdicts.RESTORED))
        if row.state != State.READY:
            return Became.READ_AGAIN
        if verdicts.recall(tx, row.id):
            return Became.STOPPED
    _doubt(tx, row.id)
    return Became.SENT_AGAIN


def _undo(tx: Transaction, id: str, actor: str, copy: Copy) -> bool:
    """Take a release back."""
    step = Step(Who.REVIEWER, actor, f"restored from the backup of {_at(copy.made_at)}")
    try:
        with tx.connection.begin_nested():
            messages.move(tx, id, Event.UNDO, State.QUARANTINED, step)
    except StaleError:
        return False
    deadlines.for_decision(tx, id)
    return True


def _doubt(tx: Transaction, id: str) -> None:
    pending = recipients.c.outcome == str(Outcome.PENDING)
    mine = update(recipients).where(recipients.c.message_id == id, pending)
    tx.execute(mine.values(in_doubt=True))


def _is_open(tx: Transaction, row: Row[Any]) -> bool:
    """Whether the keys of what is needed to send a message, and of what was said of it, are there.

    dlpguard seals again what it still keeps before it destroys a key: what is under a destroyed
    one here was not kept any more.
    """
    sealed = [row.envelope, row.trace]
    wrapped = select(body_rows.c.wrapped_key).where(body_rows.c.id == row.body_id)
    of_it = select(recipients.c.address).where(recipients.c.message_id == row.id)
    sealed += [*tx.execute(wrapped).scalars(), *tx.execute(of_it).scalars()]
    record = select(verdict_rows.c.record).where(verdict_rows.c.message_id == row.id)
    sealed += tx.execute(record).scalars()
    return all(epoch_of(value) in tx.keys.epochs for value in sealed)


def _end(tx: Transaction, row: Row[Any], became: Became) -> Became:
    """There is nothing left to send.  Nobody is told: who was to hear of it has heard."""
    step = Step(Who.JANITOR, reason=became.value)
    if row.state == State.SET_ASIDE:
        messages.move(tx, row.id, Event.RETRY, State.RECEIVED, step)
    messages.move(tx, row.id, Event.EXPIRE, State.DONE, step)
    _doubt(tx, row.id)
    messages.settle(tx, row.id, Outcome.EXPIRED, in_doubt=Outcome.EXPIRED)
    bodies.forget(tx, row.id)
    return became


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
