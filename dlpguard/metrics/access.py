"""Who may read the metrics: callers of some networks, and who has the token."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass, field

from dlpguard.errors import ConfigurationError

LOOPBACK = ("127.0.0.0/8", "::1/128")

SHORTEST = 16
"""Characters of a token: nobody counts how often one is guessed."""


@dataclass(frozen=True, slots=True)
class Access:
    """The networks that may ask, and the token that opens for everybody else ("" none does)."""

    networks: tuple[str, ...] = LOOPBACK
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """`ConfigurationError` for a token that could be guessed."""
        if 0 < len(self.token) < SHORTEST:
            raise ConfigurationError(
                f"metrics.token: shorter than {SHORTEST} characters; openssl rand -hex 32 makes one"
            )

    @property
    def has_token(self) -> bool:
        """Whether a token opens."""
        return bool(self.token)

    def allows(self, address: str, authorization: str, through: bool) -> bool:
        """Whether a caller may read them.

        `through`: the request has come through a proxy that nobody told us of.  Such a proxy on
        this machine would make everybody a caller from loopback, so the address does not count.
        """
        if self.token and _is(authorization, self.token):
            return True
        return not through and _is_in(address, self.networks)


def _is(authorization: str, token: str) -> bool:
    scheme, _, given = authorization.partition(" ")
    known = hmac.compare_digest(given.strip().encode(), token.encode())
    return known and scheme.casefold() == "bearer"


def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a socket has none
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ipaddress.ip_network(network, strict=False) for network in networks)
