"""The top of a message: what we prepend, what we remove, and how loops are seen.

Only whole raw fields are removed, and only those of our own namespace; nothing is decoded or
written again, so that signatures made upstream still verify.
"""

from __future__ import annotations

import datetime
import email.utils
import re
from collections.abc import Iterable, Iterator

from dlpguard.mail import MessageId

NAMESPACE = b"x-dlpguard-"
"""Fields with names that begin with this are ours to write; those that come in are removed."""

HEADER_LIMIT = 1 << 20
"""How many bytes the header of a message may have.  Exchange takes 256 KiB, Postfix fewer."""

_WIDTH = 78
"""RFC 5322 2.1.1: what a line should not exceed."""

_LONGEST_NAME = 60
"""How much of a client's EHLO name is recorded: what fits a line of the trace field."""

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9.:_\[\]-]")


def trace(
    id: MessageId,
    *,
    name: str,
    client: str,
    protocol: str,
    hostname: str,
    installation: str,
    time: float,
) -> bytes:
    """The fields that go on top of a message (RFC 5321 4.4): `Received` and `X-DLPGuard-Id`.

    `name` is what the client called itself, `protocol` a word of RFC 3848.  There is no `for`: a
    trace field tells every recipient, and who else got the message may be a secret.
    """
    known = _NOT_IN_NAME.sub("?", name[:_LONGEST_NAME]) or "unknown"
    address = f"IPv6:{client}" if ":" in client else client
    when = datetime.datetime.fromtimestamp(int(time), datetime.UTC)
    words = (
        *("Received:", f"from {known}", f"([{address}])"),
        *(f"by {hostname}", f"(dlpguard {installation})"),
        *(f"with {protocol}", f"id {id};", email.utils.format_datetime(when)),
    )
    return (_folded(words) + f"X-DLPGuard-Id: {id}\r\n").encode("ascii", "replace")


def end_of_header(content: bytes | bytearray, start: int = 0) -> int | None:
    """Where the header ends of which this is the beginning: behind the line end of its last field.

    None while that has not come, or is beyond `HEADER_LIMIT`.  `start` is where to go on looking.
    """
    if content.startswith(b"\r\n"):
        return 0
    end = content.find(b"\r\n\r\n", max(0, start - 3), HEADER_LIMIT)
    return end + 2 if end >= 0 else None


def is_looping(header: bytes, installation: str, max_received: int) -> bool:
    """Whether a message has gone through too many relays, or through this one twice."""
    ours = installation.encode()
    if header.lower().count(b"received") <= max_received and header.count(ours) < 2:
        return False
    received = [field for field in _fields(header) if _name(field) == b"received"]
    return len(received) > max_received or sum(ours in field for field in received) >= 2


def without_ours(header: bytes) -> bytes:
    """A header without the fields of our namespace."""
    if NAMESPACE not in header.lower():
        return header
    return b"".join(field for field in _fields(header) if not _name(field).startswith(NAMESPACE))


def values_of(header: bytes, names: Iterable[bytes]) -> dict[bytes, tuple[str, ...]]:
    """What the fields of these names (in lower case) say, unfolded, each in its order."""
    found: dict[bytes, list[str]] = {name: [] for name in names}
    lower = header.lower()
    if any(name in lower for name in found):
        for field in _fields(header):
            if _name(field) in found:
                value = field.partition(b":")[2].replace(b"\r\n", b"")
                found[_name(field)].append(value.decode("utf-8", "replace").strip())
    return {name: tuple(values) for name, values in found.items()}


def _folded(words: tuple[str, ...]) -> str:
    """A field of words that stay whole, in lines as long as they should be."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += " " + word
        else:
            lines.append(" " + word)
    return "\r\n".join(lines) + "\r\n"


def _fields(header: bytes) -> Iterator[bytes]:
    """The raw fields of a header, each with its continuation lines and line ends."""
    begin = 0
    while begin < len(header):
        end = header.find(b"\r\n", begin)
        while end >= 0 and header[end + 2 : end + 3] in {b" ", b"\t"}:
            end = header.find(b"\r\n", end + 2)
        end = end + 2 if end >= 0 else len(header)
        yield header[begin:end]
        begin = end


def _name(field: bytes) -> bytes:
    """A field's name in lower case, b"" when it is no field.

    White space before the colon is obsolete, but allowed (RFC 5322 4.5).
    """
    name, colon, _ = field.partition(b":")
    return name.rstrip(b" \t").lower() if colon else b""
