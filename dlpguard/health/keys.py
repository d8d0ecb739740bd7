"""Epoch keys: which there are, whether the newest is young enough, whether any is missing."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import ago, day, number_of
from dlpguard.store import epochs
from dlpguard.store.opening import Store
from dlpguard.store.secrets import EPOCH_SECONDS

LATE_SECONDS = 86400.0
"""After a new key was due: it is made within minutes wherever dlpguard runs."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """Whether all keys that the database was used with are there, and when the next is due."""
    del around
    known, now = store.database.read_now(lambda tx: (epochs.listed(tx), tx.now()))
    keys = store.keys
    about = "Keys"
    missing = sorted(known - set(keys.epochs))
    if missing:
        said = f"The key of epoch {missing[0]} is missing: what it sealed cannot be read."
        advice = f"Is {keys.file} the newest copy? Put that in its place and restart dlpguard."
        yield Line(about, Level.BROKEN, said, advice)
        return
    newest = keys.created.get(keys.current, now)
    due = newest + EPOCH_SECONDS
    said = (
        f"{number_of(len(keys.epochs), 'key')}, made since {day(min(keys.created.values()))}. "
        f"The next is made {ago(due - now)}. Keep a copy of {keys.file.name} in another place."
    )
    if now - due > LATE_SECONDS:
        advice = "Does dlpguard run, and may it write the folder of its key file?"
        yield Line(about, Level.LOOK, said, advice)
    else:
        yield Line(about, Level.FINE, said)
