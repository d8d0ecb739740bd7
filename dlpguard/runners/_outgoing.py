"""A stored body on its way out: what is in the operating system's memory is read at once, and a
thread waits for the disk.

Hardly any body is on the disk only: it came a moment ago.  To ask a thread, which then competes for
the interpreter, costs more than to read and decrypt a piece (0.1 ms).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from dlpguard.store.bodies import Stored
from dlpguard.store.opening import Store


class Outgoing:
    """The pieces of a body, once; two of them are in memory.  Made by `outgoing`.

    `ConfigurationError` at one that is damaged, gone, or none of this body (`Stored.pieces`).
    """

    def __init__(self, body: Stored, store: Store) -> None:
        self._pieces = body.pieces(store.keys, store.shelf, patient=False)
        self._ahead: bytes | None = None
        self._reading: asyncio.Future[bytes | None] | None = None

    async def begin(self) -> None:
        """Have the first piece."""
        self._ahead = await self._next()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._ahead is not None:
            piece, self._ahead = self._ahead, None
            yield piece
            await asyncio.sleep(0)  # it is the others' turn
            self._ahead = await self._next()

    async def close(self) -> None:
        """No more is wanted."""
        if self._reading:
            await asyncio.gather(self._reading, return_exceptions=True)
        self._pieces.close()

    async def _next(self) -> bytes | None:
        """The next piece; None when there is none."""
        piece = next(self._pieces, None)
        while piece == b"":  # not yet
            loop = asyncio.get_running_loop()
            self._reading = loop.run_in_executor(None, next, self._pieces, None)
            piece = await asyncio.shield(self._reading)  # a thread cannot be cancelled
        return piece


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A body that is read as it goes, each time it is sent (`_channel.Content`)."""

    body: Stored
    store: Store

    def __len__(self) -> int:
        """Bytes."""
        return self.body.size

    def pieces(self) -> AbstractAsyncContextManager[Outgoing]:
        """All of it, once."""
        return outgoing(self.body, self.store)


@asynccontextmanager
async def outgoing(body: Stored, store: Store) -> AsyncIterator[Outgoing]:
    """A body to be sent, of which there is at least the beginning.  Closed in the end."""
    found = Outgoing(body, store)
    try:
        await found.begin()
        yield found
    finally:
        await found.close()
