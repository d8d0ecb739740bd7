"""P3: the bytes that come in are the bytes that go out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import uvloop
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dlpguard.mail import Recipient
from dlpguard.smtp.client import Pool, Reply, Session, Target
from dlpguard.smtp.server import Edge, Rules
from dlpguard.smtp.sink import Sink
from tests.smtp.conftest import Basket, Taken, on_the_wire

_lines = st.lists(
    st.binary(max_size=200).map(lambda line: line.translate(None, b"\r\n\0") + b"\r\n")
    | st.sampled_from([b".\r\n", b"..\r\n", b".a\r\n", b"\r\n", b"QUIT\r\n"])
    | st.integers(1, 70_000).map(lambda length: b"." + b"x" * length + b"\r\n")
).map(b"".join)
"""Messages.  (Hypothesis knows our constants: what has ours is left out, see `_is_ours`.)"""


def _is_ours(content: bytes) -> bool:
    return b"x-dlpguard" in content.lower() or b"i-3f9c21d0" in content


async def yes() -> bool:
    return True


class Relay:
    """An edge whose messages go straight through the client to a sink."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, tuple[str, ...], bytes]] = []
        self.traces: list[bytes] = []
        self.port = 0

    async def accept(self, arrival: Taken) -> str:
        self.traces.append(arrival.trace)
        async with self.out.session() as session:
            envelope = arrival.envelope
            await session.open(envelope.sender, envelope.options, envelope.recipients)
            reply = await session.data(arrival.trace, arrival.content, yes)
            assert reply.positive
        return arrival.id

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Session]:
        """A session with the edge, of the same client."""
        sink = Sink(lambda *message: self.taken.append(message))
        await sink.start()
        self.out = Pool(Target("127.0.0.1", sink.port, tls="none"))
        rules = Rules(("127.0.0.0/8",), ("council.example",), "guard.example", "i-3f9c21d0")
        edge = Edge(rules, lambda _: Basket(self.accept), lambda: None)
        await edge.start("127.0.0.1", 0)
        self.port = edge.port
        into = Pool(Target("127.0.0.1", edge.port, tls="none"))
        try:
            async with into.session() as session:
                yield session
        finally:
            await into.close()
            await edge.stop(1)
            await self.out.close()
            await sink.stop()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all examples."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


async def send(session: Session, content: bytes) -> Reply:
    replies = await session.open("ann@council.example", (), (Recipient("bob@nhs.example"),))
    assert replies[0].positive
    return await session.data(b"", content, yes)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
@given(st.lists(_lines, min_size=1, max_size=5))
def test_any_bytes_go_through_unchanged_one_message_for_each_end(
    runner: asyncio.Runner, contents: list[bytes]
) -> None:
    assume(not any(_is_ours(content) for content in contents))

    async def trip() -> Relay:
        relay = Relay()
        async with relay.open() as session:
            for content in contents:
                assert (await send(session, content)).positive
        return relay

    relay = runner.run(trip())

    sent = [trace + content for trace, content in zip(relay.traces, contents, strict=True)]
    assert sent == [content for _, _, content in relay.taken]
    assert {("ann@council.example", ("bob@nhs.example",))} == {m[:2] for m in relay.taken}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)
@given(_lines, st.lists(st.integers(1, 5000), min_size=1, max_size=20))
def test_however_a_client_cuts_what_it_writes(
    runner: asyncio.Runner, content: bytes, sizes: list[int]
) -> None:
    assume(not _is_ours(content))
    commands = b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<bob@nhs.example>\r\nDATA\r\n"
    body = on_the_wire(content) + b".\r\nQUIT\r\n"

    async def trip() -> Relay:
        relay = Relay()
        async with relay.open():
            reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
            writer.write(commands)
            while not (await reader.readline()).startswith(b"354"):
                pass
            at = number = 0
            while at < len(body):
                size = sizes[number % len(sizes)]
                writer.write(body[at : at + size])
                await writer.drain()
                at, number = at + size, number + 1
                await asyncio.sleep(0)
            await reader.read()
            writer.close()
            await writer.wait_closed()
        return relay

    relay = runner.run(trip())

    assert [("", ("bob@nhs.example",), relay.traces[0] + content)] == relay.taken


def test_fifty_megabytes_go_through(runner: asyncio.Runner) -> None:
    content = b"Subject: large\r\n\r\n" + b".0123456789\r\n" * 4_000_000

    async def trip() -> bytes:
        relay = Relay()
        async with relay.open() as session:
            assert (await send(session, content)).positive
        return relay.taken[0][2].removeprefix(relay.traces[0])

    assert content == runner.run(trip())
