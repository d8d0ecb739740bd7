"""Who sent a message to whom, and when, as far as what is kept of it tells.

A copy has no envelope.  Some systems note it in the header; otherwise whoever To, Cc and Bcc name
got it, and whom nothing names is not known.
"""

from __future__ import annotations

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

_LINE_ENDS = re.compile(rb"\r\n(?![ \t])")
"""Between fields; a line that begins with a blank goes on (RFC 5322, section 2.2.3)."""

_SPECIAL = re.compile(r'["():;\\\[\]]')
"""What a plain list of addresses has none of."""

_MAILBOX = re.compile(
    r"\s{0,9}(?:[^<>@]{0,200}<([^\s<>@]{1,64}@[^\s<>@]{1,255})>|([^\s<>@]{1,64}@[^\s<>@]{1,255}))\s{0,9}"
)

_Fields = dict[bytes, list[str]]
"""The values of fields by their names in lower case."""


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
    """An envelope put together, and how its recipients are known."""

    envelope: Envelope = field(repr=False)
    known: Known


@dataclass(frozen=True, slots=True)
class Glance:
    """Who sent it, and when (seconds since 1970; None: nothing says so that can be right)."""

    sender: str = field(repr=False)
    when: float | None


def glance(raw: bytes, now: float) -> Glance | None:
    """What it takes to put a message into its place; None where it does not begin with a header."""
    fields = _fields(raw)
    return Glance(_sender(fields), _when(fields, now)) if fields else None


def heading(raw: bytes, now: float) -> Heading | None:
    """What the beginning of a message tells; None where it does not begin with a header."""
    fields = _fields(raw)
    if not fields:
        return None
    recipients, known = _recipients(fields)
    envelope = Envelope(
        _sender(fields),
        tuple(Recipient(address) for address in recipients),
        received=_when(fields, now) or 0.0,
    )
    return Heading(envelope, known)


def is_from(sender: str, senders: Iterable[str]) -> bool:
    """Whether the relay takes mail of this sender: of these domains, or one of these addresses.

    >>> is_from("ann@council.example", ["council.example"])
    True
    >>> is_from("cy@elsewhere.example", ["council.example"])
    False
    """
    address = normalise(sender)
    domain = address.rpartition("@")[2]
    return any(
        address == normalise(one) if "@" in one else domain == normalise_domain(one)
        for one in senders
    )


def _fields(raw: bytes) -> _Fields:
    """The fields of the header that are looked at, unfolded, by name in lower case; {} where there
    is no header."""
    header = raw[:HEADER_BYTES].partition(b"\r\n\r\n")[0]
    found: _Fields = {}
    if not _FIELD.match(header):
        return found
    for line in _LINE_ENDS.split(header):
        name, _, value = line.partition(b":")
        text = value.decode("utf-8", "replace").replace("\r\n", "").strip()
        found.setdefault(name.strip().lower(), []).append(text)
    return found


def _sender(fields: _Fields) -> str:
    """Of a bounce, which is from nobody, its author: mail of the past may be somebody else's."""
    for name in ("Return-Path", "X-Envelope-From", "X-Envelope-Sender", "From", "Sender"):
        if found := _addresses(fields, name):
            return found[0]
    return ""


def _recipients(fields: _Fields) -> tuple[tuple[str, ...], Known]:
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


def _addresses(fields: _Fields, *names: str) -> list[str]:
    values = [value for name in names for value in _values(fields, name)]
    return [address for value in values for address in _in(value) if "@" in address]


def _in(value: str) -> list[str]:
    """The addresses in a field.  Most are a plain list, which need not be taken apart by the rules
    of RFC 5322: that takes ten times as long."""
    pieces = () if _SPECIAL.search(value) else [_MAILBOX.fullmatch(p) for p in value.split(",")]
    if pieces and all(pieces):
        return [piece[1] or piece[2] for piece in pieces if piece]
    try:
        return [address for _, address in email.utils.getaddresses([value])]
    except RecursionError:  # colons and brackets by the thousand: nobody's list of recipients
        return _ADDRESS.findall(value)


def _values(fields: _Fields, name: str) -> list[str]:
    return fields.get(name.lower().encode("ascii"), [])


def _when(fields: _Fields, now: float) -> float | None:
    """What Date says, or the newest Received."""
    dates = [*_values(fields, "Date")[:1], *(r.rpartition(";")[2] for r in _received(fields))]
    for text in dates:
        seconds = _seconds(text.strip()[:100])
        if seconds is not None and EARLIEST <= seconds <= now + LATEST_AHEAD:
            return seconds
    return None


def _received(fields: _Fields) -> list[str]:
    return _values(fields, "Received")[:50]


def _seconds(text: str) -> float | None:
    try:
        at = email.utils.parsedate_to_datetime(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
