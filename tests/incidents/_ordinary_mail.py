"""Ordinary mail on the wire: header, text and HTML, attachments, as various programs write them.

Written by hand instead of with `email`, whose folding differs between versions of Python.
"""

from __future__ import annotations

import base64
import html
import quopri
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.incidents import _ordinary_files as files
from tests.incidents._ordinary_draw import Draw

_PROGRAMS = (
    "X-Mailer: Microsoft Outlook 16.0",
    "X-Mailer: Microsoft Outlook 15.0\r\nThread-Index: AQHOhIQ{0}==",
    "X-Mailer: iPhone Mail (16H71)",
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; rv:60.0) Gecko/20100101 Thunderbird/60.9.0",
    "X-Priority: 3\r\nX-MSMail-Priority: Normal",
    "X-Originating-IP: [10.20.4.17]",
)
_FONTS = ("Calibri", "Arial", "Verdana", "Georgia", "Segoe UI")


@dataclass(frozen=True, slots=True)
class Entity:
    """A MIME entity: its header fields and its body without the line end that closes it."""

    fields: tuple[str, ...]
    body: bytes


def message(fields: Iterable[str], entity: Entity, draw: Draw) -> bytes:
    """The message as it goes over the wire after DATA, without dot-stuffing."""
    program = draw.pick(_PROGRAMS).format(draw.digits(8))
    lines = (*fields, program, "MIME-Version: 1.0", *entity.fields, "", "")
    return "\r\n".join(lines).encode("ascii") + entity.body + b"\r\n"


def text(content: str, draw: Draw, subtype: str = "plain") -> Entity:
    """A text part, in one of the encodings that programs choose (RFC 2045 6)."""
    content = content.replace("\n", "\r\n").rstrip("\r\n") + "\r\n"
    short = max(map(len, content.splitlines()), default=0) < 900  # RFC 5322 2.1.1
    if content.isascii() and short and draw.chance(60):
        charset, transfer, body = "us-ascii", "7bit", content.encode()
    elif short and draw.chance(20):
        charset, transfer, body = "utf-8", "8bit", content.encode()
    elif draw.chance(30):
        charset, transfer = "utf-8", "base64"
        body = base64.encodebytes(content.encode()).replace(b"\n", b"\r\n")
    else:
        charset, transfer = _charset(content), "quoted-printable"
        lines = content.encode(charset).replace(b"\r\n", b"\n")
        body = quopri.encodestring(lines).replace(b"\n", b"\r\n")
    kind = f'Content-Type: text/{subtype}; charset="{charset}"'
    return Entity((kind, f"Content-Transfer-Encoding: {transfer}"), body.removesuffix(b"\r\n"))


def calendar(content: str, method: str) -> Entity:
    """An invitation as a part of the text (RFC 6047 2.4)."""
    body = base64.encodebytes(content.replace("\n", "\r\n").encode())
    kind = f'Content-Type: text/calendar; charset="utf-8"; method={method}'
    return Entity((kind, "Content-Transfer-Encoding: base64"), body.strip().replace(b"\n", b"\r\n"))


def report(content: str, subtype: str) -> Entity:
    """A part that a program reads: message/delivery-status, text/rfc822-headers."""
    return Entity((f"Content-Type: {subtype}",), content.strip().replace("\n", "\r\n").encode())


def attachment(name: str, content: bytes) -> Entity:
    """A file."""
    if name.isascii():
        shown = f'filename="{name}"'
    else:
        shown = f"filename*=UTF-8''{urllib.parse.quote(name)}"  # RFC 2231 4
    kind = files.TYPES[name.rpartition(".")[2].lower()]
    return Entity(
        (
            f"Content-Type: {kind}",
            "Content-Transfer-Encoding: base64",
            f"Content-Disposition: attachment;\r\n {shown}",
        ),
        base64.encodebytes(content).strip().replace(b"\n", b"\r\n"),
    )


def multipart(subtype: str, draw: Draw, *entities: Entity) -> Entity:
    """Several parts as one; a single part as it is."""
    kind, _, _ = subtype.partition(";")
    if len(entities) == 1:
        return entities[0]
    boundary = f"----=_{draw.pick(('Part', 'NextPart_000', '000'))}_{draw.digits(18)}"
    body = b""
    for each in entities:
        fields = "\r\n".join((f"--{boundary}", *each.fields, "", ""))
        body += fields.encode("ascii") + each.body + b"\r\n"
    detail = subtype.removeprefix(kind)
    field = f'Content-Type: multipart/{kind}{detail};\r\n boundary="{boundary}"'
    return Entity((field,), body + f"--{boundary}--".encode())


def words(value: str) -> str:
    """The words of a header field, as encoded words where they are not ASCII (RFC 2047 2)."""
    if value.isascii():
        return value
    pieces = [value[start : start + 20] for start in range(0, len(value), 20)]
    encoded = (base64.b64encode(piece.encode()).decode() for piece in pieces)
    return "\r\n ".join(f"=?utf-8?B?{piece}?=" for piece in encoded)


def mailbox(name: str, address: str, draw: Draw) -> str:
    """A name and an address, in one of the ways of RFC 5322 3.4."""
    if not name or draw.chance(10):
        return address
    if not name.isascii():
        return f"{words(name)} <{address}>"
    return f'"{name}" <{address}>' if "," in name or draw.chance(50) else f"{name} <{address}>"


def shown(template: str, draw: Draw) -> str:
    """The text as it is read: tables of it (lines with |) laid out in one of three ways."""
    how = draw.below(3)
    lines: list[str] = []
    for is_table, block in _blocks(template):
        if not is_table:
            lines += block
        elif how == 0:
            lines += [line.replace("|", " | ") for line in block]
        elif how == 1:
            lines += [line.replace("|", "\t") for line in block]
        else:
            lines += _aligned(block)
    return "\n".join(lines)


def web(template: str, draw: Draw, brand: str) -> str:
    """The same as HTML, with a logo or a tracking pixel now and then."""
    font = draw.pick(_FONTS)
    how = draw.below(3)
    parts = [
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
        f"<style>p{{font-family:{font};font-size:11pt;margin:0}}</style></head><body>",
    ]
    if draw.chance(25):
        parts.append(f'<img src="https://www.council.example/logo.png" alt="{html.escape(brand)}">')
    for is_table, block in _blocks(template):
        if is_table:
            rows = ("".join(f"<td>{html.escape(c)}</td>" for c in r.split("|")) for r in block)
            parts.append(f"<table border=1>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        elif how == 0:
            parts += [f"<p class=MsoNormal>{html.escape(line) or '&nbsp;'}</p>" for line in block]
        elif how == 1:
            parts += [f'<div dir="ltr">{html.escape(line) or "<br>"}</div>' for line in block]
        else:
            parts.append("<br>\n".join(html.escape(line) for line in block))
    if draw.chance(25):
        parts.append(
            f'<img src="https://click.mailer.example/o/{draw.digits(12)}.gif" width=1 height=1>'
        )
    return "\n".join((*parts, "</body></html>"))


def _charset(content: str) -> str:
    try:
        content.encode("cp1252")
    except UnicodeEncodeError:
        return "utf-8"
    return "utf-8" if content.isascii() else "windows-1252"


def _blocks(template: str) -> Iterator[tuple[bool, list[str]]]:
    """Runs of lines that are a table, and runs that are not."""
    run: list[str] = []
    in_table = False
    for line in template.split("\n"):
        is_row = "|" in line and "||" not in line and " | " not in line
        if is_row is not in_table and run:
            yield in_table, run
            run = []
        in_table = is_row
        run.append(line)
    if run:
        yield in_table, run


def _aligned(block: list[str]) -> list[str]:
    rows = [line.split("|") for line in block]
    columns = range(max(map(len, rows)))
    widths = [max(len(row[n].strip()) if n < len(row) else 0 for row in rows) for n in columns]
    return [
        "  ".join(cell.strip().ljust(widths[n]) for n, cell in enumerate(row)).rstrip()
        for row in rows
    ]
