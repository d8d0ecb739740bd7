"""Connections, leases and databases that fail at the worst moment: what is in doubt then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from dlpguard.lifecycle import State
from dlpguard.runners import courier, loop
from dlpguard.store import work as leases
from dlpguard.store.engines import sqlite
from tests.journeys._programs import free_port
from tests.runners._deliver import (
    BOB,
    CY,
    FIRST,
    LONGEST,
    NEVER,
    after,
    courier_for,
    deliver,
    open_attempts,
    sent,
    work,
)
from tests.runners._hop import DROP, Act, Hop, listening
from tests.runners._world import BIG, LARGE, SMALL, World, world


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


@pytest.mark.parametrize(
    ("script", "content"),
    [({"DATA": [DROP]}, SMALL), ({"content": [DROP]}, LARGE), ({"MAIL": [DROP]}, SMALL)],
    ids=["at DATA", "inside the content", "at MAIL"],
)
def test_a_connection_lost_before_the_dot_is_no_doubt(
    here: World, script: Mapping[str, Sequence[Act]], content: bytes
) -> None:
    id = here.ready(content)
    hop = Hop(script)

    def look() -> None:
        assert {"pending": 1} == here.outcomes(id)
        assert 0 == open_attempts(here)
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    assert [sent(id, content)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)


@pytest.mark.parametrize("content", [SMALL, BIG], ids=["small", "big"])
def test_a_connection_lost_after_the_dot_is_a_doubt_and_the_copy_is_the_same(
    here: World, content: bytes
) -> None:
    id = here.ready(content, BOB, CY)
    hop = Hop({"dot": [DROP]})

    def look() -> None:
        assert {"pending": 2, "in doubt": 2} == here.outcomes(id)
        assert 0 == open_attempts(here)
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    first, second = hop.deliveries
    assert sent(id, content) == first.content
    assert first == second  # the same Received id and Message-ID: whoever has both can tell
    assert (State.DONE, {"delivered": 2, "in doubt": 2}) == (here.state(id), here.outcomes(id))


def test_a_refusal_after_the_dot_of_one_that_was_in_doubt_stays_flagged(here: World) -> None:
    id = here.ready()
    hop = Hop({"dot": [DROP, NEVER]})
    deliver(here, hop, then=after(here, FIRST))

    assert {"bounced": 1, "in doubt": 1} == here.outcomes(id)


def test_a_next_hop_that_is_down_is_tried_until_it_is_up(here: World) -> None:
    id = here.ready()
    hop = Hop(port=free_port())

    async def trip() -> None:
        for _ in range(2):
            await work(here, hop)
            assert {"pending": 1} == here.outcomes(id)
            here.clock.time += LONGEST
        async with listening(hop):
            await work(here, hop)

    here.run(trip())

    assert [sent(id)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)
    assert ["Unreachable"] * 2 == [
        line.partition("because=")[2].split()[0] for line in here.log if "deferred" in line
    ]


def locking(here: World, seconds: float, reply: bytes, meanwhile: str = "SELECT 1") -> Act:
    """An act that locks the database for a while, as a stuck backup does."""

    async def act() -> bytes:
        lock = here.lock()

        def unlock() -> None:
            lock.execute(meanwhile)
            lock.execute("COMMIT")
            lock.close()

        asyncio.get_running_loop().call_later(seconds, unlock)
        return reply

    return act


@pytest.mark.embedded  # a lock on its file
def test_an_outcome_that_cannot_be_written_is_written_later_and_nothing_is_sent_twice(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "PERSIST_SECONDS", 0.05)
    id = here.ready()
    hop = Hop({"dot": [locking(here, 0.8, b"250 2.0.0 taken")]})
    deliver(here, hop, then=after(here, LONGEST))

    assert [sent(id)] == [d.content for d in hop.deliveries]
    assert (State.DONE, {"delivered": 1}) == (here.state(id), here.outcomes(id))
    assert "what=record outcome error=TemporaryError" in " ".join(here.log)


@pytest.mark.embedded  # a lock on its file
def test_an_outcome_is_kept_even_when_the_lease_ran_out_before_it_could_be_written(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the lease by then must not send it again, and finishes it."""
    monkeypatch.setattr(courier, "PERSIST_SECONDS", 0.7)
    monkeypatch.setattr(loop, "LEASE_SECONDS", 0.2)
    id = here.ready()
    until = here.clock.time + 1000
    taken_over = f"UPDATE messages SET fence = fence + 1, lease_node = 'x', lease_until = {until}"
    hop = Hop({"dot": [locking(here, 0.3, b"250 2.0.0 taken", meanwhile=taken_over)]})
    deliver(here, hop, then=after(here, leases.ATTEMPT_SECONDS))

    assert [sent(id)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)
    assert 0 == open_attempts(here)


@pytest.mark.embedded  # a lock on its file
def test_without_a_record_of_the_dot_no_dot_is_sent(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "PERSIST_SECONDS", 0.05)
    id = here.ready(BIG)
    hop = Hop({"content": [locking(here, 1.0, b"go on")]})

    def look() -> None:
        assert [] == hop.deliveries
        assert {"pending": 1} == here.outcomes(id)
        here.clock.time += FIRST

    deliver(here, hop, then=look)

    assert [sent(id, BIG)] == [d.content for d in hop.deliveries]
    # What was cut off ends with content: no command of ours got into it.
    assert all(sent(id, BIG).startswith(cut) for cut in hop.cut)


def test_a_message_that_is_no_longer_ours_gets_no_dot(here: World) -> None:
    id = here.ready(BIG)

    async def lose() -> bytes:
        here.clock.time += loop.LEASE_SECONDS + 1
        here.claim(State.READY)  # at once, before the client gets on
        return b"go on"

    hop = Hop({"content": [lose]})
    deliver(here, hop, then=after(here, 2 * loop.LEASE_SECONDS))

    # The node that took it over finds no open attempt, and sends it: once.
    assert [sent(id, BIG)] == [d.content for d in hop.deliveries]
    assert {"delivered": 1} == here.outcomes(id)


@pytest.mark.parametrize("steps", range(6))
def test_a_runner_that_is_woken_while_it_is_stopped_stops(here: World, steps: int) -> None:
    async def trip() -> None:
        async with listening(Hop()) as hop:
            loop = courier_for(here, hop)[0].loop
            running = asyncio.create_task(loop.run())
            await asyncio.sleep(0.1)
            loop.wake()
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()
            await asyncio.wait([running], timeout=5)

            assert running.cancelled()

    here.run(trip())
