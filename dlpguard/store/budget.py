"""How much is held in a day, against what people can look at (DESIGN: 25 for a council of 5,000).

A guard that holds too much is switched off.  Going over it changes nothing for any message.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select, text

from dlpguard.store.database import Transaction
from dlpguard.store.schema import HELD, messages, verdicts


@dataclass(frozen=True, slots=True)
class Budget:
    """Mailings that were held today, and how many a day the settings reckon with (0: any)."""

    held: int
    allowed: int

    @property
    def is_over(self) -> bool:
        """Whether it is more than people can look at."""
        return 0 < self.allowed < self.held


def today(tx: Transaction) -> Budget:
    """Of mail that arrived since midnight, as the clocks of the organisation show it."""
    patience = tx.periods.patience
    since = midnight(tx)
    alone = messages.c.campaign_id.is_(None) | messages.c.content.is_(None)
    mailings = (
        select(messages.c.campaign_id)
        .join(verdicts, verdicts.c.message_id == messages.c.id)
        # What arrived since then was judged since then, and an index has the few that were held.
        .where(text(HELD), verdicts.c.judged_at >= since, messages.c.received_at >= since)
        .group_by(
            messages.c.campaign_id, messages.c.content, case((alone, messages.c.id), else_=None)
        )
        .subquery()
    )
    held = tx.execute(select(func.count()).select_from(mailings)).scalar_one()
    return Budget(int(held), patience.daily_budget)


def midnight(tx: Transaction) -> float:
    """When today began."""
    calendar = tx.periods.patience.calendar
    return calendar.at(calendar.local(tx.now()).date())
