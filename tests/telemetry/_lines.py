"""The log as a test reads it, and every event there is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dlpguard import telemetry

SECRET = "SESAME-SUBJECT of ann.bee@council.example"


def failed() -> BaseException:
    """An error whose text quotes a mail."""
    try:
        return ValueError(int(SECRET))
    except ValueError as error:  # its text quotes what is no number
        return error


EVENTS: dict[str, Callable[[], None]] = {
    "listening": lambda: telemetry.listening("smtp", "127.0.0.1:2525"),
    "sandbox": lambda: telemetry.protected(("rlimits",), ("rlimits", "seccomp")),
    "policies in force": lambda: telemetry.in_force("ab" * 32, 25, 2),
    "settings not read again": lambda: telemetry.not_reread(["dlpguard.toml:4: listen.size: no"]),
    "policies not reloaded": lambda: telemetry.not_reloaded("ab" * 32, ["lists.yaml:3: no action"]),
    "settings read again": lambda: telemetry.reread(("listen.clients",), ("store.url",)),
    "stopping": telemetry.stopping,
    "buried": lambda: telemetry.buried("relay-2"),
    "accepted": lambda: telemetry.accepted("01J5", 1234, 157, 0.02),
    "repeated": lambda: telemetry.repeated("01J5"),
    "refused": lambda: telemetry.refused("550 5.7.1", "192.0.2.7"),
    "judged": lambda: telemetry.judged(
        *("01J5", "quarantine", ("lists", "webmail"), 0.0412, "held by lists"),
        acted=[("lists", "quarantine", False), ("webmail", "confirm", True)],
    ),
    "judged again": lambda: telemetry.stopped_with("01J5", "01J6"),
    "delivered": lambda: telemetry.delivered("01J5", 156, 1, 0.3),
    "deferred": lambda: telemetry.deferred("01J5", "UnreachableError", 60.0),
    "life": lambda: telemetry.lived(
        "01J5",
        origin="client",
        outcome="mixed",
        by="courier",
        size=1234,
        recipients={"delivered": 156, "bounced": 1, "returned": 0, "expired": 0},
        action="quarantine",
        observed="",
        policies=("lists",),
        gaps=(),
        tries=1,
        seconds={"reading": 0.5, "asked": 0.0, "held": 3600.0, "sending": 1.0, "total": 3601.5},
    ),
    "moved": lambda: telemetry.moved("01J5", "release", "ready"),
    "worker died": lambda: telemetry.worker_died("too-slow", 9),
    "stopped reading": lambda: telemetry.stopped("01J5", "too-slow"),
    "failed": lambda: telemetry.crashed("deliver", failed()),
    "alarm": lambda: telemetry.alarm("01J5", 2),
    "released in an emergency": lambda: telemetry.broke_glass("01J5", 3),
    "told": lambda: telemetry.told("reminded", 2),
    "over budget": lambda: telemetry.over_budget(26, 25),
    "forgot": lambda: telemetry.forgot(7, (1, 2)),
}
"""Every line, by how it begins."""


@contextmanager
def restored() -> Iterator[None]:
    """Leave loggers, and what counts, as they were."""
    root, ours = logging.getLogger(), logging.getLogger("dlpguard")
    before = root.handlers[:], root.level, ours.level, logging.raiseExceptions
    threads = logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    instruments = telemetry.counted()
    try:
        yield
    finally:
        for handler in root.handlers[:]:
            if handler not in before[0]:
                root.removeHandler(handler)
                handler.close()
        root.setLevel(before[1])
        ours.setLevel(before[2])
        logging.raiseExceptions = before[3]
        logging.logThreads, logging.logProcesses, logging.logMultiprocessing = threads
        telemetry.count_with(instruments)
