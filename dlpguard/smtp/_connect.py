"""From nothing to a connection on which MAIL can be said: greeting, EHLO, TLS, AUTH."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass, field

from dlpguard.smtp._answers import Reply, Unreachable
from dlpguard.smtp._target import Target, Tls
from dlpguard.smtp._wire import Wire, connect


@dataclass(slots=True)
class Connection:
    """A connection that is ready, and what the next hop offers on it (keyword → parameters)."""

    wire: Wire
    extensions: dict[str, str]
    opened: float
    used: float
    messages: int = field(default=0)


async def establish(target: Target, context: ssl.SSLContext | None, now: float) -> Connection:
    """A fresh connection; `Unreachable` when there is none that the settings allow."""
    try:
        return await _establish(target, context, now)
    except _HandshakeFailedError:
        if target.tls != Tls.OPPORTUNISTIC:
            raise
    return await _establish(target, None, now)


class _HandshakeFailedError(Unreachable):
    """STARTTLS was offered, and did not work."""


async def _establish(target: Target, context: ssl.SSLContext | None, now: float) -> Connection:
    wire = await connect(target.host, target.port, target.timeouts.connect)
    try:
        _expect(await wire.reply(target.timeouts.greeting, "connecting"), "connecting", 220)
        extensions = await _hello(wire, target)
        if context:
            extensions = await _protect(wire, target, context, extensions)
        if target.username:
            await _log_in(wire, target, extensions)
    except BaseException:
        wire.abort()
        raise
    return Connection(wire, extensions, now, now)


async def ask(wire: Wire, command: str, seconds: float) -> Reply:
    """A command and its reply.  What the next hop said before it was asked is no reply to it."""
    step = command.partition(" ")[0]
    if wire.has_unread:
        raise Unreachable(f"the next hop spoke before it was asked ({step})")
    wire.send(command.encode() + b"\r\n")
    return await wire.reply(seconds, step)


async def _hello(wire: Wire, target: Target) -> dict[str, str]:
    """What the next hop offers; nothing when it only knows HELO."""
    reply = await ask(wire, f"EHLO {target.hello}", target.timeouts.hello)
    if reply.permanent:
        _expect(await ask(wire, f"HELO {target.hello}", target.timeouts.hello), "HELO", 250)
        return {}
    _expect(reply, "EHLO", 250)
    lines = [line.partition(" ") for line in reply.text.split("\n")[1:]]
    return {keyword.upper(): parameters for keyword, _, parameters in lines}


async def _protect(
    wire: Wire, target: Target, context: ssl.SSLContext, extensions: dict[str, str]
) -> dict[str, str]:
    """What the next hop offers under TLS; what it offered before is forgotten (RFC 3207 4.2)."""
    if "STARTTLS" not in extensions:
        if target.tls == Tls.OPPORTUNISTIC:
            return extensions
        raise Unreachable(f'the next hop does not offer STARTTLS, and tls is "{target.tls}"')
    try:
        _expect(await ask(wire, "STARTTLS", target.timeouts.tls), "STARTTLS", 220)
        await wire.start_tls(context, target.server_name or target.host, target.timeouts.tls)
    except Unreachable as error:
        raise _HandshakeFailedError(str(error)) from None
    return await _hello(wire, target)


async def _log_in(wire: Wire, target: Target, extensions: dict[str, str]) -> None:
    if not wire.is_tls:
        raise Unreachable("the password is only sent under TLS, and there is none")
    mechanisms = extensions.get("AUTH", "").upper().split()
    if "PLAIN" in mechanisms:
        secret = _base64(f"\0{target.username}\0{target.password}")
        reply = await ask(wire, f"AUTH PLAIN {secret}", target.timeouts.auth)
    elif "LOGIN" in mechanisms:
        _expect(await ask(wire, "AUTH LOGIN", target.timeouts.auth), "AUTH", 334)
        # Not through `ask`, which takes the first word of a command for the name of the step.
        wire.send(_base64(target.username).encode() + b"\r\n")
        _expect(await wire.reply(target.timeouts.auth, "AUTH"), "AUTH", 334)
        wire.send(_base64(target.password).encode() + b"\r\n")
        reply = await wire.reply(target.timeouts.auth, "AUTH")
    else:
        raise Unreachable("the next hop offers neither AUTH PLAIN nor AUTH LOGIN")
    _expect(reply, "AUTH", 235)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _expect(reply: Reply, step: str, code: int) -> None:
    if reply.code != code:
        raise Unreachable(f"the next hop answered {reply.code} ({step})")
