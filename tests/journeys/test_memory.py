"""However much comes at once, what the relay has in memory stays small."""

from __future__ import annotations

import asyncio
from pathlib import Path

import uvloop

from tests.journeys._crowd import Ordinary, Scales, Sink, crowded, doing, large, memory, slow
from tests.journeys._relay import Relay

MEGABYTE = 1_000_000
SLOW, LARGE, SIZE = 50, 8, 20 * MEGABYTE

PASSED_ON = 2
"""After so many every part of the relay has had large messages; the others take long to read."""

READ_AT_ONCE = 2
"""Messages that one worker makes the relay hold: the one being read, and the next."""


def test_large_messages_and_slow_clients_do_not_fill_the_memory(tmp_path: Path) -> None:
    async def trip() -> tuple[int, int, Ordinary]:
        sink = Sink()
        async with sink.listening():
            relay = crowded(tmp_path, sink.port, SLOW + LARGE + 10)
            text = relay.config.read_text("utf-8")
            relay.config.write_text(f"{text}\n[inspect]\nworkers = 1\n", "utf-8")
            await asyncio.to_thread(relay.start)
            try:
                return await crowd(relay, sink)
            finally:
                relay.kill()

    async def crowd(relay: Relay, sink: Sink) -> tuple[int, int, Ordinary]:
        assert relay.process
        ordinary = Ordinary(relay.port)
        async with doing(ordinary):
            while len(ordinary.seconds) < 2:
                await asyncio.sleep(0.1)
        before, _ = memory(relay.process.pid)
        scales = Scales(relay.process.pid)
        idlers = [asyncio.create_task(slow(relay.port)) for _ in range(SLOW)]
        async with doing(scales, ordinary):
            said = await asyncio.gather(*(large(relay.port, n, SIZE) for n in range(LARGE)))
            assert ["250 2.0.0"] * LARGE == said
            await sink.wait_for(PASSED_ON, 120)
        assert not any(idler.done() for idler in idlers)
        for idler in idlers:
            idler.cancel()
        await asyncio.gather(*idlers, return_exceptions=True)
        return before, scales.alone, ordinary

    before, peak, ordinary = uvloop.run(trip())

    assert [] == ordinary.refused
    assert len(ordinary.seconds) > 3
    assert peak - before < READ_AT_ONCE * SIZE + 40 * MEGABYTE, "all of them are 160 MB"
