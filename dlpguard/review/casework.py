"""What reviewers do beside deciding: look, look after, tell each other, and learn from it."""

from __future__ import annotations

from dlpguard.store import audit, casework, copies, messages, quarantine
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store


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
