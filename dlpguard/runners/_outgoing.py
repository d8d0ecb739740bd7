"""A stored body on its way out: read and decrypted in a thread, a piece ahead of the next hop."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dlpguard.store import bodies
from dlpguard.store.bodies import Stored
from dlpguard.store.opening import Store


class Outgoing:
    """The pieces of a body, once; two of them are in memory.  Made by `outgoing`.

    `ConfigurationError` at a piece that is damaged or gone.
    """

    def __init__(self, body: Stored, store: Store) -> None:
        self._keys = store.keys
        self._pieces = body.pieces(store.keys, store.shelf)
        self._sha256 = hashlib.sha256()
        self._reading: asyncio.Future[bytes | None] = self._read_on()

    @property
    def digest(self) -> bytes:
        """The keyed digest of the whole body, once all of it has come."""
        return bodies.keyed(self._sha256.digest(), self._keys)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self.first()) is not None:
            self._reading = self._read_on()
            yield piece

    async def first(self) -> bytes | None:
        """The next piece, which stays the next; None when there is none."""
        return await asyncio.shield(self._reading)  # a thread cannot be cancelled

    async def close(self) -> None:
        """No more is wanted."""
        await asyncio.gather(self._reading, return_exceptions=True)
        self._pieces.close()

    def _read_on(self) -> asyncio.Future[bytes | None]:
        return asyncio.get_running_loop().run_in_executor(None, self._next)

    def _next(self) -> bytes | None:
        piece = next(self._pieces, None)
        if piece is not None:
            self._sha256.update(piece)
        return piece


@asynccontextmanager
async def outgoing(body: Stored, store: Store) -> AsyncIterator[Outgoing]:
    """A body to be sent, of which there is at least the beginning.  Closed in the end."""
    found = Outgoing(body, store)
    try:
        await found.first()
        yield found
    finally:
        await found.close()
