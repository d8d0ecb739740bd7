"""Mail that dlpguard writes itself: notices to senders.  (`dsn` has what is said of a delivery.)

They go only to addresses of the organisation's own domains, never answer a null sender, and never
repeat what was found: of the message they are about they carry at most its subject, when nothing
was found in it.
"""

from __future__ import annotations

import email.utils
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.policy import SMTP, SMTPUTF8, EmailPolicy

from dlpguard.mail import MessageId

TEMPLATES = {
    "held": (
        "Your email has not been sent yet",
        "Your email{about} to {recipients} is waiting for a reviewer. Nothing has left.\n\n"
        "It seems to contain details about people that its recipients may not be meant to get:\n\n"
        "{reasons}\n\n"
        "You need not do anything: a reviewer decides, and you are told. If it was a mistake, "
        "tell them so,\nquoting {id}. It is not about you: anybody can attach the wrong file.\n",
    ),
    "asked": (
        "Did you mean to send this? Your email has not been sent yet",
        "Your email{about} to {recipients} has not been sent yet:\n\n{reasons}\n\n"
        "You know best whether that is right. {answer}\n\n"
        "Quote {id} when you ask about it.\n",
    ),
    "returned": (
        "Your email was not sent",
        "Your email{about} to {recipients} was not sent, and none of it has left.\n\n"
        "{reasons}\n\n"
        "If it should go: take out what its recipients do not need, check hidden sheets, rows "
        "and\ncolumns, and send it again. Quote {id} when you ask about it.\n",
    ),
    "expired": (
        "Your email was not sent",
        "Your email{about} to {recipients} waited for a decision and nobody took one in time.\n"
        "It was not sent, and none of it has left. Please send it again if it is still needed.\n\n"
        "{reasons}\n\nQuote {id} when you ask about it.\n",
    ),
}
"""Subject and text of each notice.  Read by people who have just been stopped: plain, no blame."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """In whose name we write: the relay's own host name, and an address people can answer to.

    `site` is where the review site can be reached (`https://dlpguard.council.example`).
    """

    hostname: str
    address: str
    domains: tuple[str, ...]
    site: str = ""

    def may_write_to(self, address: str) -> bool:
        """Whether an address is in one of the organisation's own domains.

        One that has line separators in it cannot stand in a header, and is nobody's.
        """
        if not address.isprintable():
            return False
        domain = address.rpartition("@")[2].casefold().rstrip(".")
        return any(domain == own or domain.endswith("." + own) for own in self.domains)


@dataclass(frozen=True, slots=True)
class Subject:
    """The message that a notice is about.  `subject` is "" when something was found in it.

    `code` is what its sender answers a question with, until `until` (seconds since 1970, UTC).
    """

    id: str
    recipients: int
    subject: str = field(default="", repr=False)
    reasons: tuple[str, ...] = field(default=(), repr=False)
    code: str = field(default="", repr=False)
    until: float = 0.0


def notice(
    head: Letterhead, to: str, template: str, about: Subject, id: MessageId, now: float
) -> bytes:
    """A notice as message bytes with CRLF line ends."""
    title, text = TEMPLATES[template]
    message = EmailMessage(policy=policy_for(to))
    put_header(message, head, to, title, id, now)
    plural = "s" if about.recipients != 1 else ""
    message.set_content(
        text.format(
            about=f" “{one_line(about.subject)}”" if about.subject else "",
            recipients=f"{about.recipients} recipient{plural}",
            reasons="\n".join(f"  * {one_line(r)}" for r in about.reasons) or "  (no details)",
            id=about.id,
            answer=_answer(head, about),
        ),
        cte="quoted-printable",
    )
    return message.as_bytes()


def _answer(head: Letterhead, about: Subject) -> str:
    """How a sender says yes or no, and what happens when they say nothing."""
    until = datetime.fromtimestamp(about.until, UTC).strftime("%A %d %B, %H:%M UTC")
    if head.site:
        how = f"Say yes or no here:\n\n  {head.site}/answer/{about.code}\n\n"
    else:
        how = f"To send it or to take it back, tell your mail team this code:\n\n  {about.code}\n\n"
    return f"{how}Without an answer by {until} it is not sent."


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
