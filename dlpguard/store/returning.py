"""What is not sent after all: returned by a reviewer, taken back by its sender, or by a clock."""

from __future__ import annotations

from dlpguard.lifecycle import Event, Outcome, State
from dlpguard.store import campaigns, contacts, disclosures, messages
from dlpguard.store.database import Transaction
from dlpguard.store.messages import Step


def give_back(tx: Transaction, id: str, event: Event, step: Step) -> None:
    """RETURN, CANCEL or EXPIRE: the message is DONE, and is never sent.  `StaleError` as for moves.

    It reaches nobody any more, so its campaign counts without it.
    """
    messages.move(tx, id, event, State.DONE, step)
    messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)
    messages.keep_until(tx, id, tx.periods.decided)
    withdraw(tx, id)


def withdraw(tx: Transaction, id: str) -> None:
    """It reaches nobody more and disclosed nobody more than it has."""
    contacts.remember(tx, id)
    campaigns.leave(tx, id)
    disclosures.leave(tx, id)
