"""aiosmtpd with a DATA that takes pieces, a half-closed connection that is answered, and no log.

What aiosmtpd does line by line, in memory three times over and under one timer a command, is done
here by `Body`.  Its command loop, STARTTLS and stream handling are used as they are.
"""

from __future__ import annotations

import asyncio
import collections
import logging
import ssl
from typing import AnyStr

import aiosmtpd.smtp

from dlpguard import faults, telemetry
from dlpguard.smtp import replies
from dlpguard.smtp._data import Body

logging.getLogger("mail.log").disabled = True  # aiosmtpd logs every command, with the addresses

LONGEST_COMMAND = 4096
"""Octets.  512 (RFC 5321 4.5.3.1.4) and what SIZE, DSN and SMTPUTF8 add, generously."""

_NEVER = 366 * 86400.0
"""aiosmtpd's timer is set once a command and would end a slow but steady upload; ours is `Idle`."""


class Receiver(aiosmtpd.smtp.SMTP):
    """One connection of a client that sends mail."""

    line_length_limit = LONGEST_COMMAND
    command_size_limit = LONGEST_COMMAND

    def __init__(self, hostname: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(
            None,
            hostname=hostname,
            ident=replies.IDENT,
            tls_context=tls,
            timeout=_NEVER,
            enable_SMTPUTF8=True,  # so that arguments are decoded; what is offered, EHLO says
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limits = collections.defaultdict(lambda: LONGEST_COMMAND)
        self.is_receiving = False
        self._body: Body | None = None
        self._whole: asyncio.Future[None] = self.loop.create_future()

    async def receive(self, body: Body) -> None:
        """Say 354 and take a message until its final dot.

        Cancelled when the connection is lost before: a message without a dot is none.
        """
        self._whole = self.loop.create_future()
        self._body = body
        self.is_receiving = True
        try:
            await self.push(replies.GO_AHEAD)
            faults.at("after-354")
            await self._whole
        finally:
            self.is_receiving = False

    @property
    def has_unread(self) -> bool:
        """Whether more came than was read, such as a body behind DATA without waiting for 354."""
        return bool(self._reader._buffer)  # type: ignore[attr-defined] # no public way to ask

    async def hang_up(self, reply: str) -> None:
        """Give a last reply and close; commands that came already are not looked at."""
        await self.push(reply)
        self._close()
        await asyncio.sleep(0)  # where the cancellation arrives

    async def push(self, status: AnyStr) -> None:
        """Send a reply, dlpguard's where aiosmtpd would give its own."""
        if isinstance(status, str):
            await super().push(replies.ours(status))
        else:
            await super().push(status)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected, or (the second time) TLS was set up."""
        is_first = self._handler_coroutine is None
        super().connection_made(transport)
        if is_first and self._handler_coroutine:
            self._handler_coroutine.add_done_callback(_report)

    def data_received(self, data: bytes) -> None:
        """Bytes came: of a message, of commands, or the end of one and some of the other."""
        if self._body is None:
            super().data_received(data)
            return
        rest = self._body.feed(data)
        if rest is None:
            faults.at("mid-body")
            return
        self._body = None
        if not self._whole.done():
            self._whole.set_result(None)
        if rest:
            super().data_received(rest)

    def eof_received(self) -> bool | None:
        """The client will send no more.  Between messages it may still be waiting for replies."""
        half_closed = self._body is None and self.session is not None and self.session.ssl is None
        if half_closed:
            return asyncio.StreamReaderProtocol.eof_received(self)
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone; aiosmtpd cancels the command that is being answered."""
        self._body = None
        super().connection_lost(error)

    async def handle_exception(self, error: Exception) -> str:
        """The reply when a command failed, for whatever reason."""
        if isinstance(error, asyncio.IncompleteReadError):  # half-closed, and all is answered
            self._close()
        elif not isinstance(error, aiosmtpd.smtp.TLSSetupException):
            telemetry.crashed("smtp", error)
        return replies.FAILED

    def _close(self) -> None:
        if self.transport:
            self.transport.close()
        if self._handler_coroutine:
            self._handler_coroutine.cancel()


def _report(task: asyncio.Task[None]) -> None:
    """A connection that broke while we wrote is ordinary; anything else is a fault of ours."""
    error = None if task.cancelled() else task.exception()
    if error and not isinstance(error, ConnectionError):
        telemetry.crashed("smtp", error)
