"""The edge: takes mail in from allowed clients, and answers 250 when it is committed.

Nothing that a client does (closing, half-closing, resetting) stops a message from being committed
once its final dot has come.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

from dlpguard import telemetry
from dlpguard.errors import ConfigurationError, PermanentError, TemporaryError
from dlpguard.smtp import replies
from dlpguard.smtp._conversation import Conversation
from dlpguard.smtp._guards import Domains, Networks, Slots
from dlpguard.smtp._rules import Arrival, Rules

__all__ = ["Arrival", "Edge", "Rules", "server_context"]

_WAITING_CONNECTIONS = 128
"""How many connections the kernel keeps for us while we are busy."""

_LOOK_AGAIN = 0.02
"""Seconds between two looks at whether all is finished while stopping."""


class Edge:
    """Listens, and hands every message that was received whole to `accept`.

    `accept` returns when the message is durably committed, with the id to tell the client (of an
    earlier copy when this is a client's retry).  TemporaryError becomes 451, PermanentError 554,
    anything else 451.  It is never cancelled because a client went away.
    `backlog` says why no mail can be taken now ("Disk is full, try again later"), or None.
    """

    def __init__(
        self,
        rules: Rules,
        accept: Callable[[Arrival], Awaitable[str]],
        backlog: Callable[[], str | None],
        *,
        clock: Callable[[], float] = time.time,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.port = 0
        """The port that is listened on, once `start` has returned."""
        self.backlog = backlog
        self.now = clock
        self.random = randomness
        self.slots = Slots(rules.large_bodies)
        self._accept = accept
        self._server: asyncio.Server | None = None
        self._stopping = False
        self._conversations: set[Conversation] = set()
        self._work: set[asyncio.Task[str]] = set()
        self.follow(rules)

    def follow(self, rules: Rules) -> None:
        """Rules for the connections that are made from now on (`large_bodies` stays as it was)."""
        self.rules = rules
        self.domains = Domains(rules.senders)
        self._networks = Networks(rules.clients)

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Conversation(self.rules, self), host, port, backlog=_WAITING_CONNECTIONS
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        telemetry.listening("smtp", f"{host}:{self.port}")

    async def stop(self, grace: float) -> None:
        """Take no more connections, let messages that are being received or stored be finished.

        After `grace` seconds the rest is dropped: nobody was answered 250 for it.
        """
        self._stopping = True
        if self._server:
            self._server.close()
        for conversation in tuple(self._conversations):
            conversation.stop()
        deadline = asyncio.get_running_loop().time() + grace
        while self._conversations or self._work:
            if asyncio.get_running_loop().time() >= deadline:
                break
            await asyncio.sleep(_LOOK_AGAIN)
        for conversation in tuple(self._conversations):
            conversation.abort()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        if self._server:
            await self._server.wait_closed()

    # -- what conversations ask for --------------------------------------------------------------

    def admit(self, conversation: Conversation) -> str | None:
        """A reply that refuses a new connection, or None; then it counts until `left`."""
        if conversation.client not in self._networks:
            return replies.NOT_A_CLIENT
        if self._stopping:
            return replies.STOPPING
        if len(self._conversations) >= self.rules.connections:
            return replies.TOO_MANY_CONNECTIONS
        self._conversations.add(conversation)
        return None

    def left(self, conversation: Conversation) -> None:
        """A connection has ended."""
        self._conversations.discard(conversation)

    async def accept(self, arrival: Arrival) -> str:
        """The reply to a message."""
        id = await self._accept(arrival)
        telemetry.accepted(id, len(arrival.content), len(arrival.envelope.recipients))
        return replies.queued(id)

    async def see_through(self, work: Coroutine[None, None, str]) -> str:
        """The reply that comes of some work, which goes on when nobody waits for it any longer."""
        task = asyncio.create_task(_to_reply(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return await asyncio.shield(task)


async def _to_reply(work: Coroutine[None, None, str]) -> str:
    try:
        return await work
    except TemporaryError:
        return replies.NOT_COMMITTED
    except PermanentError:
        return replies.NOT_ACCEPTED
    except Exception as error:  # noqa: BLE001 - whatever it was, the client keeps the message
        telemetry.crashed("accept", error)
        return replies.NOT_COMMITTED


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """The context for STARTTLS: TLS 1.2 or later with our certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one too
        raise ConfigurationError(
            f"{certificate}, {key}: cannot be used for STARTTLS ({error.strerror or error}); "
            "listen.tls_certificate and listen.tls_key name PEM files that belong together"
        ) from None
    return context
