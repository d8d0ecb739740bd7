"""IP addresses on the internet, which point to a connection and so, often, to a person.

Version 4: four numbers up to 255; version 6: eight groups of hexadecimal digits, "::" for a run of
zeros.  Addresses that are nobody's in particular are left out: private, loopback, link-local,
multicast, reserved ones.  Those kept for documentation count, since samples and trials are full of
them.  A version ("release 1.2.3.4") looks the same, and logs hold thousands: LOW, with a word such
as "IP" nearby HIGH.  Of random quadruples of numbers up to 255 six in seven are somebody's.

Source: RFC 791, RFC 4291 2.2, RFC 5952; IANA special-purpose address registries (RFC 6890).

>>> read_cell("198.51.100.7", Setup()), read_cell("2001:DB8::7", Setup())
('198.51.100.7', '2001:db8::7')
>>> [read_cell(c, Setup()) for c in ("10.0.0.1", "1.2.3.256", "fe80::1", "01.2.3.4")]
[None, None, None, None]
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from dlpguard.conventions import Setup
from dlpguard.detectors._pattern import findings
from dlpguard.document import Text
from dlpguard.finding import Confidence, Finding

KIND = "ip_address"
PATTERN = re.compile(
    r"(?<![\w.:/+-])(?:\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|[.:]\d*[.\w])"
    r"|(?=[0-9A-Fa-f:]{2,39}(?![\w:]|[.]\w))[0-9A-Fa-f]{0,4}(?::{1,2}[0-9A-Fa-f]{1,4}){1,7}(?:::)?(?![\w:.-]\w))"
)
SUPPORT: tuple[str, ...] = (
    "ip", "ip address", "ip addr", "ipv4", "ipv6", "source ip", "client ip", "remote address",
    "x-forwarded-for", "logged in from", "login from", "connection from",
)  # fmt: skip
HEADINGS = frozenset({
    "client ip", "ip", "ip addr", "ip address", "ipv4", "ipv6", "last login ip", "source ip",
})  # fmt: skip
GATE = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|:[0-9A-Fa-f]{0,4}:"
PRIVATE = False
STRONG = False
NEEDS_HEADING = False

_DOCUMENTATION = tuple(
    ipaddress.ip_network(each)
    for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
_VERSION = re.compile(
    r"(?<!\w)(?:v|ver|version|release|build|firmware|section|chapter)\W{0,3}\Z", re.IGNORECASE
)
_REACH = 12
"""Characters before it in which "version" speaks about it."""


def find(block: Text, setup: Setup) -> Iterator[Finding]:
    """Every address in a block; the value is in its usual spelling."""
    del setup
    return findings(KIND, PATTERN, _read, SUPPORT, block, _alone)


def read_cell(cell: str, setup: Setup) -> str | None:
    """The address that a cell holds."""
    del setup
    candidate = cell.strip()
    return _read(candidate) if PATTERN.fullmatch(candidate) else None


def _read(candidate: str) -> str | None:
    try:
        address = ipaddress.ip_address(candidate)
    except ValueError:
        return None
    documented = any(address in network for network in _DOCUMENTATION)
    return str(address) if documented or (address.is_global and not address.is_multicast) else None


def _alone(match: re.Match[str]) -> Confidence | None:
    before = match.string[max(0, match.start() - _REACH) : match.start()]
    return None if _VERSION.search(before) else Confidence.LOW
