"""`dlpguard serve` with its patience shortened: what takes minutes or weeks takes seconds.

    python -m tests.faults._impatient serve --config FILE

Everything else is the product.  A test of a disk that is full for three seconds, or of a next hop
that hangs, would otherwise wait for the time-outs of RFC 5321.
"""

from __future__ import annotations

import dataclasses
from types import ModuleType

from dlpguard.commands import _wiring, main
from dlpguard.config import Settings
from dlpguard.runners import courier, janitor, loop, reception
from dlpguard.smtp.client import Target, Timeouts
from dlpguard.store import bodies, presences, secrets
from dlpguard.store.engines import sqlite

TIMEOUTS = Timeouts(*[3.0] * len(dataclasses.fields(Timeouts)))

FREE_BYTES = 4_000_000
"""Free disk below which the relay takes no mail; `_disk` is small."""

SHORTER: tuple[tuple[ModuleType, str, float], ...] = (
    (loop, "AFTER_FAILURE", 1.0),
    (courier, "PERSIST_SECONDS", 0.2),
    (sqlite, "BUSY_SECONDS", 1),
    (reception, "FREE_BYTES", FREE_BYTES),
    (janitor, "SWEEP_SECONDS", 3.0),
    (bodies, "ORPHAN_SECONDS", 6.0),
    (secrets, "EPOCH_SECONDS", 15),
    (presences, "BEAT_SECONDS", 2.0),
    (presences, "DEAD_SECONDS", 9.0),
)


def shorten() -> None:
    """Do it, in this process."""
    for module, name, value in SHORTER:
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        setattr(module, name, value)
    target = _wiring.target

    def impatient(settings: Settings) -> Target:
        return dataclasses.replace(target(settings), timeouts=TIMEOUTS)

    _wiring.target = impatient


if __name__ == "__main__":
    shorten()
    main()
