"""A message that somebody tries: made from whatever file they have, as if it were being sent."""

from __future__ import annotations

import email
import email.policy
import email.utils
from email.message import EmailMessage
from pathlib import PurePath

from dlpguard.mail import Envelope, Recipient

UNKNOWN = "somebody@outside.invalid"
"""Who gets it when nobody is named: one unknown outside recipient."""

HEADER_BYTES = 256 * 1024
"""How much of an .eml is looked at for the addresses in its header."""


def is_mail(name: str) -> bool:
    """Whether a file of this name is a whole message, and not something to attach."""
    return PurePath(name).suffix.lower() == ".eml"


def message(
    content: bytes, name: str, sender: str, to: tuple[str, ...], author: str
) -> tuple[bytes, Envelope]:
    """The bytes and the envelope of a file that is sent.

    A message goes as it is, from and to whom its header says unless `sender` or `to` do; any other
    file is attached to one, by `author` where no sender is named.
    """
    if is_mail(name):
        authors = [sender] if sender else addresses(content, "From")
        everyone = to or tuple(addresses(content, "To", "Cc", "Bcc")) or (UNKNOWN,)
        return content, _envelope(authors[0] if authors else "", everyone)
    from dlpguard.inspection import attach  # noqa: PLC0415 - 150 ms and 8 MB at the relay's start

    everyone = to or (UNKNOWN,)
    raw = attach(content, name, sender=sender or author, to=everyone)
    return raw, _envelope(sender or author, everyone)


def written(text: str, subject: str, sender: str, to: tuple[str, ...]) -> tuple[bytes, Envelope]:
    """The same for a text that somebody writes."""
    everyone = to or (UNKNOWN,)
    mail = EmailMessage(email.policy.SMTPUTF8)
    mail["From"], mail["To"] = sender, ", ".join(everyone)
    mail["Subject"] = "".join(c if c.isprintable() else " " for c in subject)
    mail.set_content(text, cte="base64")
    return mail.as_bytes(), _envelope(sender, everyone)


def addresses(content: bytes, *fields: str) -> list[str]:
    """The addresses that stand in some fields of a message's header."""
    header = email.message_from_bytes(
        content[:HEADER_BYTES].partition(b"\r\n\r\n")[0], policy=email.policy.compat32
    )
    values = [str(v) for field in fields for v in header.get_all(field, [])]
    return [address for _, address in email.utils.getaddresses(values) if "@" in address]


def _envelope(sender: str, to: tuple[str, ...]) -> Envelope:
    return Envelope(sender, tuple(Recipient(address) for address in to))
