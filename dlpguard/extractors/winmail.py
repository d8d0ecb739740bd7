"""winmail.dat: what Outlook wraps rich mail in (MS-OXTNEF): bodies, fields, attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import SEPARATOR, Gap, Hidden, Text
from dlpguard.extractors import _tnef
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compressedrtf import inflated
from dlpguard.mail import Part
from dlpguard.mime.charsets import decode

FORMATS = frozenset({"tnef"})

# Attributes (MS-OXTNEF 2.1.3.1)
_BEGINS_ATTACHMENT, _TITLE, _DATA, _PROPERTIES_OF_ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
_PROPERTIES, _RECIPIENTS, _BODY, _SUBJECT = 0x9003, 0x9004, 0x800C, 0x8004

# Properties (MS-OXPROPS)
_TEXT_BODY, _HTML_BODY, _RTF_BODY = 0x1000, 0x1013, 0x1009
_OBJECT, _NAMES = 0x3701, (0x3707, 0x3704, 0x3001)

_INTERFACE = 16
"""Bytes in front of an embedded object that say which interface it has."""

_OF_THE_PROGRAM = re.compile(r"IPM\.[\w.]{1,100}|/[oO]=[^\n]{1,500}|EX|SMTP|II=[^\n]{1,500}")
"""Kinds of messages, internal addresses and counters."""


@dataclass(slots=True)
class _Attachment:
    """A file while its attributes come in."""

    content: bytes = field(default=b"", repr=False)
    names: dict[int, str] = field(default_factory=dict, repr=False)
    title: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """Its longest name."""
        return (
            next((self.names[n] for n in _NAMES if self.names.get(n)), self.title) or "attachment"
        )


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The body in each of its forms, the other fields that hold words, attachments inside."""
    budget.charge()
    fields: dict[str, None] = {}
    files: list[_Attachment] = []
    fault: Unreadable | None = None
    try:
        for attribute in _tnef.attributes(part.content):
            if attribute.identity == _BEGINS_ATTACHMENT or (attribute.level == 2 and not files):
                files.append(_Attachment())
            if attribute.level == 2:
                _add(attribute, files[-1])
            elif attribute.identity == _PROPERTIES:
                yield from _message(attribute.content, fields, part, place, budget)
            elif attribute.identity == _RECIPIENTS:
                for row in _tnef.rows(attribute.content):
                    fields.update((text, None) for found in row for text in _texts(found))
            elif attribute.identity == _BODY:
                yield _opened("body", "text/plain", attribute.content, part, place, budget)
            elif attribute.identity == _SUBJECT:
                fields[_text(attribute.content)] = None
    except Unreadable as stop:
        fault = stop
    shown = [text for text in fields if text and not _OF_THE_PROGRAM.fullmatch(text)]
    if shown:
        yield Text(f"{place}{SEPARATOR}fields", "\n".join(shown), Hidden.PROPERTY)
    for file in files:
        yield Text(f"{place}{SEPARATOR}{file.name}", file.name)
        yield _opened(file.name, "", file.content, part, place, budget)
    if fault is not None:
        yield Gap(place, fault.why, fault.detail, "tnef")


def _message(
    content: bytes, fields: dict[str, None], part: Part, place: str, budget: Budget
) -> Iterator[Piece]:
    """The properties of the message: bodies are opened, other texts are fields."""
    for found in _tnef.properties(content):
        body = b"".join(found.values)
        if found.number == _RTF_BODY:
            yield _opened("rich text body", "text/rtf", inflated(body, budget), part, place, budget)
        elif found.number == _HTML_BODY:
            yield _opened("HTML body", "text/html", body, part, place, budget)
        elif found.number == _TEXT_BODY:
            yield _opened("body", "text/plain", body.strip(b"\0"), part, place, budget)
        else:
            fields.update((text, None) for text in _texts(found))


def _add(attribute: _tnef.Attribute, file: _Attachment) -> None:
    """What an attribute says about an attachment."""
    if attribute.identity == _TITLE:
        file.title = _text(attribute.content)
    elif attribute.identity == _DATA:
        file.content = attribute.content
    elif attribute.identity == _PROPERTIES_OF_ATTACHMENT:
        for found in _tnef.properties(attribute.content):
            if found.number == _OBJECT and found.values:
                skipped = _INTERFACE if found.type == _tnef.OBJECT else 0
                file.content = found.values[0][skipped:] or file.content
            else:
                file.names.update((found.number, text) for text in _texts(found))


def _opened(
    name: str, declared: str, content: bytes, part: Part, place: str, budget: Budget
) -> Piece:
    budget.charge(members=1, inflated=len(content))
    filename = "" if declared else name
    return budget.open(Part(part.path, content, declared, filename), f"{place}{SEPARATOR}{name}")


def _texts(found: _tnef.Property) -> list[str]:
    """The values of a property that are words."""
    if found.type == _tnef.WIDE:
        return [value.decode("utf-16-le", "replace").strip("\0") for value in found.values]
    if found.type == _tnef.ANSI:
        return [_text(value) for value in found.values]
    return []


def _text(value: bytes) -> str:
    return decode(value.rstrip(b"\0")).strip()
