"""Names: whether those in the settings are known, and mean what they should.

The next hop's name and our own are looked up as the system does it (hosts file, DNS); mail domains
are asked of DNS.  Where nobody answers, that is said, and is no fault of the settings.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import dns.exception
import dns.rdatatype
import dns.resolver
from dns.resolver import Resolver

from dlpguard.health._lines import Level, Line, Machine
from dlpguard.health._words import number_of

PATIENCE = 5.0
"""Seconds for one question."""

DOMAINS = 5
"""Of our own domains, at most: questions take time."""

T = TypeVar("T")


def look(machine: Machine) -> Iterator[Line]:
    """Lines for the next hop's name, our own, the site's, and our mail domains."""
    resolver = machine.resolver or _system()
    if machine.around.target:
        yield _next_hop(machine.around.target.host, resolver)
    yield _ours(machine.name)
    host = urlsplit(machine.site).hostname
    if host:
        yield _site(host)
    for domain in machine.domains[:DOMAINS]:
        yield _domain(domain, resolver)


class _Unasked(Exception):  # noqa: N818 - a state of affairs
    """Nobody answered."""


def _next_hop(host: str, resolver: Resolver | None) -> Line:
    about = "Name of the next hop"
    if _is_address(host):
        return Line(about, Level.FINE, f"{host} is an address.")
    try:
        found = _addresses(host)
        if found:
            return Line(about, Level.FINE, f"{host} has {number_of(len(found), 'address', 'es')}.")
        mail_hosts = _mail_hosts(host, resolver) if resolver else ()
    except _Unasked as why:
        return _not_asked(about, host, why)
    if mail_hosts:
        said = f"{host} is a mail domain and no server: its mail goes to {mail_hosts[0]}."
        return Line(about, Level.BROKEN, said, f'Set next_hop.host = "{mail_hosts[0]}".')
    advice = "Correct next_hop.host, or have the name put into DNS."
    return Line(about, Level.BROKEN, f"{host} has no address.", advice)


def _ours(name: str) -> Line:
    about = "Our own name"
    give = "Set listen.name to the name that DNS has for the address by which mail leaves."
    if "." not in name or name.startswith("localhost"):
        said = f"dlpguard greets as {name}, which means nothing to others; some refuse it."
        return Line(about, Level.LOOK, said, give)
    try:
        found = _addresses(name)
        if not found:
            said = f"dlpguard greets as {name}, which has no address; some servers refuse that."
            return Line(about, Level.LOOK, said, give)
        back = {address: _name_of(address) for address in found}
    except _Unasked as why:
        return _not_asked(about, name, why)
    said = f"dlpguard greets as {name} ({', '.join(found)})."
    wrong = [address for address, other in back.items() if other.rstrip(".") != name]
    if wrong and any(ipaddress.ip_address(address).is_global for address in wrong):
        other = back[wrong[0]]
        said += f" Its address {wrong[0]} has {f'the name {other}' if other else 'no name'} in DNS."
        advice = "Have whoever gave you the address put the same name there (PTR): many ask for it."
        return Line(about, Level.LOOK, said, advice)
    return Line(about, Level.FINE, said)


def _site(host: str) -> Line:
    about = "Name of the site"
    if _is_address(host):
        return Line(about, Level.FINE, f"{host} is an address.")
    try:
        found = _addresses(host)
    except _Unasked as why:
        return _not_asked(about, host, why)
    if not found:
        advice = "Correct listen.site, or put the name into DNS: notices link to it."
        return Line(about, Level.LOOK, f"{host} has no address.", advice)
    return Line(about, Level.FINE, f"{host} has {number_of(len(found), 'address', 'es')}.")


def _domain(domain: str, resolver: Resolver | None) -> Line:
    about = f"Mail domain {domain}"
    if resolver is None:
        return _not_asked(about, domain, _Unasked("this system names no server for DNS"))
    try:
        mail_hosts = _mail_hosts(domain, resolver)
        if mail_hosts == (".",):
            said = "DNS says that it takes no mail (null MX): bounces and answers are lost."
            return Line(about, Level.LOOK, said, "Is it right in organisation.domains?")
        if mail_hosts:
            return Line(about, Level.FINE, f"Its mail goes to {', '.join(mail_hosts[:3])}.")
        has_address = bool(_addresses(domain))
    except _Unasked as why:
        return _not_asked(about, domain, why)
    if has_address:
        return Line(about, Level.FINE, "It has no MX, so its mail goes to its own address.")
    said = "DNS does not know it, so others refuse mail from it."
    return Line(about, Level.LOOK, said, "Is it right in organisation.domains?")


def _not_asked(about: str, name: str, why: _Unasked) -> Line:
    said = f"{name} could not be asked about: {why}."
    return Line(about, Level.UNKNOWN, said, "Ask again from a machine, or at a time, that can.")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _addresses(host: str) -> tuple[str, ...]:
    """The addresses of a name, as the system knows them; () where it has none."""

    def ask() -> tuple[str, ...]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                return ()
            raise _Unasked(error.strerror or "no answer") from None
        except UnicodeError:  # a label that is longer than any may be
            return ()
        return tuple(dict.fromkeys(str(one[4][0]) for one in found))

    return _within(ask)


_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def _name_of(address: str) -> str:
    """The name that DNS has for an address; "" where it has none."""

    def ask() -> str:
        try:
            return socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0]
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                return ""
            raise _Unasked(error.strerror or "no answer") from None

    return _within(ask)


def _within(ask: Callable[[], T]) -> T:
    """What a question comes to, within `PATIENCE`: the system's own questions know no limit."""
    answers: list[T] = []
    failures: list[_Unasked] = []

    def run() -> None:
        try:
            answers.append(ask())
        except _Unasked as why:
            failures.append(why)

    thread = threading.Thread(target=run, daemon=True)  # one that never ends must not hold us up
    thread.start()
    thread.join(PATIENCE)
    if failures:
        raise failures[0]
    if not answers:
        raise _Unasked(f"no answer within {PATIENCE:.0f} seconds")
    return answers[0]


def _system() -> Resolver | None:
    """DNS as the system is set up; None where it is not."""
    try:
        return Resolver()
    except dns.resolver.NoResolverConfiguration:
        return None


def _mail_hosts(domain: str, resolver: Resolver) -> tuple[str, ...]:
    """Where mail for a domain goes, the first choice first; ("." for nowhere, RFC 7505); () where
    there is no such record."""
    try:
        found = resolver.resolve(domain, dns.rdatatype.MX, lifetime=PATIENCE, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except dns.exception.DNSException as error:
        why = "no answer" if isinstance(error, dns.exception.Timeout) else type(error).__name__
        raise _Unasked(f"DNS: {why}") from None
    records = sorted((record.preference, str(record.exchange)) for record in found)
    return tuple(name if name == "." else name.rstrip(".") for _, name in records)
