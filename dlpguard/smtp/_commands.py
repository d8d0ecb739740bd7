"""MAIL and RCPT as a next hop takes them: only the parameters that it offers."""

from __future__ import annotations

from collections.abc import Mapping

from dlpguard.errors import PermanentError
from dlpguard.mail import Recipient
from dlpguard.smtp._answers import Reply

NO_SMTPUTF8 = Reply(553, "5.6.7", "The next hop does not take addresses beyond ASCII (SMTPUTF8)")
NO_8BITMIME = Reply(554, "5.6.3", "The next hop does not take eight-bit mail (8BITMIME)")
"""Replies that we give ourselves, because there is no point in asking."""

Options = tuple[tuple[str, str], ...]

_EXTENSION_OF = {
    "SIZE": "SIZE",
    "BODY": "8BITMIME",
    "SMTPUTF8": "SMTPUTF8",
    "RET": "DSN",
    "ENVID": "DSN",
}
"""MAIL parameters that are passed on, and what the next hop must offer for each.

Others are between the client and us: AUTH= and XOORG say how much we may trust it, not how much the
next hop may.
"""


def needs_utf8(sender: str, options: Options) -> bool:
    """Whether the whole transaction does (RFC 6531 3.4)."""
    return not sender.isascii() or any(keyword == "SMTPUTF8" for keyword, _ in options)


def mail(sender: str, options: Options, extensions: Mapping[str, str]) -> str:
    """The MAIL command."""
    words = [f"MAIL FROM:<{_safe(sender)}>"]
    if not sender.isascii() and "SMTPUTF8" not in dict(options):
        options = (*options, ("SMTPUTF8", ""))
    for keyword, value in options:
        if _EXTENSION_OF.get(keyword, "") in extensions:
            words.append(_safe(f"{keyword}={value}" if value else keyword))
    return " ".join(words)


def rcpt(recipient: Recipient, extensions: Mapping[str, str]) -> str:
    """The RCPT command."""
    words = [f"RCPT TO:<{_safe(recipient.address)}>"]
    if "DSN" in extensions:
        if recipient.notify:
            words.append(_safe(f"NOTIFY={','.join(recipient.notify)}"))
        if recipient.original:
            words.append(_safe(f"ORCPT={recipient.original}"))
    return " ".join(words)


def _safe(text: str) -> str:
    """Refuse what would end the command and begin another (SMTP command injection)."""
    if not text.isprintable():
        raise PermanentError("an address or parameter has control characters and cannot be sent")
    return text
