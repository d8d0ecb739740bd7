"""A next hop that takes everything and keeps nothing: for the demonstration, on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dlpguard.smtp import replies
from dlpguard.smtp._data import Body, Fault, InMemory
from dlpguard.smtp._receiver import Receiver
from dlpguard.smtp._transport import duplex

_SIZE = 200_000_000
"""Bytes: more than the edge takes by default, and the trace fields."""

_HOST = "127.0.0.1"
_NAME = "next-hop.example"


class Sink:
    """Listens on a loopback port and calls `on_message(sender, recipients, content)`."""

    def __init__(self, on_message: Callable[[str, tuple[str, ...], bytes], None]) -> None:
        self.port = 0
        """The port that is listened on, once `start` has returned."""
        self._on_message = on_message
        self._server: asyncio.Server | None = None
        self._open: set[_Taker] = set()

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._taker, _HOST, port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server:
            self._server.close()
        for taker in tuple(self._open):
            if taker.transport:
                duplex(taker.transport).abort()
        if self._server:
            await self._server.wait_closed()

    def _taker(self) -> _Taker:
        return _Taker(self._on_message, self._open)


class _Taker(Receiver):
    """One connection; MAIL and RCPT are aiosmtpd's own."""

    def __init__(
        self, on_message: Callable[[str, tuple[str, ...], bytes], None], open: set[_Taker]
    ) -> None:
        super().__init__(_NAME)
        self.data_size_limit = _SIZE
        self._on_message = on_message
        self._open = open

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        self._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._open.discard(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd finds it by name
        """DATA: take the message and hand it over."""
        if not self.envelope or not self.envelope.rcpt_tos:
            await self.push(replies.MAIL_FIRST)
            return
        if arg or self.has_unread:
            await self.hang_up(replies.OUT_OF_SYNC)
        kept = InMemory()
        body = Body(_SIZE, kept)
        await self.receive(body)
        envelope, self.envelope = self.envelope, self._create_envelope()
        if body.fault:
            too_big = body.fault is Fault.TOO_BIG
            await self.push(replies.MESSAGE_TOO_BIG if too_big else replies.BARE_LINES)
            return
        sender = (envelope.mail_from or "").removeprefix("<>")  # aiosmtpd's null sender
        self._on_message(sender, tuple(envelope.rcpt_tos), kept.content)
        await self.push(replies.FINE)
