"""A client's message → RECEIVED.  Returns only when body, envelope and state are committed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable

from dlpguard.smtp.server import Arrival
from dlpguard.store import bodies, messages, work
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store

FREE_BYTES = 512 * 1024 * 1024
"""Below this much free disk no mail is taken: what was accepted must still be finished."""

BACKLOG_SECONDS = 15 * 60.0
"""When the oldest uninspected message is older than this, clients keep their mail (DESIGN 4)."""


class Reception:
    """What the edge calls."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._backlog: str | None = None

    async def accept(self, arrival: Arrival) -> str:
        """Store a message.  `TemporaryError` when the disk or the database cannot take it."""
        keys, directory = self._store.keys, self._store.directory
        if len(arrival.content) <= bodies.IN_ROW:
            body = bodies.in_row(arrival.content, keys)
        else:
            body = await asyncio.to_thread(bodies.prepare, arrival.content, keys, directory)
        new = NewMessage(arrival.id, arrival.envelope, arrival.trace, body)
        await self._store.database.write(lambda tx: messages.accept(tx, new))
        self._wake()
        return arrival.id

    def backlog(self) -> str | None:
        """Why no mail can be taken at the moment, None when it can."""
        return self._backlog

    async def look(self) -> None:
        """Find out whether mail can be taken; called every few seconds."""
        try:
            free = shutil.disk_usage(self._store.directory).free
        except OSError:
            self._backlog = "the disk cannot be read"
            return
        if free < FREE_BYTES:
            self._backlog = "the disk is nearly full"
            return
        age = await self._store.database.read(work.oldest_uninspected)
        self._backlog = (
            "too much mail is waiting to be inspected" if age > BACKLOG_SECONDS else None
        )
