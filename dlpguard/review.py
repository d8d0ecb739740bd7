"""What a reviewer may do to a held message.

Each is one transaction: the decision, its record, the audit entry and the notice to the sender
are committed together, and of two who act at once one wins and the other is told.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.errors import StaleError
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.notices import Letterhead, Subject
from dlpguard.store import audit, messages, own_mail, quarantine
from dlpguard.store.database import Transaction
from dlpguard.store.messages import Step
from dlpguard.store.opening import Store


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a decision.  `missing`: how many more people have to approve a release."""

    state: State
    missing: int = 0


def release(
    store: Store, id: str, actor: str, reason: str = "", version: int | None = None
) -> Decision:
    """Let a held message go, or approve it where more than one person has to.

    `version` is the one the reviewer looked at (None: the current one).  `StaleError` when it is
    not held any more or has changed; `NotFoundError` when there is none.
    """

    def work(tx: Transaction) -> Decision:
        held = _held(tx, id, version)
        approvals = quarantine.approve(tx, id, held.version, actor)
        audit.record(tx, actor, "release", id, reason)
        missing = held.approvals_needed - len(approvals)
        if missing > 0:
            return Decision(held.state, missing)
        step = Step(Who.REVIEWER, actor=actor, reason=reason, version=held.version)
        messages.move(tx, id, Event.RELEASE, State.READY, step)
        return Decision(State.READY)

    return store.database.write_now(work)


def return_(
    store: Store,
    head: Letterhead,
    id: str,
    actor: str,
    reason: str = "",
    version: int | None = None,
) -> Decision:
    """Do not send a held message; its sender is told.  It is never sent after that.

    Errors as for `release`.
    """

    def work(tx: Transaction) -> Decision:
        held = _held(tx, id, version)
        step = Step(Who.REVIEWER, actor=actor, reason=reason, version=held.version)
        messages.move(tx, id, Event.RETURN, State.DONE, step)
        messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)
        messages.keep_until(tx, id, messages.DECIDED_SECONDS)
        audit.record(tx, actor, "return", id, reason)
        about = Subject(
            id, len(held.envelope.recipients), held.record.facts.plain_subject, _said(reason)
        )
        own_mail.tell(tx, head, held.envelope.sender, "returned", about, Who.REVIEWER)
        return Decision(State.DONE)

    return store.database.write_now(work)


def look(store: Store, id: str, actor: str) -> quarantine.Held | None:
    """A message for a reviewer to look at.  Looking is recorded."""

    def work(tx: Transaction) -> quarantine.Held | None:
        found = quarantine.find(tx, id)
        audit.record(tx, actor, "show", id)
        return found

    return store.database.write_now(work)


def _held(tx: Transaction, id: str, version: int | None) -> quarantine.Held:
    found = quarantine.find(tx, id)
    if found is None or found.state is not State.QUARANTINED:
        row = messages.get(tx, id)
        by = f" ({row.decided_by} decided it)" if row.decided_by else ""
        raise StaleError(f"message {id} is not held: it is {row.state}{by}")
    if version is not None and version != found.version:
        raise StaleError(f"message {id} has changed since you looked at it; look again")
    return found


def _said(reason: str) -> tuple[str, ...]:
    return (f"The reviewer says: {reason}",) if reason else ()
