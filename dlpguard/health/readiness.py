"""Whether this process can do its work now: for who sends it connections, and asks every second."""

from __future__ import annotations

from dataclasses import dataclass

from dlpguard.errors import TemporaryError
from dlpguard.health import database
from dlpguard.health._lines import Around, Level
from dlpguard.store.opening import Store


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether it can, and a line of words for each thing that was asked."""

    ready: bool
    said: tuple[str, ...]


def look(store: Store, around: Around) -> Readiness:
    """Whether the database can be used and is of this version, and policies are loaded.

    Where mail is judged by another process there are no policies to load.
    """
    try:
        usable = database.schema_of(store)
    except TemporaryError:
        return Readiness(False, ("database: cannot be used now",))
    current = usable.level is Level.FINE
    policies = around.running.policies()
    said = [f"database: {'can be used' if current else 'has another schema'}"]
    if policies is None:
        said.append("policies: judged elsewhere")
    else:
        said.append(f"policies: {len(policies.policies)} in force")
    return Readiness(current, tuple(said))
