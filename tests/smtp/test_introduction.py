"""Clients that come through a proxy, on both event loops."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from dlpguard.smtp import _introduction, replies
from tests.smtp._clients import trusting
from tests.smtp.conftest import ENVELOPE, HELLO, STUFFED, codes
from tests.smtp.test_proxy_header import FOUR, version_2

if TYPE_CHECKING:
    from tests.smtp.conftest import Certificate, Guarded, OpenEdge

Run = Callable[[Coroutine[Any, Any, Any]], Any]

FROM_US = b"PROXY TCP4 10.1.2.3 10.0.0.1 51000 25\r\n"
FROM_ELSEWHERE = b"PROXY TCP4 192.0.2.7 10.0.0.1 51000 25\r\n"
CHECK = version_2(0x20, 0x00, b"")
A_MESSAGE = (HELLO, ENVELOPE + b"DATA\r\n", STUFFED, b"QUIT\r\n")
BEHIND = {"clients": ("10.0.0.0/8",), "proxies": ("127.0.0.1/32",)}


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine to its end on one of the loops."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def to_the_end(trip: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(asyncio.wait_for(trip, 30))

    return to_the_end


def test_the_address_that_a_proxy_gives_is_the_clients(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> tuple[str, bytes, bytes]:
        async with open_edge(**BEHIND) as guarded:
            await guarded.says(FROM_US, *A_MESSAGE, pause=0.01)
            [taken] = guarded.arrivals
            return taken.envelope.client, taken.trace, taken.content

    client, trace, content = run(trip())

    assert ("10.1.2.3", b"Subject: a\r\n\r\n.\r\ntext\r\n") == (client, content)
    assert b"[10.1.2.3]" in trace
    assert b"127.0.0.1" not in trace


def test_what_the_client_says_in_the_same_packet_is_heard(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> list[str]:
        async with open_edge(**BEHIND) as guarded:
            return codes(await guarded.says(FROM_US + HELLO + b"QUIT\r\n"))

    assert ["220", "250", "221 2.0.0"] == run(trip())


def test_a_header_may_come_byte_by_byte(open_edge: OpenEdge, run: Run) -> None:
    header = version_2(0x21, 0x11, bytes((10, 1, 2, 3)) + FOUR[4:])
    pieces = [header[at : at + 1] for at in range(len(header))]

    async def trip() -> list[str]:
        async with open_edge(**BEHIND) as guarded:
            return codes(await guarded.says(*pieces, b"QUIT\r\n", pause=0.001))

    assert ["220", "221 2.0.0"] == run(trip())


def test_who_is_no_client_is_none_through_a_proxy_either(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> list[str]:
        async with open_edge(clients=("127.0.0.0/8",), proxies=("127.0.0.1/32",)) as guarded:
            return await guarded.says(FROM_ELSEWHERE, close=False)

    assert [replies.NOT_A_CLIENT] == run(trip())


@pytest.mark.parametrize("said", [b"EHLO client.example\r\n", b"PROXY TCP4 10.1.2.3\r\n"])
def test_a_proxy_that_does_not_say_for_whom_is_not_served(
    open_edge: OpenEdge, run: Run, said: bytes
) -> None:
    async def trip() -> list[str]:
        # Even where the proxy's own address is one that may send.
        async with open_edge(clients=("127.0.0.0/8",), proxies=("127.0.0.1/32",)) as guarded:
            return await guarded.says(said, close=False)

    assert [replies.NOT_INTRODUCED] == run(trip())


def test_a_proxy_that_says_nothing_is_not_waited_for(
    open_edge: OpenEdge, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_introduction, "SECONDS", 0.05)

    async def trip() -> list[str]:
        async with open_edge(**BEHIND) as guarded:
            return await guarded.says(close=False)

    assert [replies.NOT_INTRODUCED] == run(trip())


def test_nobody_is_waited_for_when_the_edge_stops(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> float:
        async with open_edge(**BEHIND) as guarded:
            _, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            await asyncio.sleep(0.02)
            began = asyncio.get_running_loop().time()
            await guarded.edge.stop(5)
            writer.close()
            return asyncio.get_running_loop().time() - began

    assert run(trip()) < 2


def test_a_proxy_that_checks_is_greeted_and_sends_nothing(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> list[str]:
        async with open_edge(clients=("127.0.0.0/8",), proxies=("127.0.0.1/32",)) as guarded:
            sent = (CHECK, HELLO, b"MAIL FROM:<ann@council.example>\r\n", b"QUIT\r\n")
            return codes(await guarded.says(*sent, pause=0.01))

    assert ["220", "250", "530 5.7.0", "221 2.0.0"] == run(trip())


def test_nobody_but_a_proxy_can_say_that_it_is_another(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> tuple[list[str], list[str]]:
        proxies = ("10.0.0.9/32",)
        async with open_edge(clients=("127.0.0.0/8",), proxies=proxies) as guarded:
            await guarded.says(FROM_US, *A_MESSAGE, pause=0.01)
            return [taken.envelope.client for taken in guarded.arrivals], codes(
                await guarded.says(FROM_US, pause=0.01)
            )

    clients, answered = run(trip())

    assert ["127.0.0.1"] == clients
    assert ["220", "500 5.5.1"] == answered


def test_a_proxy_that_is_named_while_it_runs_is_listened_to(open_edge: OpenEdge, run: Run) -> None:
    async def trip() -> str:
        async with open_edge(clients=("10.0.0.0/8",)) as guarded:
            guarded.edge.follow(replace(guarded.edge.rules, proxies=("127.0.0.1/32",)))
            await guarded.says(FROM_US, *A_MESSAGE, pause=0.01)
            return guarded.arrivals[0].envelope.client

    assert "10.1.2.3" == run(trip())


def test_a_connection_from_each_of_many_clients_is_not_many_from_one(
    open_edge: OpenEdge, run: Run
) -> None:
    async def trip() -> list[bytes]:
        async with open_edge(**BEHIND, connections_per_client=1) as guarded:
            greeted, writers = [], []
            for last in (1, 2, 2):
                reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
                writer.write(b"PROXY TCP4 10.1.2.%d 10.0.0.1 51000 25\r\n" % last)
                greeted.append((await reader.readline())[:3])
                writers.append(writer)
            for writer in writers:
                writer.close()
            return greeted

    assert [b"220", b"220", b"421"] == run(trip())


@pytest.mark.parametrize("together", [True, False])
def test_the_header_comes_before_tls(
    open_edge: OpenEdge, run: Run, certificate: Certificate, together: bool
) -> None:
    context = trusting(certificate.certificate)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate.certificate, certificate.key)

    async def trip() -> tuple[list[str], str]:
        async with open_edge(**BEHIND, tls=server) as guarded:
            await guarded.edge.start("127.0.0.1", 0, tls_first=True)
            said = await _through_tls(guarded, context, together=together)
            return codes(said), guarded.arrivals[0].envelope.client

    said, client = run(trip())

    assert (["220", "250", "250 2.1.0", "250 2.1.5", "354"], "10.1.2.3") == (said[:5], client)


async def _through_tls(guarded: Guarded, context: ssl.SSLContext, *, together: bool) -> list[str]:
    """A message inside TLS, behind a header (in the packet of the client's first words, or not)."""
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    inside = context.wrap_bio(coming, going, server_hostname="hop.example")
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
    if not together:
        writer.write(FROM_US)
        await asyncio.sleep(0.02)

    async def do(action: Callable[[], Any], before: bytes = b"") -> Any:
        while True:
            try:
                done = action()
            except ssl.SSLWantReadError:
                writer.write(before + going.read())
                before = b""
                coming.write(await reader.read(1 << 16))
            else:
                writer.write(going.read())
                return done

    await do(inside.do_handshake, FROM_US if together else b"")
    said = b""
    for piece in A_MESSAGE[:-1]:
        await do(lambda piece=piece: inside.write(piece))  # type: ignore[misc] # a loop's value
        await asyncio.sleep(0.02)
    while b"queued" not in said:
        said += await do(lambda: inside.read(1 << 16))
    writer.transport.abort()
    return said.decode().splitlines()
