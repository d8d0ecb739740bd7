"""What waits for a decision, and what somebody had seen of it when they decided."""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.errors import RefusedError, StaleError
from dlpguard.lifecycle import State
from dlpguard.recipients import normalise
from dlpguard.store import messages, quarantine
from dlpguard.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody looked at before they decided: versions of the message and of its campaign.

    None: as it is now.
    """

    version: int | None = None
    campaign: int | None = None


NOW = Seen()


_WAITS = {State.QUARANTINED: "held", State.AWAITING_SENDER: "waiting for its sender"}


def waiting(tx: Transaction, id: str, state: State, seen: Seen = NOW) -> quarantine.Held:
    """A message that waits in this state, as it was seen; `StaleError` when it does not any more.

    `NotFoundError` when there is none.
    """
    found = quarantine.find(tx, id)
    if found is None or found.state is not state:
        row = messages.get(tx, id)
        by = f" ({row.decided_by} decided it)" if row.decided_by else ""
        raise StaleError(f"message {id} is not {_WAITS[state]}: it is {row.state}{by}")
    if seen.version is not None and seen.version != found.version:
        raise StaleError(f"message {id} has changed since you looked at it; look again")
    return found


def not_ones_own(sender: str, actor: str) -> None:
    """`RefusedError` for whoever would decide their own mail, however they spell their address."""
    if sender and normalise(sender) == normalise(actor):
        raise RefusedError("nobody decides their own mail; another reviewer has to")
