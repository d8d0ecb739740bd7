"""Checkpoints of the audit: lines that somebody keeps elsewhere, and compares with later.

Restoring the whole database as it was once cannot be seen from inside; a line that was written
down before says that the chain was longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from dlpguard.errors import ConfigurationError
from dlpguard.store import audit
from dlpguard.store.audit import Head
from dlpguard.store.database import Transaction


def take(tx: Transaction) -> str:
    """A line of JSON: whose chain, when, how long it is now.

    `ConfigurationError` when the end of the chain was changed.
    """
    head = audit.head(tx)
    if head is None:
        raise ConfigurationError("the audit was changed; run: dlpguard audit verify")
    at = datetime.fromtimestamp(tx.now(), UTC).isoformat(" ", "seconds")
    values = {"installation": tx.keys.installation, "at": at, "entry": head.number}
    return json.dumps(values | {"mac": head.mac.hex()})


def parse(text: str) -> tuple[Head, ...]:
    """What `take` wrote, one on each line; () in an empty text.

    `ConfigurationError` when something else stands there.
    """

    def read() -> Iterator[Head]:
        for line in text.splitlines():
            if line.strip():
                values = json.loads(line)
                yield Head(int(values["entry"]), bytes.fromhex(values["mac"]))

    try:
        return tuple(read())
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigurationError("this is not what a checkpoint looks like") from None
