"""Being one of the nodes on a shared database: saying so, and burying those who died.

On an embedded database there is nobody else, and little to do.
"""

from __future__ import annotations

import asyncio
import contextlib
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

_WORK = frozenset({State.RECEIVED, State.READY})
"""The states of messages that somebody has to work on."""


class Attendance:
    """This process among the others.  `card` gives what they are told of it, `wake` is called when
    a commit, ours or of one of them, has left work that anybody may do."""

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
        self._loop = asyncio.get_running_loop()
        await self._beat()
        if self._store.database.is_shared:
            from dlpguard.store.bells import Bells  # noqa: PLC0415 - PostgreSQL's driver, not for all

            self._bells = Bells(self._store.database.engine, self._heard)
        self._store.database.moved = self._moved

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
        self._store.database.moved = lambda _state: None
        if self._bells:
            await asyncio.to_thread(self._bells.end)

    def _moved(self, state: State) -> None:
        """A commit of ours has left messages in this state."""
        if state not in _WORK:
            return
        if self._bells:
            self._bells.ring(state)
        self._heard(state)

    def _heard(self, state: State) -> None:
        """Called in other threads."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody works any more
            self._loop.call_soon_threadsafe(self._wake, state)

    async def _beat(self) -> None:
        await asyncio.to_thread(self._presence.hold)
        await self._store.database.write(partial(self._presence.beat, card=self._card()))
        if not self._store.database.is_shared:
            return
        bury = partial(presences.bury, is_steady=self._presence.is_steady())
        for name in await self._store.database.write(bury):
            telemetry.buried(name)
        self.next_hop = await self._store.database.read(presences.next_hop)
