"""How far from the organisation an address is, and when two spellings are one mailbox.

>>> normalise("Ann.Bee+news@Council.Example.")
'ann.bee@council.example'
>>> Circles(internal=("council.example",)).of("ann@care.council.example")
<Circle.INTERNAL: 'internal'>
>>> Circles(internal=("council.example",)).of("ann@notcouncil.example")
<Circle.EXTERNAL: 'external'>
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from dlpguard.audience import Circle
from dlpguard.recipients import publishing, webmail

DOTLESS = frozenset({"gmail.com", "googlemail.com"})
"""Providers that ignore dots in the local part, and treat these two domains as one."""


def normalise(address: str) -> str:
    """The mailbox behind a spelling: case, trailing dots, IDN, `+detail` (RFC 5233) aside."""
    local, at, domain = address.strip().strip("<>").rpartition("@")
    if not at:
        return domain.casefold()
    local = local.strip('"').casefold()
    local = local.split("+", 1)[0] or local
    domain = normalise_domain(domain)
    if domain in DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def normalise_domain(domain: str) -> str:
    """A domain in lower-case ASCII (RFC 5890 A-labels), without dots at its ends."""
    domain = unicodedata.normalize("NFKC", domain).strip().strip(".").casefold()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:  # not a name DNS can hold: it stays what it is, and is nobody's
        return domain


class Circles:
    """The domains of each circle; everything else is external.

    The longest domain that matches on label borders decides, so that a partner may have a
    subdomain of ours.  For the same domain internal comes first, then publishing, partner and
    webmail.
    """

    def __init__(
        self,
        internal: Iterable[str],
        partners: Iterable[str] = (),
        more_webmail: Iterable[str] = (),
        more_publishing: Iterable[str] = (),
    ) -> None:
        self._circle_of: dict[str, Circle] = {}
        for circle, domains in (
            (Circle.WEBMAIL, (*webmail.DOMAINS, *more_webmail)),
            (Circle.PARTNER, partners),
            (Circle.PUBLISHING, (*publishing.DOMAINS, *more_publishing)),
            (Circle.INTERNAL, internal),
        ):
            self._circle_of |= {normalise_domain(domain): circle for domain in domains}

    def of(self, address: str) -> Circle:
        """The circle of an address."""
        local, _, domain = address.rpartition("@")
        domain = normalise_domain(domain)
        while domain:
            if circle := self._circle_of.get(domain):
                return Circle.EXTERNAL if _goes_on(local, circle) else circle
            domain = domain.partition(".")[2]
        return Circle.EXTERNAL


def _goes_on(local: str, circle: Circle) -> bool:
    """Whether a mail server of ours may send it on: `ann%outside.example@ours`, `outside!ann@ours`.

    Postfix and others rewrite such addresses by default.
    """
    return circle in {Circle.INTERNAL, Circle.PARTNER} and any(c in local for c in "%!@")
