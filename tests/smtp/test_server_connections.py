"""What clients do to their connections, on both event loops."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
import struct
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import uvloop

if TYPE_CHECKING:
    from tests.smtp.conftest import Certificate, Guarded, OpenEdge, Taken

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

BEGIN = (
    b"EHLO client.example\r\n"
    b"MAIL FROM:<ann@council.example>\r\nRCPT TO:<bob@nhs.example>\r\nDATA\r\n"
)
END = b"Subject: a\r\n\r\ntext\r\n.\r\n"


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run[Any]:
    """Run a coroutine to its end on one of the loops."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def to_the_end(trip: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(asyncio.wait_for(trip, 30))

    return to_the_end


class Slow:
    """An `accept` that waits until it may go on."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.done: list[Taken] = []

    async def __call__(self, arrival: Taken) -> str:
        self.begun.set()
        await self.may_end.wait()
        self.done.append(arrival)
        return arrival.id


async def begin(
    guarded: Guarded, *sent: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which these were sent, each after the replies to the one before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
    for piece in sent:
        writer.write(piece)
        await asyncio.sleep(0.02)
    return reader, writer


async def end(writer: asyncio.StreamWriter) -> None:
    """Close a connection that may be broken."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def test_a_client_that_is_gone_while_its_message_is_stored_does_not_stop_that(
    open_edge: OpenEdge, run: Run[int]
) -> None:
    async def trip() -> int:
        slow = Slow()
        async with open_edge(accept=slow) as guarded:
            _, writer = await begin(guarded, BEGIN, END)
            await slow.begun.wait()
            connected = writer.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()  # an RST, as when a machine crashes
            await asyncio.sleep(0.05)
            slow.may_end.set()
        return len(slow.done)

    assert 1 == run(trip())


def test_a_client_that_half_closes_still_gets_its_answer(
    open_edge: OpenEdge, run: Run[bytes]
) -> None:
    async def trip() -> bytes:
        slow = Slow()
        async with open_edge(accept=slow) as guarded:
            reader, writer = await begin(guarded, BEGIN, END + b"QUIT\r\n")
            writer.write_eof()
            await slow.begun.wait()
            await asyncio.sleep(0.05)
            slow.may_end.set()
            said = await reader.read()
            await end(writer)
            return said

    assert [b"250", b"221"] == [line[:3] for line in run(trip()).splitlines()[-2:]]


@pytest.mark.parametrize("piece", [END[:-1], END[:-2], END[:-3], b"Subject: a\r\n\r\ntext\r\n."])
def test_a_message_without_its_whole_dot_is_none(
    open_edge: OpenEdge, run: Run[int], piece: bytes
) -> None:
    async def trip() -> int:
        async with open_edge() as guarded:
            reader, writer = await begin(guarded, BEGIN, piece)
            writer.write_eof()
            await reader.read()
            await end(writer)
            return len(guarded.arrivals)

    assert 0 == run(trip())


def test_a_silent_client_is_told_and_closed(open_edge: OpenEdge, run: Run[bytes]) -> None:
    async def trip() -> bytes:
        async with open_edge(idle_seconds=0.2) as guarded:
            reader, writer = await begin(guarded, BEGIN, b"half a mess")
            said = await reader.read()
            await end(writer)
            return said

    assert run(trip()).endswith(b"421 4.4.2 Idle for too long, closing the connection\r\n")


def test_a_slow_but_steady_client_and_slow_storing_are_no_idleness(
    open_edge: OpenEdge, run: Run[list[bytes]]
) -> None:
    async def trip() -> list[bytes]:
        slow = Slow()
        async with open_edge(idle_seconds=0.25, minimum_rate=10, accept=slow) as guarded:
            reader, writer = await begin(guarded, BEGIN)
            for i in range(len(END)):
                writer.write(END[i : i + 1])
                await asyncio.sleep(0.03)
            await asyncio.sleep(0.6)
            slow.may_end.set()
            writer.write(b"QUIT\r\n")
            said = await reader.read()
            await end(writer)
            return [line[:3] for line in said.splitlines()[-2:]]

    assert [b"250", b"221"] == run(trip())


def test_stopping_lets_a_message_be_finished_and_closes_the_others(
    open_edge: OpenEdge, run: Run[tuple[bytes, bytes, int]]
) -> None:
    async def trip() -> tuple[bytes, bytes, int]:
        slow = Slow()
        async with open_edge(accept=slow) as guarded:
            idle, idle_writer = await begin(guarded, b"EHLO a\r\n")
            reader, writer = await begin(guarded, BEGIN, END)
            await slow.begun.wait()
            stopping = asyncio.create_task(guarded.edge.stop(5))
            told = await idle.read()
            with pytest.raises(ConnectionError):
                await begin(guarded)
            slow.may_end.set()
            said = await reader.read()
            await stopping
            await end(writer)
            await end(idle_writer)
            return told.splitlines()[-1], b"\n".join(said.splitlines()[-2:]), len(slow.done)

    told, said, stored = run(trip())

    assert b"421 4.3.2" == told[:9]
    assert [b"250 2.0.0", b"421 4.3.2"] == [line[:9] for line in said.splitlines()]
    assert 1 == stored


def test_stopping_does_not_wait_longer_than_its_grace(
    open_edge: OpenEdge, run: Run[tuple[float, int]]
) -> None:
    async def trip() -> tuple[float, int]:
        slow = Slow()
        async with open_edge(accept=slow) as guarded:
            _, receiving = await begin(guarded, BEGIN, b"half")
            _, storing = await begin(guarded, BEGIN, END)
            await slow.begun.wait()
            before = asyncio.get_running_loop().time()
            await guarded.edge.stop(0.2)
            took = asyncio.get_running_loop().time() - before
            await end(receiving)
            await end(storing)
            return took, len(slow.done)

    took, stored = run(trip())

    assert 0.2 <= took < 2
    assert 0 == stored


def test_starttls_forgets_what_was_said_before(
    open_edge: OpenEdge, run: Run[list[Any]], certificate: Certificate
) -> None:
    def converse(port: int) -> list[Any]:
        trust = ssl.create_default_context(cafile=str(certificate.certificate))
        trust.check_hostname = False
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo("client.example")
            offered = client.has_extn("starttls")
            client.mail("ann@council.example")
            client.starttls(context=trust)
            forgotten = client.docmd("RCPT", "TO:<bob@nhs.example>")[0]
            again = client.docmd("STARTTLS")[0]
            client.ehlo("client.example")
            offered_again = client.has_extn("starttls")
            client.sendmail(
                "ann@council.example", ["bob@nhs.example"], b"A: b\r\n\r\n" + b"text\r\n" * 200_000
            )
            return [offered, forgotten, again, offered_again]

    async def trip() -> list[Any]:
        async with open_edge(tls=certificate.context()) as guarded:
            said = await asyncio.to_thread(converse, guarded.edge.port)
            arrival = guarded.arrivals[0]
            return [
                *said,
                arrival.envelope.tls,
                b"with ESMTPS" in arrival.trace.replace(b"\r\n", b""),
            ]

    assert [True, 503, 503, False, True, True] == run(trip())


def test_what_is_injected_before_the_handshake_is_not_executed(
    open_edge: OpenEdge, run: Run[list[int]], certificate: Certificate
) -> None:
    def converse(port: int) -> list[int]:
        trust = ssl.create_default_context(cafile=str(certificate.certificate))
        trust.check_hostname = False
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.recv(4096)
            plain.sendall(b"EHLO a\r\n")
            plain.recv(4096)
            plain.sendall(b"STARTTLS\r\nEHLO injected\r\nMAIL FROM:<ann@council.example>\r\n")
            plain.recv(4096)
            with trust.wrap_socket(plain) as protected:
                codes = []
                for command in (b"RCPT TO:<bob@nhs.example>\r\n", b"EHLO b\r\n", b"DATA\r\n"):
                    protected.sendall(command)
                    codes.append(int(protected.recv(4096)[:3]))
                return codes

    async def trip() -> list[int]:
        async with open_edge(tls=certificate.context()) as guarded:
            return await asyncio.to_thread(converse, guarded.edge.port)

    assert [503, 250, 503] == run(trip())


def test_a_client_that_fails_the_handshake_harms_nobody(
    open_edge: OpenEdge, run: Run[int], certificate: Certificate
) -> None:
    async def trip() -> int:
        async with open_edge(tls=certificate.context()) as guarded:
            reader, writer = await begin(
                guarded, b"EHLO a\r\n", b"STARTTLS\r\n", b"no handshake\r\n" * 9
            )
            await reader.read()
            await end(writer)
            await guarded.says(BEGIN, END, pause=0.02)
            return len(guarded.arrivals)

    assert 1 == run(trip())
