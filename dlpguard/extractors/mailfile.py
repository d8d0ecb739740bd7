"""Mail in a file: attached messages (message/rfc822, .eml) and mailboxes of them (RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard import mime
from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Defect, Piece
from dlpguard.mail import Envelope, Mailbox, MessageId, Part

FORMATS = frozenset({"mail", "mbox"})

_FROM_LINE = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]{1,500}\r?\n(?=[!-9;-~]{1,100}:)")
_ELSEWHERE = {
    "message/partial": "one piece of a message that is sent in several",
    "message/external-body": "a body that stands elsewhere",
}
"""Types whose content is not, or not all, in this message (RFC 2046 5.2.2, 5.2.3)."""

_NOBODY = Envelope("", ())
_WITHIN = MessageId("")


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The header fields that a mail program shows, the body, and what is attached, inside."""
    starts = [match.end() for match in _FROM_LINE.finditer(part.content)]
    if part.content.startswith(b"From ") and starts:
        ends = [match.start() for match in _FROM_LINE.finditer(part.content)][1:]
        for number, (start, end) in enumerate(zip(starts, [*ends, len(part.content)], strict=True)):
            budget.charge(members=1)
            content = part.content[start:end]
            where = f"{place}{SEPARATOR}message {number + 1}"
            yield budget.open(Part(part.path, content, "message/rfc822"), where)
        return
    if part.declared_type in _ELSEWHERE:
        yield Gap(place, Unread.UNSUPPORTED, _ELSEWHERE[part.declared_type], "mail")
    yield from _message(part, place, budget)


def _message(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    budget.charge()
    message, gaps = mime.parse(part.content, _NOBODY, _WITHIN)
    fields = (
        ("From", _names(message.author)),
        ("To", _names(message.to)),
        ("Cc", _names(message.cc)),
        ("Subject", message.subject),
    )
    shown = "\n".join(f"{name}: {value}" for name, value in fields if value)
    if shown:
        yield Text(f"{place}{SEPARATOR}headers", shown)
    for each in message.written:
        part_of = f"{SEPARATOR}part {each.path}" if each.path else ""
        hidden = None if each.shown else Hidden.HEADER_FIELD
        yield Text(f"{place}{part_of}{SEPARATOR}header {each.name}", each.text, hidden)
    for gap in gaps:
        yield Gap(f"{place}{SEPARATOR}{gap.where}", gap.why, gap.detail, gap.format)
    for inner in message.parts:
        budget.charge(members=1)
        name = "body" if inner.is_body else inner.filename or f"part {inner.path}"
        document = budget.open(inner, f"{place}{SEPARATOR}{name}")
        unseen = mime.undisplayed(inner)
        yield document.concealed(unseen) if unseen else document
    yield from (Defect(name) for name in message.defects)
    names = [inner.filename for inner in message.parts if inner.filename]
    if names:
        yield Text(f"{place}{SEPARATOR}file names", "\n".join(names))


def _names(mailboxes: tuple[Mailbox, ...]) -> str:
    return ", ".join(f"{m.name} <{m.address}>" if m.name else m.address for m in mailboxes)
