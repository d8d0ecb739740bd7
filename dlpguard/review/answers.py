"""What a sender answers: they meant it, or they take it back."""

from __future__ import annotations

from dlpguard.lifecycle import Event, State, Who
from dlpguard.review._waiting import waiting
from dlpguard.review.decisions import Decision
from dlpguard.store import answers, audit, deadlines, messages, questions, returning
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store


def confirm(store: Store, id: str, actor: str, answer: str) -> Decision:
    """The sender meant it: it goes, or back to the reviewer who asked, with the answer.

    `answer` is who it is for and why.  `StaleError` when it does not wait for its sender any more.
    """

    def work(tx: Transaction) -> Decision:
        waiting(tx, id, State.AWAITING_SENDER)
        # Who answers a reviewer has decided nothing.
        asked = questions.is_by_reviewer(tx, id)
        target = State.QUARANTINED if asked else State.READY
        step = Step(Who.SENDER, actor="" if asked else actor, reason=answer)
        together = questions.covered(tx, id)
        for copy in together:
            messages.move(tx, copy, Event.CONFIRM, target, step)
            if asked:
                deadlines.for_decision(tx, copy)
        audit.record(tx, actor, "confirm", id, answer)
        return Decision(target, messages=len(together))

    return store.database.write_now(work)


def cancel(store: Store, id: str, actor: str, reason: str = "") -> Decision:
    """The sender takes it back: it is never sent.  Errors as for `confirm`."""

    def work(tx: Transaction) -> Decision:
        waiting(tx, id, State.AWAITING_SENDER)
        together = questions.covered(tx, id)
        for copy in together:
            step = Step(Who.SENDER, actor=actor, reason=reason)
            returning.give_back(tx, copy, Event.CANCEL, step)
        audit.record(tx, actor, "cancel", id, reason)
        return Decision(State.DONE, messages=len(together))

    return store.database.write_now(work)


def asked(store: Store, code: str) -> tuple[str, str]:
    """The message that the code in a notice is about, and who may answer: its sender's address.

    `NotFoundError` when the code has been used, has run out, or is not one.
    """

    def work(tx: Transaction) -> tuple[str, str]:
        id = answers.find(tx, code)
        return id, messages.envelope_of(tx, id).sender

    return store.database.read_now(work)
