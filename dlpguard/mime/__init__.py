"""Bytes as a message: walked, decoded, repaired, inside limits.

>>> from dlpguard.mail import Envelope, MessageId
>>> envelope = Envelope("ann@council.example", ())
>>> raw = b"Subject: =?utf-8?q?caf=C3=A9?=\\r\\n\\r\\nHello"
>>> message, gaps = parse(raw, envelope, MessageId("1"))
>>> message.subject, message.parts[0].content, gaps
('café', b'Hello', ())
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import Gap, Hidden
from dlpguard.mail import Envelope, Mailbox, Message, MessageId, Part
from dlpguard.mime import _headers, _written
from dlpguard.mime._encodings import binhexed
from dlpguard.mime._headers import Headers
from dlpguard.mime._limits import Limits
from dlpguard.mime._transfer import base64
from dlpguard.mime._walk import Walk

__all__ = ["Limits", "base64", "binhexed", "fields", "parse", "undisplayed"]

_DEFAULTS = Limits()

_ONCE = (
    "subject",
    "from",
    "to",
    "cc",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-disposition",
    "content-transfer-encoding",
)
"""Fields that RFC 5322 3.6 and RFC 2045 allow once; readers differ in which duplicate they take."""

_SHOWN = ("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to")
"""Fields with addresses of recipients in them."""

_ADDRESS = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")

_UNDISPLAYED = {
    "broken-header": Hidden.HEADER_FIELD,
    "names": Hidden.HEADER_FIELD,
    "external": Hidden.HEADER_FIELD,
    "preamble": Hidden.PREAMBLE,
    "epilogue": Hidden.PREAMBLE,
}
"""How the path of a part ends that mail programs do not show, and why they do not."""


def parse(
    raw: bytes, envelope: Envelope, id: MessageId, limits: Limits = _DEFAULTS
) -> tuple[Message, tuple[Gap, ...]]:
    """What the bytes say, and what of them was not read.  Never raises for content.

    A text part that a mail program would not show has a path that says why: "1~preamble".  A part
    whose header is ambiguous has one `Part` for each reading.  A message in the message
    (message/rfc822) stays one part.
    """
    walk = Walk(raw, limits)
    walk.run()
    headers = walk.headers
    for name in _ONCE:
        if len(headers.all(name)) > 1:
            walk.defect(f"duplicate-{name}")
    if headers.all("content-type") and not headers.all("mime-version"):
        walk.defect("no-mime-version")
    subject = _headers.decoded(headers.first("subject"))
    to = _mailboxes(headers, "to")
    cc = _mailboxes(headers, "cc")
    message = Message(
        id,
        envelope,
        subject=subject,
        author=_mailboxes(headers, "from"),
        to=to,
        cc=(*cc, *_also_shown(headers, (*to, *cc))),
        parts=tuple(walk.parts),
        defects=tuple(walk.defects),
        raw=raw,
        written=(*_written.written(headers, "", subject), *walk.written),
    )
    return message, tuple(walk.gaps)


def fields(raw: bytes, limits: Limits = _DEFAULTS) -> tuple[tuple[str, str], ...]:
    """The header fields of a message as they came, unfolded and decoded, their names capitalised;
    lines that are no field have no name.

    >>> fields(b"SUBJECT: =?utf-8?q?caf=C3=A9?=\\r\\n bar\\r\\n\\r\\nHello")
    (('Subject', 'café bar'),)
    """
    stop, _ = _headers.split(raw, 0, len(raw), limits.header_bytes)
    found = _headers.parse(raw[:stop], limits.headers)
    named = ((_written.title(name), _headers.decoded(value)) for name, value in found.fields)
    return (*named, *(("", line) for line in found.broken))


def undisplayed(part: Part) -> Hidden | None:
    """Why a mail program does not show a part that `parse` gave; None for the parts it shows."""
    return _UNDISPLAYED.get(part.path.rpartition("~")[2])


def _mailboxes(headers: Headers, name: str) -> tuple[Mailbox, ...]:
    """The addresses of a field, of its duplicates too."""
    found = (box for value in headers.all(name) for box in _headers.mailboxes(value))
    return tuple(dict.fromkeys(found))


def _also_shown(headers: Headers, known: tuple[Mailbox, ...]) -> Iterator[Mailbox]:
    """Addresses that readers see beside those of To and Cc.

    In fields that should not have survived (Bcc) or come from somebody who sent it on (RFC 5322
    3.6.6), in display names and comments, and where a list is not written as it should be.
    """
    seen = {box.address.casefold() for box in known}
    for name in _SHOWN:
        for value in headers.all(name):
            for address in _ADDRESS.findall(_headers.decoded(value)):
                if address.casefold() not in seen:
                    seen.add(address.casefold())
                    yield Mailbox("", address)
