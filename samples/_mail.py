"""Messages as mail programs write them, byte for byte the same every time.

Written by hand instead of with `email`, whose folding of long headers differs between versions
of Python.  Lines end in CRLF, as on the wire.
"""

from __future__ import annotations

import base64
import hashlib
import quopri
import urllib.parse
from dataclasses import dataclass, field

_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "csv": 'text/csv; charset="windows-1252"',
    "zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class People:
    """How many distinct people a message discloses, participants left out (DESIGN 6).

    `private` of `visible` and `hidden` together come with something private.
    """

    visible: int = 0
    hidden: int = 0
    private: int = 0


@dataclass(frozen=True, slots=True)
class Mail:
    """One sample: what is sent, and what should become of it.

    `attach` maps the name shown in the mail to a name in samples/attachments/.  `to` and `cc` are
    header fields as shown; the envelope is `sender` and `recipients`.  `list_file` names a file
    in samples/recipients/ that holds the recipients where there are many.  `people` is None where
    the count depends on how much of a broken file can be saved.
    """

    name: str
    title: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    expect: str
    people: People | None = field(default_factory=People)
    author: str = ""
    to: str = ""
    cc: str = ""
    html: str = ""
    calendar: str = ""
    attach: dict[str, str] = field(default_factory=dict)
    date: str = "Fri, 19 Jul 2013 09:30:00 +0100"
    eight_bit: bool = False
    list_file: str = ""


@dataclass(frozen=True, slots=True)
class _Entity:
    """A MIME entity: its header fields and its body without the line end that closes it."""

    fields: tuple[str, ...]
    body: bytes


def render(mail: Mail, attachments: dict[str, bytes]) -> bytes:
    """The message as it goes over the wire after DATA, without dot-stuffing."""
    entity = _text(mail.text, "plain", eight_bit=mail.eight_bit)
    if mail.html:
        html = _text(mail.html, "html", eight_bit=mail.eight_bit)
        entity = _multipart(mail.name, "alternative", entity, html)
    if mail.calendar:
        calendar = _text(mail.calendar, "calendar", eight_bit=False)
        entity = _multipart(mail.name, "alternative", entity, calendar)
    if mail.attach:
        files = (_attachment(shown, attachments[name]) for shown, name in mail.attach.items())
        entity = _multipart(mail.name, "mixed", entity, *files)
    lines = (*_header(mail), *entity.fields, "", "")
    return _crlf("\n".join(lines)) + entity.body + b"\r\n"


def fold(addresses: tuple[str, ...]) -> str:
    """Addresses as the value of a header field, a few on each line (RFC 5322 2.2.3)."""
    lines = [""]
    for address in addresses:
        if lines[-1] and len(lines[-1]) + len(address) > 70:
            lines.append("")
        lines[-1] += f"{', ' if lines[-1] else ''}{address}"
    return ",\n ".join(lines)


def _header(mail: Mail) -> tuple[str, ...]:
    digest = _digest(mail.name)
    host = mail.sender.rpartition("@")[2]
    return (
        f"Received: from PC{digest[:4]} ([10.20.{int(digest[:2], 16)}.{int(digest[2:4], 16)}])\n"
        f" by mail.{host} with ESMTP id {digest[:12]}; {mail.date}",
        f"From: {_words(mail.author or mail.sender)}",
        f"To: {_words(mail.to or mail.recipients[0])}",
        *([f"Cc: {_words(mail.cc)}"] if mail.cc else []),
        f"Subject: {_words(mail.subject)}",
        f"Date: {mail.date}",
        f"Message-ID: <{digest[:24]}@mail.{host}>",
        "MIME-Version: 1.0",
    )


def _text(text: str, subtype: str, *, eight_bit: bool) -> _Entity:
    """A text part, encoded only when it has to be (RFC 2045 6)."""
    method = "; method=REQUEST" if subtype == "calendar" else ""
    if text.isascii():
        kind, transfer, body = "us-ascii", "7bit", text.encode()
    elif eight_bit:
        kind, transfer, body = "utf-8", "8bit", text.encode()
    else:
        kind, transfer = "utf-8", "quoted-printable"
        body = quopri.encodestring(text.encode())
    return _Entity(
        (
            f'Content-Type: text/{subtype}; charset="{kind}"{method}',
            f"Content-Transfer-Encoding: {transfer}",
        ),
        body.replace(b"\n", b"\r\n"),
    )


def _attachment(shown: str, content: bytes) -> _Entity:
    if shown.isascii():
        name = f'filename="{shown}"'
    else:
        name = f"filename*=UTF-8''{urllib.parse.quote(shown)}"  # RFC 2231 4
    return _Entity(
        (
            f"Content-Type: {_TYPES[shown.rpartition('.')[2]]}",
            "Content-Transfer-Encoding: base64",
            f"Content-Disposition: attachment;\n {name}",
        ),
        base64.encodebytes(content).rstrip(b"\n").replace(b"\n", b"\r\n"),
    )


def _multipart(name: str, subtype: str, *entities: _Entity) -> _Entity:
    boundary = f"----=_Part_{_digest(f'{name} {subtype}')[:24]}"
    body = b""
    for entity in entities:
        fields = "\n".join((f"--{boundary}", *entity.fields, "", ""))
        body += _crlf(fields) + entity.body + b"\r\n"
    return _Entity(
        (f'Content-Type: multipart/{subtype};\n boundary="{boundary}"',),
        body + f"--{boundary}--".encode(),
    )


def _words(value: str) -> str:
    """A header value, as one encoded word where it is not ASCII (RFC 2047 2)."""
    if value.isascii():
        return value
    return f"=?utf-8?B?{base64.b64encode(value.encode()).decode()}?="


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("ascii")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
