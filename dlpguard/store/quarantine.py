"""What is held: lists for reviewers, and approvals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from dlpguard.lifecycle import Event, State
from dlpguard.mail import Envelope
from dlpguard.store import campaigns, choices, copies, messages, questions, verdicts
from dlpguard.store.choices import EVERYBODY, Choice
from dlpguard.store.database import Transaction
from dlpguard.store.schema import approvals, moves, recipients
from dlpguard.store.schema import messages as message_rows
from dlpguard.store.verdicts import Record


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved the release of a message, when, and to whom."""

    actor: str
    approved_at: float
    choice: Choice


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for a decision, or has had one.

    `copies` are the ids of the messages that one decision covers, this one among them, oldest
    first: the same content, held in the same campaign up to its version (or waiting for the same
    answer of their sender).  `left` is to how many
    outside mailboxes copies of it were delivered before.
    """

    id: str
    state: State
    version: int
    received_at: float
    expires_at: float
    approvals_needed: int
    approved_by: tuple[str, ...]
    decided_by: str
    campaign_version: int
    copies: tuple[str, ...]
    left: int
    envelope: Envelope = field(repr=False)
    record: Record = field(repr=False)
    kept_until: float = 0.0
    """When its content is forgotten at the earliest; 0.0 when nobody keeps it for an incident."""
    approvals: tuple[Approval, ...] = ()
    """What `approved_by` have approved, in that order."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of a message's history."""

    moved_at: float
    event: Event
    target: State
    who: str
    actor: str
    reason: str = field(repr=False)


def held(tx: Transaction, state: State = State.QUARANTINED) -> Iterator[Held]:
    """Everything in a state that has a verdict, oldest first; copies of one mailing once."""
    rows = tx.execute(
        select(message_rows.c.id)
        .where(message_rows.c.state == str(state), message_rows.c.origin == "client")
        .order_by(message_rows.c.received_at, message_rows.c.id)
    ).scalars()
    listed: set[str] = set()
    for id in rows.all():
        found = find(tx, id) if id not in listed else None
        if found:
            listed.update(found.copies)
            yield found


def find(tx: Transaction, id: str) -> Held | None:
    """One message as a reviewer sees it, None while it has no verdict yet.

    `NotFoundError` when there is no such message.
    """
    row = messages.get(tx, id)
    record = verdicts.find(tx, id)
    if record is None:
        return None
    asked = row.state == State.AWAITING_SENDER
    waiting = questions.covered(tx, id) if asked else copies.together(tx, id)
    if len(waiting) > 1:  # more may have come since it was judged
        record = replace(record, facts=campaigns.count(tx, id, record.facts))
    approved = approvals_of(tx, id, row.version)
    return Held(
        id,
        State(row.state),
        row.version,
        row.received_at,
        row.expires_at,
        row.approvals,
        tuple(approval.actor for approval in approved),
        row.decided_by or "",
        copies.version(tx, id),
        waiting,
        copies.left(tx, id),
        messages.envelope_of(tx, id),
        record,
        row.kept_until or 0.0,
        approved,
    )


def approve(
    tx: Transaction, id: str, version: int, actor: str, choice: Choice = EVERYBODY
) -> tuple[str, ...]:
    """Record an approval of this version; returns everybody who has approved the same choice.

    Nobody counts twice, however they write their name: a second approval takes the first's place.
    """
    mine = [a for a in approvals_of(tx, id, version) if a.actor.casefold() == actor.casefold()]
    if choice not in [approval.choice for approval in mine]:
        key = (approvals.c.message_id == id, approvals.c.version == version)
        for approval in mine:
            tx.execute(delete(approvals).where(*key, approvals.c.actor == approval.actor))
        tx.execute(
            insert(approvals).values(
                message_id=id,
                version=version,
                actor=actor,
                approved_at=tx.now(),
                choice=choices.seal(tx, id, choice),
            )
        )
    return tuple(a.actor for a in approvals_of(tx, id, version) if a.choice == choice)


def approvals_of(tx: Transaction, id: str, version: int) -> tuple[Approval, ...]:
    """What has been approved of this version, and by whom, in that order."""
    rows = tx.execute(
        select(approvals)
        .where(approvals.c.message_id == id, approvals.c.version == version)
        .order_by(approvals.c.approved_at)
    )
    return tuple(
        Approval(row.actor, row.approved_at, choices.unseal(tx, id, row.choice)) for row in rows
    )


def send_later(tx: Transaction, id: str, seconds: float) -> None:
    """What was just released is not sent before so many seconds from now."""
    later = {"next_try": tx.now() + seconds}
    tx.execute(update(message_rows).where(message_rows.c.id == id).values(later))


def history(tx: Transaction, id: str) -> Iterator[Moved]:
    """Every move of a message, oldest first."""
    for row in tx.execute(select(moves).where(moves.c.message_id == id).order_by(moves.c.id)):
        sealed = row.reason
        reason = tx.keys.open_lasting(sealed, f"reason:{id}").decode() if sealed else ""
        yield Moved(row.moved_at, Event(row.event), State(row.target), row.who, row.actor, reason)


def outcomes(tx: Transaction, id: str) -> dict[str, int]:
    """How many recipients have which outcome; "in doubt" counts those that may have it twice."""
    return _outcomes(tx, select(message_rows.c.id).where(message_rows.c.id == id))


def outcomes_of_mailing(tx: Transaction, id: str) -> dict[str, int]:
    """The same over all copies of it that have been decided on, where this one has been."""
    row = messages.get(tx, id)
    if row.campaign_id is None or not row.decided_by:
        return outcomes(tx, id)
    copies_of_it = (
        message_rows.c.campaign_id == row.campaign_id,
        message_rows.c.content == row.content,
        message_rows.c.decided_by.is_not(None),
    )
    return _outcomes(tx, select(message_rows.c.id).where(*copies_of_it))


def _outcomes(tx: Transaction, ids: Select[Any]) -> dict[str, int]:
    counted: dict[str, int] = {
        row.outcome: row.number
        for row in tx.execute(
            select(recipients.c.outcome, func.count().label("number"))
            .where(recipients.c.message_id.in_(ids))
            .group_by(recipients.c.outcome)
        )
    }
    doubtful = tx.execute(
        select(func.count()).where(recipients.c.message_id.in_(ids), recipients.c.in_doubt)
    ).scalar()
    return counted | ({"in doubt": int(doubtful)} if doubtful else {})
