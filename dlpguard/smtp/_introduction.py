"""What comes before the conversation where a proxy has connected: for whom.

Whoever connects from an address that is no proxy's is a client as before, and cannot say that it is
another.  A proxy must say it: without a header nobody is greeted, so that no client is taken for
the proxy, and by the proxy's address for one of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dlpguard import telemetry
from dlpguard.smtp import replies
from dlpguard.smtp._guards import Networks, plain_address
from dlpguard.smtp._proxy_header import parse
from dlpguard.smtp._transport import duplex

SECONDS = 10.0
"""How long a proxy may take for its header: packets get lost, and it has nothing to think about
(the specification asks for three seconds at least)."""


class Introduction(asyncio.Protocol):
    """A connection until it is known who the client is; then it is that client's conversation.

    `begin` makes the conversation: with the address that a proxy gave, "" where the proxy speaks
    for itself, None where nobody stands between.  While the header is awaited it is in `awaited`.
    """

    def __init__(
        self,
        proxies: Networks,
        begin: Callable[[str | None], asyncio.Protocol],
        awaited: set[Introduction],
        *,
        silently: bool,
    ) -> None:
        """`silently`: refuse without a word, as TLS would have come first."""
        self._proxies = proxies
        self._begin = begin
        self._awaited = awaited
        self._silently = silently
        self._data = b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client, or a proxy."""
        if plain_address(transport.get_extra_info("peername")) not in self._proxies:
            protocol = self._begin(None)
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            return
        self._transport = duplex(transport)
        self._awaited.add(self)
        self._timer = asyncio.get_running_loop().call_later(SECONDS, self._refuse)

    def data_received(self, data: bytes) -> None:
        """Some of the header, and perhaps of what the client says."""
        self._data += data
        try:
            header = parse(self._data)
        except ValueError:
            self._refuse()
            return
        if header:
            self._hand_over(header.client, self._data[header.length :])

    def connection_lost(self, error: Exception | None) -> None:
        """The proxy has gone: it only looked whether the port is open."""
        del error
        self._end()

    def abort(self) -> None:
        """Drop the connection."""
        self._end()
        if self._transport:
            self._transport.abort()

    def _hand_over(self, client: str, rest: bytes) -> None:
        self._end()
        transport = self._transport
        assert transport
        # Not while it reads: uvloop asks only when it begins to read how a protocol takes data.
        transport.pause_reading()
        protocol = self._begin(client)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if transport.is_closing():
            return
        if rest:
            _feed(transport.get_protocol(), rest)
        if not transport.is_closing():
            transport.resume_reading()

    def _refuse(self) -> None:
        self._end()
        if self._transport and not self._transport.is_closing():
            address = plain_address(self._transport.get_extra_info("peername"))
            telemetry.refused(replies.code(replies.NOT_INTRODUCED), address)
            if not self._silently:
                self._transport.write(replies.NOT_INTRODUCED.encode("ascii") + b"\r\n")
            self._transport.close()

    def _end(self) -> None:
        self._awaited.discard(self)
        if self._timer:
            self._timer.cancel()


def _feed(protocol: asyncio.BaseProtocol, data: bytes) -> None:
    """Give a protocol what was read already: TLS has it put into a buffer of its own."""
    if isinstance(protocol, asyncio.Protocol):
        protocol.data_received(data)
        return
    assert isinstance(protocol, asyncio.BufferedProtocol)
    while data:
        buffer = memoryview(protocol.get_buffer(len(data)))
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]
