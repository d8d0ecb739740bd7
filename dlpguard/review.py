"""What a reviewer, or its sender, may do to a message that waits.

Each is one transaction: the decision, its record, the audit entry and the notice to the sender
are committed together, and of two who act at once one wins and the other is told.  A decision is
about a mailing: it covers the copies with the same content that wait in the same campaign.  A
sender's covers those that they were asked about.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.errors import StaleError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.notices import Letterhead, Subject
from dlpguard.store import (
    answers,
    audit,
    casework,
    copies,
    messages,
    own_mail,
    quarantine,
    questions,
    returning,
)
from dlpguard.store.database import Transaction
from dlpguard.store.messages import Step
from dlpguard.store.opening import Store


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody looked at before they decided: versions of the message and of its campaign.

    None: as it is now.
    """

    version: int | None = None
    campaign: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a decision: where the message is now, and how many copies went the same way.

    `missing`: how many more people have to approve a release.
    """

    state: State
    missing: int = 0
    messages: int = 1


NOW = Seen()


def release(store: Store, id: str, actor: str, reason: str = "", seen: Seen = NOW) -> Decision:
    """Let a held mailing go, or approve it where more than one person has to.

    `StaleError` when it is not held any more or has changed; `NotFoundError` when there is none.
    """

    def work(tx: Transaction) -> Decision:
        held = _waiting(tx, id, State.QUARANTINED, seen)
        audit.record(tx, actor, "release", id, reason)
        missing, gone = 0, 0
        for copy in copies.together(tx, id, seen.campaign):
            row = messages.get(tx, copy)
            left = row.approvals - len(quarantine.approve(tx, copy, row.version, actor))
            if left <= 0:
                step = Step(Who.REVIEWER, actor=actor, reason=reason, version=row.version)
                messages.move(tx, copy, Event.RELEASE, State.READY, step)
                gone += 1
            elif copy == id:
                missing = left
        if missing:
            return Decision(held.state, missing)
        return Decision(State.READY, 0, gone)

    return store.database.write_now(work)


def return_(
    store: Store, head: Letterhead, id: str, actor: str, reason: str = "", seen: Seen = NOW
) -> Decision:
    """Do not send a held mailing; its sender is told.  It is never sent after that.

    Errors as for `release`.
    """

    def work(tx: Transaction) -> Decision:
        held = _waiting(tx, id, State.QUARANTINED, seen)
        waiting = copies.together(tx, id, seen.campaign)
        for copy in waiting:
            version = messages.get(tx, copy).version
            step = Step(Who.REVIEWER, actor=actor, reason=reason, version=version)
            returning.give_back(tx, copy, Event.RETURN, step)
        audit.record(tx, actor, "return", id, reason)
        _tell(tx, head, held, "returned", (f"The reviewer says: {reason}",) if reason else ())
        return Decision(State.DONE, messages=len(waiting))

    return store.database.write_now(work)


def ask(
    store: Store, head: Letterhead, id: str, actor: str, question: str, seen: Seen = NOW
) -> Decision:
    """Ask the sender of a held mailing; their answer comes back to the reviewers with it.

    Errors as for `release`.
    """

    def work(tx: Transaction) -> Decision:
        held = _waiting(tx, id, State.QUARANTINED, seen)
        waiting = copies.together(tx, id, seen.campaign)
        for copy in waiting:
            version = messages.get(tx, copy).version
            step = Step(Who.REVIEWER, reason=question, version=version)
            messages.move(tx, copy, Event.ASK, State.AWAITING_SENDER, step)
            messages.keep_until(tx, copy, answers.deadline(tx.now()) - tx.now())
        audit.record(tx, actor, "ask", id, question)
        _tell(tx, head, held, "asked", (f"The reviewer asks: {question}",))
        return Decision(State.AWAITING_SENDER, messages=len(waiting))

    return store.database.write_now(work)


def confirm(store: Store, id: str, actor: str, answer: str) -> Decision:
    """The sender meant it: it goes, or back to the reviewer who asked, with the answer.

    `answer` is who it is for and why.  `StaleError` when it does not wait for its sender any more.
    """

    def work(tx: Transaction) -> Decision:
        _waiting(tx, id, State.AWAITING_SENDER, NOW)
        # Who answers a reviewer has decided nothing.
        asked = questions.is_by_reviewer(tx, id)
        target = State.QUARANTINED if asked else State.READY
        step = Step(Who.SENDER, actor="" if asked else actor, reason=answer)
        waiting = questions.covered(tx, id)
        for copy in waiting:
            messages.move(tx, copy, Event.CONFIRM, target, step)
        audit.record(tx, actor, "confirm", id, answer)
        return Decision(target, messages=len(waiting))

    return store.database.write_now(work)


def cancel(store: Store, id: str, actor: str, reason: str = "") -> Decision:
    """The sender takes it back: it is never sent.  Errors as for `confirm`."""

    def work(tx: Transaction) -> Decision:
        _waiting(tx, id, State.AWAITING_SENDER, NOW)
        waiting = questions.covered(tx, id)
        for copy in waiting:
            step = Step(Who.SENDER, actor=actor, reason=reason)
            returning.give_back(tx, copy, Event.CANCEL, step)
        audit.record(tx, actor, "cancel", id, reason)
        return Decision(State.DONE, messages=len(waiting))

    return store.database.write_now(work)


def asked(store: Store, code: str) -> tuple[str, str]:
    """The message that the code in a notice is about, and who may answer: its sender's address.

    `NotFoundError` when the code has been used, has run out, or is not one.
    """

    def work(tx: Transaction) -> tuple[str, str]:
        id = answers.find(tx, code)
        return id, messages.envelope_of(tx, id).sender

    return store.database.read_now(work)


def undo(store: Store, id: str, actor: str, reason: str = "") -> Decision:
    """Take a release back while nothing of it has been sent; it is held again.

    Of several copies those that are still here.  `StaleError` when it has left, is being sent at
    this moment, or was not released by a person.
    """

    def work(tx: Transaction) -> Decision:
        others = [other for other in copies.released_with(tx, id) if other != id]
        step = Step(Who.REVIEWER, actor, reason)
        _take_back(tx, id, step)
        taken = 1
        for other in others:
            try:
                with tx.connection.begin_nested():
                    _take_back(tx, other, step)
                taken += 1
            except StaleError:
                continue  # that copy has left, or is leaving
        audit.record(tx, actor, "undo", id, reason)
        return Decision(State.QUARANTINED, messages=taken)

    return store.database.write_now(work)


def assign(store: Store, id: str, actor: str, owner: str) -> None:
    """Say who looks after a mailing ("" nobody); all copies of it."""

    def work(tx: Transaction) -> None:
        for copy in copies.together(tx, id):
            casework.assign(tx, copy, owner)
        audit.record(tx, actor, "assign", id, owner)

    store.database.write_now(work)


def comment(store: Store, id: str, actor: str, text: str) -> None:
    """Tell the other reviewers something about a message."""

    def work(tx: Transaction) -> None:
        messages.get(tx, id)
        casework.comment(tx, id, actor, text)
        audit.record(tx, actor, "comment", id)

    store.database.write_now(work)


def mark(store: Store, id: str, actor: str, *, rightly: bool) -> None:
    """Record whether a message was rightly held: by this the policies are tuned."""

    def work(tx: Transaction) -> None:
        casework.mark(tx, id, rightly=rightly)
        audit.record(tx, actor, "mark", id, "rightly held" if rightly else "wrongly held")

    store.database.write_now(work)


def look(store: Store, id: str, actor: str) -> quarantine.Held | None:
    """A message for a reviewer to look at.  Looking is recorded."""

    def work(tx: Transaction) -> quarantine.Held | None:
        found = quarantine.find(tx, id)
        audit.record(tx, actor, "show", id)
        return found

    return store.database.write_now(work)


_WAITS = {State.QUARANTINED: "held", State.AWAITING_SENDER: "waiting for its sender"}


def _waiting(tx: Transaction, id: str, state: State, seen: Seen) -> quarantine.Held:
    found = quarantine.find(tx, id)
    if found is None or found.state is not state:
        row = messages.get(tx, id)
        by = f" ({row.decided_by} decided it)" if row.decided_by else ""
        raise StaleError(f"message {id} is not {_WAITS[state]}: it is {row.state}{by}")
    if seen.version is not None and seen.version != found.version:
        raise StaleError(f"message {id} has changed since you looked at it; look again")
    return found


def _take_back(tx: Transaction, id: str, step: Step) -> None:
    messages.move(tx, id, Event.UNDO, State.QUARANTINED, step)
    messages.keep_until(tx, id, tx.periods.undecided)


def _tell(
    tx: Transaction, head: Letterhead, held: quarantine.Held, template: str, said: tuple[str, ...]
) -> None:
    subject = held.record.facts.plain_subject
    about = Subject(held.id, len(held.envelope.recipients), subject, said)
    own_mail.tell(tx, head, held.envelope.sender, template, about, Who.REVIEWER)
