"""Transactions of the queue's protocol, as runners and people make them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from dlpguard.errors import StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.mail import MessageId
from dlpguard.store import deliveries, messages, quarantine, returning, schema, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Answer
from dlpguard.store.guards import Step
from dlpguard.store.verdicts import Record
from dlpguard.store.work import Claim
from dlpguard.verdict import Action, Plan, Verdict

ACTIONS = {
    Event.PASS: Action.ALLOW,
    Event.ASK: Action.CONFIRM,
    Event.HOLD: Action.QUARANTINE,
    Event.REFUSE: Action.REJECT,
}
TOOK, LOST, REFUSED, LATER = "took", "took, and its reply is lost", "refused", "later"
"""What the next hop makes of a message."""


@dataclass
class Sending:
    """A courier at work: its claim, and how far it has come."""

    node: str
    claim: Claim
    addresses: dict[int, str]
    attempt: int | None = None
    dot: bool = False
    said: str = ""
    """What the next hop said about it, "" nothing yet."""


@dataclass
class Reading:
    """An inspector at work."""

    node: str
    claim: Claim


def new_campaign(tx: Transaction) -> int:
    """A campaign that messages may be of."""
    made = tx.execute(insert(schema.campaigns).values(sender_digest=b"", opened_at=tx.now()))
    assert made.inserted_primary_key
    return int(made.inserted_primary_key[0])


def join(tx: Transaction, id: str, campaign: int) -> None:
    """Make a message a member of a campaign."""
    values = {"campaign_id": campaign, "campaign_version": 1, "content": b"the same"}
    tx.execute(update(schema.messages).where(schema.messages.c.id == id).values(values))


def _record(event: Event) -> Record:
    return Record(Facts(sender=""), Verdict(ACTIONS[event]))


def judge(tx: Transaction, claim: Claim, event: Event, settle: float) -> None:
    """Commit a verdict; the copies that have not left follow it when it holds."""
    verdicts.judge(
        tx, claim.id, claim.fence, _record(event), Plan(event), b"evidence", settle=settle
    )
    if event is Event.HOLD:
        for other in _copies(tx, claim.id):
            # What is decided is not asked about again; here only the guard says so.
            with contextlib.suppress(StaleError):
                verdicts.strengthen(tx, other, _record(event), Plan(event))


def _copies(tx: Transaction, id: str) -> tuple[str, ...]:
    columns = schema.messages.c
    campaign = select(columns.campaign_id).where(columns.id == id).scalar_subquery()
    states = (State.READY, State.AWAITING_SENDER, State.QUARANTINED)
    found = select(columns.id).where(
        columns.campaign_id == campaign, columns.id != id, columns.state.in_(map(str, states))
    )
    return tuple(tx.execute(found).scalars())


def split(tx: Transaction, claim: Claim, heir: MessageId, first: Event, second: Event) -> None:
    """Commit two verdicts: on the first recipient, and on the others."""
    others = range(1, len(messages.envelope_of(tx, claim.id).recipients))
    if not others:
        judge(tx, claim, first, 0.0)
        return
    messages.split_off(tx, claim.id, heir, others)
    for id, event in ((claim.id, first), (heir, second)):
        record, plan = _record(event), Plan(event)
        verdicts.judge(tx, id, claim.fence, record, plan, b"evidence", heir=id == heir)


def crash(tx: Transaction, claim: Claim) -> None:
    """An inspection crashed: set aside the first time, held the second."""
    if claim.crashes:
        record, plan = _record(Event.HOLD), Plan(Event.HOLD)
        verdicts.judge(tx, claim.id, claim.fence, record, plan, b"evidence", crashed=True)
        return
    work.count_crash(tx, claim.id)
    step = Step(Who.INSPECTOR, fence=claim.fence)
    messages.move(tx, claim.id, Event.CRASH, State.SET_ASIDE, step)


def conclude(tx: Transaction, sending: Sending) -> None:
    """As `runners.courier` does it, without DSNs."""
    claim = sending.claim
    outcome = {TOOK: Outcome.DELIVERED, REFUSED: Outcome.BOUNCED, LATER: Outcome.PENDING}
    if sending.said in outcome:
        said = outcome[sending.said]
        deliveries.answer(tx, claim.id, [Answer(p, said, "250") for p in sending.addresses])
    if sending.attempt is not None:
        in_doubt = sending.dot and sending.said not in outcome
        work.close(tx, sending.attempt, in_doubt=in_doubt)
    row = messages.get(tx, claim.id, lock=True)
    if not deliveries.is_ours(row, claim.fence):
        return
    if deliveries.is_settled(tx, claim.id):
        deliveries.finish(tx, claim.id, claim.fence)
    elif not (deliveries.is_recalled(tx, row) and verdicts.recall(tx, claim.id)):
        work.give_back(tx, claim.id, claim.fence, wait=60.0, tried=True)


def decide(tx: Transaction, id: str, event: Event, person: str, version: int) -> None:
    """A reviewer's decision on the version that they saw, or a sender's answer."""
    seen = Step(Who.REVIEWER, actor=person, version=version)
    sender = Step(Who.SENDER, actor=person)
    if event is Event.RETURN:
        returning.give_back(tx, id, event, seen)
    elif event is Event.CANCEL:
        returning.give_back(tx, id, event, sender)
    elif event is Event.CONFIRM:
        asked = [m for m in quarantine.history(tx, id) if m.target is State.AWAITING_SENDER]
        back = bool(asked) and asked[-1].who == "reviewer"
        target = State.QUARANTINED if back else State.READY
        messages.move(tx, id, event, target, Step(Who.SENDER) if back else sender)
    elif event is Event.ASK:
        messages.move(tx, id, event, State.AWAITING_SENDER, Step(Who.REVIEWER))
    else:
        target = State.READY if event is Event.RELEASE else State.QUARANTINED
        messages.move(tx, id, event, target, seen)


def busy(tx: Transaction) -> list[str]:
    """What still has something to be done to it by a runner."""
    columns = schema.messages.c
    states = [str(s) for s in (State.RECEIVED, State.SET_ASIDE, State.READY)]
    found = tx.execute(select(columns.id, columns.state).where(columns.state.in_(states)))
    return [f"{row.id} {row.state}" for row in found]
