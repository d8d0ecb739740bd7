"""Transfer encodings (RFC 2045 section 6, and uuencode), read as the most lenient reader would."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

import pybase64

_COMMENT = re.compile(r"\([^()]{0,200}\)")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_JUNK = bytes(range(256)).translate(None, _ALPHABET)
_BEGIN = re.compile(
    rb"^begin(?:-base64)?[ \t]{1,9}[0-7]{3,4}[ \t]{1,9}([^\s][^\r\n]{0,255})\r?$", re.MULTILINE
)
_END = re.compile(rb"^(?:end|====)\s*$", re.MULTILINE)

_RUN_LINE = 60
"""Characters of base64 in a line that nobody writes by hand: encoders break lines at 60 to 76."""

_RUN = re.compile(rb"\n([A-Za-z0-9+/]{%d,1000}={0,2}\r?)$" % _RUN_LINE, re.MULTILINE)
"""With the line end before it: what begins with one byte is looked for many times as fast."""

_TAIL = re.compile(rb"\r?\n([A-Za-z0-9+/]{2,76}={0,2})\r?$", re.MULTILINE)

IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
_NAMES = {"base64": "base64", "quoted-printable": "quoted-printable"} | dict.fromkeys(
    ("x-uuencode", "uuencode", "x-uue", "uue"), "uuencode"
)


def name(value: str) -> tuple[str, bool]:
    """The encoding that a header value means, and whether a strict reader would see the same.

    >>> name("(comment)base64")
    ('base64', False)
    >>> name("7bit")
    ('', True)
    """
    strict = value.strip().lower()
    if strict in IDENTITY:
        return "", True
    glued, parted = (_COMMENT.sub(gap, strict).replace('"', " ").strip() for gap in ("", " "))
    words = (re.split(r"[\s;,]", text, maxsplit=1)[0] for text in (parted, glued))
    found = next((_NAMES[word] for word in words if word in _NAMES), "")
    return found, _NAMES.get(strict) == found and bool(found)


def decode(content: bytes, encoding: str) -> bytes:
    """Content with an encoding of `name` taken off.  Broken input gives what can be had of it."""
    if encoding == "base64":
        return base64(content)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(content)
    if encoding == "uuencode":
        return next((body for _, body in uuencoded(content)), None) or _uu(content.splitlines())
    return content


def base64(content: bytes) -> bytes:
    """Base64 with junk, padding in the middle, missing padding or a character too many.

    >>> base64(b"U2Vj!cmV0==U2Vjcg")
    b'SecretSecr'
    """
    written = content.translate(None, _JUNK).rstrip(b"=")
    if b"=" not in written:  # as nearly all is: no copies of what may be megabytes
        return _unpadded(written)
    return b"".join(_unpadded(run) for run in written.split(b"=") if run)


def _unpadded(run: bytes) -> bytes:
    whole = run if len(run) % 4 != 1 else run[:-1]
    padding = b"=" * (-len(whole) % 4)
    return pybase64.b64decode(whole + padding if padding else whole, validate=True)


def plain_base64(content: bytes) -> bytes | None:
    """Base64 that can be read in one way only, as encoders write it; None where there is anything
    between the lines, or no proper end.

    >>> plain_base64(b"U2Vj\\r\\ncmV0")
    b'Secret'
    >>> plain_base64(b"U2Vj!cmV0")
    """
    try:
        return pybase64.b64decode(content.translate(None, b"\r\n"), validate=True)
    except binascii.Error:
        return None


def base64_lines(content: bytes) -> bytes:
    """Base64 of only those lines that are nothing else: what stands around them is left out."""
    lines = (line.strip() for line in content.splitlines())
    return base64(b"".join(line for line in lines if not line.translate(None, _ALPHABET)))


def around_base64(content: bytes) -> bytes:
    """All that no encoder writes: what is neither base64 nor the end of a line."""
    return content.translate(None, _ALPHABET + b"\r\n")


def base64_runs(content: bytes) -> Iterator[bytes]:
    """What runs of base64 lines inside other text decode to."""
    run: list[bytes] = []
    end = -1
    content = b"\n" + content
    for match in _RUN.finditer(content):
        if run and match.start() > end:
            yield base64(b"".join([*run, _tail(content, end)]))
            run = []
        run.append(match[1])
        end = match.end()
    if run:
        yield base64(b"".join([*run, _tail(content, end)]))


def _tail(content: bytes, end: int) -> bytes:
    """The last, shorter line of a run."""
    match = _TAIL.match(content, end)
    return match[1] if match else b""


def uuencoded(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Files that are uuencoded inside text: their names and contents."""
    if b"\nbegin" not in content and not content.startswith(b"begin"):
        return
    position = 0
    while begin := _BEGIN.search(content, position):
        end = _END.search(content, begin.end())
        # Without an end the rest is one file; going on behind the end keeps this linear.
        position = end.end() if end else len(content)
        body = content[begin.end() : end.start() if end else len(content)]
        filename = begin[1].decode("utf-8", "replace").strip()
        if begin[0].startswith(b"begin-base64"):
            yield filename, base64(body)
        else:
            yield filename, _uu(body.splitlines())


def _uu(lines: list[bytes]) -> bytes:
    decoded = []
    for line in lines:
        if not line or line.startswith((b"begin ", b"end", b"`")):
            continue
        # Encoders disagree about trailing spaces, so lines are often shorter or longer than said.
        length = ((line[0] - 32) & 63) * 4 // 3 + 4
        try:
            decoded.append(binascii.a2b_uu(line[:1] + line[1:length].ljust(length)))
        except binascii.Error:
            continue
    return b"".join(decoded)
