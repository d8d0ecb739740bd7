"""Settings that are taken, and are wrong or doubtful all the same: contradictions, missing files.

Each check is a function from settings to remarks; to add one add its line in `_CHECKS`.
"""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dlpguard.config._delivery import Tls
from dlpguard.config._judging import Policies
from dlpguard.config._settings import Settings
from dlpguard.errors import ConfigurationError

WIDE = {4: 16, 6: 32}
"""Bits of a public network that is larger than any one organisation's, by version of IP."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing about settings: where it stands, which key, what is wrong, what to do.

    `is_wrong`: mail cannot go on like that; otherwise it is only doubtful.
    """

    where: str
    key: str
    said: str
    advice: str
    is_wrong: bool

    def __str__(self) -> str:
        """One line, as compilers write it."""
        return f"{self.where}: {self.key}: {self.said}; {self.advice}"


def remarks(settings: Settings) -> tuple[Remark, ...]:
    """Everything there is to say, what is wrong first."""
    found = [
        Remark(settings.source.where(tuple(key.split("."))), key, said, advice, is_wrong)
        for check in _CHECKS
        for key, said, advice, is_wrong in check(settings)
    ]
    return tuple(sorted(found, key=lambda one: not one.is_wrong))


_Said = tuple[str, str, str, bool]
"""Key, what is wrong, what to do, whether it is wrong and not only doubtful."""


def _files(settings: Settings) -> Iterator[_Said]:
    for key, file in named_files(settings).items():
        try:
            with file.open("rb"):
                pass
        except OSError as error:
            advice = "correct the name, or let the user who runs dlpguard read it"
            yield key, f"{file} cannot be read ({error.strerror})", advice, True


def _secrets(settings: Settings) -> Iterator[_Said]:
    """Secrets in files: there, one line, and nobody else's business."""
    for key, name in (
        ("next_hop.password_file", "next_hop_password"),
        ("store.password_file", "database"),
        ("metrics.token_file", "metrics_token"),
    ):
        try:
            getattr(settings, name)
        except ConfigurationError as error:
            said, _, advice = str(error).removeprefix(f"{key}: ").partition("; ")
            yield key, said, advice or "put the secret into it, and nothing else", True
    for key, file in secret_files(settings).items():
        if _is_open(file):
            yield key, f"everybody on this machine may read {file}", f"run: chmod o= {file}", False
    given = ("next_hop.password", "store.password", "metrics.token")
    written = [key for key in given if _in_file(settings, key)]
    whole = settings.source.file
    if written and whole and _is_open(whole):
        advice = f"run: chmod o= {whole}, or move it to a file of its own ({written[0]}_file)"
        yield written[0], f"everybody on this machine may read it in {whole}", advice, False


def _listening(settings: Settings) -> Iterator[_Said]:
    listen = settings.listen
    ends = {"smtp": listen.smtp, "smtps": listen.smtps, "web": listen.web}
    seen: dict[str, str] = {}
    for name, end in ends.items():
        if not end or end.endswith(":0"):
            continue
        if end in seen:
            said = f"{end} is that of listen.{seen[end]} too"
            yield f"listen.{name}", said, "give each a port of its own", True
        seen[end] = name
    hop = settings.next_hop
    is_here = _is_loopback(hop.host) or hop.host == (listen.name or None)
    if is_here and any(end and _port(end) == hop.port for end in (listen.smtp, listen.smtps)):
        said = "the next hop is dlpguard itself: every message would come back"
        yield "next_hop.port", said, "name the server that sends your mail on", True
    if settings.listen.web and not _is_loopback(_host(listen.web)) and not listen.proxies:
        said = "the review site can be reached from other machines without TLS"
        advice = "put a reverse proxy with TLS before it, and name that in listen.proxies"
        yield "listen.web", said, advice, False
    site = urlsplit(listen.site)
    if listen.web and not listen.site:
        said = "is empty, so that notices cannot say where to answer"
        yield "listen.site", said, 'give it, such as "https://dlpguard.council.example"', False
    elif site.scheme == "http" and not _is_loopback(site.hostname or ""):
        yield "listen.site", "passwords would cross the network in the clear", "use https", False


def _clients(settings: Settings) -> Iterator[_Said]:
    for text in settings.listen.clients:
        network = ipaddress.ip_network(text)
        if network.prefixlen < WIDE[network.version] and not network.is_private:
            said = f"{text} lets strangers send mail through dlpguard"
            yield "listen.clients", said, "name only your own networks", False
    microsoft = settings.listen.microsoft365
    ours = settings.organisation.domains
    if microsoft and not (
        microsoft.organisation in ours or microsoft.organisation.endswith(".onmicrosoft.com")
    ):
        said = "is neither in organisation.domains nor ….onmicrosoft.com"
        advice = "look at X-OriginatorOrg of a message that came from Microsoft 365"
        yield "listen.microsoft365.organisation", said, advice, False


def _smtp_proxies(settings: Settings) -> Iterator[_Said]:
    """Proxies say who connects, and are believed; and nobody else can send from where they are."""
    for text in settings.listen.smtp_proxies:
        network = ipaddress.ip_network(text)
        if network.prefixlen < WIDE[network.version]:
            said = f"everybody in {text} can say that they are one of listen.clients"
            yield "listen.smtp_proxies", said, "name the proxies only, one by one", False
        for client in map(ipaddress.ip_network, settings.listen.clients):
            if client.network_address in network and client.prefixlen >= network.prefixlen:
                said = f"{client} lies in it, and can send nothing without the PROXY protocol"
                advice = "name the proxies only, or remove that from listen.clients"
                yield "listen.smtp_proxies", said, advice, False


def _next_hop(settings: Settings) -> Iterator[_Said]:
    hop = settings.next_hop
    has_password = bool(hop.password or hop.password_file)
    if hop.username and hop.tls == Tls.NONE:
        advice = 'set next_hop.tls to "verify"'
        yield "next_hop.username", "the password is only sent under TLS", advice, True
    if hop.username and not has_password:
        yield "next_hop.username", "has no password", "give next_hop.password_file", True
    if has_password and not hop.username:
        advice = "give next_hop.username, or remove the password"
        yield "next_hop.username", "is missing, so the password is not used", advice, False
    if hop.tls in {Tls.NONE, Tls.OPPORTUNISTIC} and not _is_loopback(hop.host):
        said = f'"{hop.tls}" lets mail cross the network in the clear'
        yield "next_hop.tls", said, 'use "verify", or at least "require"', False


def _periods(settings: Settings) -> Iterator[_Said]:
    queue, reading, campaign = settings.queue, settings.inspect, settings.campaign
    for key, value, limit_key, limit in (
        ("queue.first_retry", queue.first_retry, "queue.longest_retry", queue.longest_retry),
        ("queue.tell_delay", queue.tell_delay, "queue.give_up", queue.give_up),
        ("inspect.document_seconds", reading.document_seconds, "inspect.seconds", reading.seconds),
        ("campaign.settle", campaign.settle, "campaign.window", campaign.window),
    ):
        if value > limit:
            yield key, f"is longer than {limit_key}", "make it shorter, or the other longer", False


def _domains(settings: Settings) -> Iterator[_Said]:
    ours = settings.organisation
    inside = frozenset(ours.domains)
    lists = {
        "organisation.partners": [partner.domain for partner in ours.partners],
        "organisation.webmail": ours.webmail,
        "organisation.publishing": ours.publishing,
    }
    for key, domains in lists.items():
        for domain in domains:
            if domain in inside:
                said = f"{domain} is in organisation.domains too: mail to it is inside"
                yield key, said, "remove it from one of the two", False


def _policies(settings: Settings) -> Iterator[_Said]:
    folder = settings.path(settings.policies.directory)
    if settings.policies.directory != Policies().directory and not os.path.isdir(folder):
        yield "policies.directory", f"{folder} is no directory", "correct the name", True


def _review(settings: Settings) -> Iterator[_Said]:
    web = settings.listen.web
    if web and not settings.review.second_factor and not _is_loopback(_host(web)):
        said = "a password alone opens what people are protected by"
        yield "review.second_factor", said, "set it to true", False


_CHECKS: tuple[Callable[[Settings], Iterator[_Said]], ...] = (
    _files,
    _secrets,
    _listening,
    _clients,
    _smtp_proxies,
    _next_hop,
    _periods,
    _domains,
    _policies,
    _review,
)


def named_files(settings: Settings) -> dict[str, Path]:
    """The files that the settings name and that must be there, by key."""
    listen, hop = settings.listen, settings.next_hop
    named = {
        "listen.tls_certificate": listen.tls_certificate,
        "listen.tls_key": listen.tls_key,
        "listen.tls_clients": listen.tls_clients,
        "next_hop.authorities": hop.authorities,
        "next_hop.certificate": hop.certificate,
        "next_hop.key": hop.key,
    }
    return {key: settings.path(file) for key, file in named.items() if file}


def secret_files(settings: Settings) -> dict[str, Path]:
    """The files that the settings name and that hold secrets, by key; not the key file."""
    named = {
        "listen.tls_key": settings.listen.tls_key,
        "next_hop.key": settings.next_hop.key,
        "next_hop.password_file": settings.next_hop.password_file,
        "store.password_file": settings.store.password_file,
        "metrics.token_file": settings.metrics.token_file,
    }
    return {key: settings.path(file) for key, file in named.items() if file}


def _in_file(settings: Settings, key: str) -> bool:
    return tuple(key.split(".")) in settings.source.lines


def _is_open(file: Path) -> bool:
    """Whether everybody on the machine may read it.  A group may: that of those who may."""
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:  # not there, or in a folder that is closed to us
        return False


def _host(end: str) -> str:
    return end.rpartition(":")[0].strip("[]")


def _port(end: str) -> int:
    return int(end.rpartition(":")[2])


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
