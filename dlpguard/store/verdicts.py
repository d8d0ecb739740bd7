"""Verdicts: what was decided about exactly which bytes, and by which policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update

from dlpguard.errors import StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import (
    bodies,
    campaigns,
    deadlines,
    deliveries,
    lines,
    matches,
    messages,
    returning,
    schema,
)
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import messages as message_rows
from dlpguard.store.schema import verdicts
from dlpguard.store.work import Lease
from dlpguard.verdict import Action, Plan, Verdict


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of a verdict: what policies saw, what they said, what we add to the header.

    `enforced` is false for what was judged while only observing.
    """

    facts: Facts = field(repr=False)
    verdict: Verdict = field(repr=False)
    add_headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    enforced: bool = True


_INSERT = Prepared(
    insert(verdicts).values(
        given("message_id", "action", "observed", "body_digest", "policies", "record", "judged_at")
    )
)
_RECORD = Prepared(select(verdicts.c.record).where(verdicts.c.message_id == bindparam("of")))

AGAIN_SECONDS = 60.0
"""How long a message waits to be judged again (`set_back`): a few transactions of well under a
second.  Whoever was to do it has died after that."""

_AGAIN = "again"
"""A recall that is not certain yet."""

RESTORED = "restored"
"""A recall of what came out of a backup (`store.restoring`): it may have been stopped since, so
whatever is said of it now, a person decides."""

TARGETS = {
    Event.PASS: State.READY,
    Event.ASK: State.AWAITING_SENDER,
    Event.HOLD: State.QUARANTINED,
    Event.REFUSE: State.DONE,
}

_VALUES = 500
"""Ids in one statement."""

_KEPT = frozenset({Event.HOLD, Event.ASK})
"""Somebody will look at it."""


def judge(
    tx: Transaction,
    id: str,
    fence: int,
    record: Record,
    plan: Plan,
    evidence: bytes = b"",
    *,
    row: Any = None,
    digest: bytes | None = None,
    crashed: bool = False,
    heir: bool = False,
    settle: float = 0.0,
    lease: Lease | None = None,
) -> str | None:
    """Commit a verdict: the record, the move, the evidence of what is held or may yet be.

    `row` is the message's, where it is locked already, `digest` that of the body that was read.
    `heir`: the message is the second half of one that was split.  `settle`: how many seconds after
    its arrival what passes waits for its siblings, with its evidence.  `lease` is for whoever sends
    it.  Returns the id of a body to unlink (a refused message's).  `StaleError` when the fence is
    old.
    """
    event = plan.event
    sealed = tx.keys.seal(msgspec.msgpack.encode(record), f"verdict:{id}")
    tx.change(
        _INSERT,
        message_id=id,
        action=record.verdict.action.label,
        observed=record.verdict.observed.label,
        body_digest=digest or bodies.digest_of(tx, id),
        policies=record.verdict.policies,
        record=sealed,
        judged_at=tx.now(),
    )
    matches.write(tx, id, record.verdict, record.facts)
    if record.verdict.queue:  # whatever becomes of it: nobody else sees that there is such mail
        group = {"queue": record.verdict.queue}
        tx.execute(update(message_rows).where(message_rows.c.id == id).values(group))
    if event is Event.REFUSE:
        messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)
    # What crashed twice and is held or (while observing) passed for that: its history says so.
    told = Event.CRASH if crashed and event in {Event.HOLD, Event.PASS} else event
    told = Event.SPLIT if heir else told
    step = Step(Who.INSPECTOR, fence=fence)
    messages.move(tx, id, told, TARGETS[event], step, row=row, lease=lease)
    if evidence:
        bodies.keep_evidence(tx, id, evidence)
    if event in _KEPT:
        _wait_for_people(tx, id, record)
    elif event is Event.PASS and settle:
        _wait_for_siblings(tx, id, settle)
    if event is Event.REFUSE:
        return deliveries.forget_if_never_held(tx, messages.get(tx, id))
    return None


def strengthen(tx: Transaction, id: str, record: Record, plan: Plan) -> None:
    """A sibling has made a message's verdict stronger: it is recalled from READY or escalated, or
    stays held and takes more people to release.

    While an attempt is open it is only marked; `recall` follows when the attempt is closed.
    `StaleError` when it has left, or somebody has decided it.
    """
    target = TARGETS[plan.event]
    if messages.get(tx, id).state == target:
        messages.renew(tx, id)
        campaigns.renew(tx, id)
    elif deliveries.has_open_attempt(tx, id):
        tx.execute(update(message_rows).where(message_rows.c.id == id).values(recall=str(target)))
    else:
        _pull_back(tx, id, target)
    sealed = tx.keys.seal(msgspec.msgpack.encode(record), f"verdict:{id}")
    tx.execute(
        update(verdicts)
        .where(verdicts.c.message_id == id)
        .values(action=record.verdict.action.label, record=sealed)
    )
    matches.renew(tx, id, record.verdict, record.facts)
    _wait_for_people(tx, id, record)


def recall(tx: Transaction, id: str) -> bool:
    """Do what a sibling asked for while an attempt was open; False: nothing, or it has left.

    What is being judged again is given back until it is known (`set_back`).
    """
    row = messages.get(tx, id)
    mine = update(message_rows).where(message_rows.c.id == id)
    if row.recall is None:
        return False
    if row.recall == _AGAIN and row.next_try > tx.now():
        tx.execute(mine.values(lease_node=None, lease_until=0.0))
        return True
    by_itself = row.recall in {_AGAIN, RESTORED}  # nobody has said yet how long it waits for whom
    target = State.QUARANTINED if by_itself else State(row.recall)
    tx.execute(mine.values(recall=None))
    try:
        _pull_back(tx, id, target)
    except StaleError:  # a recipient may have it: it can only be sent again
        return False
    if by_itself:
        deadlines.for_decision(tx, id)
        record = find(tx, id)
        if record:
            lines.write(tx, id, record.verdict, record.facts)
    if target is State.DONE:
        returning.withdraw(tx, id)
    return True


def set_back(tx: Transaction, ids: Sequence[str]) -> None:
    """These are to be judged again, in transactions that follow: what is READY is not sent before.

    Where nobody does that within a minute it is held: its copies were.
    """
    wait = {"recall": _AGAIN, "next_try": tx.now() + AGAIN_SECONDS}
    for start in range(0, len(ids), _VALUES):
        tx.execute(
            update(message_rows)
            .where(
                message_rows.c.id.in_(ids[start : start + _VALUES]),
                message_rows.c.state == str(State.READY),
                message_rows.c.recall.is_(None) | (message_rows.c.recall == _AGAIN),
            )
            .values(wait)
        )


def let_on(tx: Transaction, id: str) -> None:
    """It has been judged again."""
    until = max(messages.get(tx, id).settle_until, tx.now())
    tx.execute(
        update(message_rows)
        .where(message_rows.c.id == id, message_rows.c.recall == _AGAIN)
        .values(recall=None, next_try=until)
    )


def strength(verdict: Verdict) -> tuple[Action, int]:
    """What it takes to send it all the same: an action, and how many people."""
    return verdict.action, verdict.approvals


def covers(let: Verdict, verdict: Verdict) -> bool:
    """Whether who lets go what was stopped by one verdict knows of every policy that stops the
    other, and is enough for it."""
    return strength(verdict) <= strength(let) and _stopping(verdict) <= _stopping(let)


def _stopping(verdict: Verdict) -> frozenset[str]:
    return frozenset(m.policy for m in verdict.matches if m.action > Action.TAG and not m.observed)


def _pull_back(tx: Transaction, id: str, target: State) -> None:
    ready = messages.get(tx, id).state == State.READY
    event = Event.RECALL if ready else Event.ESCALATE
    messages.move(tx, id, event, target, Step(Who.INSPECTOR))
    if target is State.DONE:
        messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)


def _wait_for_people(tx: Transaction, id: str, record: Record) -> None:
    verdict = record.verdict
    lines.write(tx, id, verdict, record.facts)
    tx.execute(
        update(message_rows)
        .where(message_rows.c.id == id)
        .values(approvals=verdict.approvals, queue=_queue(verdict))
    )
    if messages.get(tx, id).state == State.AWAITING_SENDER:
        deadlines.for_answer(tx, id)
    else:
        deadlines.for_decision(tx, id)


def _queue(verdict: Verdict) -> str:
    """Who looks after it: a private sender's group, or whom the policy that decides names."""
    deciding = [m.queue for m in verdict.matches if m.action is verdict.action]
    return verdict.queue or (deciding[0] if deciding else "")


def _wait_for_siblings(tx: Transaction, id: str, seconds: float) -> None:
    until = messages.get(tx, id).received_at + seconds
    tx.execute(
        update(message_rows)
        .where(message_rows.c.id == id)
        .values(settle_until=until, next_try=max(until, tx.now()))
    )


def write_missing_lines(tx: Transaction) -> int:
    """Make the lines of what an earlier version stopped, which wrote none; how many."""
    has_line = select(schema.lines.c.message_id).where(
        schema.lines.c.message_id == message_rows.c.id
    )
    waiting = [str(State.QUARANTINED), str(State.AWAITING_SENDER)]
    missing = tx.execute(
        select(message_rows.c.id)
        .join(verdicts, verdicts.c.message_id == message_rows.c.id)
        .where(message_rows.c.state.in_(waiting), ~has_line.exists())
    ).scalars()
    ids = missing.all()
    for id in ids:
        record = find(tx, id)
        if record:
            lines.write(tx, id, record.verdict, record.facts)
    return len(ids)


def find(tx: Transaction, id: str) -> Record | None:
    """The record of a verdict, None where there is none yet."""
    sealed = tx.scalar(_RECORD, of=id)
    if sealed is None:
        return None
    return msgspec.msgpack.decode(tx.keys.open(sealed, f"verdict:{id}"), type=Record)
