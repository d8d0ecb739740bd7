"""How often one client may be wrong: guessing is slow, and does not keep the site busy.

What is counted stays in memory, in each process for itself: a stranger who is wrong a thousand
times a second must not make a thousand commits, and several nodes give such a one several times
as much, which is still little.  What must hold for all nodes (wrong passwords of one account) is
in the database (`store.accounts`, `store.devices`).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request

FREE = 10
"""Failures at once: an office behind one address has people who mistype at the same time."""

REFILL_SECONDS = 20.0
"""After which one more is free: 4,320 tries a day, of a password that has twelve characters."""

MOST_CLIENTS = 10_000
"""That are remembered, 2 MB; beyond, those that were wrong longest ago are forgotten."""


class Throttle:
    """Failures by client.  Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Seconds until this client may try again; 0.0: now."""
        with self._lock:
            return self._wait(client)

    def take(self, client: str) -> float:
        """The same, and where it may try now, one try is counted as wrong until `give_back`.

        So however many tries run at the same time, they are no more than are free.
        """
        with self._lock:
            wait = self._wait(client)
            if not wait:
                self._add(client, 1.0)
            return wait

    def give_back(self, client: str) -> None:
        """The try was right."""
        with self._lock:
            self._add(client, -1.0)

    def _wait(self, client: str) -> float:
        return max(0.0, (self._of(client) - FREE + 1) * REFILL_SECONDS)

    def _of(self, client: str) -> float:
        """How many failures are not forgiven yet."""
        spent, at = self._spent.get(client, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - at) / REFILL_SECONDS)

    def _add(self, client: str, number: float) -> None:
        self._spent[client] = max(0.0, self._of(client) + number), self._clock()
        self._spent.move_to_end(client)
        while len(self._spent) > MOST_CLIENTS:
            self._spent.popitem(last=False)


def throttle_of(request: Request) -> Throttle:
    """The one of the application that a request is for."""
    throttle: Throttle = request.app.state.throttle
    return throttle
