"""Large messages on their way in: written as they come, and nothing left of what never arrives."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import struct
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from dlpguard.mail import MessageId
from dlpguard.runners import _intake
from dlpguard.runners._intake import Intake
from dlpguard.runners.reception import Reception
from dlpguard.smtp.receipts import Receipts
from dlpguard.smtp.server import Arrival, Edge, Hold, Rules
from dlpguard.store import bodies
from dlpguard.store.bodies import Body, Writer
from tests._files import files_of, large
from tests.runners._world import LARGE, SMALL, World, world

BEGIN = (
    b"EHLO client.example\r\nMAIL FROM:<ann@council.example>\r\n"
    b"RCPT TO:<bob@outside.example>\r\nDATA\r\n"
)
WIRE = LARGE.replace(b"\r\n.", b"\r\n..")
SMALL_WIRE = SMALL.replace(b"\r\n.", b"\r\n..") + b".\r\n"


@dataclass
class Entrance:
    """An edge in front of a store."""

    here: World
    changed: dict[str, Any] = field(default_factory=dict)
    port: int = 0

    @asynccontextmanager
    async def open(self, intake: Callable[[Hold], Intake] | None = None) -> AsyncIterator[None]:
        """Listen."""
        receipts = Receipts()
        reception = Reception(self.here.store, receipts)
        values = {"size": 100_000_000, **self.changed.pop("rules", {})}
        rules = Rules(("127.0.0.0/8",), ("council.example",), "guard.example", "i-1", **values)
        edge = Edge(
            rules, intake or reception.open, lambda: None, receipts=receipts, **self.changed
        )
        await edge.start("127.0.0.1", 0)
        self.port = edge.port
        try:
            yield
        finally:
            await edge.stop(5)

    async def begin(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that may send a message now."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(BEGIN)
        while not (await reader.readline()).startswith(b"354"):
            pass
        return reader, writer

    async def send(self, wire: bytes) -> str:
        """The code that a message gets; `wire` with its dot."""
        reader, writer = await self.begin()
        writer.write(wire)
        reply = (await reader.readline()).decode()
        writer.close()
        await writer.wait_closed()
        return reply[:9]

    def large(self) -> int:
        """How many large bodies there are."""
        return len(large(self.here.store))

    async def until(self, count: int) -> None:
        """Wait until there are so many of them."""
        async with asyncio.timeout(10):
            while self.large() != count:
                await asyncio.sleep(0.01)

    def stored(self) -> list[bytes]:
        """The messages in the store."""
        database = self.here.store.database
        rows = database.read_now(
            lambda tx: tx.connection.exec_driver_sql("SELECT id FROM messages ORDER BY id").all()
        )
        found = [database.read_now(partial(bodies.find, message_id=row.id)) for row in rows]
        return [body.read(self.here.store.keys, self.here.store.shelf) for body in found]


@pytest.fixture
def entrance(tmp_path: Path) -> Iterator[Entrance]:
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        world(tmp_path, runner) as here,
    ):
        yield Entrance(here)


@pytest.mark.embedded
def test_a_large_message_is_in_its_file_while_it_comes_and_exact_when_it_came(
    entrance: Entrance,
) -> None:
    async def trip() -> tuple[int, str]:
        async with entrance.open():
            reader, writer = await entrance.begin()
            writer.write(WIRE[: len(WIRE) // 2])
            await entrance.until(1)
            async with asyncio.timeout(10):
                directory = files_of(entrance.here.store).directory
                [file] = [f for f in directory.glob("??/*") if f.is_file()]
                while file.stat().st_size < len(WIRE) // 2 - 2**20:
                    await asyncio.sleep(0.01)
            rows = len(entrance.stored())
            writer.write(WIRE[len(WIRE) // 2 :] + b".\r\n")
            reply = (await reader.readline()).decode()
            writer.close()
            return rows, reply[:9]

    assert (0, "250 2.0.0") == entrance.here.run(trip())
    assert [LARGE] == entrance.stored()


@pytest.mark.parametrize("extra", [-1, 0, 1, _intake.PIECE])
def test_messages_around_the_size_at_which_files_begin(entrance: Entrance, extra: int) -> None:
    content = b"A: b\r\n\r\n" + b"x" * (bodies.IN_ROW - 10 + extra) + b"\r\n"

    async def trip() -> str:
        async with entrance.open():
            return await entrance.send(content + b".\r\n")

    assert "250 2.0.0" == entrance.here.run(trip())
    assert [content] == entrance.stored()
    assert int(extra > 0) == entrance.large()


@pytest.mark.parametrize("how", ["end", "reset"])
def test_nothing_is_left_of_a_message_whose_client_went_away(entrance: Entrance, how: str) -> None:
    async def trip() -> None:
        async with entrance.open():
            _, writer = await entrance.begin()
            writer.write(WIRE)
            await entrance.until(1)
            if how == "reset":
                connected = writer.get_extra_info("socket")
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort() if how == "reset" else writer.close()
            await entrance.until(0)

    entrance.here.run(trip())

    assert [] == entrance.stored()


@pytest.mark.parametrize(
    ("end", "rules", "code"),
    [
        (b"bare\nlf\r\n.\r\n", {}, "550 5.6.11"),
        (b"nul\0nul\r\n.\r\n", {}, "550 5.6.11"),
        (b"text\r\n.\r\n", {"size": len(LARGE)}, "552 5.3.4"),
    ],
)
def test_nothing_is_left_of_a_message_that_is_refused_at_its_end(
    entrance: Entrance, end: bytes, rules: dict[str, Any], code: str
) -> None:
    entrance.changed["rules"] = rules

    async def trip() -> str:
        async with entrance.open():
            reader, writer = await entrance.begin()
            writer.write(WIRE)
            await entrance.until(1)
            writer.write(end)
            reply = (await reader.readline()).decode()
            writer.close()
            await entrance.until(0)
            return reply

    assert entrance.here.run(trip()).startswith(code)
    assert [] == entrance.stored()


@pytest.mark.embedded
def test_a_disk_that_fills_up_is_answered_452_and_harms_nobody_else(entrance: Entrance) -> None:
    async def trip() -> list[str]:
        async with entrance.open():
            limit = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, limit[1]))
            try:
                said = await asyncio.gather(
                    entrance.send(WIRE + b".\r\n"),
                    entrance.send(SMALL_WIRE),
                    entrance.send(b"A: b\r\n\r\n" + b"x" * 1_000_000 + b"\r\n.\r\n"),
                )
                await entrance.until(1)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, limit)
            return [*said, await entrance.send(WIRE + b".\r\n")]

    assert ["452 4.3.1", "250 2.0.0", "250 2.0.0", "250 2.0.0"] == entrance.here.run(trip())
    assert sorted([len(SMALL), 1_000_010, len(LARGE)]) == sorted(map(len, entrance.stored()))


@pytest.mark.embedded  # elsewhere an id that is taken is tried again for a while
def test_a_message_that_cannot_be_committed_leaves_no_file(entrance: Entrance) -> None:
    entrance.changed |= {"clock": lambda: 1.0, "randomness": bytes}  # every id is the same

    async def trip() -> list[str]:
        async with entrance.open():
            said = [await entrance.send(SMALL_WIRE), await entrance.send(WIRE + b".\r\n")]
            await entrance.until(0)
            return said

    assert ["250 2.0.0", "451 4.3.0"] == entrance.here.run(trip())
    assert [SMALL] == entrance.stored()


def test_the_second_copy_of_a_retry_leaves_no_file(entrance: Entrance) -> None:
    async def trip() -> str:
        async with entrance.open():
            _, writer = await entrance.begin()
            writer.write(WIRE + b".\r\n")
            await writer.drain()
            async with asyncio.timeout(10):
                while not entrance.stored():
                    await asyncio.sleep(0.01)
            connected = writer.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()  # it never learns that we have it
            await asyncio.sleep(0.1)
            return await entrance.send(WIRE + b".\r\n")

    assert "250 2.0.0" == entrance.here.run(trip())
    assert [LARGE] == entrance.stored()
    assert 1 == entrance.large()


def test_a_slow_disk_makes_its_clients_wait_and_nobody_else(entrance: Entrance) -> None:
    disk = ThreadPoolExecutor(1)
    free = threading.Event()
    held: list[bool] = []
    taken: list[int] = []

    class Counting(Intake):
        """Counts what it takes."""

        def keep(self, piece: bytes) -> None:
            """Count."""
            taken.append(len(piece))
            super().keep(piece)

    async def store(arrival: Arrival, body: Body) -> MessageId:
        assert arrival.size == body.size
        return arrival.id

    def intake(hold: Hold) -> Intake:
        def note(waits: bool) -> None:
            held.append(waits)
            hold(waits)

        keys = entrance.here.store.keys
        begin = partial(Writer, keys, entrance.here.store.shelf)
        return Counting(keys, begin, disk, note, store)

    async def trip() -> list[str]:
        async with entrance.open(intake):
            disk.submit(free.wait)
            large = [asyncio.create_task(entrance.send(WIRE + b".\r\n")) for _ in range(2)]
            async with asyncio.timeout(10):
                while held != [True, True]:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)  # whatever more could come has come
            assert sum(taken) < 2 * 2**20
            small = await entrance.send(SMALL_WIRE)
            free.set()
            return [small, *await asyncio.gather(*large)]

    assert ["250 2.0.0"] * 3 == entrance.here.run(trip())
    assert held.count(True) == held.count(False)
    assert 2 * len(LARGE) + len(SMALL) == sum(taken)
    disk.shutdown()


def test_bodies_that_are_no_longer_wanted_are_removed_behind_what_is_being_written(
    entrance: Entrance,
) -> None:
    disk = ThreadPoolExecutor(1)
    free = threading.Event()

    async def never(_: Arrival, __: Body) -> MessageId:
        raise AssertionError

    async def trip() -> None:
        keys, directory = entrance.here.store.keys, entrance.here.store.shelf
        intake = Intake(keys, partial(Writer, keys, directory), disk, lambda _: None, never)
        intake.keep(os.urandom(bodies.IN_ROW + 1))
        await entrance.until(1)
        disk.submit(free.wait)
        for _ in range(5):
            intake.keep(os.urandom(_intake.PIECE + 1))
        intake.forget()
        intake.forget()
        intake.keep(b"more")
        assert 1 == entrance.large()
        free.set()
        await entrance.until(0)

    entrance.here.run(trip())
    disk.shutdown()
