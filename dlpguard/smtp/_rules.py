"""What the edge is told, and what it hands over."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dlpguard.mail import Envelope, MessageId
from dlpguard.smtp._data import Keeper
from dlpguard.smtp._tenant import Tenant
from dlpguard.smtp.login import Login


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may relay, and how much.

    `clients` are networks ("10.0.0.0/8"), `senders` the domains of MAIL FROM (the null sender is
    always one: bounces are mail too), `installation` the id by which our own `Received` fields are
    known when a message comes round again.  `bare_lines` is "reject" or "normalise".  `tls` makes
    STARTTLS available (`server.server_context`).  Sizes are in bytes.

    From elsewhere a client may connect that can say who it is: by one of `logins`, by a certificate
    that is valid for `tls` with one of the names `certificates`, or as our `tenant` of Microsoft
    365.  From the networks `proxies` only proxies connect, and say for whom (`_introduction`).
    `postmaster` is whom mail to `<postmaster>` without a domain is for.

    `connections` of all clients, `connections_per_client` of one address.  A command may take
    `idle_seconds`, and a body that comes with less than `minimum_rate` bytes a second too (0: as
    slowly as it likes).  After so many `mistakes` a connection is closed.

    Memory does not depend on `size`: of a message that comes, a connection holds its header at most
    (`_trace.HEADER_LIMIT`) and what its `Intake` has not put away yet.
    """

    clients: tuple[str, ...]
    senders: tuple[str, ...]
    hostname: str
    installation: str
    size: int = 150_000_000
    recipients: int = 1000
    connections: int = 200
    connections_per_client: int = 100
    bare_lines: str = "reject"
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    logins: tuple[Login, ...] = ()
    certificates: tuple[str, ...] = ()
    tenant: Tenant | None = None
    proxies: tuple[str, ...] = ()
    postmaster: str = ""
    max_received: int = 50
    idle_seconds: float = 300.0
    minimum_rate: float = 500.0
    mistakes: int = 20

    def __post_init__(self) -> None:
        if self.bare_lines not in {"reject", "normalise"}:
            raise ValueError('bare_lines is "reject" or "normalise"')
        if (self.logins or self.certificates) and not self.tls:
            raise ValueError("logins and certificates need TLS")
        microsoft = self.tenant.networks if self.tenant else ()
        for network in (*self.clients, *self.proxies, *microsoft):
            ipaddress.ip_network(network)


Hold = Callable[[bool], None]
"""Called with True when a client must wait with the rest of its message, with False when no longer.
"""


class Intake(Keeper, Protocol):
    """One message on its way into the store.  Ends with `commit`, or with `forget`."""

    async def commit(self, arrival: Arrival) -> MessageId:
        """Durably commit all that was kept; as `Edge` says."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that was received whole.

    Its content, `size` bytes, is in `content`: as it came, without dot-stuffing and without fields
    of our namespace; it is empty or ends in CR LF.  `trace` are the fields that we prepend; they
    are made once, so that a copy that is sent again is the same.  `began` is when its DATA was
    answered, by `time.monotonic`; `is_gone` says whether its client has closed its side by now, and
    may be called in any thread.
    """

    id: MessageId
    envelope: Envelope = field(repr=False)
    size: int
    trace: bytes = field(repr=False)
    content: Intake = field(repr=False)
    began: float = 0.0
    is_gone: Callable[[], bool] = field(default=lambda: False, repr=False)
