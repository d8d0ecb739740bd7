"""The mail itself: the texts that a mail program would show, and its header fields.

Parsed by `dlpguard.mime` inside its limits.  Attachments are not opened here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard import mime
from dlpguard.document import Hidden
from dlpguard.evidence import Evidence
from dlpguard.mail import Envelope, MessageId
from dlpguard.mime.charsets import decode
from dlpguard.web.masking import Veil, veiled
from dlpguard.web.safe_html import MOST_SHOWN, Safe, safe

MOST_READ = 20_000_000
"""Bytes of a message that are looked at: its texts come first in all but hand-made mail."""

MOST_TEXTS = 20
"""Texts of one mail that are offered.  Ordinary mail has two, the same in two forms."""

_WHEN = re.compile(
    r"((?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d(?::\d\d)?(?: [+-]\d{4})?)"
)
"""A date and time of day as header fields have it (RFC 5322 3.3); a birthday has no time of day."""

_NOBODY = Envelope("", ())


@dataclass(frozen=True, slots=True)
class Body:
    """A text of the mail.  `is_html`: it wants a frame of its own."""

    number: int
    is_html: bool
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """What a mail program would show.

    `attached` is how many other parts there are; `is_whole` is false where not everything of it
    was looked at; `has_hidden`: a part of its HTML is such that mail programs do not show it.
    """

    bodies: tuple[Body, ...] = field(repr=False)
    attached: int
    is_whole: bool
    has_hidden: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A header field.  A line that is none has no name."""

    name: str
    value: str = field(repr=False)


def mail(raw: bytes, *, is_whole: bool, evidence: Evidence | None) -> Mail:
    """The texts of a mail.  `evidence` tells what of them is hidden."""
    message, gaps = mime.parse(raw, _NOBODY, MessageId(""))
    texts = [part for part in message.parts if part.is_body]
    return Mail(
        tuple(
            Body(number, part.declared_type == "text/html", decode(part.content, part.charset))
            for number, part in enumerate(texts[:MOST_TEXTS])
        ),
        sum(not part.is_body and "~" not in part.path for part in message.parts),
        is_whole and not gaps and len(texts) <= MOST_TEXTS,
        evidence is not None and _has_hidden(evidence),
    )


def text(body: Body, over: Veil | None) -> tuple[str, bool]:
    """A plain text as it is shown, and whether that is not all of it."""
    shown = body.content[:MOST_SHOWN]
    return (shown if over is None else veiled(shown, over)), len(body.content) > len(shown)


def html(body: Body, over: Veil | None) -> Safe:
    """An HTML text, made safe."""
    return safe(body.content, over)


def fields(raw: bytes, over: Veil | None) -> tuple[Field, ...]:
    """The header fields of a mail, or of lines of ours, as they came."""
    return tuple(_fields(raw, over))


def _fields(raw: bytes, over: Veil | None) -> Iterator[Field]:
    for name, value in mime.fields(raw):
        shown = value[:MOST_SHOWN]
        yield Field(name, shown if over is None else "".join(_with_dates(shown, over)))


def _with_dates(value: str, over: Veil) -> Iterator[str]:
    """A field under a veil that leaves out when things happened: that is no long number."""
    for index, piece in enumerate(_WHEN.split(value)):
        yield piece if index % 2 else veiled(piece, over)


def _has_hidden(evidence: Evidence) -> bool:
    return any(
        block.hidden is Hidden.HTML or block.hidden is Hidden.SAME_COLOUR
        for document in evidence.document.inside
        if document.format == "html"
        for block in document.blocks
    )
