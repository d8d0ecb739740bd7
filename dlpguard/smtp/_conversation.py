"""One client's conversation with the edge: what it may say, and what it is answered."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from asyncio.sslproto import SSLProtocol
from functools import partial

from dlpguard import faults, telemetry
from dlpguard.mail import Envelope, new_id
from dlpguard.smtp import _tenant, _tls_first, _trace, replies
from dlpguard.smtp._data import Body, Fault
from dlpguard.smtp._desk import Desk
from dlpguard.smtp._guards import plain_address
from dlpguard.smtp._incoming import Incoming
from dlpguard.smtp._pace import Pace
from dlpguard.smtp._rules import Arrival, Intake, Rules
from dlpguard.smtp._transaction import Transaction
from dlpguard.smtp._transport import duplex
from dlpguard.smtp._verbs import Verbs
from dlpguard.smtp.receipts import Receipt

_FAULTS = {Fault.TOO_BIG: replies.MESSAGE_TOO_BIG, Fault.BARE: replies.BARE_LINES}

_ESTABLISHED = 1
"""The state of a connection that nobody has closed (tcp(7), TCP_INFO)."""

LINGER = 5.0
"""Seconds that a client gets to close its side, where nothing else tells that it has our 250."""


class Conversation(Verbs):
    """One connection of a client, from 220 to 221.

    With `tls_first` the handshake comes before 220 (RFC 8314 3.3).  `client` is its address where a
    proxy stands between, "" for the proxy itself; otherwise the connection tells.
    """

    def __init__(
        self, rules: Rules, desk: Desk, *, tls_first: bool = False, client: str | None = None
    ) -> None:
        super().__init__(rules, desk)
        self._client = client
        self._tls_first = tls_first
        self._plain: asyncio.Transport | None = None
        self._layer: SSLProtocol | None = None
        self._pace: Pace | None = None
        self._receipt: Receipt | None = None
        self._client_is_done = asyncio.Event()
        self._has_said_bye = False
        self._working = False
        self._stopping = False

    # -- the connection --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected, or (the second time) TLS was set up and all is forgotten."""
        if self._pace is None:
            address = self._client or plain_address(transport.get_extra_info("peername"))
            admitted = self._desk.admit(self, address, is_proxy=self._client == "")
            if isinstance(admitted, str):
                self._turn_away(transport, admitted, address)
                return
            self.guest = admitted
            self._pace = Pace(
                self.loop, self._rules.idle_seconds, self._rules.minimum_rate, self._end_slow
            )
            if self._tls_first and self._rules.tls:
                self._plain = duplex(transport)
                self._layer = _tls_first.begin(
                    self.loop, self._plain, self, self._rules.tls, self._handshake_over
                )
                return
        super().connection_made(transport)
        if self._layer and self.session:
            # As aiosmtpd does it after STARTTLS.
            self.session.ssl = self._layer._extra
            self._original_transport = self._plain
        self.begin_anew()

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._receipt:
            self._receipt.heard()
        if self._pace and self.is_receiving:
            self._pace.body_came(len(data))
        elif self._pace and b"\n" in data:
            self._pace.new_command()
        super().data_received(data)

    def eof_received(self) -> bool | None:
        """The client will say no more."""
        if self._receipt:
            self._receipt.heard()
            self._receipt.left()
        self._client_is_done.set()
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone; a message of which the dot had come is still taken care of."""
        if self._receipt:
            self._receipt.left()
        if self._pace:
            self._pace.stop()
        self._desk.left(self)
        super().connection_lost(error)

    @property
    def time_used(self) -> float:
        """Seconds of its time that the client has used up; 0 while it is we who work."""
        return self._pace.used if self._pace else 0.0

    def make_room(self) -> None:
        """Close, because others need the connection more."""
        self._say_and_close(replies.TOO_SLOW)

    def stop(self) -> None:
        """Close now, or after the message that is being received or stored."""
        self._stopping = True
        if not (self._working or self.is_receiving):
            self._say_and_close(replies.STOPPING)

    def abort(self) -> None:
        """Drop the connection."""
        transport = self.transport or self._plain
        if transport:
            duplex(transport).abort()

    def _hold(self, waits: bool) -> None:
        """Let the client wait with its message, or no longer."""
        self.pause(waits or self._working)
        if self.transport and not self.transport.is_closing():
            transport = duplex(self.transport)
            (transport.pause_reading if waits else transport.resume_reading)()

    def pause(self, busy: bool) -> None:
        """It is we who are working now (or make the client wait), or no longer."""
        if self._pace:
            self._pace.busy(busy)

    def _end_slow(self) -> None:
        silent = self._pace is not None and self._pace.is_silent
        self._say_and_close(replies.IDLE if silent else replies.TOO_SLOW)

    def _handshake_over(self) -> None:
        if self.transport:
            return
        self.abort()
        if self._pace:
            self._pace.stop()
        self._desk.left(self)

    def _turn_away(self, transport: asyncio.BaseTransport, reply: str, address: str) -> None:
        telemetry.refused(replies.code(reply), address)
        transport.set_protocol(asyncio.Protocol())
        if not self._tls_first:
            duplex(transport).write(reply.encode("ascii") + b"\r\n")
        transport.close()

    def _say_and_close(self, reply: str) -> None:
        """A last reply outside any command; a client that does not read gets none."""
        if not self.transport or self._has_said_bye:
            self.abort()
        elif not self.transport.is_closing():
            telemetry.refused(replies.code(reply), self.guest.address)
            transport = duplex(self.transport)
            if transport.get_write_buffer_size():
                transport.abort()
            else:
                transport.write(reply.encode("ascii") + b"\r\n")
                transport.close()

    async def smtp_QUIT(self, arg: str | None) -> None:  # noqa: N802
        """QUIT.  One that came with the dot (Postfix sends it so) does not tell that the client has
        our 250; that it closes its side when it has read everything does."""
        if arg or not (self._receipt and self._receipt.is_open):
            await super().smtp_QUIT(arg or "")
            return
        await self.say(replies.BYE)
        self._has_said_bye = True
        transport = duplex(self.transport) if self.transport else None
        if transport and transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._client_is_done.wait(), LINGER)
        self._close()
        await asyncio.sleep(0)  # where the cancellation arrives

    # -- the message -----------------------------------------------------------------------------

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

    async def _take_message(self, transaction: Transaction) -> None:
        self._transaction = None
        began = time.monotonic()
        self.message_begins()
        intake = self._desk.intake(self._hold)
        incoming = Incoming(intake, partial(self._refusal, transaction.sender.address))
        body = Body(self._rules.size, incoming, normalise=self._rules.bare_lines == "normalise")
        try:
            await self.receive(body)
        except BaseException:
            intake.forget()
            raise
        faults.at("end-of-data")
        self.pause(True)
        self._working = True
        refusal = _FAULTS[body.fault] if body.fault else incoming.end()
        if refusal:
            await self._answer(refusal)
        else:
            arrival = self._arrival(transaction, intake, incoming.size, began)
            self._receipt = self._desk.receipts.expect(arrival.id)
            await self._answer(await self._desk.see_through(self._store(arrival, self._receipt)))
        if self._stopping:
            await self.hang_up(replies.STOPPING)

    async def _store(self, arrival: Arrival, receipt: Receipt) -> str:
        """The reply to a whole message.  Its client may be gone by now."""
        id = await self._desk.accept(arrival)
        receipt.stands_for(id)
        return replies.queued(id)

    async def _answer(self, reply: str) -> None:
        """Give the reply to a message."""
        self._working = False
        self.pause(False)
        if self._pace:
            self._pace.new_command()
        faults.at("before-reply")
        if self._receipt:
            (self._receipt.told if reply.startswith("250") else self._receipt.left)()
        await self.say(reply)

    def _refusal(self, sender: str, header: bytes) -> str | None:
        """The reply to a message with this header, None where it is taken."""
        tenant = self._rules.tenant if self.guest.is_microsoft else None
        if tenant and not _tenant.is_ours(header, sender, tenant, self._desk.senders):
            return replies.NOT_OUR_TENANT
        if _trace.is_looping(header, self._rules.installation, self._rules.max_received):
            return replies.LOOP
        return None

    def _arrival(
        self, transaction: Transaction, intake: Intake, size: int, began: float
    ) -> Arrival:
        now = self._desk.now()
        id = new_id(now, self._desk.random(10))
        assert self.session
        tls, login = self.session.ssl is not None, self.guest.login
        trace = _trace.trace(
            id,
            name=self.session.host_name or "",
            client=self.guest.address,
            protocol=_protocol(
                extended=self.session.extended_smtp,
                utf8=transaction.is_utf8,
                tls=tls,
                login=login is not None,
            ),
            hostname=self._rules.hostname,
            installation=self._rules.installation,
            time=now,
        )
        envelope = Envelope(
            sender=transaction.sender.address,
            recipients=tuple(transaction.recipients.values()),
            client=self.guest.address,
            login=login.name if login else "",
            tls=tls,
            received=now,
            options=transaction.sender.parameters,
        )
        return Arrival(id, envelope, size, trace, intake, began, self._is_gone)

    def _is_gone(self) -> bool:
        """Whether the client has closed its side: also what is not read yet tells, asked of TCP."""
        transport = self.transport
        if self._client_is_done.is_set() or transport is None or transport.is_closing():
            return True
        connected = transport.get_extra_info("socket")
        try:
            state: int = connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        except (OSError, ValueError):  # asyncio's and uvloop's way to say that it was closed
            return True
        return state != _ESTABLISHED


def _protocol(*, extended: bool, utf8: bool, tls: bool, login: bool) -> str:
    """The word for `with` (RFC 3848, RFC 6531 4.3)."""
    if not extended:
        return "SMTP"
    return ("UTF8SMTP" if utf8 else "ESMTP") + ("S" if tls else "") + ("A" if login else "")
