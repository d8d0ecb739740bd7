"""One client's conversation with the edge: what it may say, and what it is answered."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from typing import AnyStr, Protocol

from dlpguard import telemetry
from dlpguard.mail import Envelope, new_id
from dlpguard.smtp import _trace, _transaction, replies
from dlpguard.smtp._data import Body, Fault
from dlpguard.smtp._guards import Domains, Idle, Slots, plain_address
from dlpguard.smtp._receiver import Receiver
from dlpguard.smtp._rules import Arrival, Rules
from dlpguard.smtp._transaction import RefusedError, Transaction
from dlpguard.smtp._transport import duplex

_IN_A_THREAD = 1 << 20
"""Bytes from which hashing would keep the other connections waiting noticeably (1 MiB: 3 ms)."""


class Desk(Protocol):
    """What a conversation needs of the edge that it belongs to."""

    slots: Slots
    domains: Domains
    backlog: Callable[[], str | None]
    now: Callable[[], float]
    random: Callable[[int], bytes]

    def admit(self, conversation: Conversation) -> str | None:
        """A reply that refuses a new connection, or None; then it counts until `left`."""

    def left(self, conversation: Conversation) -> None:
        """A connection has ended."""

    async def see_through(self, work: Coroutine[None, None, str]) -> str:
        """The reply that comes of some work, which goes on when nobody waits for it any longer."""

    async def accept(self, arrival: Arrival) -> str:
        """The reply to a message; 250 only when it is committed."""


class Conversation(Receiver):
    """One connection of a client, from 220 to 221."""

    def __init__(self, rules: Rules, desk: Desk) -> None:
        super().__init__(rules.hostname, rules.tls)
        self.client = ""
        self._rules = rules
        self._desk = desk
        self._idle: Idle | None = None
        self._transaction: Transaction | None = None
        self._working = False
        self._stopping = False
        self._has_slot = False
        self._waits_for_slot = False

    # -- the connection --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected, or (the second time) TLS was set up and all is forgotten."""
        self._transaction = None
        if self._idle is None:
            self.client = plain_address(transport.get_extra_info("peername"))
            refusal = self._desk.admit(self)
            if refusal:
                telemetry.refused(replies.code(refusal), self.client)
                transport.set_protocol(asyncio.Protocol())
                duplex(transport).write(refusal.encode("ascii") + b"\r\n")
                transport.close()
                return
            self._idle = Idle(self.loop, self._rules.idle_seconds, self._end_idle)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._idle:
            self._idle.touch()
        super().data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone; a message of which the dot had come is still taken care of."""
        if self._idle:
            self._idle.stop()
        self._desk.left(self)
        self._desk.slots.leave_queue(self)
        self._take_slot_away()
        super().connection_lost(error)

    def body_grew(self, body: Body) -> None:
        """Large messages are received a few at a time; the clients of the others wait."""
        held = self._has_slot or self._waits_for_slot
        if held or body.fault or body.size <= self._rules.small_body:
            return
        self._has_slot = self._desk.slots.take(self, self._go_on)
        if not self._has_slot:
            self._wait_for_slot(True)

    def stop(self) -> None:
        """Close now, or after the message that is being received or stored."""
        self._stopping = True
        if not (self._working or self.is_receiving):
            self._say_and_close(replies.STOPPING)

    def abort(self) -> None:
        """Drop the connection."""
        if self.transport:
            duplex(self.transport).abort()

    def _go_on(self) -> None:
        self._has_slot = True
        self._wait_for_slot(False)

    def _wait_for_slot(self, waits: bool) -> None:
        self._waits_for_slot = waits
        assert self._idle
        self._idle.busy(waits)
        if self.transport and not self.transport.is_closing():
            transport = duplex(self.transport)
            (transport.pause_reading if waits else transport.resume_reading)()

    def _take_slot_away(self) -> None:
        if self._has_slot:
            self._has_slot = False
            self._desk.slots.give_back()

    def _end_idle(self) -> None:
        self._say_and_close(replies.IDLE)

    def _say_and_close(self, reply: str) -> None:
        """A last reply outside any command; a client that does not read gets none."""
        if self.transport and not self.transport.is_closing():
            telemetry.refused(replies.code(reply), self.client)
            transport = duplex(self.transport)
            if transport.get_write_buffer_size():
                transport.abort()
            else:
                transport.write(reply.encode("ascii") + b"\r\n")
                transport.close()

    async def push(self, status: AnyStr) -> None:
        """Send a reply, and log refusals; when the connection is gone, nobody is refused."""
        is_open = self.transport is not None and not self.transport.is_closing()
        if is_open and isinstance(status, str) and status.startswith(("4", "5")):
            telemetry.refused(replies.code(replies.ours(status)), self.client)
        await super().push(status)

    async def handle_exception(self, error: Exception) -> str:
        """The reply to a command that was refused, or failed."""
        if isinstance(error, RefusedError):
            return error.reply
        return await super().handle_exception(error)

    # -- commands --------------------------------------------------------------------------------

    async def smtp_HELO(self, hostname: str | None) -> None:  # noqa: N802 - aiosmtpd finds it by name
        """HELO: a client without extensions."""
        if self._greet(hostname, extended=False):
            await self.push(f"250 {self._rules.hostname}")
        else:
            await self.push(replies.NO_HELO_NAME)

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802
        """EHLO: what is offered, in one write."""
        if self._greet(hostname, extended=True):
            await self.push(replies.hello(self._rules.hostname, self._extensions()))
        else:
            await self.push(replies.NO_HELO_NAME)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """MAIL: begin a transaction."""
        if await self.check_helo_needed():
            return
        why = self._desk.backlog()
        if self._transaction:
            await self.push(replies.NESTED_MAIL)
        elif why:
            await self.push(replies.backlog(why))
        else:
            self._transaction = _transaction.begin(arg or "", self._rules, self._desk.domains)
            await self.push(replies.SENDER_OK)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """RCPT: add a recipient."""
        if await self.check_helo_needed():
            return
        if self._transaction:
            _transaction.add(self._transaction, arg or "", self._rules.recipients)
            await self.push(replies.RECIPIENT_OK)
        else:
            await self.push(replies.MAIL_FIRST)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """DATA: take the message and answer when it is committed, or refused."""
        if await self.check_helo_needed():
            return
        transaction = self._transaction
        if arg:
            await self.push(replies.NO_ARGUMENT)
        elif not transaction:
            await self.push(replies.MAIL_FIRST)
        elif not transaction.recipients:
            await self.push(replies.NO_RECIPIENTS)
        elif self.has_unread:
            await self.hang_up(replies.OUT_OF_SYNC)
        else:
            await self._take_message(transaction)

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802
        """RSET: forget the transaction."""
        if not arg:
            self._transaction = None
        await super().smtp_RSET(arg or "")

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802
        """STARTTLS; what came behind the command unprotected is thrown away (RFC 3207 6)."""
        if self.session and self.session.ssl is not None:
            await self.push(replies.TLS_ALREADY)
        else:
            await super().smtp_STARTTLS(arg or "")

    async def smtp_AUTH(self, _arg: str | None) -> None:  # noqa: N802
        """AUTH: clients are known by their networks."""
        await self.push(replies.NOT_IMPLEMENTED)

    async def smtp_VRFY(self, _arg: str | None) -> None:  # noqa: N802
        """VRFY: only the next hop knows."""
        await self.push(replies.NOT_VERIFIED)

    async def smtp_EXPN(self, _arg: str | None) -> None:  # noqa: N802
        """EXPN: no."""
        await self.push(replies.NOT_IMPLEMENTED)

    async def smtp_HELP(self, _arg: str | None) -> None:  # noqa: N802
        """HELP."""
        await self.push(replies.HELP)

    # -- what the answers depend on --------------------------------------------------------------

    def _greet(self, hostname: str | None, *, extended: bool) -> bool:
        """Begin anew with a client that gave this name; False when it is no name."""
        if not hostname or not hostname.isprintable() or " " in hostname:
            return False
        assert self.session
        self.session.extended_smtp = extended
        self.session.host_name = hostname
        self._transaction = None
        return True

    def _extensions(self) -> list[str]:
        offered = [
            f"SIZE {self._rules.size}",
            "8BITMIME",
            "PIPELINING",
            "ENHANCEDSTATUSCODES",
            "DSN",
        ]
        if self._rules.smtputf8:
            offered.append("SMTPUTF8")
        if self._rules.tls and self.session and self.session.ssl is None:
            offered.append("STARTTLS")
        return offered

    # -- the message -----------------------------------------------------------------------------

    async def _take_message(self, transaction: Transaction) -> None:
        assert self._idle
        self._transaction = None
        body = Body(self._rules.size, normalise=self._rules.bare_lines == "normalise")
        await self.receive(body)
        self._idle.busy(True)
        self._working = True
        has_slot, self._has_slot = self._has_slot, False
        give_back = self._desk.slots.give_back if has_slot else _nothing
        reply = await self._desk.see_through(self._finish(transaction, body, give_back))
        self._working = False
        self._idle.busy(False)
        await self.push(reply)
        if self._stopping:
            await self.hang_up(replies.STOPPING)

    async def _finish(
        self, transaction: Transaction, body: Body, give_back: Callable[[], None]
    ) -> str:
        """The reply to a whole message.  The client may be gone by now."""
        try:
            if body.fault:
                return (
                    replies.MESSAGE_TOO_BIG if body.fault is Fault.TOO_BIG else replies.BARE_LINES
                )
            content = body.content()
            header = _trace.header(content)
            if header is None:
                return replies.HEADER_TOO_BIG
            if _trace.is_looping(header, self._rules.installation, self._rules.max_received):
                return replies.LOOP
            clean = _trace.without_ours(header)
            if len(clean) < len(header):
                content = clean + content[len(header) :]
            return await self._desk.accept(await self._arrival(transaction, content))
        finally:
            give_back()

    async def _arrival(self, transaction: Transaction, content: bytes) -> Arrival:
        now = self._desk.now()
        id = new_id(now, self._desk.random(10))
        assert self.session
        tls = self.session.ssl is not None
        trace = _trace.trace(
            id,
            name=self.session.host_name or "",
            client=self.client,
            protocol=_protocol(
                extended=self.session.extended_smtp, utf8=transaction.is_utf8, tls=tls
            ),
            hostname=self._rules.hostname,
            installation=self._rules.installation,
            time=now,
        )
        envelope = Envelope(
            sender=transaction.sender.address,
            recipients=tuple(transaction.recipients.values()),
            client=self.client,
            tls=tls,
            received=now,
            options=transaction.sender.parameters,
        )
        return Arrival(id, envelope, content, trace, await _digest(content))


def _protocol(*, extended: bool, utf8: bool, tls: bool) -> str:
    """The word for `with` (RFC 3848, RFC 6531 4.3)."""
    if not extended:
        return "SMTP"
    return ("UTF8SMTP" if utf8 else "ESMTP") + ("S" if tls else "")


async def _digest(content: bytes) -> bytes:
    if len(content) < _IN_A_THREAD:
        return hashlib.sha256(content).digest()
    return await asyncio.to_thread(lambda: hashlib.sha256(content).digest())


def _nothing() -> None:
    """There was no slot to give back."""
