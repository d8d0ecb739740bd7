"""The verdict on a message that was read, in the transaction that commits it.

What the sandbox found becomes facts when the store has added what only it knows: the message's
campaign, who has been written to before, what went to a private mailbox this month.  Policies
judge those facts; a message whose recipients fare differently is split; and a verdict that stops
this copy of a mailing stops the copies that have not left.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from dlpguard import actions, policy
from dlpguard.errors import StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State, Who
from dlpguard.mail import Envelope, new_id
from dlpguard.notices import Letterhead, Subject
from dlpguard.policy import Judged, Policies, private_senders
from dlpguard.recipients import Organisation, normalise
from dlpguard.runners.reading import Reading
from dlpguard.store import (
    bodies,
    campaigns,
    contacts,
    copies,
    deliveries,
    disclosures,
    messages,
    modes,
    own_mail,
    questions,
    returning,
    verdicts,
)
from dlpguard.store.database import Transaction
from dlpguard.store.verdicts import TARGETS, Record
from dlpguard.store.work import Claim, Lease
from dlpguard.verdict import Action, Plan, Verdict

A_FEW = 5
"""Outside addresses that a message shows from which on it waits for its copies: a missed Bcc comes
in batches; fewer stand in every second mail to a team."""

MOST_AGAIN = 25_000
"""People in copies that one transaction judges again: a quarter of a second of the only writer,
for which everything that is accepted or sent has to wait."""

A_COPY = 500
"""What a copy costs whoever is in it, in people."""

_LOOKED_AT = frozenset({Event.HOLD, Event.ASK})
"""Somebody will look at what was found."""


@dataclass(frozen=True, slots=True)
class Judging:
    """By what messages are judged: policies, mode, the gaps that are accepted, and how long
    copies of one mailing belong together (`window`) and wait for each other (`settle`), in seconds.
    `private` are the senders whose mail a named group looks after: patterns of addresses by group.
    """

    policies: Policies
    mode: str
    accepted_gaps: frozenset[tuple[str, str]]
    organisation: Organisation
    head: Letterhead
    window: float = 3600.0
    settle: float = 20.0
    private: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def at(self, tx: Transaction) -> Judging:
        """The same in the mode that somebody has switched to; `mode` is the settings'."""
        return replace(self, mode=modes.current(tx, self.mode))

    def verdict(self, facts: Facts, now: float) -> Verdict:
        """What the policies say about these facts; `now` in seconds, for flows that end."""
        today = datetime.fromtimestamp(now, UTC).date()
        enforce = self.mode == "enforce"
        verdict = policy.evaluate(
            self.policies, facts, enforce=enforce, accepted_gaps=self.accepted_gaps, today=today
        )
        return private_senders.assign(verdict, private_senders.group_of(facts.sender, self.private))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a verdict leaves to do about the copies of a mailing: those to be judged again.

    `decided` are the rows that it was about, `stopped` the copies that it has stopped, or that
    take more people to release now.
    """

    decided: tuple[str, ...]
    others: tuple[str, ...]
    stopped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it: the strongest verdict on a recipient, bodies to unlink after the commit,
    and work for transactions that follow (`follow_up`) until no `others` are left.
    """

    verdict: Verdict
    freed: tuple[str, ...]
    then: FollowUp
    rows: tuple[tuple[str, Verdict, str], ...] = ()
    """Each row of a message that was split, else its only one: id, verdict, what the log says."""
    passed: Passed | None = None
    """Where it may be sent at once, and somebody was there to do it (`Case.lease`)."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that passed: the claim of whoever sends it, and the fields that we add."""

    claim: Claim
    add_headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Committed:
    """What came of one row."""

    event: Event
    freed: str | None = None
    passed: Passed | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A message to be decided: the claim on it, what was read, how long that took (seconds), the
    keyed digest of the body that was read."""

    claim: Claim
    envelope: Envelope = field(repr=False)
    reading: Reading = field(repr=False)
    seconds: Callable[[], float]
    digest: bytes | None = field(default=None, repr=False)
    lease: Lease | None = None
    """For whoever sends it, if it may be sent at once."""


def decide(tx: Transaction, case: Case, judging: Judging) -> Decided:
    """Judge a message and make the verdict its state.  `StaleError` when the lease is old."""
    id, judging = case.claim.id, judging.at(tx)
    mine = messages.get(tx, id, lock=True)
    facts = _background(tx, mine, case.reading.facts, judging)
    verdict = _inherit(tx, id, judging.verdict(facts, tx.now()))
    rows = policy.split(verdict, facts.audience, case.envelope)
    ids = [id]
    if len(rows) > 1:
        ids.append(_split_off(tx, id, case.envelope, rows[1]))
        case = replace(case, lease=None)
    each = [_commit(tx, mine, facts, rows[0], case, judging)]
    for heir, row in zip(ids[1:], rows[1:], strict=True):
        theirs = messages.get(tx, heir, lock=True)
        each.append(_commit(tx, theirs, facts, row, case, judging, heir=True))
    stopped = rows[0].verdict  # what is for nobody here is out of it
    others: tuple[str, ...] = ()
    if stopped.action > Action.TAG:
        others = copies.siblings(tx, id, stopped.approvals, asks=stopped.action is Action.CONFIRM)
    said = tuple(
        (row_id, row.verdict, policy.for_log(row.verdict, facts))
        for row_id, row in zip(ids, rows, strict=True)
    )
    then = FollowUp(tuple(ids), others)
    if others or any(one.event is Event.REFUSE for one in each):
        then = follow_up(tx, then, judging)
    freed = tuple(one.freed for one in each if one.freed)
    return Decided(stopped, freed, then, said, each[0].passed)


def follow_up(tx: Transaction, work: FollowUp, judging: Judging) -> FollowUp:
    """Judge copies again, as many as one transaction may; returns what is left to do.

    Copies that are left wait, and are held where nobody comes back to them (`verdicts.set_back`).
    """
    judging, spent, number = judging.at(tx), 0, 0
    stopped = list(work.stopped)
    for number, other in enumerate(work.others, 1):  # noqa: B007 - how many were judged
        before = verdicts.find(tx, other)
        verdicts.let_on(tx, other)
        if before and _reconsider(tx, other, before, judging):
            stopped.append(other)
        spent += A_COPY + (len(before.facts.people.everyone) if before else 0)
        if spent > MOST_AGAIN:
            break
    left = replace(work, others=work.others[number:], stopped=tuple(stopped))
    verdicts.set_back(tx, left.others)
    if not left.others:
        for other in (*left.decided, *left.stopped):  # not before: it counts for its siblings
            if messages.get(tx, other).state == State.DONE:
                returning.withdraw(tx, other)
        for other in questions.unasked(tx, left.stopped):
            _ask_again(tx, other, judging.head)
    return left


def _background(tx: Transaction, row: Any, facts: Facts, judging: Judging) -> Facts:
    """Facts with what only the store knows of the message of a row."""
    if facts.audience.reach:
        digests = campaigns.digests(tx, facts.audience)
        facts = replace(facts, audience=contacts.look_up(tx, row.id, facts.audience, digests))
        facts = campaigns.join(tx, row, facts, digests, judging.window)
        facts = replace(facts, recent=disclosures.unite(tx, row.id, facts))
    return facts


def _inherit(tx: Transaction, id: str, verdict: Verdict) -> Verdict:
    """A copy of what a person has let go, about nobody else, goes the same way."""
    if verdict.action <= Action.TAG:
        return verdict
    for released in copies.released(tx, id, by_sender=verdict.action is Action.CONFIRM):
        let = verdicts.find(tx, released)
        if let and verdicts.covers(let.verdict, verdict):
            return replace(verdict, action=Action.ALLOW, inherits=released)
    return verdict


def _split_off(tx: Transaction, id: str, envelope: Envelope, row: Judged) -> str:
    """The second half's row; it is a member of the campaign if anybody in it is outside."""
    theirs = frozenset(row.recipients)
    return _part(tx, id, row, [i for i, r in enumerate(envelope.recipients) if r in theirs])


def _part(tx: Transaction, id: str, row: Judged, positions: Collection[int]) -> str:
    heir = new_id(tx.now(), secrets.token_bytes(10))
    messages.split_off(tx, id, heir, positions)
    campaigns.part(tx, id, heir, {normalise(r.address) for r in row.recipients})
    return heir


def _commit(
    tx: Transaction,
    mine: Any,
    facts: Facts,
    row: Judged,
    case: Case,
    judging: Judging,
    *,
    heir: bool = False,
) -> _Committed:
    id = mine.id
    envelope = replace(case.envelope, recipients=row.recipients)
    plan = actions.plan(envelope, row.verdict)
    enforced = judging.mode == "enforce"
    # Not the half that nobody outside receives, which is no member of a campaign.
    waits = enforced and _spreads(facts) and copies.version(tx, id) > 0
    recallable = enforced and (_spreads(facts) or facts.audience.exposure >= campaigns.SEVERAL)
    kept = case.reading.evidence if plan.event in _LOOKED_AT or recallable else b""
    record = Record(facts, row.verdict, plan.add_headers, round(case.seconds(), 3), enforced)
    settle = judging.settle if waits else 0.0
    lease = case.lease if plan.event is Event.PASS and not settle else None
    freed = verdicts.judge(
        tx,
        id,
        case.claim.fence,
        record,
        plan,
        kept,
        row=mine,
        digest=case.digest,
        crashed=case.reading.crashed,
        heir=heir,
        settle=settle,
        lease=lease,
    )
    _tell(tx, id, envelope, record, plan, judging.head)
    if lease is None:
        return _Committed(plan.event, freed)
    claim = replace(case.claim, fence=case.claim.fence + 1, claims=1)
    return _Committed(plan.event, freed, Passed(claim, plan.add_headers))


def _spreads(facts: Facts) -> bool:
    """Whether copies of it could add up: it takes people outside of whom more than a contact's
    card is told, or a few addresses shown to each other.  Half of all mail names a contact, and
    need not wait."""
    told = any(p.private or p.listed for p in facts.people.everyone)
    return facts.audience.reach > 0 and (told or facts.audience.exposure >= A_FEW)


def _reconsider(tx: Transaction, id: str, before: Record, judging: Judging) -> bool:
    """Judge a sibling again with the numbers of the campaign; whether it was stopped for them."""
    row = messages.get(tx, id)
    if not before.enforced or row.decided_by or row.state == State.DONE:
        return False  # what passed while observing is not judged again
    facts = campaigns.count(tx, id, before.facts)
    envelope = messages.pending_of(tx, id)
    verdict = _inherit(tx, id, judging.verdict(facts, tx.now()))
    those, *others = policy.split(verdict, facts.audience, envelope)
    if verdicts.strength(those.verdict) <= verdicts.strength(before.verdict):
        return False
    try:
        with tx.connection.begin_nested():
            for other in others:
                if _fares_apart(tx, id, other, before):
                    envelope = replace(envelope, recipients=those.recipients)
                    _spare(tx, id, replace(before, facts=facts), other, envelope, judging.head)
            plan = actions.plan(envelope, those.verdict)
            record = Record(facts, those.verdict, plan.add_headers, before.seconds)
            verdicts.strengthen(tx, id, record, plan)
    except StaleError:  # a recipient may have it already, or somebody has just decided it
        return False
    _tell(tx, id, envelope, record, plan, judging.head)
    return True


def _fares_apart(tx: Transaction, id: str, other: Judged, before: Record) -> bool:
    """Whether those of a sibling whom nothing stronger is for get a row of their own: where that
    makes nothing weaker, and nobody is being sent it at this moment."""
    if deliveries.has_open_attempt(tx, id):
        return False
    state = messages.get(tx, id).state
    asked_still = state == State.AWAITING_SENDER and other.verdict.action is Action.CONFIRM
    return asked_still or (state == State.READY and before.verdict.action <= Action.TAG)


def _spare(
    tx: Transaction, id: str, before: Record, other: Judged, rest: Envelope, head: Letterhead
) -> None:
    """Give them that row, with their verdict."""
    theirs = frozenset(other.recipients)
    pending = deliveries.load(tx, messages.get(tx, id)).pending
    heir = _part(tx, id, other, [p.position for p in pending if p.recipient in theirs])
    envelope = replace(rest, recipients=other.recipients)
    plan = actions.plan(envelope, other.verdict)
    record = replace(before, verdict=other.verdict, add_headers=plan.add_headers)
    kept = bodies.read_evidence(tx, id)
    verdicts.judge(tx, heir, messages.get(tx, heir).fence, record, plan, kept, heir=True)
    _tell(tx, heir, envelope, record, plan, head)


def _ask_again(tx: Transaction, id: str, head: Letterhead) -> None:
    """The notice about a copy whose sender was asked about another one only."""
    record = verdicts.find(tx, id)
    if record:
        envelope = messages.pending_of(tx, id)
        _issue(tx, id, envelope, record, actions.plan(envelope, record.verdict), head)


def _tell(
    tx: Transaction, id: str, envelope: Envelope, record: Record, plan: Plan, head: Letterhead
) -> None:
    """The notices of a plan, where its sender has not had them about another copy."""
    if not plan.notices:
        return
    target = TARGETS[plan.event]
    asks = target is State.AWAITING_SENDER
    if not (questions.is_asked(tx, id) if asks else copies.was_told(tx, id, target)):
        _issue(tx, id, envelope, record, plan, head)


def _issue(
    tx: Transaction, id: str, envelope: Envelope, record: Record, plan: Plan, head: Letterhead
) -> None:
    facts = record.facts
    headline, *reasons = policy.for_sender(record.verdict, facts)
    number, subject = len(envelope.recipients), facts.plain_subject
    about = Subject(id, number, subject, tuple(reasons), headline=headline)
    for notice in plan.notices:
        for address in notice.recipients:
            own_mail.tell(tx, head, address, notice.template, about, Who.INSPECTOR)
