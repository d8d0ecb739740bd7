"""Messages that are meant to cost more than they weigh; each is a whole message."""

from __future__ import annotations

import base64

_HEAD = (
    b"From: ann@council.example\r\nTo: cy@elsewhere.example\r\nSubject: Hello\r\n"
    b"MIME-Version: 1.0\r\n"
)
_MIXED = b"Content-Type: multipart/mixed; boundary="


def many_parts() -> bytes:
    """Two hundred thousand parts."""
    return _HEAD + _MIXED + b"b\r\n\r\n" + b"--b\r\n\r\na\r\n" * 200_000 + b"--b--\r\n"


def long_field() -> bytes:
    """A header field of five megabytes, folded."""
    return _HEAD + b"X-Long:" + b" word word word word\r\n" * 250_000 + b"\r\nHello\r\n"


def many_fields() -> bytes:
    """Five megabytes of fields."""
    return _HEAD + b"X-Many: words of a field\r\n" * 200_000 + b"\r\nHello\r\n"


def encoded_words() -> bytes:
    """A subject of a hundred thousand encoded words."""
    return _HEAD + b"Subject:" + b"\r\n =?utf-8?q?=41?=" * 100_000 + b"\r\n\r\nHello\r\n"


def many_recipients() -> bytes:
    """A To field in which a hundred thousand groups open and comments nest."""
    return _HEAD + b"To: " + b"a: (" * 60_000 + b"\r\n\r\nHello\r\n"


def deep_multiparts() -> bytes:
    """A multipart in a multipart, twenty thousand times."""
    levels = (b"--%d\r\n" % n + _MIXED + b"%d\r\n\r\n" % (n + 1) for n in range(20_000))
    return _HEAD + _MIXED + b"0\r\n\r\n" + b"".join(levels) + b"--20000\r\n\r\nHello\r\n"


def message_in_message() -> bytes:
    """A message in a message, two thousand times."""
    return (_HEAD + b"Content-Type: message/rfc822\r\n\r\n") * 2000 + _HEAD + b"\r\nHello\r\n"


def encoded_message_in_message() -> bytes:
    """A message in a message, each encoded again, twenty-five times."""
    mail = _HEAD + b"\r\nHello\r\n"
    for _ in range(25):
        kind = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        mail = _HEAD + kind + base64.b64encode(mail)
    return mail


def lines_like_boundaries() -> bytes:
    """Half a million lines that could be boundaries and are none."""
    return _HEAD + _MIXED + b"b\r\n\r\n" + b"--bb\r\n" * 500_000 + b"--b--\r\n"


def boundary_in_boundary() -> bytes:
    """Three hundred levels that all have the same boundary."""
    inner = b"--b\r\n" + _MIXED + b"b\r\n\r\n"
    return (
        _HEAD + _MIXED + b"b\r\n\r\n" + inner * 300 + b"--b\r\n\r\nHello\r\n" + b"--b--\r\n" * 300
    )


def many_uuencoded_files() -> bytes:
    """A hundred thousand beginnings of uuencoded files in a text."""
    return _HEAD + b"\r\n" + b"begin 644 a.txt\r\n" * 100_000


def runs_of_base64() -> bytes:
    """Two megabytes of what could be base64, in lines of every length."""
    lines = b"".join(b"QUJD" * (n % 19 + 1) + b"\r\n" for n in range(50_000))
    return _HEAD + b"\r\n" + lines


def attached(content: bytes, name: str) -> bytes:
    """A file as the attachment of a message."""
    return (
        _HEAD + _MIXED + b"b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=" + name.encode() + b"\r\n\r\n"
        + base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--b--\r\n"
    )  # fmt: skip
