"""How long `dlpguard serve` takes from being started until it greets.

    python -m tests.benchmarks startup [--rounds 5]

Without a database, which is made first, and with one; with the review site, whose imports mail
does not wait for; and until the first message has been read in the sandbox and has reached the next
hop.  The files of dlpguard and Python are in the page cache.  CPU is that of the relay's own
process until it greeted.  Beside it the interpreter alone, which nobody can start faster.
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import _goals
from tests.benchmarks._goals import Goal
from tests.benchmarks._load import CountingSink, counting_sink
from tests.journeys._crowd import RECIPIENT, SENDER
from tests.journeys._programs import DEADLINE, HOST, free_port
from tests.journeys._relay import Relay, benign

ROUNDS = 5

GOAL = 1.5
"""Seconds until the first 220."""

NEW, OLD = "no database yet", "a database"
SITE = "a database, and the review site"
PYTHON = "Python alone"

_KNOCK = 0.002
"""Seconds between two attempts to connect."""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds: until the greeting, of CPU until then, and until the first message was passed on."""

    greeted: float
    cpu: float
    passed_on: float = 0.0


def main(rounds: Annotated[int, typer.Option(help="Starts of each kind.", min=1)] = ROUNDS) -> None:
    """Print minimum, median and maximum of the seconds until it greets."""
    starts = measure(rounds)
    console = Console(width=max(Console().width, 110))
    console.print(table(starts))
    console.print(_goals.table(goals(starts)))


def measure(rounds: int = ROUNDS) -> dict[str, list[Start]]:
    """Starts of each kind, in turns."""
    starts: dict[str, list[Start]] = {kind: [] for kind in (PYTHON, NEW, OLD, SITE)}
    with counting_sink() as sink:
        for _ in range(rounds):
            starts[PYTHON].append(_python())
            with tempfile.TemporaryDirectory(prefix="dlpguard-bench-") as folder:
                for kind in (NEW, OLD, SITE):
                    web = f"{HOST}:{free_port()}" if kind is SITE else ""
                    starts[kind].append(_start(Path(folder), web, sink))
    return starts


def table(starts: dict[str, list[Start]]) -> Table:
    """A row for each kind of start."""
    printed = Table(title="Starting `dlpguard serve`: seconds until the first 220")
    headings = ("there is", "minimum", "median", "maximum", "CPU", "first message passed on")
    for number, heading in enumerate(headings):
        printed.add_column(heading, justify="right" if number else "left")
    for kind, found in starts.items():
        greeted = [start.greeted for start in found]
        figures = [f"{f(greeted):.2f}" for f in (min, statistics.median, max)]
        figures.append(f"{statistics.median(start.cpu for start in found):.2f}")
        passed_on = statistics.median(start.passed_on for start in found)
        printed.add_row(kind, *figures, f"{passed_on:.2f}" if passed_on else "")
    return printed


def goals(starts: dict[str, list[Start]]) -> Iterable[Goal]:
    """What `serve` is held to: the site is on, as it is unless the settings say otherwise."""
    for kind in (NEW, SITE):
        seconds = [start.greeted for start in starts[kind]]
        yield _goals.at_most(f"start of `serve` to the first 220, {kind}", GOAL, seconds, "s")


def _python() -> Start:
    begun = time.monotonic()
    subprocess.run((sys.executable, "-c", "pass"), check=True)
    return Start(time.monotonic() - begun, 0.0)


def _start(folder: Path, web: str, sink: CountingSink) -> Start:
    """Start a relay with what is in the folder, send a message through it, and end it."""
    relay, before = Relay(folder, sink.port, web=web), sink.count
    begun = time.monotonic()
    with (folder / "log").open("ab") as log:
        relay.process = subprocess.Popen(
            (sys.executable, "-m", "dlpguard", "serve", "--config", str(relay.config)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for_greeting(relay)
        greeted, cpu = time.monotonic() - begun, _cpu(relay.process.pid)
        relay.send(benign(), SENDER, [RECIPIENT])
        return Start(greeted, cpu, sink.wait_for(before + 1) - begun)
    finally:
        relay.stop()


def _wait_for_greeting(relay: Relay) -> None:
    """Until a connection is greeted.  TimeoutError when none is."""
    assert relay.process
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and relay.process.poll() is None:
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection((HOST, relay.port)) as connection,
        ):
            if connection.recv(100).startswith(b"220"):
                return
        time.sleep(_KNOCK)
    raise TimeoutError(relay.log())


def _cpu(process: int) -> float:
    """Seconds of CPU that all threads of a process have had."""
    tasks = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


if __name__ == "__main__":
    typer.run(main)
