"""What passes is sent at once by whoever kept a seat for it; what has to wait has to be found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from dlpguard import policy
from dlpguard.inspection import Setup
from dlpguard.lifecycle import State
from dlpguard.policy import Policies
from dlpguard.runners import parcels
from dlpguard.runners.inspector import Inspector
from dlpguard.runners.judging import Case, Decided, Judging, decide
from dlpguard.runners.loop import Seat
from dlpguard.runners.parcels import Parcel
from dlpguard.runners.reading import Reading
from dlpguard.runners.sandbox import Limits, Sandbox
from dlpguard.store import deliveries, messages
from dlpguard.store.work import Lease
from tests.runners._deliver import courier_for
from tests.runners._desk import ORGANISATION, mail
from tests.runners._hop import Hop, listening
from tests.runners._mailing import Mailing, address, mailings
from tests.runners._world import HEAD, NODE, World, trace, world

LEASE = Lease(NODE, 120.0)
HELD = (State.QUARANTINED, None)


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as there:
        yield there


@pytest.fixture
def policies(tmp_path: Path) -> Policies:
    folder = tmp_path / "those-policies"
    folder.mkdir()
    (folder / "one.yaml").write_text(
        "title: One\nwhy: A test.\nwhen:\n  - subject: hold me\nthen: quarantine\n"
    )
    return policy.load(folder)


def judged(mailing: Mailing, id: str, **what: object) -> Decided:
    """The verdict on a message that somebody would send at once."""
    here = mailing.here
    claim = next(c for c in here.claim(State.RECEIVED) if c.id == id)
    load = here.store.database.read_now(lambda tx: deliveries.unread(tx, id))
    facts = mailing.facts(*load.envelope.addresses, **what)  # type: ignore[arg-type] # as it is
    reading = Reading(facts, b"evidence")
    case = Case(claim, load.envelope, reading, lambda: 0.1, load.body.digest, LEASE)
    return here.do(decide, case, mailing.judging)


def where(here: World, id: str) -> tuple[State, str | None]:
    """The state of a message, and which node has it."""
    row = here.store.database.read_now(lambda tx: messages.get(tx, id))
    return State(row.state), row.lease_node


def test_what_passes_is_claimed_for_whoever_sends_it(mailing: Mailing) -> None:
    id = mailing.arrive(address(1))
    passed = judged(mailing, id, names=()).passed
    row = mailing.here.store.database.read_now(lambda tx: messages.get(tx, id))

    assert passed
    assert (State.READY, NODE) == where(mailing.here, id)
    assert (row.fence, 1) == (passed.claim.fence, row.claims)
    assert () == mailing.here.claim(State.READY), "nobody else's"


def test_what_is_handed_on_is_what_a_courier_would_find(mailing: Mailing) -> None:
    id = mailing.arrive(address(1), address(2))
    unread = mailing.here.store.database.read_now(lambda tx: deliveries.unread(tx, id))
    passed = judged(mailing, id, names=()).passed
    assert passed
    row = mailing.here.store.database.read_now(lambda tx: messages.get(tx, id))
    load = mailing.here.store.database.read_now(lambda tx: deliveries.load(tx, row))

    handed = parcels.at_once(unread, passed.add_headers)
    assert Parcel(load, (*passed.add_headers, parcels.PASSED)) == handed


def test_what_waits_for_copies_of_it_is_handed_to_nobody(mailing: Mailing) -> None:
    id = mailing.arrive(address(1))

    assert judged(mailing, id).passed is None
    assert (State.READY, None) == where(mailing.here, id)


def test_neither_half_of_what_is_split_is_handed_to_anybody(mailing: Mailing) -> None:
    mailing.names = ["Ann", "Bea", "Cat", "Dee", "Eve"]
    id = mailing.arrive(address(0), address(1), "bob@council.example")
    decided = judged(mailing, id)
    ids = [row for row, _, _ in decided.rows]

    assert decided.passed is None
    asked, ready = (State.AWAITING_SENDER, None), (State.READY, None)
    assert [asked, ready] == [where(mailing.here, one) for one in ids]


def test_what_is_held_is_handed_to_nobody(mailing: Mailing) -> None:
    id = mailing.arrive(*(address(n) for n in range(12)))

    assert judged(mailing, id).passed is None
    assert HELD == where(mailing.here, id)


def test_a_verdict_is_on_the_bytes_that_were_read_and_no_others(mailing: Mailing) -> None:
    id = mailing.arrive(address(1))
    judged(mailing, id, names=())
    row = mailing.here.store.database.read_now(lambda tx: messages.get(tx, id))
    load = mailing.here.store.database.read_now(lambda tx: deliveries.load(tx, row))

    assert load.body.digest == load.judged


def test_what_passes_goes_from_the_reader_to_the_next_hop_without_being_looked_for(
    tmp_path: Path, policies: Policies
) -> None:
    content = mail()
    seats: list[Seat[Parcel]] = []

    async def live(here: World) -> str:
        sandbox = Sandbox(1, Limits(), Setup(ORGANISATION))
        await sandbox.start()
        async with listening(hop):
            courier, pool = courier_for(here, hop)
            sending = asyncio.create_task(courier.loop.run())
            await asyncio.sleep(0.05)

            async def seat() -> Seat[Parcel]:
                seats.append(await courier.loop.seat())
                return seats[-1]

            judging = Judging(policies, "enforce", frozenset(), ORGANISATION, HEAD)
            inspector = Inspector(here.store, sandbox, judging, NODE, 2, 2, seat)
            id = here.post(content)
            await here.working(inspector.loop, State.RECEIVED)
            while here.state(id) is not State.DONE:
                await asyncio.sleep(0.01)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await courier.loop.drain(5)
            await pool.close()
        await sandbox.stop()
        return id

    hop = Hop()
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        world(tmp_path, runner) as here,
    ):
        id = here.run(live(here))
        row = here.store.database.read_now(lambda tx: messages.get(tx, id))
        assert ["accept", "pass", "finish"] == here.events(id)
        assert 2 == row.fence, "claimed by the reader, and handed on"

    [seat] = seats
    assert seat.lease
    [delivery] = hop.deliveries
    assert trace(id) + b"X-DLPGuard-Passed: yes\r\n" + content == delivery.content
