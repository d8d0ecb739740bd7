"""How slow a client may be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pace:
    """Calls `too_slow` when a client has used up its time.

    It has `seconds` for each command, counted until its line is complete.  In a body every byte
    gives back `1 / rate` of a second, up to `seconds` altogether: an upload that keeps above `rate`
    bytes a second may take as long as it takes, one that stays below ends, and so does silence
    (as `smtpd_min_data_rate` of Postfix and `MinRate` of Apache do it).  While it is we who work,
    or make the client wait, its time stands still.

    One timer a connection that looks when it rings, rather than one that is set at every byte.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        rate: float,
        too_slow: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._rate = rate
        self._too_slow = too_slow
        self._last_came = loop.time()
        self._deadline = self._last_came + seconds
        self._busy_since: float | None = None
        self._timer = loop.call_later(seconds, self._look)

    @property
    def is_silent(self) -> bool:
        """Whether it was silent most of its time, rather than slow."""
        return self._loop.time() - self._last_came >= self._seconds / 2

    @property
    def used(self) -> float:
        """Seconds of its time that the client has used up so far."""
        if self._busy_since is not None:
            return 0.0
        return self._seconds - (self._deadline - self._loop.time())

    def new_command(self) -> None:
        """A command is complete, or a message: the next one has all its time."""
        now = self._last_came = self._loop.time()
        self._deadline = now + self._seconds

    def body_came(self, size: int) -> None:
        """So many bytes of a message came."""
        now = self._last_came = self._loop.time()
        if self._rate:
            self._deadline = min(self._deadline + size / self._rate, now + self._seconds)
        else:
            self._deadline = now + self._seconds

    def busy(self, busy: bool) -> None:
        """It is we who are working (or making the client wait), or no longer."""
        now = self._loop.time()
        if busy and self._busy_since is None:
            self._busy_since = now
        elif not busy and self._busy_since is not None:
            self._deadline += now - self._busy_since
            self._last_came = now
            self._busy_since = None

    def stop(self) -> None:
        """The connection is gone."""
        self._timer.cancel()

    def _look(self) -> None:
        is_busy = self._busy_since is not None
        left = self._seconds if is_busy else self._deadline - self._loop.time()
        if left <= 0:
            self._too_slow()
        else:
            self._timer = self._loop.call_later(left, self._look)
