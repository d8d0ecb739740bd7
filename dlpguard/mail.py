"""A message as it came in: what the client said (envelope) and what the bytes say (message)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

MessageId = NewType("MessageId", str)
"""dlpguard's own id of one accepted message: 26 characters, sortable by arrival, no content."""

Address = NewType("Address", str)
"""An addr-spec as the client or a header gave it (RFC 5321); `""`: the null sender."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One RCPT TO with the DSN parameters that came with it (RFC 3461).

    `notify` holds upper-case keywords (NEVER, SUCCESS, FAILURE, DELAY); `original` is the value of
    ORCPT.
    """

    address: str = field(repr=False)
    notify: tuple[str, ...] = ()
    original: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the SMTP client said before DATA.

    `client` is its IP address, `received` the arrival in seconds since 1970 (UTC; 0.0 when
    unknown), `options` the MAIL parameters as given, upper-case keyword and value ("" if none).
    """

    sender: str = field(repr=False)
    recipients: tuple[Recipient, ...] = field(repr=False)
    client: str = ""
    login: str = field(default="", repr=False)
    tls: bool = False
    received: float = 0.0
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the recipients, in the order in which they were given."""
        return tuple(r.address for r in self.recipients)


@dataclass(frozen=True, slots=True)
class Part:
    """A decoded MIME leaf, an attachment of another file, or a file as if attached.

    `path` is where it stands in the message ("1.2"), `content` its bytes after transfer decoding,
    `declared_type` what its header claims in lower case ("application/pdf", "" when nothing),
    `filename` what a reader would show ("" for a body), `charset` what the header claims.
    `is_body` is true for text that a mail program shows as the message itself.
    """

    path: str
    content: bytes = field(repr=False)
    declared_type: str = ""
    filename: str = field(default="", repr=False)
    charset: str = ""
    is_body: bool = False


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name and an address out of a header (From, To, Cc)."""

    name: str = field(repr=False)
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HeaderText:
    """What somebody wrote into a header field that `Message` has no attribute for, decoded.

    `name` is the field's ("Thread-Topic"), `path` that of the part whose header it stands in (""
    for the message's own); `shown` says whether mail programs show it.
    """

    name: str
    text: str = field(repr=False)
    path: str = ""
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What the bytes say, as a mail program would show it.  `raw` is what came in, unchanged.

    `defects` are short names of what readers may disagree about ("duplicate-subject",
    "type-contradiction"); policies can see them.
    """

    id: MessageId
    envelope: Envelope = field(repr=False)
    subject: str = field(default="", repr=False)
    author: tuple[Mailbox, ...] = field(default=(), repr=False)
    to: tuple[Mailbox, ...] = field(default=(), repr=False)
    cc: tuple[Mailbox, ...] = field(default=(), repr=False)
    parts: tuple[Part, ...] = field(default=(), repr=False)
    defects: tuple[str, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    written: tuple[HeaderText, ...] = field(default=(), repr=False)


ID_LENGTH = 26
"""Characters of a message's id: 128 bits, five in each."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

LAST_OF_ID = _CROCKFORD[-1]
"""The character that sorts after all others in an id."""


def new_id(seconds: float, randomness: bytes) -> MessageId:
    """An id that sorts by time: 48 bits of milliseconds and 80 random bits (ten bytes), base 32.

    >>> new_id(1.0, bytes(10))
    '00000000Z80000000000000000'
    """
    number = int(seconds * 1000) << 80 | int.from_bytes(randomness[:10], "big")
    return MessageId("".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5)))
