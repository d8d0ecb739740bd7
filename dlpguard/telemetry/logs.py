"""Where the log goes, and how it looks."""

from __future__ import annotations

import logging

from dlpguard.telemetry.formats import Json, Text
from dlpguard.telemetry.syslogging import Syslog

LIBRARIES = logging.WARNING
"""From what level on libraries are heard."""

_ours: list[logging.Handler] = []


def setup(level: str = "INFO", *, as_json: bool = False, syslog: str = "") -> None:
    """Log one line an event: to standard error, or where syslog is (`syslogging.Syslog`).

    In place of what an earlier call set up.  `ConfigurationError` when syslog is not there.
    """
    handler = Syslog(syslog) if syslog else logging.StreamHandler()
    # Syslog adds time and level itself.
    handler.setFormatter(Json() if as_json else Text(with_time=not syslog))
    root = logging.getLogger()
    for old in _ours:
        root.removeHandler(old)
        old.close()
    _ours[:] = [handler]
    root.addHandler(handler)
    root.setLevel(LIBRARIES)
    logging.getLogger("dlpguard").setLevel(level)
    # A record's thread and process are in no line, and cost as much as the rest of it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # a full disk under the log is no reason to say more
