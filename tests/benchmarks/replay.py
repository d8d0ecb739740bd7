"""How fast mail of the past is replayed.

    python -m tests.benchmarks replay [--number 10000] [--workers 2]

So many ordinary messages in one mbox, written first, are found, read in the sandbox and judged by
the shipped policies.  The goal is 100 a second on two cores: 20 ms of CPU for each.
"""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dlpguard import config
from dlpguard.commands import _wiring
from dlpguard.replay import readings, run
from dlpguard.replay.reader import Reader
from dlpguard.replay.survey import survey
from tests.incidents.ordinary import ordinary

_CHILDREN = resource.RUSAGE_CHILDREN

GOAL = 20.0
"""Milliseconds of CPU a message: a hundred a second on two cores."""


def main(
    number: Annotated[int, typer.Option(help="Messages.")] = 10_000,
    workers: Annotated[int, typer.Option(help="Workers that read.")] = 2,
) -> None:
    """Print messages a second, by the wall and by CPU."""
    with tempfile.TemporaryDirectory(prefix="replay-benchmark-") as folder:
        box, domains = _write(Path(folder) / "Sent", number)
        values = {"organisation": {"domains": domains}}
        settings = config.build(values, Path(folder), "benchmark")
        Console().print(_measure(box, settings, Path(folder), workers))


def _measure(box: Path, settings: config.Settings, folder: Path, workers: int) -> Table:
    now = time.time()
    judging = _wiring.judging(settings, _wiring.policy_directory(settings))
    asked = run.Asked(judging, datetime.fromtimestamp(now, UTC).date())

    async def go() -> run.Replayed:
        kept = readings.passing(folder, b"")
        sandbox = _wiring.sandbox(settings, workers=workers)
        await sandbox.start()
        try:
            await sandbox.ready()
            found = survey([box], settings.senders, now, lambda what, done, total: None)
            mail = Reader(found, sandbox, kept, judging.organisation, workers, now)
            return await run.replay(mail, asked, lambda what, done, total: None)
        finally:
            await sandbox.stop()
            kept.close()

    wall, own, children = time.monotonic(), _cpu(resource.RUSAGE_SELF), _cpu(_CHILDREN)
    done = asyncio.run(go())
    wall = time.monotonic() - wall
    own, children = _cpu(resource.RUSAGE_SELF) - own, _cpu(_CHILDREN) - children
    n = done.tally.totals.messages
    table = Table("", "", title=f"{n:,} ordinary messages, {workers} workers")
    table.add_row("messages a second, by the wall", f"{n / wall:.0f}")
    table.add_row("ms of CPU a message: reading", f"{1000 * children / n:.1f}")
    table.add_row("ms of CPU a message: finding and judging", f"{1000 * own / n:.1f}")
    table.add_row(f"together (goal: {GOAL:g})", f"{1000 * (own + children) / n:.1f}")
    table.add_row("messages a second on two cores of our own", f"{2 * n / (own + children):.0f}")
    totals = done.tally.totals
    table.add_row("asked, held", f"{totals.questions}, {totals.holds}")
    return table


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _write(file: Path, number: int) -> tuple[Path, list[str]]:
    """An mbox, and the domains of those who sent what is in it."""
    domains: set[str] = set()
    with file.open("wb") as stream:
        for mail in ordinary(number):
            domains.add(mail.sender.rpartition("@")[2])
            to = ",\r\n ".join(mail.recipients)
            head = f"X-Envelope-From: <{mail.sender}>\r\nX-Envelope-To: {to}\r\n".encode()
            content = (head + mail.content).replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
            stream.write(b"From - Mon Sep  7 09:00:00 2026\n" + content + b"\n\n")
    return file, sorted(domains - {""})


if __name__ == "__main__":
    typer.run(main)
