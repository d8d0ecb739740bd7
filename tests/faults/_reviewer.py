"""A reviewer in a process of its own: decides as it is told, and says what came of it.

    python -m tests.faults._reviewer CONFIG NAME

Reads lines "ID ACT" and answers "ID ACT TOLD"; ACT is release, return, confirm or cancel.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dlpguard import config, faults, review
from dlpguard.commands import _opening
from dlpguard.errors import DlpguardError, NotFoundError, StaleError
from dlpguard.notices import Letterhead
from dlpguard.store.opening import Store


def main(settings_file: Path, name: str) -> None:
    """Decide until nobody asks any more."""
    faults.arm()
    settings = config.load(settings_file)
    store = _opening.store(settings)
    head = _opening.letterhead(settings)
    try:
        for line in sys.stdin:
            id, act = line.split()
            print(id, act, decide(store, head, id, act, name), flush=True)
    finally:
        store.close()


def decide(store: Store, head: Letterhead, id: str, act: str, name: str) -> str:
    """What came of it: "done", "stale" when somebody else was first, "failed" otherwise."""
    try:
        if act == "release":
            review.release(store, id, name)
        elif act == "return":
            review.return_(store, head, id, name)
        elif act == "confirm":
            review.confirm(store, id, name, "it is right")
        else:
            review.cancel(store, id, name)
    except (StaleError, NotFoundError):
        return "stale"
    except DlpguardError:
        return "failed"
    return "done"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
