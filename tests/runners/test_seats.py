"""Messages that are handed over in the commit that moves them, to whoever kept a seat for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import uvloop

from dlpguard.lifecycle import State
from dlpguard.mail import Envelope, Recipient, new_id
from dlpguard.runners import loop
from dlpguard.runners.loop import Loop, Seat
from dlpguard.runners.reception import Reception
from dlpguard.smtp.receipts import Receipts
from dlpguard.store import bodies, deliveries, messages, retries, work
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Load
from dlpguard.store.messages import NewMessage
from dlpguard.store.work import Claim, Lease
from tests.runners._world import ANN, NODE, SMALL, World, trace, world

FAR = 1e5
"""Seconds until what was handled is due again."""

LEASE = Lease(NODE, 120.0)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        world(tmp_path, runner) as there,
    ):
        yield there


@dataclass
class Desk:
    """A loop over RECEIVED whose work takes until it is let go, one message after the other."""

    here: World
    slots: int = 1
    handled: list[tuple[str, int]] = field(default_factory=list)
    """Each message, and how many were in hand with it."""
    _busy: int = 0
    _go: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def __post_init__(self) -> None:
        database = self.here.store.database
        self.loop = Loop(database, NODE, State.RECEIVED, self.slots, self._load, self._handle)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """It has looked at what there is."""
        running = asyncio.create_task(self.loop.run())
        await asyncio.sleep(0.05)
        try:
            yield
        finally:
            for _ in range(10):
                self._go.release()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.loop.drain(5)

    def go(self) -> None:
        """One of those in hand is done."""
        self._go.release()

    async def accept(self, patience: float = 0.0) -> str:
        """A message comes in, and is handed over where there is a seat for it."""
        new = self.new()
        with await self.loop.seat(patience) as seat:
            claim = await self.here.store.database.write(
                lambda tx: messages.accept(tx, new, seat.lease)
            )
            if claim:
                seat.take(claim, new.id)
        return new.id

    def new(self) -> NewMessage:
        """A message that is not stored yet."""
        self.here.number += 1
        id = new_id(self.here.number, bytes(10))
        return NewMessage(id, envelope(), trace(id), bodies.in_row(SMALL, self.here.store.keys))

    async def until(self, *ids: str) -> None:
        """Wait until these have been taken up, in this order and no others."""
        while len(self.handled) < len(ids):
            await asyncio.sleep(0.005)
        assert list(ids) == [id for id, _ in self.handled]

    def _load(self, _tx: Transaction, claim: Claim) -> str:
        return claim.id

    async def _handle(self, claim: Claim, loaded: str) -> None:
        assert claim.id == loaded
        self._busy += 1
        self.handled.append((claim.id, self._busy))
        await self._go.acquire()
        self._busy -= 1
        await self.here.store.database.write(
            lambda tx: work.give_back(tx, claim.id, claim.fence, wait=FAR)
        )


def envelope() -> Envelope:
    """One in which every field says something."""
    return Envelope(
        ANN,
        (
            Recipient("bob@outside.example", ("SUCCESS", "DELAY"), "rfc822;robert@outside.example"),
            Recipient("cyd@outside.example"),
        ),
        options=(("SIZE", "120"), ("BODY", "8BITMIME")),
        login="finance",
        client="192.0.2.7",
    )


def stored(here: World, lease: Lease | None = LEASE) -> tuple[NewMessage, Claim | None]:
    """A message that was accepted with this lease."""
    id = new_id(1000, bytes(10))
    new = NewMessage(id, envelope(), trace(id), bodies.in_row(SMALL, here.store.keys))
    return new, here.do(messages.accept, new, lease)


def test_what_is_handed_over_is_what_would_be_read(here: World) -> None:
    new, claim = stored(here)
    assert claim
    read = here.store.database.read_now(lambda tx: deliveries.unread(tx, new.id))

    assert deliveries.accepted(new, claim.received_at) == read
    assert read.envelope.received == here.clock.time


def test_a_claim_that_is_handed_over_is_the_one_that_would_be_made(here: World) -> None:
    _, handed = stored(here)
    here.do(lambda tx: work.recover(tx, NODE))
    assert handed
    [claimed] = here.claim(State.RECEIVED)

    assert (1, 1) == (handed.fence, handed.claims)
    assert claimed == replace(handed, fence=2, claims=2)


def test_what_is_handed_over_is_nobody_elses_until_its_lease_runs_out(here: World) -> None:
    new, _ = stored(here)
    assert () == here.claim(State.RECEIVED)
    here.clock.time += LEASE.seconds + 1

    assert [new.id] == [claim.id for claim in here.claim(State.RECEIVED)]


def test_only_what_nobody_has_wakes_somebody(here: World) -> None:
    left: list[State] = []
    here.store.database.moved = left.append
    stored(here)
    assert [] == left
    here.post()
    assert [State.RECEIVED] == left


def test_a_message_with_a_seat_is_worked_on_without_a_claim(here: World) -> None:
    async def live() -> None:
        desk = Desk(here)
        async with desk.running():
            id = await desk.accept()
            await desk.until(id)
        assert (1, 0) == _row(here, id), "its first fence"

    here.run(live())


def test_there_is_no_seat_with_a_loop_that_does_not_run(here: World) -> None:
    async def live() -> None:
        desk = Desk(here)
        assert (await desk.loop.seat()).lease is None
        async with desk.running():
            with await desk.loop.seat() as seat:
                assert Lease(NODE, loop.LEASE_SECONDS) == seat.lease
        assert (await desk.loop.seat()).lease is None

    here.run(live())


def test_who_finds_no_seat_waits_for_one_but_not_for_long(here: World) -> None:
    async def live() -> None:
        desk = Desk(here)
        async with desk.running():
            with await desk.loop.seat():
                assert (await desk.loop.seat(0.05)).lease is None, "it waited in vain"
                waiting = asyncio.create_task(desk.loop.seat(30.0))
                await asyncio.sleep(0.01)
                assert not waiting.done()
            with await waiting as seat:
                assert seat.lease

    here.run(live())


def test_a_seat_that_nobody_waits_for_any_more_is_free(here: World) -> None:
    async def live() -> None:
        desk = Desk(here)
        async with desk.running():
            held = await desk.loop.seat()
            gone = asyncio.create_task(desk.loop.seat(30.0))
            await asyncio.sleep(0.01)
            held.__exit__()  # the seat is given, and whoever waited for it is stopped
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            assert gone.cancelled()
            with await desk.loop.seat() as seat:
                assert seat.lease

    here.run(live())


def test_a_seat_is_free_again_after_a_commit_that_failed(here: World) -> None:
    async def fail(desk: Desk) -> None:
        with await desk.loop.seat() as seat:
            assert seat.lease
            raise OSError("SESAME")

    async def live() -> None:
        desk = Desk(here)
        async with desk.running():
            for _ in range(3):
                with pytest.raises(OSError, match="SESAME"):
                    await fail(desk)

    here.run(live())


def test_who_is_stopped_while_they_wait_for_a_seat_loses_no_acknowledgement(here: World) -> None:
    receipts = Receipts()
    receipts.give_back(["an id"])

    async def nowhere() -> Seat[Load]:
        return await asyncio.Future()

    async def live() -> None:
        reception = Reception(here.store, receipts, nowhere)
        copy = retries.Copy(b"digest", lambda: 0.0, lambda: False)
        waiting = asyncio.create_task(reception._write(Desk(here).new(), copy))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()

    here.run(live())
    assert ("an id",) == receipts.take()


def test_what_waits_in_the_database_is_not_overtaken(here: World) -> None:
    async def live() -> None:
        desk = Desk(here)
        async with desk.running():
            first = await desk.accept()
            await desk.until(first)
            waiting = here.post()
            desk.loop.wake()
            last = asyncio.create_task(desk.accept(30.0))
            desk.go()
            await desk.until(first, waiting)
            assert not last.done()
            desk.go()
            await desk.until(first, waiting, await last)

    here.run(live())


def test_what_may_have_taken_the_node_down_is_alone_also_where_others_have_seats(
    here: World,
) -> None:
    suspect = here.post()
    here.claim(State.RECEIVED)
    here.do(work.recover, "another")

    async def live() -> None:
        desk = Desk(here, slots=4)
        async with desk.running():
            await desk.until(suspect)
            beside = await desk.accept()
            assert here.state(beside) is State.RECEIVED
            await asyncio.sleep(0.05)
            await desk.until(suspect)
            desk.go()
            await desk.until(suspect, beside)
        assert [1, 1] == [number for _, number in desk.handled]

    here.run(live())


def test_a_suspect_gets_its_turn_although_messages_keep_coming(here: World) -> None:
    async def live() -> None:
        desk = Desk(here, slots=4)
        async with desk.running():
            first = await desk.accept()
            await desk.until(first)
            suspect = here.post()
            here.claim(State.RECEIVED)
            here.do(work.recover, "another")
            desk.loop.wake()
            await asyncio.sleep(0.05)
            later = await desk.accept()  # finds no seat: somebody waits to be alone
            await desk.until(first)
            desk.go()
            await desk.until(first, suspect)
            desk.go()
            await desk.until(first, suspect, later)
        assert [1, 1, 1] == [number for _, number in desk.handled]

    here.run(live())


def test_who_stops_waits_for_what_is_being_handed_over(here: World) -> None:
    async def live() -> None:
        desk = Desk(here)
        running = asyncio.create_task(desk.loop.run())
        await asyncio.sleep(0.05)
        new = desk.new()
        with await desk.loop.seat() as seat:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            draining = asyncio.create_task(desk.loop.drain(5))
            claim = await here.store.database.write(lambda tx: messages.accept(tx, new, seat.lease))
            assert claim
            assert not draining.done()
            seat.take(claim, new.id)
        await desk.until(new.id)
        assert not draining.done()
        desk.go()
        await draining

    here.run(live())


def _row(here: World, id: str) -> tuple[int, int]:
    row = here.store.database.read_now(lambda tx: messages.get(tx, id))
    return row.fence, row.claims
