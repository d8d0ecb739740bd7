"""How much mail a real `dlpguard serve` passes on, and what a message costs it.

    python -m tests.benchmarks.relay [--rounds N]

Durable, sandboxed, the shipped policies enforced; 20 connections of Postfix's `smtp-source` in
front and its `smtp-sink` behind.  Beside it, in turns, the same load straight into the sink (what
the programs that measure can do at all) and through a Postfix of its own with a queue (what
administrators know).  Machines are noisy and these processes share them: only ratios of one
round mean anything, and their spread says how much.
"""

from __future__ import annotations

import base64
import contextlib
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.benchmarks._load import RECIPIENT, SENDER, CountingSink, counting_sink, cpu_of, send
from tests.journeys._postfix import postfix_client
from tests.journeys._relay import relay

_HEADER = (
    f"From: Ann Bee <{SENDER}>\nTo: Carol <{RECIPIENT}>\nSubject: bins\n"
    "Date: Fri, 19 Jul 2013 09:30:00 +0100\nMIME-Version: 1.0\n"
)
_SENTENCES = (
    "The bins in this street are collected on Tuesday, and the green ones every second week.",
    "Please put yours out before seven, with the lid closed and nothing beside it.",
    "If a collection is missed we shall come back within two working days.",
    "Garden waste needs a brown sack, which the libraries and the town hall sell.",
)


@dataclass(frozen=True, slots=True)
class Load:
    """So many copies of a message, in a file whose lines end in LF."""

    name: str
    content: str = field(repr=False)
    count: int


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the sink: the port that takes mail, and the process whose CPU it costs."""

    name: str
    port: int
    process: int = 0


@dataclass
class Runs:
    """What was measured of one load on one route, a value for each round."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def main(
    rounds: Annotated[int, typer.Option(help="How often everything is measured.", min=1)] = 5,
) -> None:
    """Print messages a second and CPU a message for each load and route, and ratios."""
    console = Console(width=max(Console().width, 110))
    for table in measure(rounds):
        console.print(table)


def measure(rounds: int) -> tuple[Table, ...]:
    """The table, none where Postfix's programs are missing (with a word about it on the way)."""
    with contextlib.ExitStack() as stack:
        try:
            sink = stack.enter_context(counting_sink())
        except pytest.skip.Exception as missing:
            Console().print(f"The relay is not measured: {missing}")
            return ()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlpguard-bench-")))
        routes = [Route("straight", sink.port), *_relays(stack, folder, sink)]
        return (_table(routes, _interleaved(routes, folder, sink, rounds)),)


def loads() -> tuple[Load, ...]:
    """Prose of two sizes; a file of noise that nobody reads; much prose, which is the worst."""
    noise = base64.encodebytes(random.Random(1).randbytes(3_700_000)).decode()
    attached = (
        f"{_HEADER}Content-Type: application/octet-stream; name=plan.dwg\n"
        f"Content-Transfer-Encoding: base64\n\n{noise}"
    )
    return (
        Load("4 KB of text", _prose(4_000), 400),
        Load("100 KB of text", _prose(100_000), 100),
        Load("5 MB attached", attached, 40),
        Load("5 MB of text", _prose(5_000_000), 4),
    )


def _relays(stack: contextlib.ExitStack, folder: Path, sink: CountingSink) -> Iterator[Route]:
    running = stack.enter_context(relay(folder, sink.port))
    assert running.process
    yield Route("dlpguard", running.port, running.process.pid)
    try:
        postfix = stack.enter_context(postfix_client(sink.port, default_process_limit="100"))
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        Console().print(f"Postfix is not measured: {missing}")
        return
    master = int((postfix.folder / "queue/pid/master.pid").read_text())
    yield Route("Postfix", postfix.port, master)


def _interleaved(
    routes: list[Route], folder: Path, sink: CountingSink, rounds: int
) -> dict[tuple[str, str], Runs]:
    """Everything once, then everything again: what disturbs the machine disturbs all alike."""
    runs: dict[tuple[str, str], Runs] = {}
    with Progress(console=Console(stderr=True)) as progress:
        tests = loads()
        task = progress.add_task("Sending", total=(rounds + 1) * len(tests) * len(routes))
        for round in range(rounds + 1):  # the first only warms up
            for load in tests:
                file = folder / "message"
                file.write_text(load.content)
                for route in routes:
                    before = cpu_of(route.process) if route.process else 0.0
                    seconds = send(file, load.count, route.port, sink)
                    spent = cpu_of(route.process) - before if route.process else 0.0
                    progress.advance(task)
                    if round:
                        one = runs.setdefault((load.name, route.name), Runs())
                        one.rates.append(load.count / seconds)
                        one.cpu.append(spent / load.count)
    return runs


def _table(routes: list[Route], runs: dict[tuple[str, str], Runs]) -> Table:
    table = Table(title="Mail through a relay (minimum/median/maximum)", title_justify="left")
    headings = ("load", "route", "messages/s", "CPU ms a message", *_ratios(routes))
    for heading in headings:
        table.add_column(heading, justify="left" if heading in {"load", "route"} else "right")
    for load in dict.fromkeys(name for name, _ in runs):
        for route in routes:
            own = runs[load, route.name]
            others = [runs[load, name.removeprefix("of ")] for name in _ratios(routes)]
            shares = (
                [a / b for a, b in zip(own.rates, other.rates, strict=True)] for other in others
            )
            table.add_row(
                load,
                route.name,
                _spread(own.rates, "{:.3g}".format),
                _spread([1000 * s for s in own.cpu], "{:.3g}".format) if route.process else "–",
                *("–" if own is other else _spread(share, "{:.2f}".format)
                  for other, share in zip(others, shares, strict=True)),
            )  # fmt: skip
        table.add_section()
    return table


def _ratios(routes: list[Route]) -> list[str]:
    """With what throughput is compared: everything but dlpguard itself."""
    return [f"of {route.name}" for route in routes if route.name != "dlpguard"]


def _spread(values: list[float], show: Callable[[float], str]) -> str:
    return "/".join(show(f(values)) for f in (min, statistics.median, max))


def _prose(size: int) -> str:
    """A plain message of about this many bytes."""
    lines: list[str] = []
    length = 0
    while length < size - len(_HEADER):
        lines.append(f"{len(lines)} {_SENTENCES[len(lines) % len(_SENTENCES)]}\n")
        length += len(lines[-1])
    return f"{_HEADER}Content-Type: text/plain; charset=utf-8\n\n{''.join(lines)}"


if __name__ == "__main__":
    typer.run(main)
