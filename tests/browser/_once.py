"""What takes seconds to make is made once in a run of the tests, however many workers it has.

On PostgreSQL once by each worker: each has a server of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import _stores


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` has filled; whoever changes something there works on a copy."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ and _stores.EMBEDDED:
        root = root.parent  # each worker has a folder of its own in that of the run
    folder, done = root / name, root / f"{name}.done"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
