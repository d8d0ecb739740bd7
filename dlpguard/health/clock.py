"""The clock: whether the machine keeps it right, and whether it was ever ahead."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator

from sqlalchemy import func, select

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import ago, day
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import messages

AHEAD_SECONDS = 60.0
"""Of the newest message: nodes' clocks differ by less."""

APART_SECONDS = 5.0
"""Between this clock and the database's: longer than any answer takes."""

_TIMEX_BYTES = 512
"""More than `struct timex` of any architecture (adjtimex(2))."""

_TIME_ERROR = 5


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether the time is kept right."""
    del around
    newest, now = store.database.read_now(_newest)
    apart = time.time() - now
    if store.database.is_shared and abs(apart) > APART_SECONDS:
        which = "ahead of" if apart > 0 else "behind"
        said = f"It is {abs(apart):.0f} seconds {which} the database's, by which deadlines go."
        yield Line("Clock", Level.LOOK, said, "Have both machines use a time server.")
        return
    if newest is not None and newest > now + AHEAD_SECONDS:
        said = f"It is {day(now)}, but a message arrived {ago(newest - now)}: the clock was ahead."
        advice = (
            "Set the clock right; what waits for a time that was wrong is tried again by itself."
        )
        yield Line("Clock", Level.LOOK, said, advice)
        return
    yield kept()


def kept() -> Line:
    """Whether a time server keeps this machine's clock right."""
    is_kept = _is_kept()
    if is_kept is None:
        said = "The system does not say whether it is kept right."
        return Line("Clock", Level.UNKNOWN, said)
    if is_kept:
        return Line("Clock", Level.FINE, "It is kept right by a time server.")
    said = "No time server keeps it right."
    advice = "Have the machine use one (chrony, systemd-timesyncd): codes and deadlines need it."
    return Line("Clock", Level.LOOK, said, advice)


def _newest(tx: Transaction) -> tuple[float | None, float]:
    return tx.execute(select(func.max(messages.c.received_at))).scalar(), tx.now()


def _is_kept() -> bool | None:
    """Whether the kernel says that its clock is synchronised; None where it does not tell."""
    try:
        asked = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    state = asked(ctypes.create_string_buffer(_TIMEX_BYTES))  # all zero: changes nothing
    return None if state < 0 else bool(state != _TIME_ERROR)
