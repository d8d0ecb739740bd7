"""Policies in force: which, since when, and whether they act."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import lasting, number_of
from dlpguard.store import modes
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import audit as entries

SHOWN = 12
"""Characters of a digest that tell it from others, and that logs show."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Which set judges here, and whether it acts or only observes."""
    noted, mode, now = store.database.read_now(
        lambda tx: (_noted(tx), modes.current(tx, around.mode), tx.now())
    )
    yield _in_force(around, noted, now)
    if mode == "observe":
        said = "Policies only observe: everything is inspected and recorded, nothing is held."
        advice = "When the figures are as they should be: dlpguard policy enforce"
        yield Line("Mode", Level.LOOK, said, advice)
    else:
        yield Line("Mode", Level.FINE, "Policies act.")


def _in_force(around: Around, noted: tuple[str, float] | None, now: float) -> Line:
    about = "Policies"
    here = around.running.policies()
    since = f", in force for {lasting(now - noted[1])}" if noted else ""
    if here is None:
        said = f"Mail is judged by another process{since}."
        return Line(about, Level.UNKNOWN, said)
    said = (
        f"{number_of(len(here.policies), 'policy', 'policies')} and "
        f"{number_of(len(here.flows), 'flow')}, set {here.digest[:SHOWN]}"
    )
    if not here.policies:
        advice = "Only what cannot be read is held. See policies.directory in the settings."
        return Line(about, Level.LOOK, "There is no policy.", advice)
    if noted and noted[0] != here.digest:
        advice = "The record names another set: another process has other files, or is older."
        return Line(about, Level.LOOK, f"{said}.", advice)
    return Line(about, Level.FINE, f"{said}{since}.")


def _noted(tx: Transaction) -> tuple[str, float] | None:
    """The digest that came into force last, and when."""
    row = tx.execute(
        select(entries.c.subject, entries.c.acted_at)
        .where(entries.c.act == "in-force")
        .order_by(entries.c.id.desc())
        .limit(1)
    ).first()
    return (row.subject, row.acted_at) if row else None
