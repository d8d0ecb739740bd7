"""On which engine tests run: SQLite, or PostgreSQL (DLPGUARD_TEST_STORE=postgresql)."""

from __future__ import annotations

import atexit
import contextlib
import os
from pathlib import Path

from tests import _postgres

ENGINE = os.environ.get("DLPGUARD_TEST_STORE", "sqlite")

_running = contextlib.ExitStack()
atexit.register(_running.close)
_servers: list[_postgres.Server] = []
_databases: dict[Path, str] = {}


def url(folder: Path) -> str:
    """The address of the database that belongs to a folder; the same for the same folder."""
    if ENGINE == "sqlite":
        return "sqlite:///dlpguard.db"
    if not _servers:
        _servers.append(_running.enter_context(_postgres.server()))
    place = folder.resolve()
    if place not in _databases:
        _databases[place] = _servers[0].create()
    return _servers[0].url(_databases[place])
