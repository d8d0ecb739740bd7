"""The part of the relay that tells of the others: one line for each life, and the metrics' port."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from dlpguard.commands import _wiring
from dlpguard.commands._parts import Part, Place
from dlpguard.health import Running
from dlpguard.runners.chronicler import Chronicler

if TYPE_CHECKING:
    from dlpguard.metrics.listener import Listener


class Observing(Part):
    """Of every process, whatever its roles."""

    def __init__(self, place: Place, running: Running) -> None:
        self._place = place
        self._running = running
        self._chronicler = Chronicler(place.store)
        self.listener: Listener | None = None

    async def start(self) -> None:
        """Open the port for metrics where the settings name one."""
        settings = self._place.settings
        if settings.metrics.listen:
            from dlpguard.metrics.listener import Listener

            self.listener = Listener(_wiring.metrics(settings, self._place.store, self._running))
            await self.listener.start(settings.metrics.listen)

    def tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        """What has ended is said."""
        yield self._chronicler.run()

    async def end(self) -> None:
        """Close the port.  What ends from here on is said at the next start, or by another node."""
        if self.listener:
            await self.listener.stop()
