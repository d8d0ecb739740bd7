"""What is done to a message between the wire and the store, while it comes."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import ssl
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.smtp import _trace, replies
from dlpguard.smtp._data import InMemory
from dlpguard.smtp._incoming import Incoming
from tests.smtp.conftest import ENVELOPE, HELLO, Basket, Taken, codes

if TYPE_CHECKING:
    from dlpguard.smtp.server import Hold
    from tests.smtp.conftest import Accept, Certificate, OpenEdge

_lines = st.lists(
    st.sampled_from(
        [b"A: b\r\n", b"X-DLPGuard-Id: forged\r\n", b" folded\r\n", b"\r\n", b"text\r\n"]
    )
).map(b"".join)


class Watched(InMemory):
    """Keeps, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = 0
        self.forgotten = 0

    def keep(self, piece: bytes) -> None:
        """Keep."""
        self.pieces += 1
        super().keep(piece)

    def forget(self) -> None:
        """Forget."""
        self.forgotten += 1
        super().forget()


def nobody(_: bytes) -> None:
    """Refuses nobody."""


def fed(content: bytes, sizes: list[int]) -> tuple[bytes, int]:
    kept = InMemory()
    incoming = Incoming(kept, nobody)
    at = number = 0
    while at < len(content):
        size = sizes[number % len(sizes)]
        incoming.keep(content[at : at + size])
        at, number = at + size, number + 1
    assert incoming.end() is None
    return kept.content, incoming.size


@given(_lines, st.lists(st.integers(1, 30), min_size=1))
def test_nothing_but_our_own_fields_is_lost_however_it_comes(
    content: bytes, sizes: list[int]
) -> None:
    header, _, _ = (b"\r\n" + content).partition(b"\r\n\r\n")
    end = len(header) if len(header) < len(content) + 2 else len(content)
    expected = _trace.without_ours(content[:end]) + content[end:]

    assert (expected, len(expected)) == fed(content, sizes)


def test_the_header_is_seen_once_and_whole_and_nothing_before_it_is_handed_on() -> None:
    kept, seen = Watched(), list[bytes]()
    incoming = Incoming(kept, seen.append)
    for byte in b"A: b\r\nC: d\r\n\r":
        incoming.keep(bytes([byte]))
    assert ([], 0) == (seen, kept.pieces)

    incoming.keep(b"\ntext\r\n\r\n")

    assert [b"A: b\r\nC: d\r\n"] == seen
    assert b"A: b\r\nC: d\r\n\r\ntext\r\n\r\n" == kept.content


def test_what_is_refused_for_its_header_is_forgotten_at_once() -> None:
    kept = Watched()
    incoming = Incoming(kept, lambda _: replies.LOOP)
    incoming.keep(b"A: b\r\n\r\n")
    for _ in range(1000):
        incoming.keep(b"text\r\n")

    assert (replies.LOOP, 0, 1) == (incoming.end(), kept.pieces, kept.forgotten)


def test_a_header_without_end_costs_no_more_than_its_limit() -> None:
    kept = Watched()
    incoming = Incoming(kept, nobody)
    tracemalloc.start()
    try:
        for _ in range(20_000):
            incoming.keep(b"X: " + b"y" * 995 + b"\r\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (replies.HEADER_TOO_BIG, 0) == (incoming.end(), kept.pieces)
    assert peak < 4 * _trace.HEADER_LIMIT


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"A: b\r\n\r\n" + b"x" * 2000 + b"\r\n", "552 5.3.4"),
        (b"A: b\r\n\r\nbare\nlf\r\nand more\r\n", "550 5.6.11"),
        (b"Received: x\r\n" * 60 + b"\r\ntext\r\n", "554 5.4.6"),
    ],
)
def test_a_message_that_is_refused_is_forgotten_before_its_dot_comes(
    open_edge: OpenEdge, sent: bytes, code: str
) -> None:
    baskets: list[Watched] = []

    async def never(_: Taken) -> str:
        raise AssertionError("a refused message was committed")

    class Basketed(Basket, Watched):
        """An intake that counts."""

    def intake(_: Hold) -> Basket:
        basket = Basketed(never)
        baskets.append(basket)
        return basket

    async def trip() -> tuple[int, list[str]]:
        async with open_edge(intake=intake, size=1000) as guarded:
            reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            writer.write(HELLO + ENVELOPE + b"DATA\r\n")
            while not (await reader.readline()).startswith(b"354"):
                pass
            writer.write(sent)
            while not baskets[0].forgotten:
                await asyncio.sleep(0.01)
            writer.write(b"more\r\n.\r\nQUIT\r\n")
            said = (await reader.read()).decode().splitlines()
            writer.close()
            return baskets[0].forgotten, codes(said)

    forgotten, said = asyncio.run(trip())

    assert 1 <= forgotten
    assert code == said[0]


def test_what_a_client_did_not_finish_is_forgotten(open_edge: OpenEdge) -> None:
    baskets: list[Watched] = []

    class Basketed(Basket, Watched):
        """An intake that counts."""

    async def never(_: Taken) -> str:
        raise AssertionError("half a message was committed")

    def intake(_: Hold) -> Basket:
        basket = Basketed(never)
        baskets.append(basket)
        return basket

    async def trip() -> None:
        async with open_edge(intake=intake) as guarded:
            await guarded.says(HELLO, ENVELOPE + b"DATA\r\n", b"A: b\r\n\r\nhalf", pause=0.02)
            async with asyncio.timeout(5):
                while not baskets[0].forgotten:
                    await asyncio.sleep(0.01)

    asyncio.run(trip())

    assert [1] == [basket.forgotten for basket in baskets]


@pytest.mark.parametrize(
    ("loop", "protected", "seconds"),
    [
        ("asyncio", False, 0.2),
        ("asyncio", True, 0.2),
        ("uvloop", True, 0.2),
        ("uvloop", False, 2.5),  # longer than it may be idle
    ],
)
def test_a_client_that_has_to_wait_waits_and_nothing_is_lost(
    open_edge: OpenEdge, certificate: Certificate, loop: str, protected: bool, seconds: float
) -> None:
    content = b"A: b\r\n\r\n" + b"a line of a large message\r\n" * 400_000
    idle = 2.0 if seconds > 2 else 30.0
    baskets: list[Holding] = []

    class Holding(Basket):
        """An intake that makes its client wait after the first megabyte."""

        def __init__(self, accept: Accept, hold: Hold) -> None:
            super().__init__(accept)
            self.hold = hold
            self.came = 0
            self.is_holding = False
            baskets.append(self)

        def keep(self, piece: bytes) -> None:
            """Keep."""
            super().keep(piece)
            self.came += len(piece)
            if not self.is_holding and self.came > 1_000_000:
                self.is_holding = True
                self.hold(True)

    def converse(port: int) -> int:
        trust = ssl.create_default_context(cafile=str(certificate.certificate))
        trust.check_hostname = False
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            if protected:
                client.starttls(context=trust)
            client.ehlo("client.example")
            client.mail("ann@council.example")
            client.rcpt("bob@nhs.example")
            client.docmd("DATA")
            assert client.sock
            client.sock.sendall(content + b".\r\n")
            return client.getreply()[0]

    async def trip() -> tuple[int, int, bytes]:
        taken: list[Taken] = []

        async def accept(arrival: Taken) -> str:
            taken.append(arrival)
            return arrival.id

        intake = partial(Holding, accept)
        async with open_edge(
            intake=intake, tls=certificate.context(), idle_seconds=idle
        ) as guarded:
            sending = asyncio.create_task(asyncio.to_thread(converse, guarded.edge.port))
            async with asyncio.timeout(10):
                while not (baskets and baskets[0].is_holding):
                    await asyncio.sleep(0.01)
            await asyncio.sleep(seconds)
            came = baskets[0].came
            baskets[0].hold(False)
            return came, await sending, taken[0].content

    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        came, code, kept = runner.run(trip())

    assert came < 4_000_000
    assert 250 == code
    assert hashlib.sha256(content).digest() == hashlib.sha256(kept).digest()
