"""The parent's end of a channel to a process that may say anything: frames out, frames in.

The event loop watches it from beginning to end.  To begin and to end watching for every frame, as
`loop.sock_recv` does, was two thirds of the system calls that a message cost the parent.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from dlpguard.runners import _wire

_CHUNK = 1 << 18
"""Bytes read at once: what a socket pair holds by default, and a little more."""


class Content(Protocol):
    """Bytes that are read when they are wanted, and again from the beginning the next time."""

    def __len__(self) -> int:
        """How many bytes there are."""

    def pieces(self) -> AbstractAsyncContextManager[AsyncIterable[bytes]]:
        """All of them, in pieces."""


class Channel:
    """A connected stream socket, which does not block, and what has come out of it."""

    def __init__(self, ours: socket.socket) -> None:
        self._socket = ours
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._is_over = False
        self._is_watched = False
        self._wanted = 0
        self._arrival: asyncio.Future[None] | None = None
        """Done when `_wanted` bytes are there, or no more will come; None while nobody waits."""
        self.unasked: Callable[[], None] | None = None
        """Called when the other side says something, or hangs up, and nobody waits for it."""

    async def send(self, *pieces: bytes) -> None:
        """Hand over all pieces.  OSError when nobody is there to take them."""
        try:
            sent = self._socket.sendmsg(pieces)
        except BlockingIOError:
            sent = 0
        for piece in pieces:
            if sent < len(piece):
                await self._loop.sock_sendall(self._socket, memoryview(piece)[sent:])
            sent = max(0, sent - len(piece))

    async def hand_over(self, frame: bytes, content: bytes | Content) -> None:
        """Send a frame and what follows it; `send`, and whatever reading the content raises."""
        if isinstance(content, bytes):
            await self.send(frame, content)
            return
        async with content.pieces() as pieces:
            async for piece in pieces:
                await self.send(frame, piece)
                frame = b""
        if frame:
            await self.send(frame)

    async def hear(self, limit: int) -> tuple[_wire.Said, int]:
        """What the other side says next, and how long that was in bytes.

        EOFError when it is gone, `Lie` when it says what it may not, or more than `limit` bytes.
        """
        head = _wire.LENGTH.size
        await self._fill(head)
        (length,) = _wire.LENGTH.unpack_from(self._buffer)
        if length > limit:
            raise _wire.Lie("longer than allowed")
        await self._fill(head + length)
        with memoryview(self._buffer) as view:
            said = _wire.decode_said(view[head : head + length])
        del self._buffer[: head + length]
        return said, head + length

    def is_quiet(self) -> bool:
        """Whether the other side is there and has said nothing that nobody has heard."""
        if self._buffer or self._is_over:
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def watch(self) -> None:
        """Take in what comes, from now on."""
        if not self._is_watched:
            self._loop.add_reader(self._socket, self._take)
            self._is_watched = True

    def close(self) -> None:
        """Let go of it.  Nobody may be sending or hearing any more."""
        self._unwatch()
        self._socket.close()

    async def _fill(self, size: int) -> None:
        """Have so many bytes in the buffer.  It grows with what comes, not with what is claimed."""
        if len(self._buffer) >= size:
            return
        if not self._is_over:
            self._wanted, self._arrival = size, self._loop.create_future()
            self.watch()
            try:
                await self._arrival
            finally:
                self._arrival = None
        if len(self._buffer) < size:
            raise EOFError

    def _take(self) -> None:
        """Take in what has come, or that no more will."""
        try:
            chunk = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self._buffer += chunk
        self._is_over = not chunk
        if self._is_over or not self._arrival:
            # Whatever else it has to say stays in the socket until somebody wants to hear it.
            self._unwatch()
        if self._arrival:
            if not self._arrival.done() and (self._is_over or len(self._buffer) >= self._wanted):
                self._arrival.set_result(None)
        elif self.unasked:
            self.unasked()

    def _unwatch(self) -> None:
        if self._is_watched:
            self._loop.remove_reader(self._socket)
            self._is_watched = False
