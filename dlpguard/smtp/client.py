"""The next-hop client: exactly these bytes, one answer for each recipient, and no dot by mistake.

    async with pool.session() as session:
        replies = await session.open(envelope.sender, envelope.options, envelope.recipients)
        if any(reply.positive for reply in replies):
            reply = await session.data(trace, content, still_wanted)

`Unreachable`: nothing was delivered.  `Abandoned`: nothing was delivered, because `before_dot` said
so.  `InDoubt`: the dot was sent and no answer came.  All three are `TemporaryError`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from dlpguard import faults
from dlpguard.mail import Recipient
from dlpguard.smtp import _commands
from dlpguard.smtp._answers import Abandoned, InDoubt, Reply, Unreachable
from dlpguard.smtp._connect import Connection, ask, establish
from dlpguard.smtp._data import has_bare_line_ends
from dlpguard.smtp._stuffing import Stuffing
from dlpguard.smtp._target import Target, Timeouts, Tls, context

__all__ = [
    "Abandoned",
    "InDoubt",
    "Pool",
    "Reply",
    "Session",
    "Target",
    "Timeouts",
    "Tls",
    "Unreachable",
]

_MAX_AGE = 300.0
"""Seconds.  Next hops and firewalls drop old connections; a new one costs little by then."""

_MAX_MESSAGES = 100
"""Messages over one connection.  Exchange and others end a connection that never ends."""

_ASK_AFTER = 5.0
"""Seconds without use after which NOOP asks whether a connection still works."""


class Pool:
    """Persistent connections to one next hop, at most `limit` in use at a time."""

    def __init__(
        self, target: Target, limit: int = 8, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.extensions: Mapping[str, str] = {}
        """What the next hop offered last (keyword → parameters); empty before the first time."""
        self._target = target
        self._context = context(target)
        self._clock = clock
        self._in_use = asyncio.Semaphore(limit)
        self._idle: list[Connection] = []
        self._closed = False
        self._followed = 0
        """How often the target was changed."""
        self._failed: tuple[float, str] | None = None

    def follow(self, target: Target) -> None:
        """Connect to this one from now on, with its certificate and password.

        Connections in use end when they are given back.  `ConfigurationError` when a certificate
        cannot be used: then all stays as it was.
        """
        fresh = context(target)
        self._target, self._context = target, fresh
        self._followed += 1
        while self._idle:
            _say_goodbye(self._idle.pop())

    def trouble(self) -> tuple[float, str] | None:
        """How many seconds ago, and why, the last attempt to connect failed; None after one that
        did not."""
        failed = self._failed
        return (self._clock() - failed[0], failed[1]) if failed else None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A session on a live connection, kept for the next one unless something went wrong."""
        async with self._in_use:
            began = self._followed
            session = Session(self._target, await self._reusable(), self._connect)
            try:
                await session.connect()
                yield session
                await session.reset()
            except BaseException:
                session.abort()
                raise
            self._keep(session.connection, is_old=began != self._followed)

    async def close(self) -> None:
        """End all idle connections; those in use end when their sessions do."""
        self._closed = True
        while self._idle:
            _say_goodbye(self._idle.pop())

    async def _connect(self) -> Connection:
        try:
            connection = await establish(self._target, self._context, self._clock())
        except Unreachable as error:
            self._failed = self._clock(), str(error)
            raise
        self._failed = None
        self.extensions = connection.extensions
        return connection

    async def _reusable(self) -> Connection | None:
        """An idle connection that still works."""
        while self._idle:
            connection = self._idle.pop()
            if connection.wire.lost or connection.wire.has_unread:
                connection.wire.abort()
            elif self._clock() - connection.opened > _MAX_AGE:
                _say_goodbye(connection)
            elif self._clock() - connection.used < _ASK_AFTER or await self._is_alive(connection):
                return connection
        return None

    async def _is_alive(self, connection: Connection) -> bool:
        try:
            reply = await ask(connection.wire, "NOOP", self._target.timeouts.noop)
            is_alive = reply.positive
        except Unreachable:
            is_alive = False
        if not is_alive:
            connection.wire.abort()
        return is_alive

    def _keep(self, connection: Connection | None, *, is_old: bool) -> None:
        if not connection:
            return
        connection.used = self._clock()
        if self._closed or is_old or connection.messages >= _MAX_MESSAGES:
            _say_goodbye(connection)
        else:
            self._idle.append(connection)


class Session:
    """One transaction at a time: `open`, then `data`.  Made by `Pool.session`."""

    def __init__(
        self,
        target: Target,
        reused: Connection | None,
        connect: Callable[[], Awaitable[Connection]],
    ) -> None:
        self.connection = reused
        """None when there is none that can be used any more."""
        self._timeouts = target.timeouts
        self._reused = reused is not None
        self._connect = connect
        self._in_transaction = False

    @property
    def extensions(self) -> Mapping[str, str]:
        """What the next hop offers on this connection."""
        return self.connection.extensions if self.connection else {}

    async def connect(self) -> None:
        """Make a connection where none was left from before."""
        if not self.connection:
            self.connection = await self._connect()
            self._reused = False

    async def open(
        self,
        sender: str,
        options: tuple[tuple[str, str], ...],
        recipients: Sequence[Recipient],
    ) -> tuple[Reply, ...]:
        """MAIL and RCPT: one reply for each recipient, in their order.

        When MAIL is refused, that is everybody's reply.  Of `options` (MAIL parameters; SIZE should
        be that of what will be sent) and the recipients' DSN parameters only those are passed on
        that the next hop offers.  A reused connection that turns out to be dead is replaced once.
        """
        await self.reset()
        await self.connect()
        try:
            replies = await self._open(sender, options, recipients)
        except Unreachable:
            if not self._reused or self._in_transaction:
                raise
        else:
            is_dead = self._reused and not self.connection
            if not (is_dead and all(reply.code == 421 for reply in replies)):
                return replies
        self.abort()
        await self.connect()
        return await self._open(sender, options, recipients)

    async def data(
        self,
        prefix: bytes,
        content: bytes | AsyncIterable[bytes],
        before_dot: Callable[[], Awaitable[bool]],
        *,
        is_clean: bool = False,
    ) -> Reply:
        """Send `prefix` and `content`, whose last bytes must be CR LF; the reply is everybody's.

        Content may come in pieces cut anywhere; what its iteration raises is raised, without a dot.
        `is_clean`: such pieces were looked at for bare line ends when they came in.
        `before_dot` is awaited when all but the end of the last line and the final dot is on its
        way; unless it says yes, the connection is dropped and `Abandoned` raised.  A reply that
        comes without the dot having been sent is never a positive one.
        """
        connection = self._live()
        wire = connection.wire
        reply = await ask(wire, "DATA", self._timeouts.data)
        if reply.code != 354:
            return self._heard(_not_positive(reply))
        stuffing = Stuffing()
        async for piece in _on_the_wire(stuffing, prefix, content, is_clean):
            if "8BITMIME" not in connection.extensions and not piece.isascii():
                self.abort()
                return _commands.NO_8BITMIME
            wire.send(piece)
            await wire.drain(self._timeouts.block)
            faults.at("mid-body-out")
        end = stuffing.end()
        if not await before_dot():
            self.abort()
            raise Abandoned("the message was not to be sent any more")
        if wire.has_unread:
            reply = _not_positive(await wire.reply(self._timeouts.data, "the message"))
            self.abort()
            return reply
        return await self._dot(connection, end)

    async def reset(self) -> None:
        """Forget the transaction, if there is one."""
        if not self._in_transaction:
            return
        self._in_transaction = False
        connection = self._live()
        try:
            reply = await ask(connection.wire, "RSET", self._timeouts.reset)
        except Unreachable:
            self.abort()
        else:
            if not reply.positive:
                self.abort()

    def abort(self) -> None:
        """Drop the connection."""
        if self.connection:
            self.connection.wire.abort()
        self.connection = None
        self._in_transaction = False

    async def _open(
        self,
        sender: str,
        options: tuple[tuple[str, str], ...],
        recipients: Sequence[Recipient],
    ) -> tuple[Reply, ...]:
        extensions = self.extensions
        if "SMTPUTF8" not in extensions and _commands.needs_utf8(sender, options):
            return (_commands.NO_SMTPUTF8,) * len(recipients)
        can_be_asked = [r for r in recipients if "SMTPUTF8" in extensions or r.address.isascii()]
        if not can_be_asked:
            return (_commands.NO_SMTPUTF8,) * len(recipients)
        commands = [
            _commands.mail(sender, options, extensions),
            *(_commands.rcpt(recipient, extensions) for recipient in can_be_asked),
        ]
        answers = iter(await self._ask_all(commands))
        mail = next(answers)
        if not mail.positive:
            return (mail,) * len(recipients)
        known = dict(zip(map(id, can_be_asked), answers, strict=True))
        return tuple(known.get(id(r), _commands.NO_SMTPUTF8) for r in recipients)

    async def _ask_all(self, commands: Sequence[str]) -> list[Reply]:
        """MAIL and its RCPTs, sent together where the next hop offers PIPELINING (RFC 2920).

        After a refused MAIL no RCPT is asked, or its reply counts; after 421 that is every reply.
        """
        wire = self._live().wire
        is_pipelined = "PIPELINING" in self.extensions
        if is_pipelined:
            if wire.has_unread:
                raise Unreachable("the next hop spoke before it was asked (MAIL)")
            wire.send("".join(f"{command}\r\n" for command in commands).encode())
        replies: list[Reply] = []
        for number, command in enumerate(commands):
            if not self.connection or (replies and not is_pipelined and not replies[0].positive):
                replies.append(replies[-1])
                continue
            seconds = self._timeouts.rcpt if number else self._timeouts.mail
            step = "RCPT" if number else "MAIL"
            if is_pipelined:
                reply = await wire.reply(seconds, step)
            else:
                reply = await ask(wire, command, seconds)
            replies.append(self._heard(reply))
            self._in_transaction = self._in_transaction or (not number and reply.positive)
        return replies

    async def _dot(self, connection: Connection, end: bytes) -> Reply:
        """The end of the last line and the final dot; from here on, no answer means in doubt."""
        wire = connection.wire
        wire.send(end + b".\r\n")
        faults.at("dot-sent")
        try:
            reply = await wire.reply(self._timeouts.dot, "the final dot")
        except Unreachable as error:
            self.abort()
            raise InDoubt(str(error)) from None
        faults.at("dot-answered")
        self._in_transaction = False
        connection.messages += 1
        return self._heard(reply)

    def _heard(self, reply: Reply) -> Reply:
        """A reply; after 421 the connection is no more (RFC 5321 3.8)."""
        if reply.code == 421:
            self.abort()
        return reply

    def _live(self) -> Connection:
        if not self.connection:
            raise Unreachable("the connection to the next hop was lost")
        return self.connection


async def _on_the_wire(
    stuffing: Stuffing, prefix: bytes, content: bytes | AsyncIterable[bytes], is_clean: bool
) -> AsyncIterator[bytes]:
    """All that comes before the end of the last line."""
    if isinstance(content, bytes):
        is_clean = is_clean and not has_bare_line_ends(prefix)
        for wire in stuffing.add(prefix + content, is_clean=is_clean):
            yield wire
        return
    for wire in stuffing.add(prefix):
        yield wire
    async for piece in content:
        for wire in stuffing.add(piece, is_clean=is_clean):
            yield wire


def _not_positive(reply: Reply) -> Reply:
    """A reply that is no acceptance of a message of which the dot was not sent."""
    if reply.positive or reply.code < 400:
        raise Unreachable("the next hop accepted a message that it had not got")
    return reply


def _say_goodbye(connection: Connection) -> None:
    """QUIT, without waiting for the answer."""
    if not connection.wire.lost:
        connection.wire.send(b"QUIT\r\n")
        connection.wire.close()
