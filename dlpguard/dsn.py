"""Delivery status notifications (RFC 3464): what became of a delivery, told to the sender.

Three are written: a delivery that failed for good, one that has been tried for hours, and, where
the sender asked to be told of success and the next hop cannot do that, that the message was passed
on ("relayed", RFC 3461 5.2.2).  Of the original they carry its header only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from enum import Enum, auto

from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.notices import Letterhead, one_line, policy_for, put_header


class Fate(Enum):
    """What became of the delivery to one recipient."""

    REFUSED = auto()
    EXPIRED = auto()
    DOUBTFUL = auto()
    """Given up after an attempt of which nobody knows whether it arrived."""
    DELAYED = auto()
    RELAYED = auto()


_ACTIONS = {Fate.DELAYED: "delayed", Fate.RELAYED: "relayed"}
"""The Action field (RFC 3464 2.3.3); all others are "failed"."""

_ASKED_BY = {Fate.DELAYED: "DELAY", Fate.RELAYED: "SUCCESS"}
"""The keyword of NOTIFY that asks for it (RFC 3461 4.1); all others by FAILURE."""

_STATUS = {
    Fate.REFUSED: "5.0.0",
    Fate.EXPIRED: "4.4.7",
    Fate.DOUBTFUL: "4.4.7",
    Fate.DELAYED: "4.4.1",
    Fate.RELAYED: "2.0.0",
}
"""Where the next hop gave no enhanced code (RFC 3463)."""

_TEXTS = {
    "failed": (
        "Your email could not be delivered",
        "Your email could not be delivered to:",
        "Its other recipients, if there are any, are not affected.",
    ),
    "delayed": (
        "Your email is delayed",
        "Your email has not been delivered yet to:",
        "You need not do anything: it is tried again, and you are told if it fails in the end.",
    ),
    "relayed": (
        "Your email was passed on",
        "Your email was passed on to the next mail server for:",
        "That server does not report deliveries. You are told if one fails.",
    ),
}
"""Subject, first and last line of each."""

_ENCODED = re.compile(r"\+([0-9A-F]{2})")
"""A character in xtext (RFC 3461 4)."""


@dataclass(frozen=True, slots=True)
class Status:
    """A recipient, and what became of it: `reply` is the next hop's code ("550 5.1.1")."""

    recipient: Recipient = field(repr=False)
    fate: Fate
    reply: str = ""

    @property
    def action(self) -> str:
        """The word of the Action field."""
        return _ACTIONS.get(self.fate, "failed")


def is_wanted(status: Status) -> bool:
    """Whether the sender is to be told (RFC 3461 4.1).

    Without NOTIFY failures and delays are told, successes are not; NEVER forbids all.
    """
    notify = status.recipient.notify
    if not notify:
        return status.fate is not Fate.RELAYED
    return _ASKED_BY.get(status.fate, "FAILURE") in notify


def report(
    head: Letterhead,
    envelope: Envelope,
    statuses: Sequence[Status],
    header: bytes,
    id: MessageId,
    now: float,
) -> bytes:
    """A notification about recipients of one action, as message bytes with CRLF line ends."""
    policy = policy_for(envelope.sender)
    title, first, last = _TEXTS[statuses[0].action]
    made = MIMEMultipart("report", policy=policy, report_type="delivery-status")
    put_header(made, head, envelope.sender, title, id, now)
    lines = "\n".join(f"  {one_line(s.recipient.address)}{_words(s)}" for s in statuses)
    text = EmailMessage(policy=policy)
    text.set_content(f"{first}\n\n{lines}\n\n{last}\n", cte="quoted-printable")
    made.attach(text)
    status = MIMENonMultipart("message", "delivery-status", policy=policy)
    status.set_payload([_per_message(head, envelope), *(_per_recipient(s) for s in statuses)])
    made.attach(status)
    original = MIMENonMultipart("text", "rfc822-headers", policy=policy)
    original.set_payload(header.decode("ascii", "replace").replace("\ufffd", "?"))
    made.attach(original)
    return made.as_bytes()


def _words(status: Status) -> str:
    match status.fate:
        case Fate.REFUSED:
            return f": refused by the next mail server ({status.reply})"
        case Fate.DOUBTFUL:
            return ": given up; it may or may not have arrived"
        case Fate.EXPIRED:
            return f": could not be delivered in time (last answer: {status.reply or 'none'})"
        case Fate.DELAYED:
            return f": not yet (last answer: {status.reply or 'none'})"
        case Fate.RELAYED:
            return ""


def _per_message(head: Letterhead, envelope: Envelope) -> Message:
    fields = Message()
    for keyword, value in envelope.options:
        if keyword == "ENVID":
            fields["Original-Envelope-Id"] = _decoded(value)
    fields["Reporting-MTA"] = f"dns; {head.hostname}"
    return fields


def _per_recipient(status: Status) -> Message:
    fields = Message()
    if status.recipient.original:
        fields["Original-Recipient"] = _original(status.recipient.original)
    fields["Final-Recipient"] = _typed(status.recipient.address)
    fields["Action"] = status.action
    code, _, enhanced = status.reply.partition(" ")
    fields["Status"] = enhanced or _STATUS[status.fate]
    if code:
        fields["Diagnostic-Code"] = f"smtp; {status.reply}"
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
