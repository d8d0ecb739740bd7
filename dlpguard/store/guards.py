"""What must hold for a move, asked of the message's row when it is made (`lifecycle.Guard`)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select

from dlpguard.lifecycle import Event, Guard, Outcome, Who
from dlpguard.store import schema
from dlpguard.store.prepared import Prepared
from dlpguard.store.schema import attempts, campaigns, recipients
from dlpguard.store.transaction import Transaction

_CAMPAIGN = Prepared(
    select(campaigns.c.id).where(campaigns.c.id == bindparam("of")).with_for_update()
)
_ATTEMPT = Prepared(
    select(attempts.c.id).where(
        attempts.c.message_id == bindparam("of"), attempts.c.closed_at.is_(None)
    )
)
_PENDING_ONE = Prepared(
    select(recipients.c.position)
    .where(recipients.c.message_id == bindparam("of"), recipients.c.outcome == str(Outcome.PENDING))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Step:
    """Who makes a move, and what they have seen: a move with an old fence or version is refused.

    `actor` is a person's account, "" for a runner; `reason` is what they said.
    """

    who: Who
    actor: str = ""
    reason: str = field(default="", repr=False)
    fence: int | None = None
    version: int | None = None


def problem(tx: Transaction, guards: Collection[Guard], row: Any, step: Step) -> str:
    """Why a move of this row is refused, for a person; "" when all guards hold."""
    for guard in sorted(guards, key=lambda g: g.value):
        if said := ASKED[guard](tx, row, step):
            return said
    return ""


def has_open_attempt(tx: Transaction, id: str) -> bool:
    """Whether it is being sent at this moment."""
    return tx.first(_ATTEMPT, of=id) is not None


def is_settled(tx: Transaction, id: str) -> bool:
    """Whether no recipient is pending."""
    return tx.first(_PENDING_ONE, of=id) is None


def _fence(_tx: Transaction, row: Any, step: Step) -> str:
    return "" if step.fence == row.fence else "another runner has it now"


def _campaign(tx: Transaction, row: Any, _step: Step) -> str:
    """Locks rather than refuses: decisions on one campaign happen one after the other."""
    if row.campaign_id is not None and tx.is_shared:
        tx.first(_CAMPAIGN, of=row.campaign_id)
    return ""


def _no_attempt(tx: Transaction, row: Any, _step: Step) -> str:
    sent = has_open_attempt(tx, row.id)
    return "it is being sent at this moment; try again in a minute" if sent else ""


def _nothing_open(tx: Transaction, row: Any, step: Step) -> str:
    doubtful = tx.execute(
        select(recipients.c.position).where(
            recipients.c.message_id == row.id,
            recipients.c.in_doubt,
            recipients.c.outcome == str(Outcome.PENDING),
        )
    ).first()
    if doubtful:
        return "a recipient may have received it already"
    return _no_attempt(tx, row, step)


def _not_decided(_tx: Transaction, row: Any, _step: Step) -> str:
    return f"{row.decided_by} has decided it" if row.decided_by else ""


def _none_pending(tx: Transaction, row: Any, _step: Step) -> str:
    return "" if is_settled(tx, row.id) else "a recipient is pending"


def _version(_tx: Transaction, row: Any, step: Step) -> str:
    if step.version is None or step.version == row.version:
        return ""
    return "it has changed since you looked at it; look again"


def _released(tx: Transaction, row: Any, _step: Step) -> str:
    released = tx.execute(
        select(schema.moves.c.id).where(
            schema.moves.c.message_id == row.id, schema.moves.c.event == str(Event.RELEASE)
        )
    ).first()
    return "" if released else "nobody released it"


def _always(_tx: Transaction, _row: Any, _step: Step) -> str:
    """For guards that `accept` and `issue` keep themselves: there is no row yet."""
    return ""


ASKED: dict[Guard, Callable[[Transaction, Any, Step], str]] = {
    Guard.FENCE: _fence,
    Guard.CAMPAIGN: _campaign,
    Guard.NOTHING_OPEN: _nothing_open,
    Guard.NOT_DECIDED: _not_decided,
    Guard.NONE_PENDING: _none_pending,
    Guard.VERSION: _version,
    Guard.RELEASED: _released,
    Guard.NO_ATTEMPT: _no_attempt,
    Guard.NEW: _always,
    Guard.OWN_DOMAIN: _always,
}
"""What each guard asks; "" when it holds, otherwise why the move is refused, for a person."""
