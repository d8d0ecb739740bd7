"""Large messages on their way out: read piece by piece, and no dot behind the wrong bytes."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dlpguard.lifecycle import State
from dlpguard.runners._outgoing import outgoing
from dlpguard.store import bodies, schema
from tests._files import files_of, large
from tests.runners._deliver import BOB, FIRST, LONGEST, NEVER, after, deliver, open_attempts, sent
from tests.runners._hop import Delivery, Hop
from tests.runners._world import ANN, BIG, LARGE, SMALL, World, world

FILED = SMALL + b".a line of a message that stands in a file\r\n" * 30_000
"""1.3 MB: six pieces."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def file_of(here: World) -> Path:
    """The only body file."""
    [file] = [f for f in files_of(here.store).directory.glob("??/*") if f.is_file()]
    return file


def flip(file: Path, at: int) -> None:
    """Change one byte."""
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def is_in_doubt(here: World) -> bool:
    """Whether any recipient may or may not have the message."""
    return any(here.do(lambda tx: tx.execute(select(schema.recipients.c.in_doubt)).scalars().all()))


def test_a_large_message_arrives_byte_for_byte_and_its_file_goes(here: World) -> None:
    id = here.ready(FILED)
    assert 1 == len(large(here.store))
    hop = Hop()
    deliver(here, hop)

    assert [Delivery(ANN, (BOB,), sent(id, FILED))] == hop.deliveries
    assert (State.DONE, set()) == (here.state(id), large(here.store))


def judged_for_another(here: World, content: bytes) -> str:
    """A message whose row and verdict name the digest of other bytes than it has; its id."""
    id = here.ready(content)
    other = bodies.digest(content + b"other\r\n", here.store.keys)
    here.change(update(schema.bodies).values(digest=other))
    here.change(update(schema.verdicts).values(body_digest=other))
    return id


def as_an_older_version_stored_it(here: World) -> None:
    """The only body's key sealed without the digest beside it."""
    row = here.do(lambda tx: tx.execute(select(schema.bodies)).one())
    context, keys = f"body:{row.id}", here.store.keys
    key = keys.seal(keys.open(row.wrapped_key, context)[:32], context)
    here.change(update(schema.bodies).values(wrapped_key=key))


@pytest.mark.parametrize("content", [SMALL, BIG, FILED], ids=["small", "big", "in a file"])
def test_of_bytes_that_are_not_what_was_judged_none_is_sent(here: World, content: bytes) -> None:
    id = judged_for_another(here, content)
    hop = Hop()
    deliver(here, hop, then=after(here, LONGEST))

    assert ([], []) == (hop.deliveries, hop.cut)
    assert (State.READY, {"pending": 1}) == (here.state(id), here.outcomes(id))
    assert (0, False) == (open_attempts(here), is_in_doubt(here))
    assert "error=ConfigurationError" in " ".join(here.log)


@pytest.mark.parametrize("content", [SMALL, BIG, FILED], ids=["small", "big", "in a file"])
def test_bytes_of_an_older_version_that_are_not_what_was_judged_never_get_a_dot(
    here: World, content: bytes
) -> None:
    id = judged_for_another(here, content)
    as_an_older_version_stored_it(here)
    hop = Hop()
    deliver(here, hop, then=after(here, LONGEST))

    assert [] == hop.deliveries
    assert (State.READY, {"pending": 1}) == (here.state(id), here.outcomes(id))
    assert (0, False) == (open_attempts(here), is_in_doubt(here))
    assert "error=ConfigurationError" in " ".join(here.log)
    if content is SMALL:
        assert [] == hop.cut, "what is read whole is known before any of it is sent"


@pytest.mark.embedded
def test_a_large_message_that_is_on_the_disk_only_arrives_byte_for_byte(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.preadv

    def from_disk(file: int, buffers: Sequence[memoryview], at: int, flags: int = 0) -> int:
        if flags:
            raise BlockingIOError
        return read(file, buffers, at)

    monkeypatch.setattr(os, "preadv", from_disk)
    id = here.ready(FILED)
    hop = Hop()
    deliver(here, hop)

    assert [Delivery(ANN, (BOB,), sent(id, FILED))] == hop.deliveries


def test_a_large_message_of_an_older_version_arrives_byte_for_byte(here: World) -> None:
    id = here.ready(FILED)
    as_an_older_version_stored_it(here)
    hop = Hop()
    deliver(here, hop)

    assert [Delivery(ANN, (BOB,), sent(id, FILED))] == hop.deliveries


@pytest.mark.embedded
@pytest.mark.parametrize("at", [-1, 2 * (2**18 + 16) + 5], ids=["the last byte", "in the middle"])
def test_a_body_that_turns_out_to_be_damaged_never_gets_a_dot(here: World, at: int) -> None:
    id = here.ready(FILED)
    file = file_of(here)
    flip(file, at)
    hop = Hop()

    def mend() -> None:
        assert ([], {"pending": 1}) == (hop.deliveries, here.outcomes(id))
        assert "DATA" in hop.commands
        assert all(sent(id, FILED).startswith(cut) for cut in hop.cut)
        assert (0, False) == (open_attempts(here), is_in_doubt(here))
        flip(file, at)
        here.clock.time += FIRST

    deliver(here, hop, then=mend)

    assert [sent(id, FILED)] == [d.content for d in hop.deliveries]
    assert "what=deliver error=ConfigurationError" in " ".join(here.log)


@pytest.mark.embedded
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "damaged from the start"])
def test_the_next_hop_is_not_asked_for_a_body_that_cannot_be_read(here: World, gone: bool) -> None:
    id = here.ready(FILED)
    if gone:
        file_of(here).unlink()
    else:
        flip(file_of(here), 0)
    hop = Hop()
    deliver(here, hop)

    assert [] == hop.commands
    assert State.READY is here.state(id)


@pytest.mark.embedded
def test_a_report_about_a_large_message_reads_no_more_than_its_beginning(here: World) -> None:
    here.ready(FILED)
    flip(file_of(here), -1)  # which whoever reads all of it would notice
    hop = Hop(refuses={BOB: NEVER})
    deliver(here, hop)

    [report] = hop.own_mail()
    assert b"\r\n\r\nFrom: ann@council.example\r\nMessage-ID: <1@council.example>\r\n\r\n--" in (
        report.content
    )


def test_a_large_message_that_goes_out_is_never_whole_in_memory(here: World) -> None:
    id = here.post(LARGE)
    stored = here.do(bodies.find, id)

    async def trip() -> int:
        length = 0
        async with outgoing(stored, here.store) as pieces:
            async for piece in pieces:
                length += len(piece)
        return length

    here.run(trip())  # what is imported or cached the first time is not meant
    tracemalloc.start()
    try:
        length = here.run(trip())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(LARGE) == length
    assert peak < 4 * 2**20


def test_sending_may_be_given_up_at_any_piece(here: World) -> None:
    id = here.post(FILED)
    stored = here.do(bodies.find, id)

    async def trip(wanted: int) -> None:
        async with outgoing(stored, here.store) as pieces:
            if wanted:
                async for _ in pieces:
                    wanted -= 1
                    if not wanted:
                        break

    for wanted in range(7):
        here.run(trip(wanted))
    assert [] == here.log
