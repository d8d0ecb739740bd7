"""Who may send, and how much at a time."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


class Networks:
    """The networks that clients may connect from."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)

    def __contains__(self, client: str) -> bool:
        try:
            address = ipaddress.ip_address(client.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def plain_address(peer: object) -> str:
    """The IP address in what `peername` gives; "" without one; IPv4 inside IPv6 as IPv4."""
    if not isinstance(peer, tuple) or not peer:
        return ""
    host = str(peer[0])
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or host)


def household(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the 64 bits of an IPv6 address that one
    subscriber has (RFC 6177), as whoever has them can take a new address for each connection."""
    if ":" not in address:
        return address
    network = ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False)
    return str(network.network_address)


class Senders:
    """Whom mail is taken from: domains, in Unicode or as A-labels alike, or addresses."""

    def __init__(self, allowed: Iterable[str]) -> None:
        everyone = tuple(allowed)
        self._domains = frozenset(_canonical(one) for one in everyone if "@" not in one)
        self._addresses = frozenset(_canonical_address(one) for one in everyone if "@" in one)

    def allow(self, sender: str) -> bool:
        """Whether mail from an address is relayed; from nobody (`""`, a bounce) always."""
        if not sender or _canonical(sender.rpartition("@")[2]) in self._domains:
            return True
        return _canonical_address(sender) in self._addresses


def _canonical_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.casefold()}@{_canonical(domain)}"


def _canonical(domain: str) -> str:
    domain = domain.rstrip(".").casefold()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
