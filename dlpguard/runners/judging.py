"""The verdict on a message that was read, in the transaction that commits it.

What the sandbox found becomes facts when the store has added what only it knows: the message's
campaign, who has been written to before, what went to a private mailbox this month.  Policies
judge those facts; a message whose recipients fare differently is split; and a verdict that stops
this copy of a mailing stops the copies that have not left.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from dlpguard import actions, policy
from dlpguard.errors import StaleError
from dlpguard.facts import Facts
from dlpguard.inspection import judge
from dlpguard.lifecycle import Event, Who
from dlpguard.mail import Envelope, new_id
from dlpguard.notices import Letterhead, Subject
from dlpguard.policy import Judged, Policies
from dlpguard.recipients import Organisation, normalise
from dlpguard.runners.reading import Reading
from dlpguard.store import (
    campaigns,
    contacts,
    copies,
    disclosures,
    messages,
    modes,
    own_mail,
    returning,
    verdicts,
)
from dlpguard.store.database import Transaction
from dlpguard.store.verdicts import TARGETS, Record
from dlpguard.store.work import Claim
from dlpguard.verdict import Action, Plan, Verdict

A_FEW = 5
"""Outside addresses that a message shows from which on it waits for its copies: a missed Bcc comes
in batches; fewer stand in every second mail to a team."""

_LOOKED_AT = frozenset({Event.HOLD, Event.ASK})
"""Somebody will look at what was found."""


@dataclass(frozen=True, slots=True)
class Judging:
    """By what messages are judged: policies, mode, the gaps that are accepted, and how long
    copies of one mailing belong together (`window`) and wait for each other (`settle`), in seconds.
    """

    policies: Policies
    mode: str
    accepted_gaps: frozenset[tuple[str, str]]
    organisation: Organisation
    head: Letterhead
    window: float = 3600.0
    settle: float = 20.0

    def at(self, tx: Transaction) -> Judging:
        """The same in the mode that somebody has switched to; `mode` is the settings'."""
        switched = modes.get(tx)
        return replace(self, mode=switched.mode) if switched else self

    def verdict(self, facts: Facts, now: float) -> Verdict:
        """What the policies say about these facts; `now` in seconds, for flows that end."""
        today = datetime.fromtimestamp(now, UTC).date()
        return judge(facts, self.policies, self.mode, self.accepted_gaps, today)


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it: the verdict on the whole message, and bodies to unlink after the commit."""

    verdict: Verdict
    freed: tuple[str, ...] = ()
    siblings: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A message to be decided: the claim on it, what was read, how long that took (seconds)."""

    claim: Claim
    envelope: Envelope = field(repr=False)
    reading: Reading = field(repr=False)
    seconds: Callable[[], float]


def decide(tx: Transaction, case: Case, judging: Judging) -> Decided:
    """Judge a message and make the verdict its state.  `StaleError` when the lease is old."""
    id, judging = case.claim.id, judging.at(tx)
    facts = _background(tx, id, case.reading.facts, judging)
    verdict = _inherit(tx, id, judging.verdict(facts, tx.now()))
    rows = policy.split(verdict, facts.audience, case.envelope)
    ids = [id]
    if len(rows) > 1:
        ids.append(_split_off(tx, id, case.envelope, rows[1]))
    freed = tuple(
        body
        for number, (row_id, row) in enumerate(zip(ids, rows, strict=True))
        if (body := _commit(tx, row_id, facts, row, case, judging, heir=number > 0))
    )
    changed = 0
    if verdict.action > Action.TAG:
        others = copies.siblings(tx, id, verdict.approvals, asks=verdict.action is Action.CONFIRM)
        changed = sum(_reconsider(tx, other, judging) for other in others)
    return Decided(verdict, freed, changed)


def _background(tx: Transaction, id: str, facts: Facts, judging: Judging) -> Facts:
    """Facts with what only the store knows."""
    if facts.audience.reach:
        digests = campaigns.digests(tx, facts.audience)
        facts = replace(facts, audience=contacts.look_up(tx, id, facts.audience, digests))
        facts = campaigns.join(tx, id, facts, digests, judging.window)
        facts = replace(facts, recent=disclosures.unite(tx, id, facts))
    return facts


def _inherit(tx: Transaction, id: str, verdict: Verdict) -> Verdict:
    """A copy of what a person has let go, about nobody else, goes the same way."""
    if verdict.action <= Action.TAG:
        return verdict
    for released in copies.released(tx, id, by_sender=verdict.action is Action.CONFIRM):
        let = verdicts.find(tx, released)
        if let and _covers(let.verdict, verdict):
            return replace(verdict, action=Action.ALLOW, inherits=released)
    return verdict


def _covers(let: Verdict, verdict: Verdict) -> bool:
    """Whether who let a copy go knew of every policy that stops this one, and was enough."""
    return _strength(verdict) <= _strength(let) and _stopping(verdict) <= _stopping(let)


def _stopping(verdict: Verdict) -> frozenset[str]:
    return frozenset(m.policy for m in verdict.matches if m.action > Action.TAG and not m.observed)


def _split_off(tx: Transaction, id: str, envelope: Envelope, row: Judged) -> str:
    """The second half's row; it is a member of the campaign if anybody in it is outside."""
    heir = new_id(tx.now(), secrets.token_bytes(10))
    theirs = frozenset(row.recipients)
    positions = [i for i, r in enumerate(envelope.recipients) if r in theirs]
    messages.split_off(tx, id, heir, positions)
    campaigns.part(tx, id, heir, {normalise(r.address) for r in row.recipients})
    return heir


def _commit(
    tx: Transaction,
    id: str,
    facts: Facts,
    row: Judged,
    case: Case,
    judging: Judging,
    *,
    heir: bool,
) -> str | None:
    envelope = replace(case.envelope, recipients=row.recipients)
    plan = actions.plan(envelope, row.verdict)
    enforced = judging.mode == "enforce"
    is_member = copies.version(tx, id) > 0  # not the half that nobody outside receives
    waits = judging.settle if enforced and is_member and _spreads(facts) else 0.0
    recallable = enforced and (_spreads(facts) or facts.audience.exposure >= campaigns.SEVERAL)
    kept = case.reading.evidence if plan.event in _LOOKED_AT or recallable else b""
    record = Record(facts, row.verdict, plan.add_headers, round(case.seconds(), 3), enforced)
    crashed = case.reading.crashed
    freed = verdicts.judge(
        tx, id, case.claim.fence, record, plan, kept, crashed=crashed, heir=heir, settle=waits
    )
    _tell(tx, id, envelope, record, plan, judging.head)
    if plan.event is Event.REFUSE:
        returning.withdraw(tx, id)
    return freed


def _spreads(facts: Facts) -> bool:
    """Whether copies of it could add up: it takes people outside of whom more than a contact's
    card is told, or a few addresses shown to each other.  Half of all mail names a contact, and
    need not wait."""
    told = any(p.private or p.listed for p in facts.people.everyone)
    return facts.audience.reach > 0 and (told or facts.audience.exposure >= A_FEW)


def _reconsider(tx: Transaction, id: str, judging: Judging) -> bool:
    """Judge a sibling again with the numbers of the campaign; whether it was stopped for them."""
    before = verdicts.find(tx, id)
    if before is None or not before.enforced:  # what passed while observing is not judged again
        return False
    facts = campaigns.count(tx, id, before.facts)
    envelope = messages.pending_of(tx, id)
    verdict = _inherit(tx, id, judging.verdict(facts, tx.now()))
    row = policy.split(verdict, facts.audience, envelope)[0]
    if _strength(row.verdict) <= _strength(before.verdict):
        return False
    plan = actions.plan(envelope, row.verdict)
    record = Record(facts, row.verdict, plan.add_headers, before.seconds)
    try:
        verdicts.strengthen(tx, id, record, plan)
    except StaleError:  # a recipient may have it already, or somebody has just decided it
        return False
    _tell(tx, id, envelope, record, plan, judging.head)
    return True


def _strength(verdict: Verdict) -> tuple[Action, int]:
    """What it takes to send it all the same."""
    return verdict.action, verdict.approvals


def _tell(
    tx: Transaction, id: str, envelope: Envelope, record: Record, plan: Plan, head: Letterhead
) -> None:
    """The notices of a plan; one for all copies of a mailing."""
    target = TARGETS[plan.event]
    if not plan.notices or copies.was_told(tx, id, target):
        return
    facts = record.facts
    said = policy.for_sender(record.verdict, facts)
    about = Subject(id, len(envelope.recipients), facts.plain_subject, said)
    for notice in plan.notices:
        for address in notice.recipients:
            own_mail.tell(tx, head, address, notice.template, about, Who.INSPECTOR)
