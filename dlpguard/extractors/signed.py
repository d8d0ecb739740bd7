"""S/MIME and CMS messages that are signed or compressed, not encrypted: what they carry (RFC 5652).

A `.p7m` file shows its content to whoever opens it; the signature is not checked.  Our own walk
over the BER encoding, because signers write indefinite lengths and octet strings in pieces, which
`cryptography` does not take apart without a certificate to verify.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from dlpguard.document import SEPARATOR, Unread
from dlpguard.extractors._budget import Budget, Inflation, Piece, Unreadable
from dlpguard.mail import Part

FORMATS = frozenset({"smime-signed"})

_ARMOUR = re.compile(
    rb"-----BEGIN (?:PKCS7|CMS)-----([A-Za-z0-9+/=\s]{1,70000000})-----END", re.ASCII
)
_SIGNED = bytes.fromhex("2a864886f70d010702")
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_SEQUENCE, _SET, _OCTETS, _PIECES, _OID, _EXPLICIT = 0x30, 0x31, 0x04, 0x24, 0x06, 0xA0
_DEPTH = 20
"""Encodings in encodings; a signed message has eight."""

_MOST = 100_000
"""Values on one level: an octet string in pieces of a kilobyte has fewer."""

_MIME = re.compile(rb"(?:[!-9;-~]{1,100}:[^\r\n]{0,998}\r?\n){1,50}", re.ASCII)


class _Value(NamedTuple):
    """One encoded value: its tag, and where its content begins and ends."""

    tag: int
    start: int
    end: int
    after: int


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What was signed, inside: a MIME entity in mail, any file elsewhere."""
    budget.charge()
    content = _dearmoured(part.content)
    carried = _carried(content, budget)
    if carried is None:
        return  # only certificates, or a signature that stands beside what it signs
    name = part.filename.removesuffix(".p7m") if part.filename.endswith(".p7m") else ""
    declared = "message/rfc822" if not name or _is_mail_name(part.filename) else ""
    if declared and not _MIME.match(carried):
        declared = ""
    inner = Part(part.path, carried, declared, "" if declared else name)
    yield budget.open(inner, f"{place}{SEPARATOR}{name or 'signed content'}")


def _is_mail_name(filename: str) -> bool:
    return filename.lower() in {"smime.p7m", "smime.p7z"}


def _dearmoured(content: bytes) -> bytes:
    armour = _ARMOUR.search(content[:70_000_100])
    if armour is None:
        return content
    try:
        return binascii.a2b_base64(armour[1])
    except binascii.Error:
        raise Unreadable(Unread.CORRUPT, "armour that is no base64") from None


def _carried(content: bytes, budget: Budget) -> bytes | None:
    """The content of the encapsulated content info (RFC 5652 5.2, RFC 3274 1.1)."""
    outer = list(_children(content, _value(content, 0, len(content), 0)))
    if len(outer) < 2 or outer[0].tag != _OID:
        raise Unreadable(Unread.CORRUPT, "no content info")
    kind = content[outer[0].start : outer[0].end]
    if kind not in {_SIGNED, _COMPRESSED}:
        raise Unreadable(Unread.ENCRYPTED, "a message that is not only signed")
    inside = next(_children(content, outer[1]))
    # Version, algorithms, then what is signed; a signed message has nothing before it that is
    # a sequence, a compressed one has its algorithm.
    sequences = [value for value in _children(content, inside) if value.tag == _SEQUENCE]
    capsule = sequences[1 if kind == _COMPRESSED else 0] if sequences else None
    wrapped = [] if capsule is None else list(_children(content, capsule))
    if len(wrapped) < 2 or wrapped[1].tag != _EXPLICIT:
        return None
    octets = b"".join(_octets(content, next(_children(content, wrapped[1])), 0))
    return _inflated(octets, budget) if kind == _COMPRESSED else octets


def _octets(content: bytes, value: _Value, depth: int) -> Iterator[bytes]:
    """An octet string, whole or in pieces (X.690 8.7)."""
    if depth > _DEPTH:
        raise Unreadable(Unread.TOO_DEEP, "octet strings in octet strings")
    if value.tag == _PIECES:
        for child in _children(content, value):
            yield from _octets(content, child, depth + 1)
    else:
        yield content[value.start : value.end]


def _children(content: bytes, parent: _Value) -> Iterator[_Value]:
    position = parent.start
    for _ in range(_MOST):
        if position >= parent.end:
            return
        child = _value(content, position, parent.end, 0)
        yield child
        position = child.after
    raise Unreadable(Unread.TOO_LARGE, f"more than {_MOST} values")


def _value(content: bytes, position: int, end: int, depth: int) -> _Value:
    """The value at a position (X.690 8.1)."""
    if position + 2 > end or depth > _DEPTH:
        raise Unreadable(Unread.CORRUPT, "cut off or damaged")
    tag, length, start = content[position], content[position + 1], position + 2
    if length == 0x80:
        return _indefinite(content, tag, start, end, depth)
    if length > 0x80:
        size = length & 0x7F
        length = int.from_bytes(content[start : start + size], "big")
        start += size
    # What was cut off is read as far as it goes.
    return _Value(tag, start, min(start + length, end), min(start + length, end))


def _indefinite(content: bytes, tag: int, start: int, end: int, depth: int) -> _Value:
    """A value that ends with two zero bytes."""
    position = start
    for _ in range(_MOST):
        if content[position : position + 2] in {b"\0\0", b""} or position >= end:
            return _Value(tag, start, position, min(position + 2, end))
        position = _value(content, position, end, depth + 1).after
    raise Unreadable(Unread.TOO_LARGE, f"more than {_MOST} values")


def _inflated(content: bytes, budget: Budget) -> bytes:
    inflation = Inflation(budget, len(content))
    decompressor = zlib.decompressobj()
    pieces: list[bytes] = []
    try:
        while content and not decompressor.eof:
            pieces.append(decompressor.decompress(content, 1 << 18))
            inflation.charge(len(pieces[-1]))
            content = decompressor.unconsumed_tail
    except zlib.error:
        raise Unreadable(Unread.CORRUPT, "compressed content that is damaged") from None
    return b"".join(pieces)
