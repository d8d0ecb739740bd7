"""Until when a message waits for people: for a reviewer's decision, or for its sender's answer.

People's time is working time (`Patience`).  However often a message goes back and forth, it is
returned at last when it has been here for `Periods.undecided`.
"""

from __future__ import annotations

from dlpguard.store import messages
from dlpguard.store.database import Transaction
from dlpguard.store.periods import DAY

LEAST = DAY
"""Seconds that somebody has in any case: whoever takes a release back after two weeks in which the
next hop was down wants to decide again."""


def for_decision(tx: Transaction, id: str) -> None:
    """It is held from now on: set when it is returned, should nobody decide."""
    patience = tx.periods.patience
    _wait(tx, id, patience.give_back)


def for_answer(tx: Transaction, id: str) -> None:
    """Its sender is asked now: set when it is returned, should they not answer."""
    _wait(tx, id, tx.periods.patience.answer)


def _wait(tx: Transaction, id: str, working: float) -> None:
    now = tx.now()
    last = max(messages.get(tx, id).received_at + tx.periods.undecided, now + LEAST)
    end = tx.periods.patience.calendar.add(now, working) if working else last
    messages.keep_until(tx, id, min(end, last) - now)
