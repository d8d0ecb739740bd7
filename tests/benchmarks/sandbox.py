"""What it costs that content is read in another process.

    python -m tests.benchmarks sandbox

A message of one megabyte goes to a warm worker and comes back as an answer.  The worker may read
messages up to a kilobyte only, so that it looks at the header and says that the rest is too large:
what is measured is the way there and back, not the reading.  Beside it, the same bytes over a
bare socket pair to a process that answers with one, and the same work in this process.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from dlpguard import extractors, inspection
from dlpguard.inspection import Setup
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation
from dlpguard.runners import _wire
from dlpguard.runners.sandbox import Inspected, Limits, Sandbox
from tests.benchmarks import _goals
from tests.benchmarks._goals import Goal

BARE, HERE, THERE = "a bare socket pair", "in this process", "in the sandbox"

SIZE = 1_000_000
TURNS = 300
GOAL = 1.0
"""Milliseconds, median, that the way to a worker and back may take."""

_ENVELOPE = Envelope("ann@council.example", (Recipient("cy@elsewhere.example"),))
_SETUP = Setup(Organisation(domains=("council.example",)), limits=extractors.Limits(message=1000))


def main() -> None:
    """Print milliseconds: median, 95 of 100, and what the sandbox adds."""
    times = measure()
    console = Console(width=max(Console().width, 110))
    console.print(table(times))
    console.print(_goals.table(goals(times)))


def measure() -> dict[str, list[float]]:
    """Milliseconds of each way, in turns."""
    raw = _message()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, _echo() as bare:
        sandbox = Sandbox(1, Limits(), _SETUP, messages_per_worker=1 << 30)
        runner.run(sandbox.start())

        def hop() -> None:
            answer = runner.run(sandbox.inspect(MessageId("m"), raw, _ENVELOPE))
            assert isinstance(answer, Inspected), answer

        def here() -> None:
            found = inspection.read(MessageId("m"), raw, _ENVELOPE, _SETUP, clock=time.monotonic)
            _wire.pack(0, found)

        ways: dict[str, Callable[[], None]] = {
            BARE: lambda: bare(raw),
            HERE: here,
            THERE: hop,
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(TURNS + 10):
            for name, go in ways.items():
                begun = time.perf_counter()
                go()
                if turn >= 10:  # the first warm caches up
                    times[name].append((time.perf_counter() - begun) * 1000)
        runner.run(sandbox.stop())
    return times


def table(times: dict[str, list[float]]) -> Table:
    """A row for each way, and what the sandbox adds."""
    printed = Table("", "median ms", "95 % ms", title=f"One message of {SIZE / 1e6:g} MB")
    for name, found in {**times, "what the sandbox adds": _added(times)}.items():
        printed.add_row(name, f"{statistics.median(found):.2f}", f"{_late(found):.2f}")
    return printed


def goals(times: dict[str, list[float]]) -> Iterator[Goal]:
    """What the way to a worker and back is held to."""
    name = f"what the sandbox adds to a message of {SIZE / 1e6:g} MB"
    yield _goals.at_most(name, GOAL, _added(times), "ms")


def _message() -> bytes:
    return inspection.attach(os.urandom(SIZE * 3 // 4), "a.bin")


@contextmanager
def _echo() -> Iterator[Callable[[bytes], None]]:
    """A process that answers whatever it is sent with one byte."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        ours.close()
        left = 0
        while data := theirs.recv(1 << 18):
            left = (left or int.from_bytes(data[:8], "big")) - len(data)
            if not left:
                theirs.sendall(b".")
        os._exit(0)
    theirs.close()

    def send(raw: bytes) -> None:
        ours.sendall((len(raw) + 8).to_bytes(8, "big") + raw)
        assert ours.recv(1) == b"."

    try:
        yield send
    finally:
        ours.close()
        os.waitpid(pid, 0)


def _added(times: dict[str, list[float]]) -> list[float]:
    """Milliseconds of each turn that it took longer there than here."""
    return [there - here for here, there in zip(times[HERE], times[THERE], strict=True)]


def _late(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    typer.run(main)
