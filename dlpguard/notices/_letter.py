"""What all mail of ours has in common: in whose name it is, to whom it may go, its header."""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.message import EmailMessage, Message
from email.policy import SMTP, SMTPUTF8, EmailPolicy

from dlpguard.mail import MessageId

_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """In whose name we write: the relay's own host name, and an address people can answer to.

    `site` is where the review site can be reached (`https://dlpguard.council.example`), `zone` by
    which clocks times are told.
    """

    hostname: str
    address: str
    domains: tuple[str, ...]
    site: str = ""
    zone: tzinfo = UTC

    def may_write_to(self, address: str) -> bool:
        """Whether an address is in one of the organisation's own domains.

        One that has line separators in it cannot stand in a header, and is nobody's.
        """
        if not address.isprintable():
            return False
        domain = address.rpartition("@")[2].casefold().rstrip(".")
        return any(domain == own or domain.endswith("." + own) for own in self.domains)

    def when(self, seconds: float) -> str:
        """A moment as the clocks here show it: "Monday 23 November, 09:05"; seconds since 1970."""
        at = datetime.fromtimestamp(seconds, self.zone)
        return f"{at:%A} {at.day} {at:%B, %H:%M}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail of ours: to whom, its id, and when it is written (seconds since 1970, UTC)."""

    to: str
    id: MessageId
    now: float


def written(
    head: Letterhead, letter: Letter, title: str, text: str, *, urgent: bool = False
) -> bytes:
    """A mail as message bytes with CRLF line ends.  Where a paragraph is empty, no gap stays."""
    message = EmailMessage(policy=policy_for(letter.to))
    put_header(message, head, letter.to, title, letter.id, letter.now)
    if urgent:
        message["Importance"] = "high"  # RFC 2156 5.3.4: mail programs show it
    message.set_content(_GAPS.sub("\n\n", text), cte="quoted-printable")
    return message.as_bytes()


def policy_for(to: str) -> EmailPolicy[EmailMessage]:
    """How to write to an address: beyond ASCII it stands in the header as it is (RFC 6532)."""
    return SMTP if to.isascii() else SMTPUTF8


def one_line(text: str) -> str:
    """A text that cannot begin a line of its own."""
    return "".join(c if c.isprintable() else " " for c in text)


def put_header(
    message: Message, head: Letterhead, to: str, title: str, id: MessageId, now: float
) -> None:
    """Give a mail of ours its header fields."""
    message["From"] = f"dlpguard <{head.address}>"
    message["To"] = to
    message["Subject"] = title
    message["Date"] = email.utils.formatdate(now)
    message["Message-ID"] = f"<{id}@{head.hostname}>"
    message["Auto-Submitted"] = "auto-replied"
