"""What the edge is told, and what it hands over."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass, field

from dlpguard.mail import Envelope, MessageId


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may relay, and how much.

    `clients` are networks ("10.0.0.0/8"), `senders` the domains of MAIL FROM (the null sender is
    always one: bounces are mail too), `installation` the id by which our own `Received` fields are
    known when a message comes round again.  `bare_lines` is "reject" or "normalise".  `tls` makes
    STARTTLS available (`server.server_context`).  Sizes are in bytes.

    `large_bodies` messages beyond `small_body` are received at a time and the others wait, so that
    memory stays below connections x small_body + large_bodies x 2 x size.
    """

    clients: tuple[str, ...]
    senders: tuple[str, ...]
    hostname: str
    installation: str
    size: int = 150_000_000
    recipients: int = 1000
    connections: int = 200
    bare_lines: str = "reject"
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    smtputf8: bool = True
    max_received: int = 50
    idle_seconds: float = 300.0
    small_body: int = 1 << 20
    large_bodies: int = 8

    def __post_init__(self) -> None:
        if self.bare_lines not in {"reject", "normalise"}:
            raise ValueError('bare_lines is "reject" or "normalise"')
        for network in self.clients:
            ipaddress.ip_network(network)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that was received whole.

    `content` is as it came, without dot-stuffing and without fields of our namespace; it is empty
    or ends in CR LF.  `trace` are the fields that we prepend; they are made once, so that a copy
    that is sent again is the same.  `sha256` is the digest of `content` (32 bytes).
    """

    id: MessageId
    envelope: Envelope = field(repr=False)
    content: bytes = field(repr=False)
    trace: bytes = field(repr=False)
    sha256: bytes = field(repr=False)
