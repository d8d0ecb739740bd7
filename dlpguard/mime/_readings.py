"""What other programs would make of one part: other encodings and charsets, files inside a text.

A part is read as its header says; here is everything else that some reader would show, or that its
recipient gets with one more click.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dlpguard.mail import Part
from dlpguard.mime import _encodings, _flowed, _transfer, charsets

_SHORT_TEXT = 24
"""Bytes that a run of base64 must decode to before it is read: shorter ones are ids and hashes."""

_MAGIC = (
    b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!",
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8",
)  # fmt: skip
_TEXTS = ("text/", "message/partial")
"""Types in which files may stand encoded; a piece of a message has no header that says how."""

_HEADERS_ONLY = "text/rfc822-headers"
_PAGE = re.compile(rb"\s{0,200}<(?:!doctype\s{1,20}html|html|body|table|p|div)\b", re.IGNORECASE)
_STRAY_PART = re.compile(
    rb"^--[^\s-][^\r\n]{0,200}\r?\n(?=Content-[A-Za-z-]{2,40}[ \t]{0,5}:)", re.MULTILINE
)
"""A line like the beginning of a part, in the middle of a text: for readers that compare only the
beginning of a boundary it is one."""

_BASE64_AND_SPACE = bytes(range(0x80)).translate(None, b"!\"#$%&'()*,-.:;<>?@[\\]^_`{|}~")
_SPELLED_OUT = re.compile(rb"=[3-7][0-9A-Fa-f](?:=[3-7][0-9A-Fa-f]){2}")
"""Letters that quoted-printable has no reason to encode, three in a row."""

_LINE_OF_TEXT = re.compile(rb"[A-Za-z0-9][ \t.,:;!?@'()-]{1,3}[A-Za-z0-9]")
_FOR_ADDRESSES = bytes.maketrans(b"-_", b"+/")


def others(part: Part, raw: bytes, encodings: list[str], labels: list[str]) -> Iterator[Part]:
    """Other readings of a part, each with a path that says what it is.

    `raw` is the part before its transfer encoding was taken off, b"" where nobody could take it
    off otherwise; `encodings` and `labels` (of charsets) are what its header says, the first of
    which `part` has been read with.
    """
    for suffix, content in _otherwise_decoded(raw, part.content, encodings):
        yield replace(part, path=f"{part.path}~{suffix}", content=content, is_body=False)
    for number, charset in enumerate(labels[1:], 2):
        if _differs(part.content, labels[0], charset):
            yield replace(part, path=f"{part.path}~charset{number}", charset=charset)
    if part.declared_type.startswith(_TEXTS):
        yield from inside(part)
    if part.declared_type == _HEADERS_ONLY:
        yield Part(f"{part.path}~message", part.content, "message/rfc822")
    if part.declared_type == "text/plain" and _PAGE.match(part.content):
        yield replace(part, path=f"{part.path}~page", declared_type="text/html")


def inside(part: Part) -> Iterator[Part]:
    """Files and parts that stand in a text as text."""
    content = part.content
    for suffix, files in (
        ("uuencoded", _transfer.uuencoded(content)),
        ("yenc", _encodings.yencoded(content)),
        ("binhex", _encodings.binhexed(content)),
    ):
        for number, (name, body) in enumerate(files, 1):
            yield Part(f"{part.path}~{suffix}{number}", body, "", name)
    for number, run in enumerate(filter(_is_readable, _base64(content)), 1):
        yield Part(f"{part.path}~base64-{number}", run)
    if _SPELLED_OUT.search(content):
        decoded = _transfer.decode(content, "quoted-printable")
        yield replace(part, path=f"{part.path}~quoted-printable", content=decoded)
    if b"\nContent-" in content and _STRAY_PART.search(content):
        whole = b"Content-Type: multipart/mixed\r\n\r\n" + content
        yield Part(f"{part.path}~parts", whole, "message/rfc822")


def flowed(part: Part, formats: Iterable[str], delsp: Iterable[str]) -> tuple[Part, ...]:
    """A plain text with the lines joined that flow; also as it stood where a list may be meant.

    Mozilla, Apple and Gmail join them, Outlook does not.
    """
    flows = any(value.lower() == "flowed" for value in formats)
    if not flows or part.declared_type != "text/plain" or b"\0" in part.content:
        return (part,)
    deletes = any(value.lower() == "yes" for value in delsp)
    whole = replace(part, content=_flowed.joined(part.content, delsp=deletes))
    if _flowed.is_doubtful(part.content):
        return whole, replace(part, path=f"{part.path}~fixed")
    return (whole,)


def _otherwise_decoded(
    raw: bytes, content: bytes, encodings: list[str]
) -> Iterator[tuple[str, bytes]]:
    seen = {content}
    readings = [(name or "identity", _transfer.decode(raw, name)) for name in encodings[1:]]
    around = _transfer.around_base64(raw) if "base64" in encodings else b""
    if around.strip():
        readings.append(("lines", _transfer.base64_lines(raw)))
        readings.append(("web", _transfer.base64(raw.translate(_FOR_ADDRESSES))))
    if around and _LINE_OF_TEXT.search(raw):  # somebody may have written it
        readings += [("lines", _transfer.base64_lines(raw)), ("raw", raw)]
    for suffix, other in readings:
        if other.strip() and other not in seen:
            seen.add(other)
            yield suffix, other


def _differs(content: bytes, one: str, other: str) -> bool:
    """Whether two charsets make different letters of what is no accent."""
    first, second = (charsets.decode(content, charset) for charset in (one, other))
    return first.encode("ascii", "ignore") != second.encode("ascii", "ignore")


def _base64(content: bytes) -> Iterator[bytes]:
    """Runs of lines in base64; a text that is nothing else, however short."""
    runs = list(_transfer.base64_runs(content))
    if not runs and not content.translate(None, _BASE64_AND_SPACE):
        runs = [_transfer.base64(content)]
    yield from runs


def _is_readable(decoded: bytes) -> bool:
    """Whether what base64 gave is text or a file, and not a key, a signature or chance."""
    if decoded.startswith(_MAGIC):
        return True
    if len(decoded) < _SHORT_TEXT:
        return False
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(c.isprintable() or c in "\r\n\t" for c in text) >= 0.95 * len(text)
