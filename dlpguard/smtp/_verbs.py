"""What clients may say besides the message itself, and what each command is answered."""

from __future__ import annotations

import asyncio
from typing import AnyStr

from dlpguard import telemetry
from dlpguard.smtp import _auth, _certificates, _transaction, replies
from dlpguard.smtp._desk import Desk
from dlpguard.smtp._guest import Guest
from dlpguard.smtp._receiver import Receiver
from dlpguard.smtp._rules import Rules
from dlpguard.smtp._transaction import RefusedError, Transaction
from dlpguard.smtp.login import Outcome

CHATTER = 100
"""Commands without a message among them after which a client is sent away: as Postfix has it
(`smtpd_junk_command_limit`)."""

LOGINS_TRIED = 3
"""Wrong logins on one connection, after which it is closed."""

_OF_THE_NEXT_HOP = ("8BITMIME", "SMTPUTF8")
"""Extensions that we can offer only where the next hop does: we change nothing of a message."""


class Verbs(Receiver):
    """Every command but DATA.  `guest` is set when the client has been admitted."""

    def __init__(self, rules: Rules, desk: Desk) -> None:
        super().__init__(rules.hostname, rules.tls)
        self.guest = Guest("")
        self._rules = rules
        self._desk = desk
        self._transaction: Transaction | None = None
        self._offered: tuple[str, ...] = ()
        self._mistakes = 0
        self._chatter = 0
        self._refused_recipients = 0
        self._wrong_logins = 0

    # -- answering -------------------------------------------------------------------------------

    async def push(self, status: AnyStr) -> None:
        """Answer a command; a client that makes too many mistakes is sent away."""
        await self.say(status)
        if isinstance(status, str) and status.startswith("5"):
            self._mistakes += 1
            if self._mistakes >= self._rules.mistakes:
                await self.hang_up(replies.TOO_MANY_MISTAKES)

    async def say(self, status: AnyStr) -> None:
        """The same for what is no mistake; when the connection is gone, nobody is refused."""
        is_open = self.transport is not None and not self.transport.is_closing()
        if is_open and isinstance(status, str) and status.startswith(("4", "5")):
            telemetry.refused(replies.code(replies.ours(status)), self.guest.address)
        await super().push(status)

    async def handle_exception(self, error: Exception) -> str:
        """The reply to a command that was refused, or failed."""
        if isinstance(error, RefusedError):
            return error.reply
        return await super().handle_exception(error)

    def begin_anew(self) -> None:
        """What the client said so far is forgotten: TLS was set up."""
        self._transaction = None
        self.guest.login = None
        connection = self.session.ssl if self.session else None
        if _certificates.is_known(connection, self._rules.certificates):
            self.guest.is_client = True

    # -- greeting --------------------------------------------------------------------------------

    async def smtp_HELO(self, hostname: str | None) -> None:  # noqa: N802 - aiosmtpd finds it by name
        """HELO: a client without extensions."""
        if await self._greet(hostname, extended=False):
            await self.push(f"250 {self._rules.hostname}")

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802
        """EHLO: what is offered, in one write."""
        if await self._greet(hostname, extended=True):
            await self.push(replies.hello(self._rules.hostname, self._extensions()))

    async def _greet(self, hostname: str | None, *, extended: bool) -> bool:
        """Begin anew with a client that gave this name; False, and answered, when it is none."""
        await self._chat()
        if not hostname or not hostname.isprintable() or " " in hostname:
            await self.push(replies.NO_HELO_NAME)
            return False
        assert self.session
        self.session.extended_smtp = extended
        self.session.host_name = hostname
        self._transaction = None
        known = self._desk.next_hop()
        self._offered = tuple(word for word in _OF_THE_NEXT_HOP if known is None or word in known)
        return True

    def _extensions(self) -> list[str]:
        offered = [f"SIZE {self._rules.size}", "PIPELINING", "ENHANCEDSTATUSCODES", "DSN"]
        offered += self._offered
        if self._rules.tls and not self._is_protected:
            offered.append("STARTTLS")
        if self._desk.logins and self._is_protected:
            offered.append(f"AUTH {' '.join(_auth.MECHANISMS)}")
        return offered

    @property
    def _is_protected(self) -> bool:
        return self.session is not None and self.session.ssl is not None

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802
        """STARTTLS; what came behind the command unprotected is thrown away (RFC 3207 6)."""
        if self._is_protected:
            await self.push(replies.TLS_ALREADY)
        else:
            await super().smtp_STARTTLS(arg or "")

    # -- logging in ------------------------------------------------------------------------------

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802
        """AUTH (RFC 4954): under TLS only."""
        if not self._desk.logins:
            await self.push(replies.NOT_IMPLEMENTED)
        elif not self._is_protected:
            await self.push(replies.TLS_FIRST)
        elif await self.check_helo_needed():
            return
        elif self._transaction or self.guest.login:
            await self.push(replies.NOT_NOW)
        else:
            await self._log_in(await _auth.credentials(arg or "", self._ask))

    async def _ask(self, challenge: str) -> bytes:
        """A 334, and what the client answers."""
        await self.push(f"334 {challenge}")
        try:
            line: bytes = await self._reader.readuntil()
        except asyncio.LimitOverrunError:
            await self.hang_up(replies.LINE_TOO_LONG)
            return b""
        return line.rstrip(b"\r\n")

    async def _log_in(self, given: _auth.Credentials) -> None:
        self.pause(True)
        attempt = self._desk.logins.attempt(self.guest.address, given.name, given.password)
        outcome, login = await attempt
        self.pause(False)
        if outcome is Outcome.RIGHT:
            self.guest.login = login
            await self.push(replies.LOGGED_IN)
            return
        self._wrong_logins += 1
        if outcome is Outcome.SHUT or self._wrong_logins >= LOGINS_TRIED:
            await self.hang_up(replies.TOO_MANY_LOGINS)
        await self.push(replies.WRONG_LOGIN)

    def pause(self, busy: bool) -> None:
        """It is we who are working now, or no longer."""

    # -- the envelope ----------------------------------------------------------------------------

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """MAIL: begin a transaction."""
        if await self.check_helo_needed():
            return
        why = self._desk.backlog()
        if self._transaction:
            await self.push(replies.NESTED_MAIL)
        elif not self.guest.may_send:
            await self.push(replies.LOGIN_FIRST)
        elif why:
            await self.push(replies.backlog(why))
        else:
            self._transaction = _transaction.begin(
                arg or "", self._rules, self._offered, self._may_send_as
            )
            self._refused_recipients = 0
            await self.push(replies.SENDER_OK)

    def _may_send_as(self, sender: str) -> bool:
        return self.guest.may_send_as(sender, self._desk.senders)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """RCPT: add a recipient.

        One that is refused is no mistake of the client's, who was only told to send there, or had
        sent it with a MAIL that was refused; but not more are listened to than could be accepted.
        """
        if await self.check_helo_needed():
            return
        reply = self._add_recipient(arg or "")
        await self.say(reply)
        self._refused_recipients += reply.startswith("5")
        if self._refused_recipients > self._rules.recipients:
            await self.hang_up(replies.TOO_MANY_MISTAKES)

    def _add_recipient(self, argument: str) -> str:
        if not self._transaction:
            return replies.MAIL_FIRST
        try:
            _transaction.add(self._transaction, argument, self._rules)
        except RefusedError as error:
            return error.reply
        return replies.RECIPIENT_OK

    # -- the others ------------------------------------------------------------------------------

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802
        """RSET: forget the transaction."""
        await self._chat()
        if not arg:
            self._transaction = None
        await super().smtp_RSET(arg or "")

    async def smtp_NOOP(self, arg: str | None) -> None:  # noqa: N802
        """NOOP."""
        await self._chat()
        await super().smtp_NOOP(arg or "")

    async def smtp_VRFY(self, _arg: str | None) -> None:  # noqa: N802
        """VRFY: only the next hop knows."""
        await self._chat()
        await self.push(replies.NOT_VERIFIED)

    async def smtp_EXPN(self, _arg: str | None) -> None:  # noqa: N802
        """EXPN: no."""
        await self.push(replies.NOT_IMPLEMENTED)

    async def smtp_HELP(self, _arg: str | None) -> None:  # noqa: N802
        """HELP."""
        await self._chat()
        await self.push(replies.HELP)

    async def _chat(self) -> None:
        """A command that gets nowhere."""
        self._chatter += 1
        if self._chatter > CHATTER:
            await self.hang_up(replies.TOO_MUCH_CHATTER)

    def message_begins(self) -> None:
        """The client has got somewhere: what it did wrong so far is forgotten."""
        self._mistakes = self._chatter = 0
