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

from dlpguard.document import Gap
from dlpguard.mail import Envelope, Mailbox, Message, MessageId, Part
from dlpguard.mime import _headers
from dlpguard.mime._headers import Headers
from dlpguard.mime._limits import Limits
from dlpguard.mime._walk import Walk

__all__ = ["Limits", "parse"]

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

_SPOKEN = frozenset({"comments", "keywords", "summary", "description", "content-description"})
"""Fields that hold what somebody wrote, and that mail programs do not show."""

_WORDS_OF_PROSE = 6
"""Alphabetic words that make the value of an unknown X- field something to read: product names and
the verdicts of filters have fewer, a sentence or a record has more."""

_WORD = re.compile(r"(?<![^\s,;:])[^\W\d_]{2,30}(?![^\s,;:.])")


def parse(
    raw: bytes, envelope: Envelope, id: MessageId, limits: Limits = _DEFAULTS
) -> tuple[Message, tuple[Gap, ...]]:
    """What the bytes say, and what of them was not read.  Never raises for content.

    A text part that a mail program would not show has a path that says why: "1~preamble",
    "headers".  A part whose header is ambiguous has one `Part` for each reading.  A message in the
    message (message/rfc822) stays one part.
    """
    walk = Walk(raw, limits)
    walk.run()
    headers = walk.headers
    for name in _ONCE:
        if len(headers.all(name)) > 1:
            walk.defect(f"duplicate-{name}")
    if headers.all("content-type") and not headers.all("mime-version"):
        walk.defect("no-mime-version")
    undisplayed = _undisplayed(headers)
    if undisplayed:
        content = "\n".join(undisplayed).encode("utf-8", "replace")
        walk.parts.append(Part("headers", content, "text/plain", "", "utf-8"))
    message = Message(
        id,
        envelope,
        subject=_headers.decoded(headers.first("subject")),
        author=_mailboxes(headers, "from"),
        to=_mailboxes(headers, "to"),
        cc=_mailboxes(headers, "cc"),
        parts=tuple(walk.parts),
        defects=tuple(walk.defects),
        raw=raw,
    )
    return message, tuple(walk.gaps)


def _mailboxes(headers: Headers, name: str) -> tuple[Mailbox, ...]:
    """The addresses of a field, of its duplicates too."""
    found = (box for value in headers.all(name) for box in _headers.mailboxes(value))
    return tuple(dict.fromkeys(found))


def _undisplayed(headers: Headers) -> list[str]:
    """Header text that somebody wrote and that mail programs do not show."""
    texts = [_headers.decoded(value) for value in headers.all("subject")[1:]]
    for name, value in headers.fields:
        text = _headers.decoded(value)
        if name in _SPOKEN or (
            name.startswith("x-") and len(_WORD.findall(text)) >= _WORDS_OF_PROSE
        ):
            texts.append(text)
    return list(dict.fromkeys(text for text in texts if text))
