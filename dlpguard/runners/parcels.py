"""What a courier has in hand: a message, and what was found out about it before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dlpguard.store.deliveries import Load

PASSED = ("X-DLPGuard-Passed", "yes")
"""Tells the next hop that this has been here; from outside it is removed, and never trusted."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that is needed to send a message, whether a copy of it was stopped, and for how many
    seconds it has to wait."""

    load: Load
    add_headers: tuple[tuple[str, str], ...]
    recalled: bool = False
    waits: float = 0.0


def at_once(load: Load, add_headers: tuple[tuple[str, str], ...]) -> Parcel:
    """A message that was read and has just passed, whose copies nobody waits for."""
    return Parcel(replace(load, judged=load.body.digest), (*add_headers, PASSED))
