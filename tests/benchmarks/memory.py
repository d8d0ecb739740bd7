"""What a crowd of clients costs a real `dlpguard serve`, and what the others feel of it.

    python -m tests.benchmarks memory [--slow 1000] [--large 100] [--megabytes 50]

Slow clients send a byte a second; large messages come all at once, and the first are read in the
sandbox and passed on.  Meanwhile another client sends 4 KB every second.  Memory is the
proportional set size of the relay's own process and of all its processes together; how much their
workers may use is a setting, and not what this is about.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from tests.journeys._crowd import Ordinary, Scales, Sink, crowded, doing, large, slow
from tests.journeys._relay import Relay

_CALM = 10
"""Seconds without a crowd, to compare with."""

_BETWEEN = 0.01
"""Seconds between two slow clients."""

_SLOW_SECONDS = 30
"""For so long slow clients stay when all are there; `listen.minimum_rate` would end them after
five minutes."""

_PASSED_ON = 10
"""Large messages that must reach the next hop: every part of the relay has had some by then, and
the others go the same way, at the pace at which the workers read."""

_LONGEST = 900.0
"""Seconds until so many have: what takes longer has stopped."""


def main(
    slow: Annotated[int, typer.Option(help="Clients that send a byte a second.", min=0)] = 1000,
    large: Annotated[int, typer.Option(help="Large messages at once.", min=0)] = 100,
    megabytes: Annotated[int, typer.Option(help="How large each is.", min=1, max=140)] = 50,
) -> None:
    """Print memory, and the seconds that a message of 4 KB took, for each load."""
    table = Table(
        *("load", "relay PSS MB", "all PSS MB", "4 KB: p50 s", "max s", "refused", "took s"),
        title="A crowd in front of the relay",
    )
    for row in uvloop.run(_measure(slow, large, megabytes * 1_000_000)):
        table.add_row(*row)
    Console().print(table)


async def _measure(slow_clients: int, messages: int, size: int) -> list[tuple[str, ...]]:
    sink = Sink()
    with tempfile.TemporaryDirectory(prefix="dlpguard-bench-") as folder:
        async with sink.listening():
            relay = crowded(Path(folder), sink.port, slow_clients + messages + 10)
            await asyncio.to_thread(relay.start)
            try:
                return [
                    await _row(relay, "nobody else", _calm()),
                    await _row(relay, f"{slow_clients} x 1 byte/s", _slow(relay, slow_clients)),
                    await _row(
                        relay,
                        f"{messages} x {size // 1_000_000} MB at once",
                        _large(relay, sink, messages, size),
                    ),
                ]
            finally:
                relay.kill()


async def _row(relay: Relay, name: str, load: Coroutine[None, None, None]) -> tuple[str, ...]:
    assert relay.process
    scales, ordinary = Scales(relay.process.pid), Ordinary(relay.port)
    begun = time.monotonic()
    async with doing(scales, ordinary):
        await load
    return (
        name,
        f"{scales.alone / 1e6:.0f}",
        f"{scales.family / 1e6:.0f}",
        f"{ordinary.median:.3f}",
        f"{max(ordinary.seconds):.2f}",
        f"{len(ordinary.refused)} of {len(ordinary.seconds)}",
        f"{time.monotonic() - begun:.0f}",
    )


async def _calm() -> None:
    await asyncio.sleep(_CALM)


async def _slow(relay: Relay, clients: int) -> None:
    tasks = []
    for _ in range(clients):
        tasks.append(asyncio.create_task(slow(relay.port)))
        await asyncio.sleep(_BETWEEN)  # all at the same moment, the kernel turns some away
    await asyncio.sleep(_SLOW_SECONDS)
    failures = Counter(repr(task.exception()) for task in tasks if task.done())
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        raise RuntimeError(f"slow clients were not served: {failures}")


async def _large(relay: Relay, sink: Sink, messages: int, size: int) -> None:
    before = sink.large
    said = await asyncio.gather(*(large(relay.port, n, size) for n in range(messages)))
    if set(said) != {"250 2.0.0"}:
        raise RuntimeError(f"large messages were answered {sorted(set(said))}")
    await sink.wait_for(before + min(messages, _PASSED_ON), _LONGEST)


if __name__ == "__main__":
    typer.run(main)
