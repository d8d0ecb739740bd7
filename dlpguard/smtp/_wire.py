"""A connection to the next hop: bytes out, replies in, every wait with a time-out.

Whatever goes wrong is `Unreachable`.  Reading never stops while we write, so that a next hop that
answers pipelined commands early cannot block us, and what it says out of turn is noticed.
"""

from __future__ import annotations

import asyncio
import ssl

from dlpguard.smtp._answers import Reply, Unreachable, assemble, is_last
from dlpguard.smtp._transport import duplex

_MOST_UNREAD = 1 << 20
"""Bytes of replies that may wait to be read: a thousand recipients' are a tenth of it."""

_LONGEST_LINE = 4096
"""Octets.  RFC 5321 4.5.3.1.5 says 512; some next hops explain themselves at length."""

_MOST_LINES = 200
"""Lines of one reply.  An EHLO has about 20."""


class Wire(asyncio.Protocol):
    """One connection.  Made by `connect`."""

    def __init__(self) -> None:
        self.is_tls = False
        self.lost: str | None = None
        self._unread = bytearray()
        self._is_full = False
        self._news: asyncio.Future[bool] | None = None
        """What is being waited for: False when the time is over."""
        self._transport: asyncio.Transport

    @property
    def has_unread(self) -> bool:
        """Whether the next hop has said something that nobody asked for."""
        return bool(self._unread)

    def send(self, data: bytes) -> None:
        """Write without waiting; for commands."""
        if self.lost:
            raise Unreachable(self.lost)
        self._transport.write(data)

    async def drain(self, seconds: float) -> None:
        """Wait until all that was sent is on its way."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self._is_full and not self.lost:
            await self._wait(deadline, "sending")
        if self.lost:
            raise Unreachable(self.lost)

    async def reply(self, seconds: float, step: str) -> Reply:
        """The next reply, whole, within so many seconds; `step` names what it answers."""
        deadline = asyncio.get_running_loop().time() + seconds
        lines: list[bytes] = []
        while not lines or not is_last(lines[-1]):
            if len(lines) == _MOST_LINES:
                raise Unreachable(f"the next hop's reply to {step} has no end")
            while (line := self._line(step)) is None:
                if self.lost:
                    raise Unreachable(f"{self.lost} ({step})")
                await self._wait(deadline, step)
            lines.append(line)
        return assemble(lines)

    async def start_tls(self, context: ssl.SSLContext, name: str, seconds: float) -> None:
        """Go on under TLS.

        What came before the handshake and should have come after is a fault: it would be taken for
        replies under TLS (response injection).
        """
        if self._unread:
            raise Unreachable("the next hop sent text between 220 and the TLS handshake")
        try:
            transport = await asyncio.get_running_loop().start_tls(
                self._transport,
                self,
                context,
                server_hostname=name,
                ssl_handshake_timeout=seconds,
            )
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(f"the next hop's certificate: {error.verify_message}") from None
        except (OSError, EOFError) as error:  # ssl.SSLError and time-outs are OSError too
            raise Unreachable(f"TLS handshake failed ({type(error).__name__})") from None
        if transport is None:
            raise Unreachable("the connection was lost in the TLS handshake")
        self._use(transport)
        self.is_tls = True

    def close(self) -> None:
        """End politely: what was sent goes out."""
        self._transport.close()

    def abort(self) -> None:
        """End now: what was not sent yet is not sent."""
        self._transport.abort()

    def _line(self, step: str) -> bytes | None:
        """The next line, None while it has no end."""
        end = self._unread.find(b"\n")
        if end > _LONGEST_LINE or (end < 0 and len(self._unread) > _LONGEST_LINE):
            raise Unreachable(f"the next hop's reply to {step} has a line without end")
        if end < 0:
            return None
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line.removesuffix(b"\r")

    async def _wait(self, deadline: float, step: str) -> None:
        """Until there is anything new.  One timer: `asyncio.timeout` costs more than the rest."""
        loop = asyncio.get_running_loop()
        self._news = loop.create_future()
        timer = loop.call_at(deadline, _settle, self._news, False)
        try:
            if not await self._news:
                raise Unreachable(f"timed out ({step})")
        finally:
            timer.cancel()
            self._news = None

    def _tell(self) -> None:
        if self._news:
            _settle(self._news, True)

    def _use(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        # So that `drain` means on its way, not in a buffer of ours.
        transport.set_write_buffer_limits(high=1, low=0)

    # -- what asyncio calls ----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._use(duplex(transport))

    def data_received(self, data: bytes) -> None:
        """The next hop said something."""
        self._unread += data
        if len(self._unread) > _MOST_UNREAD:
            self._unread.clear()
            self._transport.abort()
        self._tell()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        how = type(error).__name__ if error else "closed"
        self.lost = f"the connection to the next hop was lost ({how})"
        self._tell()

    def pause_writing(self) -> None:
        """More was written than the network takes now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """All is on its way."""
        self._is_full = False
        self._tell()


async def connect(host: str, port: int, seconds: float) -> Wire:
    """A new connection."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, wire = await loop.create_connection(Wire, host, port)
    except TimeoutError:
        raise Unreachable("timed out (connecting)") from None
    except OSError as error:  # refused, no route, no such host
        raise Unreachable(f"cannot connect ({error.strerror or type(error).__name__})") from None
    return wire


def _settle(news: asyncio.Future[bool], is_there: bool) -> None:
    if not news.done():
        news.set_result(is_there)
