"""What is not sent after all: returned by a reviewer, taken back by its sender, or by a clock."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, delete, select, update

from dlpguard.lifecycle import Event, Outcome, State
from dlpguard.store import campaigns, contacts, disclosures, messages, schema
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.schema import recipients

_ROWS = 500
"""Values in one statement: SQLite and PostgreSQL both take that many."""


def give_back(tx: Transaction, id: str, event: Event, step: Step) -> None:
    """RETURN, CANCEL or EXPIRE: the message is DONE, and is never sent.  `StaleError` as for moves.

    It reaches nobody any more, so its campaign counts without it.
    """
    messages.move(tx, id, event, State.DONE, step)
    messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)
    messages.keep_until(tx, id, tx.periods.decided)
    withdraw(tx, id)


def leave_out(tx: Transaction, id: str, positions: Collection[int]) -> None:
    """These recipients of a held message do not get it: they end as returned, the others wait.

    What their mailboxes would have got does not count any more, in its campaign nor over the month.
    """
    places = sorted(positions)
    for start in range(0, len(places), _ROWS):
        those = (
            recipients.c.message_id == id,
            recipients.c.position.in_(places[start : start + _ROWS]),
            recipients.c.outcome == str(Outcome.PENDING),
        )
        ended = case((recipients.c.in_doubt, str(Outcome.EXPIRED)), else_=str(Outcome.RETURNED))
        tx.execute(update(recipients).where(*those).values(outcome=ended, settled_at=tx.now()))
    # One mailbox can be two recipients: it is out when none of them gets it.
    mine = recipients.c.message_id == id
    returned = select(recipients.c.digest).where(
        mine, recipients.c.outcome == str(Outcome.RETURNED)
    )
    reached = select(recipients.c.digest).where(mine, recipients.c.outcome != str(Outcome.RETURNED))
    for table in (schema.campaign_mailboxes, schema.disclosures):
        out = (table.c.mailbox.in_(returned), table.c.mailbox.not_in(reached))
        tx.execute(delete(table).where(table.c.message_id == id, *out))


def withdraw(tx: Transaction, id: str) -> None:
    """It reaches nobody more and disclosed nobody more than it has."""
    contacts.remember(tx, id)
    campaigns.leave(tx, id)
    disclosures.leave(tx, id)
