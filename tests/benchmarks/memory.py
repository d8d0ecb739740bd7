"""How much memory a real `dlpguard serve` takes, idle and under load.

    python -m tests.benchmarks memory [--crowd]

Idle after its start and after ordinary mail; then a hundred messages of 5 MB at once, until the
first have been read in the sandbox and passed on.  The relay is as it is shipped: two workers, all
policies, the review site.  Memory is the proportional set size (PSS) of the relay's own process and
of all its processes together: what forked workers share with their zygote counts once.  In the sum
of resident sets (RSS), which stands beside it because other programs show it, it counts for each.

With `--crowd` also a thousand clients that send a byte a second, and a hundred messages of 50 MB at
once, while another client sends 4 KB every second: what the others feel of it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from tests.benchmarks import _goals
from tests.benchmarks._goals import Goal
from tests.benchmarks._load import source
from tests.benchmarks._mails import prose
from tests.benchmarks._source import Order
from tests.journeys._crowd import (
    RECIPIENT,
    SENDER,
    Ordinary,
    Scales,
    Sink,
    crowded,
    doing,
    large,
    slow,
)
from tests.journeys._programs import HOST, free_port
from tests.journeys._relay import Relay

MEGABYTE = 1_000_000

GOAL_IDLE, GOAL_LOADED = 250.0, 800.0
"""MB of the whole tree, PSS."""

STARTED, WORKED = "just started", "200 messages later, idle again"
TEXT, DRAWINGS = "100 x 5 MB of prose at once", "100 x 5 MB at once, a drawing in each"

_ORDINARY = 200
_AT_ONCE, _SIZE = 100, 5 * MEGABYTE

_CALM = 5.0
"""Seconds in which the sandbox has its workers, the site is up, and what work left is tidied."""

_BETWEEN = 0.01
"""Seconds between two slow clients: all at the same moment, the kernel turns some away."""

_SLOW_SECONDS = 30
"""For so long slow clients stay when all are there; `listen.minimum_rate` would end them after
five minutes."""

_PASSED_ON = 10
"""Large messages that must reach the next hop: every part of the relay has had some by then, and
the others go the same way, at the pace at which the workers read."""

_LONGEST = 900.0
"""Seconds until so many have: what takes longer has stopped."""

_PROSE = (
    f"From: Ann Bee <{SENDER}>\r\nTo: Carol <{RECIPIENT}>\r\nSubject: minutes {{number}}\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The peaks during a load, in bytes, and for how many seconds it lasted.

    `felt` says what the ordinary client among a crowd noticed: median and longest seconds of its
    messages, and how many were refused.
    """

    load: str
    alone: int
    family: int
    resident: int
    seconds: float
    felt: tuple[str, str, str] = ("", "", "")


def main(
    *,
    crowd: Annotated[bool, typer.Option(help="The crowds too, which takes minutes.")] = False,
    slow: Annotated[int, typer.Option(help="Clients that send a byte a second.", min=0)] = 1000,
    large: Annotated[int, typer.Option(help="Large messages at once.", min=0)] = 100,
    megabytes: Annotated[int, typer.Option(help="How large each is.", min=1, max=140)] = 50,
) -> None:
    """Print memory, and what an ordinary client felt, for each load."""
    weighed = measure()
    if crowd:
        weighed += uvloop.run(_crowds(slow, large, megabytes * MEGABYTE))
    console = Console(width=max(Console().width, 110))
    console.print(table(weighed))
    console.print(_goals.table(goals(weighed)))


def measure() -> list[Weighed]:
    """Idle, and a hundred messages of 5 MB at once."""
    return uvloop.run(_usual())


def table(weighed: Iterable[Weighed]) -> Table:
    """A row for each load."""
    printed = Table(title="Memory of `dlpguard serve`, and what others feel of a crowd")
    headings = ("relay, PSS MB", "all, PSS MB", "all, RSS MB", "took s")
    printed.add_column("load")
    for heading in (*headings, "4 KB: p50 s", "longest s", "refused"):
        printed.add_column(heading, justify="right")
    for one in weighed:
        sizes = (f"{size / MEGABYTE:.0f}" for size in (one.alone, one.family, one.resident))
        printed.add_row(one.load, *sizes, f"{one.seconds:.0f}", *one.felt)
    return printed


def goals(weighed: Iterable[Weighed]) -> Iterable[Goal]:
    """What the whole tree is held to."""
    for one in weighed:
        limit = {STARTED: GOAL_IDLE, WORKED: GOAL_IDLE, TEXT: GOAL_LOADED, DRAWINGS: GOAL_LOADED}
        if one.load in limit:
            megabytes = (one.family / MEGABYTE,)
            name = f"memory of the whole tree (PSS), {one.load}"
            yield _goals.at_most(name, limit[one.load], megabytes, "MB")


async def _usual() -> list[Weighed]:
    weighed: list[Weighed] = []
    for name, header, block in (
        (TEXT, _PROSE, b"".join(prose(1, MEGABYTE // 2).pieces).partition(b"\r\n\r\n")[2]),
        (DRAWINGS, "", b""),
    ):
        async with AsyncExitStack() as stack:
            sink = Sink()
            await stack.enter_async_context(sink.listening())
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dlpguard-bench-"))
            relay = crowded(Path(folder), sink.port, _AT_ONCE + 10, web=f"{HOST}:{free_port()}")
            await asyncio.to_thread(relay.start)
            stack.callback(relay.kill)
            if not weighed:
                weighed.append(await _idle(relay, STARTED))
                await asyncio.to_thread(_send_ordinary, relay)
                weighed.append(await _idle(relay, WORKED))
            load = _large(relay, sink, _AT_ONCE, _SIZE, header, block)
            weighed.append(await _weigh(relay, name, load))
    return weighed


async def _idle(relay: Relay, name: str) -> Weighed:
    """What it takes when nobody wants anything."""
    assert relay.process
    await asyncio.sleep(_CALM)
    scales = Scales(relay.process.pid)
    scales.look()
    return Weighed(name, scales.alone, scales.family, scales.resident, _CALM)


def _send_ordinary(relay: Relay) -> None:
    with source() as mails:
        mails.prepare(Order(port=relay.port, connections=20, kind="prose", size=4_000, first=1,
                            count=_ORDINARY))  # fmt: skip
        mails.send()


async def _crowds(slow_clients: int, messages: int, size: int) -> list[Weighed]:
    sink = Sink()
    with tempfile.TemporaryDirectory(prefix="dlpguard-bench-") as folder:
        async with sink.listening():
            relay = crowded(Path(folder), sink.port, slow_clients + messages + 10)
            await asyncio.to_thread(relay.start)
            try:
                name = f"{messages} x {size // MEGABYTE} MB at once"
                crowd = _large(relay, sink, messages, size)
                return [
                    await _among(relay, "nobody else", asyncio.sleep(2 * _CALM)),
                    await _among(relay, f"{slow_clients} x 1 byte/s", _slow(relay, slow_clients)),
                    await _among(relay, name, crowd),
                ]
            finally:
                relay.kill()


async def _among(relay: Relay, name: str, load: Coroutine[None, None, None]) -> Weighed:
    """Weigh it while an ordinary client sends, too."""
    ordinary = Ordinary(relay.port)
    async with doing(ordinary):
        one = await _weigh(relay, name, load)
    felt = (
        f"{ordinary.median:.3f}",
        f"{max(ordinary.seconds):.2f}",
        f"{len(ordinary.refused)} of {len(ordinary.seconds)}",
    )
    return Weighed(one.load, one.alone, one.family, one.resident, one.seconds, felt)


async def _weigh(relay: Relay, name: str, load: Coroutine[None, None, None]) -> Weighed:
    assert relay.process
    scales = Scales(relay.process.pid)
    begun = time.monotonic()
    async with doing(scales):
        await load
    seconds = time.monotonic() - begun
    return Weighed(name, scales.alone, scales.family, scales.resident, seconds)


async def _slow(relay: Relay, clients: int) -> None:
    tasks = []
    for _ in range(clients):
        tasks.append(asyncio.create_task(slow(relay.port)))
        await asyncio.sleep(_BETWEEN)
    await asyncio.sleep(_SLOW_SECONDS)
    failures = Counter(repr(task.exception()) for task in tasks if task.done())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        raise RuntimeError(f"slow clients were not served: {failures}")


async def _large(
    relay: Relay, sink: Sink, messages: int, size: int, header: str = "", block: bytes = b""
) -> None:
    before = sink.large
    sending = (large(relay.port, n, size, header, block) for n in range(messages))
    said = await asyncio.gather(*sending)
    if set(said) != {"250 2.0.0"}:
        raise RuntimeError(f"large messages were answered {sorted(set(said))}")
    await sink.wait_for(before + min(messages, _PASSED_ON), _LONGEST)


if __name__ == "__main__":
    typer.run(main)
