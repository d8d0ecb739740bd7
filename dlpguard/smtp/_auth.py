"""AUTH PLAIN (RFC 4616) and AUTH LOGIN (draft-murchison-sasl-login): what a client says of itself.

LOGIN is obsolete, and all that many scanners know.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from dlpguard.smtp import replies
from dlpguard.smtp._transaction import RefusedError

MECHANISMS = ("PLAIN", "LOGIN")

Ask = Callable[[str], Awaitable[bytes]]
"""Sends a 334 with this text and returns the line that the client answers."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A name and a password, as given."""

    name: str = field(repr=False)
    password: str = field(repr=False)


async def credentials(argument: str, ask: Ask) -> Credentials:
    """What a client says that sent AUTH with this argument.  `RefusedError` when it says it wrongly
    or breaks off."""
    mechanism, _, initial = argument.partition(" ")
    if mechanism.upper() == "PLAIN":
        return _plain(_decoded(_as_sent(initial) if initial else await ask("")))
    if mechanism.upper() == "LOGIN":
        name = _decoded(_as_sent(initial) if initial else await ask(_USERNAME))
        return _checked(name, _decoded(await ask(_PASSWORD)))
    raise RefusedError(replies.NO_SUCH_MECHANISM)


_USERNAME = base64.b64encode(b"Username:").decode()
_PASSWORD = base64.b64encode(b"Password:").decode()


def _plain(message: bytes) -> Credentials:
    """`authorization-identity NUL name NUL password`; acting for somebody else is not offered."""
    parts = message.split(b"\0")
    if len(parts) != 3 or parts[0] not in {b"", parts[1]}:
        raise RefusedError(replies.WRONG_LOGIN)
    return _checked(parts[1], parts[2])


def _checked(name: bytes, password: bytes) -> Credentials:
    try:
        return Credentials(name.decode(), password.decode())
    except UnicodeDecodeError:
        raise RefusedError(replies.WRONG_LOGIN) from None


def _as_sent(text: str) -> bytes:
    """What aiosmtpd decoded; what was no ASCII becomes something that is no base64 either."""
    return text.encode("ascii", "replace")


def _decoded(answer: bytes) -> bytes:
    """What stands in an answer: base64, `=` for nothing in an initial one (RFC 4954 4)."""
    if answer == b"*":
        raise RefusedError(replies.LOGIN_CANCELLED)
    if answer == b"=":
        return b""
    try:
        return base64.b64decode(answer, validate=True)
    except binascii.Error:
        raise RefusedError(replies.NOT_BASE64) from None
