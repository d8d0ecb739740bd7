"""Verdicts: what was decided about exactly which bytes, and by which policies."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from sqlalchemy import insert, select, update

from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import bodies, deliveries, messages
from dlpguard.store.database import Transaction
from dlpguard.store.messages import Step
from dlpguard.store.schema import messages as message_rows
from dlpguard.store.schema import verdicts
from dlpguard.verdict import Plan, Verdict

HELD_SECONDS = 14 * 86400.0
"""How long an undecided message waits for a reviewer before it is returned (DESIGN 10)."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a verdict: what policies saw, what they said, what we add to the header."""

    facts: Facts = field(repr=False)
    verdict: Verdict = field(repr=False)
    add_headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0


TARGETS = {
    Event.PASS: State.READY,
    Event.ASK: State.AWAITING_SENDER,
    Event.HOLD: State.QUARANTINED,
    Event.REFUSE: State.DONE,
}


def judge(
    tx: Transaction,
    id: str,
    fence: int,
    record: Record,
    plan: Plan,
    evidence: bytes = b"",
    *,
    crashed: bool = False,
) -> str | None:
    """Commit a verdict: the record, the move, the evidence of what is held.

    Returns the id of a body to unlink (a refused message's).  `StaleError` when the lease is old.
    """
    event = plan.event
    sealed = tx.keys.seal(msgspec.msgpack.encode(record), f"verdict:{id}")
    tx.execute(
        insert(verdicts).values(
            message_id=id,
            action=record.verdict.action.label,
            observed=record.verdict.observed.label,
            body_digest=bodies.find(tx, id).digest,
            policies=record.verdict.policies,
            record=sealed,
            judged_at=tx.now(),
        )
    )
    if event is Event.REFUSE:
        messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)
    # What crashed twice and is held or (while observing) passed for that: its history says so.
    told = Event.CRASH if crashed and event in {Event.HOLD, Event.PASS} else event
    messages.move(tx, id, told, TARGETS[event], Step(Who.INSPECTOR, fence=fence))
    if event in {Event.HOLD, Event.ASK}:
        if evidence:
            bodies.keep_evidence(tx, id, evidence)
        strongest = [m for m in record.verdict.matches if m.action is record.verdict.action]
        tx.execute(
            update(message_rows)
            .where(message_rows.c.id == id)
            .values(
                approvals=record.verdict.approvals, queue=strongest[0].queue if strongest else ""
            )
        )
        messages.keep_until(tx, id, HELD_SECONDS)
    if event is Event.REFUSE:
        return deliveries.forget_if_never_held(tx, id)
    return None


def find(tx: Transaction, id: str) -> Record | None:
    """The record of a verdict, None where there is none yet."""
    sealed = tx.execute(select(verdicts.c.record).where(verdicts.c.message_id == id)).scalar()
    if sealed is None:
        return None
    return msgspec.msgpack.decode(tx.keys.open(sealed, f"verdict:{id}"), type=Record)
