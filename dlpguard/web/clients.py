"""From which address a request comes.

Behind a reverse proxy every connection is the proxy's, and who it is for stands in
X-Forwarded-For; but anybody can write that field.  So it is read only where the connection comes
from a proxy that the settings name, and from the right, where those proxies wrote, to the first
address that is no proxy of ours.
"""

from __future__ import annotations

import ipaddress

from fastapi import Request

from dlpguard.web.site import Site

MOST_STEPS = 20
"""Addresses that are read of one field: more proxies in a row there are not."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PASSED_ON = ("x-forwarded-for", "forwarded", "via")
"""Fields that proxies add (RFC 7239, RFC 9110 7.6.3)."""


def client(request: Request, site: Site) -> str:
    """The address of whoever asks, as text; what the server says where that is none (a socket)."""
    said = request.client.host if request.client else ""
    found = address = _address(said)
    proxies = tuple(map(ipaddress.ip_network, site.proxies))
    for step in _forwarded(request):
        if address is None or not any(address in network for network in proxies):
            break
        found, address = address, _address(step)
    if address is not None:
        found = address
    return said if found is None else str(found)


def came_through_a_stranger(request: Request, site: Site) -> bool:
    """Whether a proxy that the settings do not name has passed it on: its address is that proxy's,
    and says nothing about who asks."""
    said = _address(request.client.host if request.client else "")
    ours = said is not None and any(said in ipaddress.ip_network(n) for n in site.proxies)
    return not ours and any(name in request.headers for name in _PASSED_ON)


def client_network(request: Request, site: Site) -> str:
    """What one client can change its address within: of IPv6 the first 64 bits are somebody's."""
    said = client(request, site)
    address = _address(said)
    if address is None or address.version == 4:
        return said
    return str(ipaddress.ip_network((address, 64), strict=False))


def _forwarded(request: Request) -> list[str]:
    """The steps of X-Forwarded-For, the last one first."""
    written = ",".join(request.headers.getlist("x-forwarded-for"))
    return [step.strip() for step in reversed(written.rsplit(",", MOST_STEPS)[-MOST_STEPS:])]


def _address(text: str) -> Address | None:
    """An address, IPv4 inside IPv6 as IPv4; None for what is none."""
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
