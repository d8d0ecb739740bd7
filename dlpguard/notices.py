"""Mail that dlpguard writes itself: notices to senders, and delivery status notifications.

They go only to addresses of the organisation's own domains, never answer a null sender, and never
repeat what was found: of the message they are about they carry at most its header (a DSN, to
whoever wrote it) or its subject (a notice, when nothing was found in the subject).
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTP, SMTPUTF8, EmailPolicy

from dlpguard.lifecycle import Outcome
from dlpguard.mail import Envelope, MessageId, Recipient

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

_ENCODED = re.compile(r"\+([0-9A-F]{2})")
"""A character in xtext (RFC 3461 4)."""


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


@dataclass(frozen=True, slots=True)
class Failure:
    """A recipient that will not get the message: `reply` is the next hop's code ("550 5.1.1")."""

    recipient: Recipient = field(repr=False)
    outcome: Outcome
    reply: str
    in_doubt: bool = False


def notice(
    head: Letterhead, to: str, template: str, about: Subject, id: MessageId, now: float
) -> bytes:
    """A notice as message bytes with CRLF line ends."""
    title, text = TEMPLATES[template]
    message = EmailMessage(policy=_policy(to))
    _address(message, head, to, title, id, now)
    plural = "s" if about.recipients != 1 else ""
    message.set_content(
        text.format(
            about=f" “{_one_line(about.subject)}”" if about.subject else "",
            recipients=f"{about.recipients} recipient{plural}",
            reasons="\n".join(f"  * {_one_line(r)}" for r in about.reasons) or "  (no details)",
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


def dsn(
    head: Letterhead,
    envelope: Envelope,
    failures: Sequence[Failure],
    header: bytes,
    id: MessageId,
    now: float,
) -> bytes:
    """A failed delivery's notification (RFC 3464), with the header of the original only."""
    policy = _policy(envelope.sender)
    report = MIMEMultipart("report", policy=policy, report_type="delivery-status")
    _address(report, head, envelope.sender, "Your email could not be delivered", id, now)
    lines = [f"  {_one_line(f.recipient.address)}: {_words(f)}" for f in failures]
    text = EmailMessage(policy=policy)
    text.set_content(
        "Your email could not be delivered to:\n\n"
        + "\n".join(lines)
        + "\n\nIts other recipients, if there are any, are not affected.\n",
        cte="quoted-printable",
    )
    report.attach(text)
    status = MIMENonMultipart("message", "delivery-status", policy=policy)
    status.set_payload([_per_message(head, envelope), *(_per_recipient(f) for f in failures)])
    report.attach(status)
    original = MIMENonMultipart("text", "rfc822-headers", policy=policy)
    original.set_payload(header.decode("ascii", "replace").replace("\ufffd", "?"))
    report.attach(original)
    return report.as_bytes()


def wants_failure(recipient: Recipient) -> bool:
    """Whether a failure may be told to the sender (RFC 3461 4.1: NOTIFY=NEVER forbids it)."""
    return not recipient.notify or "FAILURE" in recipient.notify


def _policy(to: str) -> EmailPolicy[EmailMessage]:
    """How to write to an address: beyond ASCII it stands in the header as it is (RFC 6532)."""
    return SMTP if to.isascii() else SMTPUTF8


def _one_line(text: str) -> str:
    """A text that cannot begin a line of its own."""
    return "".join(c if c.isprintable() else " " for c in text)


def _address(
    message: Message, head: Letterhead, to: str, title: str, id: MessageId, now: float
) -> None:
    message["From"] = f"dlpguard <{head.address}>"
    message["To"] = to
    message["Subject"] = title
    message["Date"] = email.utils.formatdate(now)
    message["Message-ID"] = f"<{id}@{head.hostname}>"
    message["Auto-Submitted"] = "auto-replied"


def _words(failure: Failure) -> str:
    if failure.outcome is Outcome.BOUNCED:
        return f"refused by the next mail server ({failure.reply})"
    if failure.in_doubt:
        return "given up; it may or may not have arrived"
    return f"could not be delivered in time (last answer: {failure.reply or 'none'})"


def _per_message(head: Letterhead, envelope: Envelope) -> Message:
    fields = Message()
    for keyword, value in envelope.options:
        if keyword == "ENVID":
            fields["Original-Envelope-Id"] = _decoded(value)
    fields["Reporting-MTA"] = f"dns; {head.hostname}"
    return fields


def _per_recipient(failure: Failure) -> Message:
    fields = Message()
    if failure.recipient.original:
        fields["Original-Recipient"] = _original(failure.recipient.original)
    fields["Final-Recipient"] = _typed(failure.recipient.address)
    fields["Action"] = "failed"
    code, _, enhanced = failure.reply.partition(" ")
    fields["Status"] = enhanced or ("5.0.0" if failure.outcome is Outcome.BOUNCED else "4.4.7")
    if code:
        fields["Diagnostic-Code"] = f"smtp; {failure.reply}"
    return fields


def _original(value: str) -> str:
    """The value of ORCPT without its encoding (RFC 3461 4.2), which "utf-8" has not (RFC 6533)."""
    kind, _, address = value.partition(";")
    plain = _seven_bit(address, also="") if kind.casefold() == "utf-8" else _decoded(address)
    return f"{_decoded(kind)}; {plain}"


def _typed(address: str) -> str:
    """`rfc822; address`, or RFC 6533's escaped form where it is not ASCII."""
    if address.isascii() and address.isprintable():
        return f"rfc822; {address}"
    return f"utf-8; {_seven_bit(address, also='+=' + chr(92))}"


def _seven_bit(address: str, also: str) -> str:
    """An address as utf-8-addr-xtext (RFC 6533 3), which has escapes for what is in `also` too."""
    return "".join(
        c if "!" <= c <= "~" and c not in also else f"\\x{{{ord(c):02X}}}" for c in address
    )


def _decoded(xtext: str) -> str:
    """What xtext stands for, as far as a field can hold it."""
    plain = _ENCODED.sub(lambda match: chr(int(match[1], 16)), xtext)
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in plain)
