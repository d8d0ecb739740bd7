"""When somebody is at risk as long as a message is held: the alarm, and who releases it alone.

An alarm is raised once for a mailing and mailed to whoever is on duty in the same transaction.
A release by one person, also of what takes two, has a reason, and another person looks at it
afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard import notices, telemetry
from dlpguard.errors import RefusedError, StaleError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.notices import Letterhead, Waiting
from dlpguard.review._waiting import NOW, Seen, not_ones_own, waiting
from dlpguard.review.decisions import Decision
from dlpguard.store import (
    alarms,
    audit,
    copies,
    emergencies,
    messages,
    own_mail,
    whom_to_tell,
)
from dlpguard.store.alarms import SENDER
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store
from dlpguard.store.whom_to_tell import Matter, Offices


@dataclass(frozen=True, slots=True)
class Raised:
    """What came of an alarm.  `is_first`: nobody had raised one about this mailing; `told`: to how
    many addresses it was mailed, of which 0 means that somebody has to ring."""

    is_first: bool
    told: int


def by_code(store: Store, code: str) -> str:
    """The id of the message that the code in a notice raises an alarm about.

    `NotFoundError` when it is none of ours, or the message does not wait any more.
    """
    return store.database.read_now(lambda tx: alarms.find(tx, code))


def raise_alarm(
    store: Store, head: Letterhead, offices: Offices, id: str, said: str, actor: str = SENDER
) -> Raised:
    """Say that somebody is at risk as long as a message is held: who is on duty is told now.

    `actor` is an account, or `SENDER` for who has the code.  A second alarm about the same mailing
    tells nobody again.  `StaleError` when it does not wait any more.
    """

    def work(tx: Transaction) -> Raised:
        row = messages.get(tx, id, lock=True)
        if State(row.state) not in {State.QUARANTINED, State.AWAITING_SENDER}:
            raise StaleError(f"message {id} does not wait any more: it is {row.state}")
        if before := alarms.about(tx, id):
            return Raised(is_first=False, told=before.told)
        told = whom_to_tell.staff(tx, head, offices).on_duty(Matter(row.sender_digest, row.queue))
        alarms.write(tx, id, actor, said, len(told))
        audit.record(tx, actor or messages.envelope_of(tx, id).sender, "alarm", id, said)
        it = Waiting(id, row.state_since, row.expires_at)
        who = actor or "Its sender"
        for address in told:
            own_mail.send(
                tx, head, address, lambda letter: notices.alarm(head, letter, it, who), Who.REVIEWER
            )
        return Raised(is_first=True, told=len(told))

    raised = store.database.write_now(work)
    if raised.is_first:
        telemetry.alarm(id, raised.told)
    return raised


def break_glass(store: Store, id: str, actor: str, reason: str, seen: Seen = NOW) -> Decision:
    """Let a held mailing go by one person's word, however many it takes otherwise.

    The caller has seen to it that the actor's account has the right.  It stands on a list until
    another has looked at it.  `RefusedError` without a reason, and for one's own mail; otherwise
    as `release`.
    """
    if not reason.strip():
        raise RefusedError("a release in an emergency needs a reason: somebody looks at it later")

    def work(tx: Transaction) -> Decision:
        held = waiting(tx, id, State.QUARANTINED, seen)
        not_ones_own(held.envelope.sender, actor)
        together = copies.together(tx, id, seen.campaign)
        for copy in together:
            version = messages.get(tx, copy).version
            step = Step(Who.REVIEWER, actor=actor, reason=reason, version=version)
            messages.move(tx, copy, Event.RELEASE, State.READY, step)
        emergencies.write(tx, id, actor, reason)
        audit.record(tx, actor, "break-glass", id, reason)
        return Decision(State.READY, messages=len(together))

    decision = store.database.write_now(work)
    telemetry.broke_glass(id, decision.messages)
    return decision


def look_into(
    store: Store,
    queues: tuple[str, ...],
    id: str,
    actor: str,
    found: str,
    *,
    justified: bool,
) -> None:
    """Record what somebody found who looked at such a release; `queues` are those they look after.

    `RefusedError` for who released it, or sent it; `StaleError` when another was quicker;
    `NotFoundError` when there was no such release.
    """

    def work(tx: Transaction) -> None:
        emergency = emergencies.find(tx, id, queues)
        emergencies.review(tx, emergency, actor, found, justified=justified)
        verdict = "justified" if justified else "not justified"
        audit.record(tx, actor, "looked into", id, f"{verdict}: {found}")

    store.database.write_now(work)
