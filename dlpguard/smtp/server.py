"""The edge: takes mail in from allowed clients, and answers 250 when it is committed.

Nothing that a client does (closing, half-closing, resetting) stops a message from being committed
once its final dot has come.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine

from dlpguard import telemetry
from dlpguard.errors import NoRoomError, PermanentError, TemporaryError
from dlpguard.mail import MessageId
from dlpguard.smtp import replies
from dlpguard.smtp._certificates import server_context
from dlpguard.smtp._conversation import Conversation
from dlpguard.smtp._desk import Caller
from dlpguard.smtp._guards import Networks, Senders, household
from dlpguard.smtp._guest import Guest
from dlpguard.smtp._introduction import Introduction
from dlpguard.smtp._rules import Arrival, Hold, Intake, Rules
from dlpguard.smtp._tenant import Tenant
from dlpguard.smtp.login import Login, Logins
from dlpguard.smtp.receipts import Receipts

__all__ = ["Arrival", "Edge", "Hold", "Intake", "Login", "Rules", "Tenant", "server_context"]

_WAITING_CONNECTIONS = 128
"""How many connections the kernel keeps for us while we are busy."""

CROWDED_SECONDS = 10.0
"""How much of its time a client has for sure when all connections are taken; beyond, the slowest
makes room (Postfix, under stress, gives everybody ten seconds)."""

_LOOK_AGAIN = 0.02
"""Seconds between two looks at whether all is finished while stopping."""


class Edge:
    """Listens, and hands every message to an `intake` of its own as it comes.

    Its `commit` is called when the message was received whole, and returns when that is durably
    committed, with the id to tell the client (of an earlier copy when this is a client's retry).
    NoRoomError becomes 452, any other TemporaryError 451, PermanentError 554, anything else 451.
    It is never cancelled because a client went away.
    `backlog` says why no mail can be taken now ("Disk is full, try again later"), or None.
    `receipts` tell whoever stores messages which answers have reached their clients.  `next_hop`
    gives the extensions that the next hop offered last, None while that is not known.
    """

    def __init__(
        self,
        rules: Rules,
        intake: Callable[[Hold], Intake],
        backlog: Callable[[], str | None],
        *,
        receipts: Receipts | None = None,
        next_hop: Callable[[], Collection[str] | None] = lambda: None,
        clock: Callable[[], float] = time.time,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.port = 0
        """The port that was opened last, once `start` has returned."""
        self.backlog = backlog
        self.now = clock
        self.random = randomness
        self.intake = intake
        self.receipts = receipts or Receipts()
        self.next_hop = next_hop
        self.logins = Logins()
        self._servers: list[asyncio.Server] = []
        self._needs_tls = False
        self._stopping = False
        self._callers: dict[Caller, tuple[str, bool]] = {}
        """With what each is counted under, and whether it had to say first who it is."""
        self._strangers = 0
        self._from: Counter[str] = Counter()
        self._work: set[asyncio.Task[str]] = set()
        self._awaited: set[Introduction] = set()
        """Connections of proxies that have not said yet for whom."""
        self.follow(rules)

    def follow(self, rules: Rules) -> None:
        """Rules for the connections that are made from now on, certificate and logins included.

        Those that there are go on as they began.  What is known of wrong passwords stays known.
        """
        if self._needs_tls and not rules.tls:
            raise ValueError("TLS from the first byte needs a certificate")
        self.rules = rules
        self.logins.use(rules.logins)
        self.senders = Senders(rules.senders)
        self._networks = Networks(rules.clients)
        self._proxies = Networks(rules.proxies)
        self._microsoft = Networks(rules.tenant.networks if rules.tenant else ())

    async def start(self, host: str, port: int, *, tls_first: bool = False) -> None:
        """Listen; port 0 takes a free one.  May be called for several ports.

        With `tls_first` the handshake comes before anything is said (port 465).
        """
        if tls_first and not self.rules.tls:
            raise ValueError("TLS from the first byte needs a certificate")
        self._needs_tls = self._needs_tls or tls_first
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: self._protocol(tls_first),
            host,
            port,
            backlog=_WAITING_CONNECTIONS,
        )
        self._servers.append(server)
        self.port = int(server.sockets[0].getsockname()[1])
        telemetry.listening("smtps" if tls_first else "smtp", f"{host}:{self.port}")

    async def stop(self, grace: float) -> None:
        """Take no more connections, let messages that are being received or stored be finished.

        After `grace` seconds the rest is dropped: nobody was answered 250 for it.
        """
        self._stopping = True
        for server in self._servers:
            server.close()
        for introduction in tuple(self._awaited):
            introduction.abort()
        for caller in tuple(self._callers):
            caller.stop()
        deadline = asyncio.get_running_loop().time() + grace
        while self._callers or self._work:
            if asyncio.get_running_loop().time() >= deadline:
                break
            await asyncio.sleep(_LOOK_AGAIN)
        for caller in tuple(self._callers):
            caller.abort()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()

    # -- what conversations ask for --------------------------------------------------------------

    def admit(self, caller: Caller, address: str, *, is_proxy: bool = False) -> Guest | str:
        """Who has connected, counted until `left`; or a reply that refuses the connection.

        `is_proxy`: a proxy for itself, which looks whether we answer.
        """
        guest = Guest(address, address in self._networks, address in self._microsoft, is_proxy)
        may_log_in = bool(self.rules.logins or self.rules.certificates)
        if not (guest.may_send or may_log_in or is_proxy):
            return replies.NOT_A_CLIENT
        if self._stopping:
            return replies.STOPPING
        # Half of the connections is enough for those who first have to say who they are.
        is_crowded = not guest.may_send and 2 * self._strangers >= self.rules.connections
        if is_crowded or not self._has_room():
            return replies.TOO_MANY_CONNECTIONS
        who = household(address)
        if self._from[who] >= self.rules.connections_per_client:
            return replies.TOO_MANY_OF_YOURS
        self._callers[caller] = (who, not guest.may_send)
        self._from[who] += 1
        self._strangers += not guest.may_send
        return guest

    def _protocol(self, tls_first: bool) -> asyncio.Protocol:
        rules = self.rules

        def begin(client: str | None) -> Conversation:
            return Conversation(rules, self, tls_first=tls_first, client=client)

        if not rules.proxies:
            return begin(None)
        return Introduction(self._proxies, begin, self._awaited, silently=tls_first)

    def _has_room(self) -> bool:
        """Whether one more may connect, if need be instead of the slowest."""
        if len(self._callers) < self.rules.connections:
            return True
        slowest = max(self._callers, key=lambda caller: caller.time_used)
        if slowest.time_used < CROWDED_SECONDS:
            return False
        self.left(slowest)  # now: saying goodbye inside TLS may take a slow client long
        slowest.make_room()
        return True

    def left(self, caller: Caller) -> None:
        """A connection has ended."""
        who, was_stranger = self._callers.pop(caller, ("", False))
        self._strangers -= was_stranger
        self._from[who] -= 1
        if self._from[who] <= 0:
            del self._from[who]

    async def accept(self, arrival: Arrival) -> MessageId:
        """Commit a message.  Its id, or that of an earlier copy when it is a client's retry."""
        began = time.monotonic()
        id = await arrival.content.commit(arrival)
        if id == arrival.id:
            seconds = time.monotonic() - began
            telemetry.accepted(id, arrival.size, len(arrival.envelope.recipients), seconds)
        else:
            telemetry.repeated(id)
        return id

    async def see_through(self, work: Coroutine[None, None, str]) -> str:
        """The reply that comes of some work, which goes on when nobody waits for it any longer."""
        task = asyncio.create_task(_to_reply(work))
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return await asyncio.shield(task)


async def _to_reply(work: Coroutine[None, None, str]) -> str:
    try:
        return await work
    except NoRoomError:
        return replies.NO_ROOM
    except TemporaryError:
        return replies.NOT_COMMITTED
    except PermanentError:
        return replies.NOT_ACCEPTED
    except Exception as error:  # noqa: BLE001 - whatever it was, the client keeps the message
        telemetry.crashed("accept", error)
        return replies.NOT_COMMITTED
