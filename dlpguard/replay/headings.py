"""Who sent a message to whom, and when, as far as what is kept of it tells.

A copy has no envelope.  Some systems note it in the header; otherwise whoever To, Cc and Bcc name
got it, and whom nothing names is not known.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from dlpguard.mail import Envelope, Recipient
from dlpguard.recipients import normalise, normalise_domain

HEADER_BYTES = 256 * 1024
"""How much of a message is looked at for its header."""

UNKNOWN = "somebody@outside.invalid"
"""Who gets a message that names nobody: one unknown outside mailbox."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
"""Before this, a clock had not been set."""

LATEST_AHEAD = 86400.0
"""Seconds from now: beyond this a clock was wrong."""

_RECEIVED_FOR = re.compile(r"\bfor\s{1,10}<([^<>\s]{3,320})>")

_ADDRESS = re.compile(r"(?<![^\s<,;:])[^\s<>,;:()\"@]{1,64}@[^\s<>,;:()\"@]{1,255}")
"""An address in a field that cannot be taken apart."""

_FIELD = re.compile(rb"[!-9;-~]{1,100}:")


class Known(StrEnum):
    """How the recipients are known."""

    ENVELOPE = "envelope"
    """The header notes the envelope."""
    FIELDS = "fields"
    """From To, Cc, Bcc, and what noted one mailbox it went to."""
    NOBODY = "nobody"
    """Nothing names any."""


@dataclass(frozen=True, slots=True)
class Heading:
    """An envelope put together, how its recipients are known, and the time (None: there is none).

    `key` tells copies of one message apart from others: its Message-ID, "" where it has none.
    """

    envelope: Envelope = field(repr=False)
    known: Known
    when: float | None
    key: str = field(default="", repr=False)


def heading(raw: bytes, now: float) -> Heading | None:
    """What the beginning of a message tells; None where it does not begin with a header."""
    header = raw[:HEADER_BYTES].partition(b"\r\n\r\n")[0]
    if not _FIELD.match(header):
        return None
    fields = email.message_from_bytes(header, policy=email.policy.compat32)
    recipients, known = _recipients(fields)
    when = _when(fields, now)
    envelope = Envelope(
        _sender(fields), tuple(Recipient(address) for address in recipients), received=when or 0.0
    )
    return Heading(envelope, known, when, str(fields.get("Message-ID", "")).strip())


def is_from(envelope: Envelope, senders: Iterable[str]) -> bool:
    """Whether the relay would take it: its sender is of these domains, or one of these addresses.

    >>> is_from(Envelope("ann@council.example", ()), ["council.example"])
    True
    >>> is_from(Envelope("cy@elsewhere.example", ()), ["council.example"])
    False
    """
    address = normalise(envelope.sender)
    domain = address.rpartition("@")[2]
    return any(
        address == normalise(one) if "@" in one else domain == normalise_domain(one)
        for one in senders
    )


def _sender(fields: email.message.Message) -> str:
    """Of a bounce, which is from nobody, its author: mail of the past may be somebody else's."""
    for name in ("Return-Path", "X-Envelope-From", "X-Envelope-Sender", "From", "Sender"):
        if found := _addresses(fields, name):
            return found[0]
    return ""


def _recipients(fields: email.message.Message) -> tuple[tuple[str, ...], Known]:
    if noted := _addresses(fields, "X-Envelope-To", "X-RCPT-To", "X-Envelope-Recipients"):
        return _once(noted), Known.ENVELOPE
    found = _addresses(fields, "To", "Cc", "Bcc", "Delivered-To", "X-Original-To")
    for received in _values(fields, "Received"):
        found += _RECEIVED_FOR.findall(received[:2000])
    if found:
        return _once(found), Known.FIELDS
    return (UNKNOWN,), Known.NOBODY


def _once(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each mailbox once, as it was spelled first."""
    return tuple({normalise(a): a for a in reversed([*addresses])}.values())[::-1]


def _addresses(fields: email.message.Message, *names: str) -> list[str]:
    values = [value for name in names for value in _values(fields, name)]
    try:
        found = [address for _, address in email.utils.getaddresses(values)]
    except RecursionError:  # colons and brackets by the thousand: nobody's list of recipients
        found = [address for value in values for address in _ADDRESS.findall(value)]
    return [address for address in found if "@" in address]


def _values(fields: email.message.Message, name: str) -> list[str]:
    return [str(value) for value in fields.get_all(name, [])]


def _when(fields: email.message.Message, now: float) -> float | None:
    """What Date says, or the newest Received."""
    dates = [*_values(fields, "Date")[:1], *(r.rpartition(";")[2] for r in _received(fields))]
    for text in dates:
        seconds = _seconds(text.strip()[:100])
        if seconds is not None and EARLIEST <= seconds <= now + LATEST_AHEAD:
            return seconds
    return None


def _received(fields: email.message.Message) -> list[str]:
    return _values(fields, "Received")[:50]


def _seconds(text: str) -> float | None:
    try:
        at = email.utils.parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
