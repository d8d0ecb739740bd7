"""What one thread finds out and a coroutine waits for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Answer(Protocol):
    """What whoever does something owes to whoever waits, as a `concurrent.futures.Future` has it:
    asked once whether anybody still wants it, then told what came of it."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether somebody wants it."""

    def set_result(self, result: Any) -> None:
        """It was done."""

    def set_exception(self, exception: BaseException) -> None:
        """It failed."""


class Awaited(Generic[T]):
    """An answer that is awaited in the event loop in which it was made, and given in any thread.

    A `Future` that `asyncio.wrap_future` waits for is two futures, a lock and a condition, and
    costs twice as much: of passing on a small message that was a twentieth.
    """

    __slots__ = ("_future", "_loop")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[T] = self._loop.create_future()

    def __await__(self) -> Generator[Any, None, T]:
        return self._future.__await__()

    def set_running_or_notify_cancel(self) -> bool:
        """Whether nobody has stopped waiting yet."""
        return not self._future.cancelled()

    def set_result(self, result: T) -> None:
        """It was done."""
        self._tell(self._future.set_result, result)

    def set_exception(self, exception: BaseException) -> None:
        """It failed."""
        self._tell(self._future.set_exception, exception)

    def _tell(self, how: Callable[[Any], None], what: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            self._loop.call_soon_threadsafe(self._settle, how, what)

    def _settle(self, how: Callable[[Any], None], what: object) -> None:
        if not self._future.done():
            how(what)
