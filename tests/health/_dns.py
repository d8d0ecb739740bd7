"""A server for DNS that knows what a test tells it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.resolver import Resolver

SILENT = ("silent",)
"""Instead of records: no answer at all."""

BROKEN = ("broken",)
"""Instead of records: the server says that it has failed."""


@contextmanager
def dns_server(records: Mapping[str, Sequence[str]]) -> Iterator[Resolver]:
    """A resolver that asks a server which has these MX records ("10 mx.example."), by domain; a
    domain with none has other records, a domain that is not there does not exist."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.05)
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, records, over))
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.getsockname()[1]
        try:
            yield resolver
        finally:
            over.set()
            thread.join(10)


def _serve(
    server: socket.socket, records: Mapping[str, Sequence[str]], over: threading.Event
) -> None:
    while not over.is_set():
        try:
            asked, client = server.recvfrom(4096)
        except TimeoutError:
            continue
        query = dns.message.from_wire(asked)
        name = query.question[0].name.to_text().rstrip(".")
        known = records.get(name)
        if known == SILENT:
            continue
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if known is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif known == BROKEN:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif known:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "MX", *known))
        server.sendto(answer.to_wire(), client)
