"""What copies of one mailing have in common: digests of what they say, whoever they greet.

A mail server splits 157 recipients into transactions of 50, and a mail merge sends one by one with
another name in each.  What stays the same is subject and text without the names, and the
attachments.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator

from dlpguard.document import Document, Table
from dlpguard.facts import Content
from dlpguard.finding import Finding
from dlpguard.mail import Message

ENOUGH_TEXT = 120
"""Characters of text without names that make a mailing recognisable.  "Please see attached. Kind
regards" is shorter, and is in half of what anybody sends: it would tie all of it together."""

ENOUGH_BYTES = 200
"""A smaller attachment is a spacer, a card or a calendar stub that goes with every mail."""

PERSONAL = frozenset({"person_name", "email_address"})
"""Kinds of findings that a mail merge changes from copy to copy."""

_SIZE = 16
_SUBJECT = "subject"
"""The place of a message's subject (`inspection.SUBJECT`)."""

_GREETING = re.compile(
    r"\n[ \t>]{0,20}(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|annwyl)\b"
    r"(?![^\n]{0,80}\d[ -]?\d[ -]?\d)[\w .,'’-]{0,60}$",
    re.MULTILINE,
)
"""A line that greets and holds no number: who is greeted is no content.

It begins with the end of the line before, for which one looks many times as fast as for "^".
"""

_OTHER_SPACES = "".join(c for c in map(chr, range(0x80)) if c.isspace() and c not in " \n")

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def content(message: Message, document: Document, findings: Iterable[Finding]) -> Content:
    """The digests of a message that was read.  `document` and `findings` are the message's own.

    `document.inside` are its parts in their order.
    """
    personal = _personal(findings)
    text = _text(message, document, personal)
    attached = [part.content for part in message.parts if not part.is_body]
    files = [_digest(b"file", each) for each in attached]
    links = [_digest(b"text", text.encode())] if len(text) >= ENOUGH_TEXT else []
    telling = [
        digest
        for digest, part in zip(files, (p for p in message.parts if not p.is_body), strict=True)
        if len(part.content) >= ENOUGH_BYTES and not _is_picture(part.declared_type)
    ]
    # The same bytes have the same files: where these tie copies together, the whole need not.
    links += telling or [_digest(b"raw", _raw_body(message.raw))]
    subject = _subject(document, personal)
    whole = _digest(b"whole", subject.encode(), text.encode(), *sorted(files))
    return Content(whole, tuple(dict.fromkeys(links)), tuple(dict.fromkeys(telling)))


def _personal(findings: Iterable[Finding]) -> dict[int, list[Finding]]:
    """What a mail merge changes, by the block of text that it stands in."""
    personal: dict[int, list[Finding]] = {}
    for found in findings:
        if found.kind in PERSONAL and found.row < 0:
            personal.setdefault(found.block, []).append(found)
    return personal


def _subject(document: Document, personal: dict[int, list[Finding]]) -> str:
    """What the subject says, without names and how it is laid out."""
    for index, block in enumerate(document.blocks):
        if block.where == _SUBJECT and not isinstance(block, Table):
            return " ".join(_fold(_without(block.text, personal.get(index, ()))).split())
    return ""


def _text(message: Message, document: Document, personal: dict[int, list[Finding]]) -> str:
    """What the body says, without names, greetings and how it is laid out."""
    return "\n".join(
        _on_one_line(_GREETING.sub("\n", "\n" + text))
        for text in _body(message, document, personal)
    ).strip()


def _on_one_line(text: str) -> str:
    """A text with a single space for all white space in a row, and none at its ends."""
    joined = " ".join([line for line in text.split("\n") if line])
    if not joined.isascii() or any(space in joined for space in _OTHER_SPACES):
        return " ".join(text.split())  # four times as long where words are many
    while "  " in joined:
        joined = joined.replace("  ", " ")
    return joined.strip(" ")


def _body(
    message: Message, document: Document, personal: dict[int, list[Finding]]
) -> Iterator[str]:
    """The text of each body block, folded to one case, with what is personal cut out."""
    index = len(document.blocks)
    for part, inside in zip(message.parts, document.inside, strict=False):
        for each in inside.walk():
            for block in each.blocks:
                if part.is_body and isinstance(block, Table):
                    yield _fold("\n".join(" ".join(row) for row in (block.heading, *block.rows)))
                elif part.is_body and not isinstance(block, Table):
                    yield _fold(_without(block.text, personal.get(index, ())))
                index += 1


def _without(text: str, cut: Iterable[Finding]) -> str:
    kept, at = [], 0
    for found in sorted(cut, key=lambda f: f.start):
        if found.start >= at:
            kept.append(text[at : found.start])
            at = found.end
    return "".join((*kept, text[at:]))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _raw_body(raw: bytes) -> bytes:
    """What stands after the header (RFC 5322 2.1); everything where there is no blank line."""
    end = _BLANK_LINE.search(raw)
    return raw[end.end() :] if end else raw


def _is_picture(declared_type: str) -> bool:
    """Logos go with every mail of somebody; they tie nothing together."""
    return declared_type.startswith("image/")


def _digest(*parts: bytes) -> bytes:
    state = hashlib.blake2b(digest_size=_SIZE)
    for part in parts:
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.digest()
