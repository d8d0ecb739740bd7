"""Flows that somebody may want to register, and those that were refused.

What was refused is remembered by the audit: a keyed digest of sender and recipients is what the
entry is about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from dlpguard.policy import flows
from dlpguard.policy.flows import Flow, Suggestion
from dlpguard.store import audit, confirmed
from dlpguard.store.database import Transaction
from dlpguard.store.schema import audit as entries

REFUSED_SECONDS = 365 * 86400.0
"""How long what was refused is not suggested again: agreements are looked at every year."""

_REFUSE = "refuse flow"


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion, and an id that it has for as long as it is made."""

    id: str
    flow: Suggestion


def waiting(
    tx: Transaction, registered: Iterable[Flow] = (), queues: Collection[str] | None = None
) -> tuple[Suggested, ...]:
    """What is suggested today, and neither registered nor refused.  `queues` as for `sends`."""
    today = datetime.fromtimestamp(tx.now(), UTC).date()
    refused = set(
        tx.execute(
            select(entries.c.subject).where(
                entries.c.act == _REFUSE, entries.c.acted_at > tx.now() - REFUSED_SECONDS
            )
        ).scalars()
    )
    registered = tuple(registered)
    found = (
        Suggested(_id(tx, one), one)
        for one in flows.suggest(confirmed.sends(tx, queues), today)
        if not flows.is_registered(registered, one, today)
    )
    return tuple(one for one in found if one.id not in refused)


def refuse(tx: Transaction, actor: str, suggested: Suggested, reason: str) -> None:
    """Do not suggest it again for a year."""
    audit.record(tx, actor, _REFUSE, suggested.id, reason)


def _id(tx: Transaction, flow: Suggestion) -> str:
    return tx.keys.digest("flow", flow.sender, *flow.to).hex()[:32]
