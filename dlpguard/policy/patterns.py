"""Patterns of addresses, as administrators write them: `*` stands for any characters.

>>> is_like("Ann@Council.example", "*@council.example")
True
>>> is_like("ann@council.example.evil.example", "*@council.example")
False
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from dlpguard.recipients import normalise_domain

EVERYBODY = 2
"""Labels at the end of a domain that must be written out: `*@*.example` would be half the world."""


GENERIC = frozenset({"co", "com", "org", "net", "me", "ltd", "plc"})
"""Labels under which anybody registers a name in countries that divide theirs (.co.uk)."""


def is_like(address: str, pattern: str) -> bool:
    """Whether an address is like a pattern; case and the spelling of IDN make no difference."""
    # Addresses may hold what is special to fnmatch: ann@[10.0.0.1].
    plain = _folded(pattern).replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(_folded(address), plain)


def problem(pattern: str) -> str:
    """What is wrong with a pattern for whom a flow goes to, and what to write; "" when nothing is.

    >>> problem("*@payroll.example"), problem("*@*.nhs.example")
    ('', '')
    >>> problem("*@*")
    '`*@*` is anybody; write out the name of the domain, such as `*@firm.example`'
    """
    local, at, domain = pattern.rpartition("@")
    if not at or not local or not domain:
        return f"`{pattern}` is no address; write `name@firm.example` or `*@firm.example`"
    labels = domain.casefold().split(".")
    last = labels[-EVERYBODY - (labels[-EVERYBODY:][0] in GENERIC) :]
    if len(last) < EVERYBODY or any("*" in label or not label for label in last):
        return f"`{pattern}` is anybody; write out the name of the domain, such as `*@firm.example`"
    return ""


def _folded(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.casefold()}{at}{normalise_domain(domain)}" if at else address.casefold()
