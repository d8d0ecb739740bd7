"""What it costs that content is read in another process.

    python -m tests.benchmarks.sandbox

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

SIZE = 1_000_000
TURNS = 300
GOAL = 1.0
"""Milliseconds, median, that the way to a worker and back may take."""

_ENVELOPE = Envelope("ann@council.example", (Recipient("cy@elsewhere.example"),))
_SETUP = Setup(Organisation(domains=("council.example",)), limits=extractors.Limits(message=1000))


def main() -> None:
    """Print milliseconds: median, 95 of 100, and what the sandbox adds."""
    Console().print(measure())


def measure() -> Table:
    """The table, everything in turns."""
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
            "a bare socket pair": lambda: bare(raw),
            "in this process": here,
            "in the sandbox": hop,
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(TURNS + 10):
            for name, go in ways.items():
                begun = time.perf_counter()
                go()
                if turn >= 10:  # the first warm caches up
                    times[name].append((time.perf_counter() - begun) * 1000)
        runner.run(sandbox.stop())
    table = Table("", "median ms", "95 % ms", title=f"One message of {SIZE / 1e6:g} MB")
    for name, found in times.items():
        table.add_row(name, f"{statistics.median(found):.2f}", f"{_late(found):.2f}")
    _, inside, outside = times.values()
    added = [b - a for a, b in zip(inside, outside, strict=True)]
    goal = f"what the sandbox adds (goal: {GOAL:g})"
    table.add_row(goal, f"{statistics.median(added):.2f}", f"{_late(added):.2f}")
    return table


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


def _late(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    typer.run(main)
