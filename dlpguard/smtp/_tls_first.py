"""TLS from the first byte (port 465, RFC 8314 3.3), on a connection that was accepted plainly.

So whoever may not connect is turned away before a handshake that costs us a signature.
"""

from __future__ import annotations

import asyncio
import ssl
from asyncio import sslproto
from collections.abc import Callable

HANDSHAKE_SECONDS = 30
"""A handshake takes two round trips; whoever takes longer is no mail server."""


def begin(
    loop: asyncio.AbstractEventLoop,
    transport: asyncio.Transport,
    protocol: asyncio.Protocol,
    context: ssl.SSLContext,
    over: Callable[[], None],
) -> sslproto.SSLProtocol:
    """Have the handshake, then call `over`.

    `protocol.connection_made` was called before with the protected transport, if it went well;
    otherwise the connection is being closed, and `protocol` will not hear of it any more.
    """
    waiter: asyncio.Future[None] = loop.create_future()

    def done(waiter: asyncio.Future[None]) -> None:
        # What went wrong is the client's business; that nobody asks for it would be logged.
        waiter.cancelled() or waiter.exception()
        over()

    waiter.add_done_callback(done)
    layer = sslproto.SSLProtocol(
        loop,
        protocol,
        context,
        waiter,
        server_side=True,
        ssl_handshake_timeout=HANDSHAKE_SECONDS,
    )
    transport.set_protocol(layer)
    layer.connection_made(transport)
    return layer
