"""What a reviewer decides: release (to all or to some), return, ask, and taking a release back."""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.errors import StaleError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.notices import Letterhead, Subject
from dlpguard.review._release import By, let_go, said
from dlpguard.review._waiting import NOW, Seen, not_ones_own, waiting
from dlpguard.store import audit, copies, deadlines, messages, own_mail, quarantine, returning
from dlpguard.store.choices import EVERYBODY, Choice
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a decision: where the message is now, and how many copies it was carried out on.

    `missing`: how many more people have to approve a release.  Of a release to some recipients
    only, over all copies: `given` is how many mailboxes get it, `left_out` how many do not.
    """

    state: State
    missing: int = 0
    messages: int = 1
    given: int = 0
    left_out: int = 0


def release(
    store: Store,
    id: str,
    actor: str,
    reason: str = "",
    seen: Seen = NOW,
    *,
    approver: bool = False,
    wait: float = 0.0,
) -> Decision:
    """Let a held mailing go to everybody, or approve that where more than one person has to.

    `approver`: the actor's account has the right to approve what takes two people; without it such
    a message is not theirs to release (`RefusedError`), and nobody's own mail is (`RefusedError`).
    The same person never counts twice.  `wait`: seconds before it is sent, in which it can be taken
    back for certain (`undo`).  `StaleError` when it is not held any more or has changed;
    `NotFoundError` when there is none.
    """

    def work(tx: Transaction) -> Decision:
        held = _theirs(tx, id, actor, seen)
        audit.record(tx, actor, "release", id, reason)
        by = By(actor, reason, approver, wait)
        came = let_go(tx, held, copies.together(tx, id, seen.campaign), by, EVERYBODY)
        return Decision(came.state, came.missing, 1 if came.missing else came.copies)

    return store.database.write_now(work)


def release_to(
    store: Store,
    head: Letterhead,
    id: str,
    actor: str,
    choice: Choice,
    reason: str = "",
    seen: Seen = NOW,
    *,
    approver: bool = False,
    wait: float = 0.0,
) -> Decision:
    """Let a held mailing go to some of its recipients only; the others never get it.

    Those who are left out end as returned in the transaction of the release; of several copies each
    goes to those of its recipients whom the choice names, and one that nobody is left of is
    returned.  The sender is told how many get it and how many do not.  Where more than one person
    has to approve they have to approve the same choice.  `ChoiceError` where nobody would get it,
    or a chosen address is no recipient that waits; otherwise as `release`, also for a choice of
    everybody.
    """
    if choice.is_everybody:
        return release(store, id, actor, reason, seen, approver=approver, wait=wait)

    def work(tx: Transaction) -> Decision:
        held = _theirs(tx, id, actor, seen)
        by = By(actor, reason, approver, wait)
        came = let_go(tx, held, copies.together(tx, id, seen.campaign), by, choice)
        given, left_out = len(came.given), len(came.left_out)
        audit.record(tx, actor, "release", id, said(choice, given, left_out, reason))
        if came.missing:
            return Decision(came.state, came.missing)
        if left_out:
            _tell(tx, head, held, "partly", _partly(given, left_out, reason), given + left_out)
        return Decision(came.state, 0, came.copies, given, left_out)

    return store.database.write_now(work)


def return_(
    store: Store, head: Letterhead, id: str, actor: str, reason: str = "", seen: Seen = NOW
) -> Decision:
    """Do not send a held mailing; its sender is told.  It is never sent after that.

    Errors as for `release`.
    """

    def work(tx: Transaction) -> Decision:
        held = _theirs(tx, id, actor, seen)
        together = copies.together(tx, id, seen.campaign)
        for copy in together:
            version = messages.get(tx, copy).version
            step = Step(Who.REVIEWER, actor=actor, reason=reason, version=version)
            returning.give_back(tx, copy, Event.RETURN, step)
        audit.record(tx, actor, "return", id, reason)
        _tell(tx, head, held, "returned", (f"The reviewer says: {reason}",) if reason else ())
        return Decision(State.DONE, messages=len(together))

    return store.database.write_now(work)


def ask(
    store: Store, head: Letterhead, id: str, actor: str, question: str, seen: Seen = NOW
) -> Decision:
    """Ask the sender of a held mailing; their answer comes back to the reviewers with it.

    Errors as for `release`.
    """

    def work(tx: Transaction) -> Decision:
        held = _theirs(tx, id, actor, seen)
        together = copies.together(tx, id, seen.campaign)
        for copy in together:
            version = messages.get(tx, copy).version
            step = Step(Who.REVIEWER, reason=question, version=version)
            messages.move(tx, copy, Event.ASK, State.AWAITING_SENDER, step)
            deadlines.for_answer(tx, copy)
        audit.record(tx, actor, "ask", id, question)
        _tell(tx, head, held, "asked", (f"The reviewer asks: {question}",))
        return Decision(State.AWAITING_SENDER, messages=len(together))

    return store.database.write_now(work)


def undo(store: Store, id: str, actor: str, reason: str = "") -> Decision:
    """Take a release back while nothing of it has been sent; it is held again.

    Of several copies those that are still here.  Who was left out of a release stays left out: what
    was returned is never sent.  `StaleError` when it has left, is being sent at this moment, or was
    not released by a person.
    """

    def work(tx: Transaction) -> Decision:
        not_ones_own(messages.envelope_of(tx, id).sender, actor)
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


def _theirs(tx: Transaction, id: str, actor: str, seen: Seen) -> quarantine.Held:
    """What is held, for somebody who may decide it."""
    held = waiting(tx, id, State.QUARANTINED, seen)
    not_ones_own(held.envelope.sender, actor)
    return held


def _partly(given: int, left_out: int, reason: str) -> tuple[str, ...]:
    """What a sender is told of a release to some."""
    said = (
        f"It goes to {given} of {given + left_out} recipients.",
        f"{left_out} {'does' if left_out == 1 else 'do'} not get it, now or later.",
    )
    return (*said, f"The reviewer says: {reason}") if reason else said


def _take_back(tx: Transaction, id: str, step: Step) -> None:
    messages.move(tx, id, Event.UNDO, State.QUARANTINED, step)
    deadlines.for_decision(tx, id)


def _tell(
    tx: Transaction,
    head: Letterhead,
    held: quarantine.Held,
    template: str,
    told: tuple[str, ...],
    recipients: int = 0,
) -> None:
    """Write to its sender.  `recipients`: of all copies, where the notice is about them."""
    number = recipients or len(held.envelope.recipients)
    about = Subject(held.id, number, held.record.facts.plain_subject, told)
    own_mail.tell(tx, head, held.envelope.sender, template, about, Who.REVIEWER)
