"""Files that stand encoded inside a text: yEnc and BinHex, which programs of old decode by sight.

>>> list(yencoded(b"=ybegin line=128 size=3 name=a.txt\\r\\n\\x8b\\x98\\x98\\r\\n=yend size=3"))
[('a.txt', b'ann')]
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

_YBEGIN = re.compile(rb"^=ybegin [^\r\n]{0,200}?name=([^\r\n]{0,255})\r?\n", re.MULTILINE)
_YEND = re.compile(rb"^=yend\b", re.MULTILINE)
_YPART = re.compile(rb"^=ypart [^\r\n]{0,200}\r?\n")
_YESCAPE = re.compile(rb"=([^\r\n])", re.DOTALL)
_SHIFTED = bytes((code - 42) % 256 for code in range(256))
"""yEnc adds 42 to each byte (yEnc specification 1.3, "Encoding Technique")."""

_BINHEX = re.compile(
    rb"^\(This file must be converted with BinHex[^\r\n]{0,100}\r?\n\s{0,100}:([^:]{0,70000000}):?",
    re.MULTILINE,
)
_ALPHABET = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_AS_BASE64 = bytes.maketrans(_ALPHABET, _BASE64)
_NOT_BINHEX = bytes(set(range(256)) - set(_ALPHABET))
_MOST = 60_000_000
"""Bytes that runs may swell to: a message has fewer."""


def yencoded(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of what is yEncoded in a text."""
    if b"=ybegin" not in content:
        return
    position = 0
    while begin := _YBEGIN.search(content, position):
        end = _YEND.search(content, begin.end())
        position = end.end() if end else len(content)
        body = content[begin.end() : end.start() if end else len(content)]
        if part := _YPART.match(body):
            body = body[part.end() :]
        lines = body.replace(b"\r", b"").replace(b"\n", b"")
        plain = _YESCAPE.sub(lambda match: bytes([(match[1][0] - 64) % 256]), lines)
        yield begin[1].decode("utf-8", "replace").strip(), plain.translate(_SHIFTED)


def binhexed(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of what is in BinHex 4.0 in a text (RFC 1741): data and resource fork."""
    if b"(This file must be converted with BinHex" not in content:
        return
    for found in _BINHEX.finditer(content):
        file = _expanded(_sixbit(found[1]))
        length = file[0] if file else 0
        header = file[1 + length : 20 + length]
        if len(header) < 19:
            continue
        name = file[1 : 1 + length].decode("mac-roman", "replace")
        data, resource = (int.from_bytes(header[at : at + 4], "big") for at in (11, 15))
        start = 22 + length  # behind the header's check sum
        yield name, file[start : start + data]
        if resource:
            yield name, file[start + data + 2 : start + data + 2 + resource]


def _sixbit(letters: bytes) -> bytes:
    encoded = letters.translate(_AS_BASE64, _NOT_BINHEX)
    encoded = encoded if len(encoded) % 4 != 1 else encoded[:-1]
    return binascii.a2b_base64(encoded + b"=" * (-len(encoded) % 4))


def _expanded(packed: bytes) -> bytes:
    """Runs written out: a byte, 0x90, how often; 0x90 and nought is the byte 0x90 itself."""
    pieces: list[bytes] = []
    position = size = 0
    last = b""
    while (at := packed.find(b"\x90", position)) != -1 and at + 1 < len(packed):
        pieces.append(packed[position:at])
        last = packed[at - 1 : at] if at > position else last
        count = packed[at + 1]
        piece = b"\x90" if count == 0 else last * (count - 1)
        last = b"\x90" if count == 0 else last
        pieces.append(piece)
        size += len(piece)
        if size > _MOST:
            break
        position = at + 2
    return b"".join([*pieces, packed[position:]])
