"""What a million finished messages that are kept cost the mail that comes after them.

    python -m tests.benchmarks kept [--messages 1000000] [--rounds 5] [--folder FOLDER]

Two relays on SQLite, one with a new database and one whose database holds so many messages that
have ended (`_copies`: 6 GB for a million, made in three minutes), are given the same mail in
turns: 4 KB of English over 20 connections, all shipped policies enforced.  The relay that has
nothing to do stands still meanwhile; what both do by themselves, every second and every few
minutes, is in their figures.  Then everybody who looks at the store does so at both (`_looks`).
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dlpguard.store.periods import DAY, Periods
from tests.benchmarks import _copies, _day, _goals, _looks
from tests.benchmarks._goals import Goal
from tests.benchmarks._load import CountingSink, Source, counting_sink, cpu_of, source
from tests.benchmarks._source import Order
from tests.journeys._crowd import memory
from tests.journeys._programs import DEADLINE, HOST
from tests.journeys._relay import Relay

MESSAGES, ROUNDS = 1_000_000, 5

AT_ONCE, SIZE, CONNECTIONS = 400, 4_000, 20
"""Messages of a round, their bytes, and the connections over which they come."""

OLDEST = Periods().metadata / DAY - _copies.KEPT_DAYS + 1.0
"""Days until those that were kept for longest are a day too old."""

WORSE = 1.1
"""Nothing may cost more than this (issue 9)."""

REST = 10.0
"""Seconds in which nobody sends anything, to see what a relay does by itself; and so long after
a start, when it looks for what it has missed."""

_LEAST = 1e-4
"""Seconds of CPU a second that cannot be told from none: the system counts in ticks."""

_KNOCK = 0.002


@dataclass
class Figures:
    """What was measured of one relay, a value for each round; seconds, bytes, messages a second."""

    starts: list[float] = field(default_factory=list)
    start_cpu: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    main: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Both:
    """With nothing kept, and with much."""

    messages: int
    bytes: int
    made: float
    empty: Figures
    kept: Figures
    looks: tuple[_looks.Look, ...]
    forgotten: tuple[int, float]
    """Messages that were a day too old, and the seconds in which they were deleted."""


def main(
    messages: Annotated[int, typer.Option(help="Finished messages.", min=1)] = MESSAGES,
    rounds: Annotated[int, typer.Option(help="How often all is measured.", min=1)] = ROUNDS,
    folder: Annotated[
        Path | None, typer.Option(help="Where there is room; the system's place if not given.")
    ] = None,
) -> None:
    """Print figures for both, and ratios."""
    found = measure(messages, rounds, folder)
    console = Console(width=max(Console().width, 110))
    for table in tables(found):
        console.print(table)
    console.print(_goals.table(goals(found)))


def measure(messages: int = MESSAGES, rounds: int = ROUNDS, folder: Path | None = None) -> Both:
    """Make the store and measure; nothing stays in the folder."""
    with tempfile.TemporaryDirectory(prefix="dlpguard-bench-", dir=folder) as name:
        kept, empty = Path(name) / "kept", Path(name) / "empty"
        for each in (kept, empty):
            each.mkdir()
        _day.spend(kept)
        began = time.monotonic()
        number = _copies.multiply(kept, _day.opened, messages)
        made, size = time.monotonic() - began, (kept / "dlpguard.db").stat().st_size
        few, many = _in_turns((empty, kept), rounds)
        looks = tuple(_looks.at(empty, kept))
        return Both(number, size, made, few, many, looks, _looks.forget(kept, OLDEST))


def goals(found: Both) -> Iterable[Goal]:
    """How much worse it may be with everything kept."""
    name = f"with {found.messages:,} messages kept"
    few, many = found.empty, found.kept
    yield _goals.at_least(
        f"4 KB prose, messages/s {name}", round(1 / WORSE, 2), _ratios(many.rates, few.rates), "×"
    )
    for what, kept, empty in (
        ("CPU per 4 KB message", many.cpu, few.cpu),
        ("start to the first 220", many.starts, few.starts),
        ("memory of the tree after it", many.memory, few.memory),
    ):
        yield _goals.at_most(f"{what} {name}", WORSE, _ratios(kept, empty), "×")


def tables(found: Both) -> Iterator[Table]:
    """Of mail, and of looks at the store."""
    title = (
        f"{found.messages:,} messages kept, {found.bytes / 1e9:.2f} GB, made in {found.made:.0f} s "
        "(minimum/median/maximum)"
    )
    table = Table("what", "nothing kept", "kept", "ratio of each round", title=title)
    for what, values, scale in (
        ("messages/s", "rates", 1.0),
        ("CPU ms a message, all processes", "cpu", 1e3),
        ("CPU ms a message, main process", "main", 1e3),
        ("KB written a message", "written", 1e-3),
        ("CPU ms a second at rest", "idle", 1e3),
        ("start to the first 220, s", "starts", 1.0),
        ("CPU s until then", "start_cpu", 1.0),
        ("memory of all processes, MB", "memory", 1e-6),
    ):
        few, many = getattr(found.empty, values), getattr(found.kept, values)
        spreads = (_spread([scale * value for value in each]) for each in (few, many))
        table.add_row(what, *spreads, _spread(_ratios(many, few)))
    yield table
    number, seconds = found.forgotten
    table = Table(
        *("what", "nothing kept, ms", "kept, ms", "ratio"),
        title="Who looks at the store",
        caption=f"{number:,} messages that were a day too old were deleted in {seconds:.1f} s",
    )
    for look in found.looks:
        table.add_row(
            look.what, _shown(look.empty), _shown(look.kept), _shown(look.kept / look.empty)
        )
    yield table


def _in_turns(folders: Sequence[Path], rounds: int) -> tuple[Figures, ...]:
    figures = tuple(Figures() for _ in folders)
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(counting_sink())
        mails = stack.enter_context(source())
        relays = [Relay(folder, sink.port) for folder in folders]
        for relay in relays:
            stack.callback(relay.stop)
        for round in range(rounds + 1):  # the first only warms up
            for relay, mine in zip(relays, figures, strict=True):
                seconds, cpu = _start(relay)
                if round:
                    mine.starts.append(seconds)
                    mine.start_cpu.append(cpu)
                if round < rounds:
                    relay.stop()
        time.sleep(REST)
        first = 1
        for round in range(rounds + 1):
            for relay, mine in zip(relays, figures, strict=True):
                found = _pass_on(relay, sink, mails, first)
                first += AT_ONCE
                if round:
                    _note(mine, found)
            for relay, mine in zip(relays, figures, strict=True):
                if round:
                    mine.idle.append(_at_rest(relay))
                    mine.memory.append(memory(_pid(relay))[1])
    return figures


def _start(relay: Relay) -> tuple[float, float]:
    """Start a relay; seconds until it greets, by the clock and of CPU."""
    began = time.monotonic()
    with (relay.folder / "log").open("ab") as log:
        relay.process = subprocess.Popen(
            (sys.executable, "-m", "dlpguard", "serve", "--config", str(relay.config)),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    while time.monotonic() - began < DEADLINE:
        with contextlib.suppress(OSError), socket.create_connection((HOST, relay.port)) as client:
            if client.recv(3) == b"220":
                return time.monotonic() - began, cpu_of(relay.process.pid)
        time.sleep(_KNOCK)
    raise TimeoutError(relay.log())


@dataclass(frozen=True, slots=True)
class _Passed:
    rate: float
    cpu: float
    main: float
    written: float


def _note(figures: Figures, passed: _Passed) -> None:
    figures.rates.append(passed.rate)
    figures.cpu.append(passed.cpu)
    figures.main.append(passed.main)
    figures.written.append(passed.written)


def _pass_on(relay: Relay, sink: CountingSink, mails: Source, first: int) -> _Passed:
    """Send mail through a relay until the next hop has all of it."""
    order = Order(
        port=relay.port,
        connections=CONNECTIONS,
        kind="prose",
        size=SIZE,
        first=first,
        count=AT_ONCE,
    )
    mails.prepare(order)
    before, pid = sink.count, _pid(relay)
    cpu, alone, written = cpu_of(pid), _alone(pid), _written(pid)
    sent = mails.send()
    drained = sink.wait_for(before + AT_ONCE)
    time.sleep(1.0)  # what came of it is written down, and told in the log
    return _Passed(
        AT_ONCE / (drained - sent["began"]),
        (cpu_of(pid) - cpu) / AT_ONCE,
        (_alone(pid) - alone) / AT_ONCE,
        (_written(pid) - written) / AT_ONCE,
    )


def _at_rest(relay: Relay) -> float:
    """Seconds of CPU a second while nobody sends."""
    before = cpu_of(_pid(relay))
    time.sleep(REST)
    return (cpu_of(_pid(relay)) - before) / REST


def _alone(pid: int) -> float:
    """Seconds of CPU of a process itself."""
    return time.clock_gettime(_clock(pid))


def _written(pid: int) -> int:
    """Bytes that a process has given the disk to write."""
    fields = Path(f"/proc/{pid}/io").read_text("ascii").split()
    return int(fields[fields.index("write_bytes:") + 1])


def _clock(pid: int) -> int:
    """The clock of a process's CPU (clock_getcpuclockid(3), as Linux makes its number)."""
    return (~pid << 3) | 2


def _pid(relay: Relay) -> int:
    assert relay.process, relay.log()
    return relay.process.pid


def _ratios(kept: Sequence[float], empty: Sequence[float]) -> list[float]:
    return [much / max(little, _LEAST) for much, little in zip(kept, empty, strict=True)]


def _spread(values: Sequence[float]) -> str:
    return "/".join(_shown(figure(values)) for figure in (min, statistics.median, max))


def _shown(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    typer.run(main)
