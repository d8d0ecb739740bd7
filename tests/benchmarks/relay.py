"""How much mail a real `dlpguard serve` passes on, and what a message costs it, beside its peers.

    python -m tests.benchmarks relay [--rounds 5] [--peers FOLDER] [--write]

Durable, sandboxed, the shipped policies enforced.  The same load goes straight into the sink (what
the programs that measure can do at all), through dlpguard, through a Postfix with its queue, with
amavisd-new or with rspamd, through Haraka, and through aiosmtpd as it comes; `_peers` says where
they come from.  All are measured in each round, one after the other: machines are noisy, and only
ratios of one round mean anything.  CPU a message, of all processes of a relay and of nothing else,
is the steadier figure.

`--write` puts what was measured into docs/performance.md.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from tests.benchmarks import _goals, _receiving, _relay_page, _verdicts
from tests.benchmarks._goals import Goal, at_least, at_most
from tests.benchmarks._load import CountingSink, Source, counting_sink, cpu_of, source
from tests.benchmarks._peers import AMAVIS, DLPGUARD, POSTFIX, RSPAMD, Route, routes
from tests.benchmarks._runs import (
    FILLER,
    LARGE,
    LONG,
    MIDDLE,
    SHORT,
    SMALL,
    STRAIGHT,
    Extent,
    Figures,
    Load,
    Run,
    cpu,
)
from tests.benchmarks._source import Order

_MOST, _MOST_BYTES = 3_000, 40_000_000
"""Messages of one measurement, and what they are together: to make 1 MB of prose takes a second."""

_AFTERWARDS = 0.5
"""Seconds after the last message in which a relay writes down what became of it."""

FOLDER = "DLPGUARD_BENCH_PEERS"
"""The variable that says where the peers are that no Debian package has."""


def main(
    rounds: Annotated[int, typer.Option(help="How often everything is measured.", min=1)] = 5,
    peers: Annotated[
        Path | None, typer.Option(help="Where Haraka and aiosmtplib are.", envvar=FOLDER)
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Change docs/performance.md.")] = False,
) -> None:
    """Print all loads on all routes, and the goals."""
    figures = measure(LONG, rounds, peers)
    console = Console(width=max(Console().width, 110))
    for table in _relay_page.tables(figures):
        console.print(table)
    found = tuple(goals(figures))
    console.print(_goals.table(found))
    if write:
        _relay_page.write(figures, found, rounds)


def measure(extent: Extent = SHORT, rounds: int = 1, peers: Path | None = None) -> Figures:
    """So many rounds.  Where the peers are that no package has is asked of the variable `FOLDER`
    when it is not said."""
    peers = peers or (Path(os.environ[FOLDER]) if FOLDER in os.environ else None)
    log = Console(stderr=True)
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(counting_sink())
        found = (Route(STRAIGHT, sink.port, (), ""), *routes(stack, sink.port, peers, log.print))
        bench = _Bench(stack.enter_context(source()), sink, extent.seconds)
        cells = [(load, route) for load in extent.loads for route in found
                 if route.name in load.routes]  # fmt: skip
        runs: dict[tuple[str, str], list[Run]] = {}
        with Progress(console=log, transient=True) as progress:
            for load, route in progress.track(cells, description="Warming up"):
                bench.warm_up(load, route)
            for load, route in progress.track(cells * rounds, description="Sending"):
                runs.setdefault((load.name, route.name), []).append(bench.run(load, route))
        guard = next(route for route in found if route.name == DLPGUARD)
        return Figures(
            {key: tuple(values) for key, values in runs.items()},
            _receiving.measure(bench.mails, rounds, extent.received),
            tuple(bench.spreadsheet(guard) for _ in range(rounds + 1))[1:],  # one to warm up
            {route.name: route.version for route in found if route.version},
        )


def goals(figures: Figures) -> Iterator[Goal]:
    """What dlpguard is held to beside others."""
    of = figures.receiving
    stock, own = of.get(("aiosmtpd", "uvloop"), ()), of.get(("dlpguard", "uvloop"), ())
    ratios = [a / b for a, b in zip(stock, own, strict=True)]
    yield at_least("receive 5 MB, CPU, against stock aiosmtpd", 8, ratios, "×")
    for name, limit, load, peer in (
        ("4 KB prose, 20 connections, against Postfix's queue", 0.35, SMALL, POSTFIX),
        ("4 KB prose, 20 connections, against Postfix + amavisd", 6, SMALL, AMAVIS),
    ):
        yield at_least(name, limit, figures.share(load, peer), "×")
    milliseconds = figures.of(SMALL, DLPGUARD, cpu)
    yield at_most("CPU a message of 4 KB, everything included", 5, milliseconds, "ms")
    for name, limit, load, peer in (
        ("100 KB prose against Postfix + amavisd", 1.2, MIDDLE, AMAVIS),
        ("100 KB filler against Postfix + amavisd", 8, FILLER, AMAVIS),
        ("100 KB filler against Postfix + rspamd", 2, FILLER, RSPAMD),
        ("5 MB, not text, against Postfix's queue", 0.6, LARGE, POSTFIX),
    ):
        yield at_least(name, limit, figures.share(load, peer), "×")
    name = "a spreadsheet of 10,000 people, from its dot to the verdict"
    yield at_most(name, 1.5, figures.verdicts, "s")


@dataclass
class _Bench:
    """The programs that measure, and how much they send."""

    mails: Source
    sink: CountingSink
    seconds: float
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _next: int = 1

    def warm_up(self, load: Load, route: Route) -> None:
        """Find out how many messages take about as long as a measurement should."""
        found = self._run(load, route, load.least)
        most = min(_MOST, _MOST_BYTES // load.size) if load.size else _MOST
        count = max(load.least, min(most, round(found.rate * self.seconds)))
        self.counts[load.name, route.name] = count

    def run(self, load: Load, route: Route) -> Run:
        """One measurement."""
        return self._run(load, route, self.counts[load.name, route.name])

    def spreadsheet(self, route: Route) -> float:
        """Seconds from the dot to the verdict."""
        self._next += 1
        return _verdicts.spreadsheet(self.mails, route, self._next)

    def _run(self, load: Load, route: Route, count: int) -> Run:
        first, self._next = self._next, self._next + count
        self.mails.prepare(
            Order(port=route.port, connections=min(load.connections, count), kind=load.kind,
                  size=load.size, first=first, count=count)
        )  # fmt: skip
        came, since = self.sink.count, _verdicts.mark(route) if load.is_held else 0
        spent, spent_sink = cpu_of(*route.processes), self.sink.cpu
        sent = self.mails.send()
        if load.is_held:
            ended = max(verdict.time for verdict in _verdicts.wait_for(route, since, count))
        else:
            ended = self.sink.wait_for(came + count) if route.delivers else sent["ended"]
        time.sleep(_AFTERWARDS)
        waits = sorted(sent["waits"])
        return Run(
            count / (ended - sent["began"]),
            (cpu_of(*route.processes) - spent) / count,
            sent["cpu"] / count,
            (self.sink.cpu - spent_sink) / count,
            waits[count // 2],
            waits[99 * count // 100],
        )


if __name__ == "__main__":
    typer.run(main)
