"""Observing or enforcing: what somebody set last, with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import insert, select

from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared
from dlpguard.store.schema import modes

_NEWEST = Prepared(select(modes.c.mode).order_by(modes.c.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Mode:
    """A switch of the mode.  `assessment` and `notice` are dates (YYYY-MM-DD) of the impact
    assessment and of the notice to staff, "" where none was given."""

    mode: str
    actor: str
    set_at: float
    reason: str = field(default="", repr=False)
    assessment: str = ""
    notice: str = ""


def get(tx: Transaction) -> Mode | None:
    """The last switch; None while nobody has switched: the settings count."""
    row = tx.execute(select(modes).order_by(modes.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    reason = tx.keys.open(row.reason, f"mode:{row.set_at}").decode() if row.reason else ""
    return Mode(row.mode, row.actor, row.set_at, reason, row.assessment or "", row.notice or "")


def current(tx: Transaction, default: str) -> str:
    """The mode now; `default` is the settings', which counts while nobody has switched."""
    return str(tx.scalar(_NEWEST) or default)


def set(  # noqa: A001 - modes.set
    tx: Transaction,
    mode: str,
    actor: str,
    reason: str = "",
    assessment: str = "",
    notice: str = "",
) -> None:
    """Switch.  What is judged from now on is judged in this mode; what is held stays held."""
    time = tx.now()
    tx.execute(
        insert(modes).values(
            mode=mode,
            actor=actor,
            reason=tx.keys.seal(reason.encode(), f"mode:{time}") if reason else None,
            assessment=assessment,
            notice=notice,
            set_at=time,
        )
    )
