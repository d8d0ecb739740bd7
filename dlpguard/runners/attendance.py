"""Being one of the nodes on a shared database: saying so, and burying those who died.

On an embedded database there is nobody else, and nothing to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from dlpguard import telemetry
from dlpguard.lifecycle import State
from dlpguard.store import presences
from dlpguard.store.opening import Store
from dlpguard.store.presences import Card, Presence

if TYPE_CHECKING:
    from dlpguard.store.bells import Bells


class Attendance:
    """This process among the others.  `card` gives what they are told of it, `wake` is called when
    one of them has work for us."""

    def __init__(
        self,
        store: Store,
        presence: Presence,
        card: Callable[[], Card],
        wake: Callable[[State], None],
    ) -> None:
        self._store = store
        self._presence = presence
        self._card = card
        self._wake = wake
        self._bells: Bells | None = None
        self.next_hop: tuple[str, ...] | None = None
        """What the next hop offers, as one of the nodes saw it; None where none has seen it."""

    async def begin(self) -> None:
        """Be there, before any work: what a dead node left is free from here on."""
        await self._beat()
        if self._store.database.is_shared:
            from dlpguard.store.bells import Bells  # noqa: PLC0415 - PostgreSQL's driver, not for all

            loop = asyncio.get_running_loop()
            self._bells = Bells(
                self._store.database.engine,
                lambda state: loop.call_soon_threadsafe(self._wake, state),
            )
            self._store.database.moved = self._bells.ring

    async def run(self) -> None:
        """Say that we are there, again and again, until cancelled."""
        while True:
            await asyncio.sleep(presences.BEAT_SECONDS)
            try:
                await self._beat()
            except Exception as error:  # noqa: BLE001 - the database is away: tried again
                telemetry.crashed("attendance", error)

    async def end(self) -> None:
        """Ring and hear no more."""
        if self._bells:
            await asyncio.to_thread(self._bells.end)

    async def _beat(self) -> None:
        await asyncio.to_thread(self._presence.hold)
        await self._store.database.write(partial(self._presence.beat, card=self._card()))
        if not self._store.database.is_shared:
            return
        bury = partial(presences.bury, is_steady=self._presence.is_steady())
        for name in await self._store.database.write(bury):
            telemetry.buried(name)
        self.next_hop = await self._store.database.read(presences.next_hop)
