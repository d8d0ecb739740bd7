"""What 5 MB cost while they come: dlpguard's edge against aiosmtpd as it is, each in a process.

    python -m tests.benchmarks._receiving uvloop|asyncio PORT

is the edge with an intake that drops what it is given, in place of the store.  Whoever receives
mail here looks for the dot, undoes dot-stuffing and, in dlpguard, looks for line ends that are
none.  CPU is that of the process, the kernel's part with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator

import uvloop

from dlpguard.mail import MessageId
from dlpguard.smtp.server import Arrival, Edge, Hold, Rules
from tests.benchmarks._load import Source, cpu_of
from tests.benchmarks._peers import running, stock
from tests.benchmarks._source import Order
from tests.journeys._programs import HOST, free_port

SIZE = 5_000_000

LOOPS = ("uvloop", "asyncio")
"""`dlpguard serve` uses the first, and a relay that somebody writes himself often the other."""

CONNECTIONS = 4


def measure(mails: Source, rounds: int, each: int) -> dict[tuple[str, str], tuple[float, ...]]:
    """Seconds of CPU that a message took, by program ("dlpguard" and "aiosmtpd") and loop.

    In turns, `each` time so many messages (CPU is told in hundredths of a second); a value for each
    round.
    """
    found: dict[tuple[str, str], list[float]] = {}
    with contextlib.ExitStack() as stack:
        servers = {
            (name, loop): stack.enter_context(start(loop))
            for loop in LOOPS
            for name, start in (("dlpguard", _edge), ("aiosmtpd", _stock))
        }
        for round in range(rounds + 1):  # the first only warms up
            for key, (port, pid) in servers.items():
                count = each if round else CONNECTIONS
                spent = _cpu(mails, port, pid, count)
                if round:
                    found.setdefault(key, []).append(spent / count)
    return {key: tuple(values) for key, values in found.items()}


def _cpu(mails: Source, port: int, pid: int, count: int) -> float:
    order = Order(
        port=port, connections=CONNECTIONS, kind="drawing", size=SIZE, first=1, count=count
    )
    mails.prepare(order)
    before = cpu_of(pid)
    mails.send()
    return cpu_of(pid) - before


@contextlib.contextmanager
def _edge(loop: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = (sys.executable, "-m", "tests.benchmarks._receiving", loop, str(port))
    with running(command, port) as pid:
        yield port, pid


def _stock(loop: str) -> contextlib.AbstractContextManager[tuple[int, int]]:
    return stock("receive", loop, 0)


class _Dropping:
    """In place of the store."""

    def keep(self, piece: bytes) -> None:
        """What comes goes."""

    def forget(self) -> None:
        """Nothing is kept."""

    async def commit(self, arrival: Arrival) -> MessageId:
        """It has been received whole."""
        return arrival.id


def _intake(_: Hold) -> _Dropping:
    return _Dropping()


async def _serve(port: int) -> None:
    rules = Rules(
        clients=("127.0.0.0/8",),
        senders=("council.example",),
        hostname="relay.council.example",
        installation="i-00000000",
    )
    edge = Edge(rules, _intake, lambda: None)
    await edge.start(HOST, port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    (uvloop.run if sys.argv[1] == "uvloop" else asyncio.run)(_serve(int(sys.argv[2])))
