"""Who may send, and how much at a time."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import deque
from collections.abc import Callable, Iterable


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


class Domains:
    """The domains that senders may have, in Unicode or as A-labels alike."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = frozenset(_canonical(domain) for domain in domains)

    def allow(self, sender: str) -> bool:
        """Whether mail from an address is relayed; from nobody (`""`, a bounce) always."""
        return not sender or _canonical(sender.rpartition("@")[2]) in self._domains


def _canonical(domain: str) -> str:
    domain = domain.rstrip(".").casefold()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


class Slots:
    """So many may go on at a time; the others are called when it is their turn."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: deque[tuple[object, Callable[[], None]]] = deque()

    def take(self, who: object, when_free: Callable[[], None]) -> bool:
        """Whether there is a slot now; otherwise `when_free` is called when one was given."""
        if self._free:
            self._free -= 1
            return True
        self._waiting.append((who, when_free))
        return False

    def leave_queue(self, who: object) -> None:
        """Whoever waited waits no longer."""
        self._waiting = deque(entry for entry in self._waiting if entry[0] is not who)

    def give_back(self) -> None:
        """A slot is free again, or goes to the one who waited longest."""
        if self._waiting:
            _, when_free = self._waiting.popleft()
            when_free()
        else:
            self._free += 1


class Idle:
    """Calls `when_idle` after so many seconds in which nothing came and nothing was being done.

    One timer a connection that looks when it rings, rather than one that is set at every byte.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, when_idle: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._when_idle = when_idle
        self._last = loop.time()
        self._busy = False
        self._timer = loop.call_later(seconds, self._look)

    def touch(self) -> None:
        """Something came."""
        self._last = self._loop.time()

    def busy(self, busy: bool) -> None:
        """It is we who are working (or making the client wait), or no longer."""
        self._busy = busy
        self.touch()

    def stop(self) -> None:
        """The connection is gone."""
        self._timer.cancel()

    def _look(self) -> None:
        left = self._seconds if self._busy else self._last + self._seconds - self._loop.time()
        if left <= 0:
            self._when_idle()
        else:
            self._timer = self._loop.call_later(left, self._look)
