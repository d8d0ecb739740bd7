"""A client that lost our 250 and sends again, over real sockets into a real store."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy
import uvloop

from dlpguard.mail import MessageId
from dlpguard.runners.reception import Reception
from dlpguard.smtp.receipts import Receipts
from dlpguard.smtp.server import Edge, Rules
from dlpguard.store import bodies, retries, schema
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store
from tests import _stores
from tests._files import large

RULES = Rules(("127.0.0.0/8",), ("council.example",), "guard.council.example", "i-3f9c21d0")
BEGIN = (
    b"EHLO client.example\r\n"
    b"MAIL FROM:<ann@council.example>\r\nRCPT TO:<bob@nhs.example>\r\nDATA\r\n"
)
BODY = b"Subject: a\r\n\r\ntext\r\n.\r\n"
LARGE = b"Subject: a\r\n\r\n" + os.urandom(bodies.IN_ROW).hex().encode() + b"\r\n.\r\n"


@dataclass
class World:
    """An edge in front of a store."""

    store: Store
    edge: Edge
    reception: Reception

    async def client(self, *, body: bytes = BODY) -> Client:
        """One that has sent a message to the dot."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.edge.port)
        writer.write(BEGIN)
        while not (await reader.readline()).startswith(b"354"):
            pass
        writer.write(body)
        return Client(reader, writer)

    def ids(self) -> list[str]:
        """The messages in the store."""
        query = sqlalchemy.select(schema.messages.c.id).order_by(schema.messages.c.id)
        return list(self.store.database.read_now(lambda tx: tx.execute(query).scalars().all()))

    def large(self) -> int:
        """How many bodies stand on the shelf, in files of their own or in pieces."""
        return len(large(self.store))


@dataclass
class Client:
    """A connection on which the dot was sent."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hears(self) -> str:
        """The id with which the message was answered."""
        reply = (await self.reader.readline()).decode()
        assert reply.startswith("250"), reply
        return reply.split()[-1]

    async def quits(self) -> None:
        """In order."""
        self.writer.write(b"QUIT\r\n")
        await self.reader.read()
        self.writer.close()

    async def closes(self) -> None:
        """Without QUIT, but with everything read."""
        self.writer.close()
        await asyncio.sleep(0.05)

    async def is_cut_off(self) -> None:
        """An RST, as when a machine crashes or a firewall forgets the connection."""
        connected = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    store = _stores.open_in(folder)
    receipts = Receipts()
    reception = Reception(store, receipts)
    edge = Edge(RULES, reception.open, reception.backlog, receipts=receipts)
    await edge.start("127.0.0.1", 0)
    try:
        yield World(store, edge, reception)
    finally:
        await edge.stop(5)
        store.close()


End = Callable[[Client], object]


@pytest.mark.parametrize("body", [BODY, LARGE], ids=["small", "large"])
def test_a_client_that_was_cut_off_after_our_250_gets_it_again(tmp_path: Path, body: bytes) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            first = await ours.client(body=body)
            told = await first.hears()  # the test knows it; let the client not have
            await first.is_cut_off()
            again = await ours.client(body=body)
            assert told == await again.hears()
            await again.is_cut_off()
            third = await ours.client(body=body)
            assert told == await third.hears()
            await third.quits()

            assert [told] == ours.ids()
            assert (body is LARGE) == ours.large()

    asyncio.run(trip())


def test_a_client_that_gave_up_before_our_250_gets_it_later(tmp_path: Path) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            impatient = await ours.client()
            await impatient.is_cut_off()
            again = await ours.client()
            told = await again.hears()
            await again.quits()

            assert [told] == ours.ids()

    asyncio.run(trip())


def test_a_retry_does_not_overtake_what_it_repeats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the first meets others in a shared database, again and again."""

    async def trip() -> None:
        async with world(tmp_path) as ours:
            write, delays = ours.reception._write, [0.3, 0.0]

            async def held_up(new: NewMessage, copy: retries.Copy) -> MessageId:
                await asyncio.sleep(delays.pop(0))
                return await write(new, copy)

            monkeypatch.setattr(ours.reception, "_write", held_up)
            impatient = await ours.client()
            await impatient.is_cut_off()
            again = await ours.client()
            told = await again.hears()
            await again.quits()
            await ours.reception.acknowledge()
            await asyncio.sleep(0.5)

            assert [] == delays
            assert [told] == ours.ids()

    asyncio.run(trip())


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("leave", [Client.closes, Client.is_cut_off])
def test_a_retry_at_another_node_overtakes_what_it_repeats_and_is_still_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    loop: Callable[[], asyncio.AbstractEventLoop],
    leave: Callable[[Client], Awaitable[None]],
) -> None:
    """A node stands still behind the dot; its client leaves, and tries the next."""

    async def trip() -> None:
        async with world(tmp_path) as first, world(tmp_path) as second:
            write, goes_on = first.reception._write, asyncio.Event()

            async def stands_still(new: NewMessage, copy: retries.Copy) -> MessageId:
                await goes_on.wait()
                return await write(new, copy)

            monkeypatch.setattr(first.reception, "_write", stands_still)
            impatient = await first.client()
            await leave(impatient)
            again = await second.client()
            told = await again.hears()
            await again.quits()
            await second.reception.acknowledge()
            goes_on.set()
            await asyncio.sleep(0.5)

            assert [told] == second.ids()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(trip())


@pytest.mark.parametrize("end", [Client.quits, Client.closes])
def test_what_is_sent_twice_deliberately_is_two_messages(
    tmp_path: Path, end: Callable[[Client], asyncio.Future[None]]
) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            told = []
            for _ in range(2):
                client = await ours.client()
                told.append(await client.hears())
                await end(client)

            assert told == ours.ids()

    asyncio.run(trip())


def test_twice_on_one_connection_is_two_messages(tmp_path: Path) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            client = await ours.client()
            first = await client.hears()
            client.writer.write(BEGIN)
            while not (await client.reader.readline()).startswith(b"354"):
                pass
            client.writer.write(BODY)
            second = await client.hears()
            await client.quits()

            assert [first, second] == ours.ids()

    asyncio.run(trip())


def test_copies_on_connections_that_are_there_at_once_are_meant(tmp_path: Path) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            clients = [await ours.client() for _ in range(5)]
            told = [await client.hears() for client in clients]
            for client in clients:
                await client.quits()

            assert sorted(told) == ours.ids()
            assert 5 == len(told)

    asyncio.run(trip())


@pytest.mark.parametrize("is_cut_off", [True, False])
def test_a_quit_that_was_sent_behind_the_dot_acknowledges_nothing_but_closing_then_does(
    tmp_path: Path, is_cut_off: bool
) -> None:
    """As Postfix does it."""

    async def trip() -> None:
        async with world(tmp_path) as ours:
            told = []
            for _ in range(2):
                client = await ours.client(body=BODY + b"QUIT\r\n")
                told.append(await client.hears())
                if is_cut_off:
                    await client.is_cut_off()
                else:
                    assert b"221 2.0.0 Bye\r\n" == await client.reader.read()
                    await client.closes()

            assert sorted({*told}) == ours.ids()
            assert is_cut_off == (told[0] == told[1])

    asyncio.run(trip())


def test_stopping_waits_for_nobody_who_has_said_quit(tmp_path: Path) -> None:
    async def trip() -> float:
        async with world(tmp_path) as ours:
            client = await ours.client(body=BODY + b"QUIT\r\n")
            await client.hears()
            await client.reader.readline()
            before = time.monotonic()
            await ours.edge.stop(5)
            client.writer.close()
            return time.monotonic() - before

    assert asyncio.run(trip()) < 1


def test_acknowledgements_survive_an_orderly_end(tmp_path: Path) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            client = await ours.client()
            first = await client.hears()
            await client.quits()
            await ours.reception.acknowledge()
        async with world(tmp_path) as ours:
            client = await ours.client()
            second = await client.hears()
            await client.quits()

            assert [first, second] == ours.ids()

    asyncio.run(trip())


def test_what_was_not_acknowledged_survives_a_restart(tmp_path: Path) -> None:
    async def trip() -> None:
        async with world(tmp_path) as ours:
            client = await ours.client()
            first = await client.hears()
            await client.is_cut_off()
        async with world(tmp_path) as ours:
            client = await ours.client()
            assert first == await client.hears()
            await client.quits()

            assert [first] == ours.ids()

    asyncio.run(trip())
