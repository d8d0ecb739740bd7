"""What dlpguard says about itself: its log, and what it counts.

Every line is a function of `events`, which counts at the same moment.  `setup` says where lines go
and how they look; `measure` begins to count, in a process that will be asked for its numbers.
"""

from __future__ import annotations

from dlpguard.telemetry.events import (
    _log as _log,
)
from dlpguard.telemetry.events import (
    accepted,
    alarm,
    broke_glass,
    buried,
    committed,
    count_with,
    counted,
    crashed,
    deferred,
    delivered,
    forgot,
    in_force,
    inspected,
    judged,
    listening,
    lived,
    moved,
    not_reloaded,
    not_reread,
    over_budget,
    protected,
    refused,
    repeated,
    reread,
    retried,
    stopped,
    stopped_with,
    stopping,
    told,
    worker_died,
    worker_ended,
    worker_started,
)
from dlpguard.telemetry.logs import setup

__all__ = [
    "accepted",
    "alarm",
    "broke_glass",
    "buried",
    "committed",
    "count_with",
    "counted",
    "crashed",
    "deferred",
    "delivered",
    "forgot",
    "in_force",
    "inspected",
    "judged",
    "listening",
    "lived",
    "measure",
    "moved",
    "not_reloaded",
    "not_reread",
    "over_budget",
    "protected",
    "refused",
    "repeated",
    "reread",
    "retried",
    "setup",
    "stopped",
    "stopped_with",
    "stopping",
    "told",
    "worker_died",
    "worker_ended",
    "worker_started",
]


def measure() -> None:
    """Count from now on what is said.  Only for `serve`: other commands save a megabyte."""
    from dlpguard.telemetry.instruments import Instruments  # noqa: PLC0415 - see above

    count_with(Instruments())
