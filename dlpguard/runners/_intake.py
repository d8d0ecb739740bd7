"""One message on its way from the edge into the store: in memory while small, then in its file.

    keep ──▶ gathered ──▶ waiting ──(a thread)──▶ bodies.Writer
                             └─ more than AHEAD: the client waits

The event loop never waits for the disk; the disk is never more than a few pieces behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from dlpguard import telemetry
from dlpguard.errors import TemporaryError
from dlpguard.mail import MessageId
from dlpguard.smtp.server import Arrival, Hold
from dlpguard.store import bodies
from dlpguard.store.bodies import Body, Writer
from dlpguard.store.secrets import Keyring

T = TypeVar("T")

PIECE = 128 * 1024
"""Bytes of a large body that are gathered before a thread is asked to write them: asking costs as
much as encrypting a quarter of it."""

AHEAD = 384 * 1024
"""Bytes that wait for the disk when their client has to, beside those being written; a thread
writes all of them at a time.  The disk always has work, and two hundred messages that come at once
still need little memory."""


class Intake:
    """What the edge asks of its `Intake`."""

    def __init__(
        self,
        keys: Keyring,
        begin: Callable[[], Writer],
        disk: Executor,
        hold: Hold,
        store: Callable[[Arrival, Body], Awaitable[MessageId]],
    ) -> None:
        """`begin` is called when the message turns out to be large; `disk` has the threads that may
        wait for it; `store` commits a body that is durable."""
        self._keys = keys
        self._begin = begin
        self._disk = disk
        self._hold = hold
        self._store = store
        self._gathered = bytearray()
        self._waiting: list[bytes | bytearray] = []
        self._putting_away: asyncio.Task[None] | None = None
        self._writer: Writer | None = None
        """None while the message is small."""
        self._is_holding = False
        self._is_over = False
        self._error: TemporaryError | None = None

    def keep(self, piece: bytes) -> None:
        """The next bytes; forgotten once the disk has failed."""
        if self._is_over or self._error:
            return
        if self._writer and not self._gathered and len(piece) > PIECE:
            self._put_away(self._writer, piece)  # as it is: the network brings more at a time
            return
        self._gathered += piece
        if len(self._gathered) > (PIECE if self._writer else bodies.IN_ROW):
            self._writer = self._writer or self._begin()
            self._put_away(self._writer, self._taken())

    def forget(self) -> None:
        """Keep nothing."""
        if self._is_over:
            return
        self._is_over = True
        self._gathered = bytearray()
        self._waiting.clear()
        self._hold_back(False)
        if self._writer and not self._error and self._putting_away is None:
            self._putting_away = asyncio.create_task(self._write(self._writer))

    async def commit(self, arrival: Arrival) -> MessageId:
        """Make what was kept durable, and commit the message."""
        return await self._store(arrival, await self._finish())

    async def _finish(self) -> Body:
        """The body; it is durable when it is large.  `TemporaryError` when it is not kept."""
        if not self._writer:
            return bodies.in_row(bytes(self._gathered), self._keys)
        if self._putting_away:
            await self._putting_away
        if self._error:
            raise self._error
        self._is_over = True
        return await self._in_thread(partial(_finish, self._writer, self._taken()))

    def _taken(self) -> bytearray:
        """What has been gathered, which is somebody else's now."""
        gathered, self._gathered = self._gathered, bytearray()
        return gathered

    def _put_away(self, writer: Writer, piece: bytes | bytearray) -> None:
        """Let a thread write a piece."""
        self._waiting.append(piece)
        if self._putting_away is None:
            self._putting_away = asyncio.create_task(self._write(writer))
        if sum(map(len, self._waiting)) > AHEAD:
            self._hold_back(True)

    async def _write(self, writer: Writer) -> None:
        """Write what waits, until nothing does."""
        try:
            while self._waiting:
                pieces, self._waiting = self._waiting, []
                await self._in_thread(partial(_write, writer, pieces))
                if not self._waiting:
                    self._hold_back(False)
            if self._is_over:
                await self._in_thread(writer.discard)
        except TemporaryError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - logged; the client keeps the message
            telemetry.crashed("write body", error)
            self._error = TemporaryError("the body could not be written")
        finally:
            self._putting_away = None
            if self._error:
                self._waiting.clear()
                self._hold_back(False)

    def _hold_back(self, waits: bool) -> None:
        if waits != self._is_holding:
            self._is_holding = waits
            self._hold(waits)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


def _write(writer: Writer, pieces: list[bytes | bytearray]) -> None:
    for piece in pieces:
        writer.write(piece)


def _finish(writer: Writer, rest: bytearray) -> Body:
    writer.write(rest)
    return writer.finish()
