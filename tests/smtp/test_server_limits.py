"""What one client may not keep others from: time, connections, patience."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dlpguard.smtp import _verbs, replies, server
from dlpguard.smtp._guards import household
from tests.smtp.conftest import ENVELOPE, HELLO, STUFFED, answers, codes

if TYPE_CHECKING:
    from tests.smtp.conftest import Certificate, Guarded, OpenEdge

BEGIN = HELLO + ENVELOPE + b"DATA\r\n"


async def trickle(guarded: Guarded, begin: bytes, byte: bytes) -> str:
    """The last line that a client hears that sends a byte every now and then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
    writer.write(begin)
    await asyncio.sleep(0.05)

    async def heard() -> bytes:
        last = b""
        while line := await reader.readline():
            last = line
            if line.startswith(b"421"):
                break  # what comes behind may be a reset: it is still being sent to
        return last

    hearing = asyncio.create_task(heard())
    for _ in range(100):
        if hearing.done():
            break
        writer.write(byte)
        await asyncio.sleep(0.03)
    last = await hearing
    writer.transport.abort()
    return last.decode().rstrip()


def test_an_upload_of_a_few_bytes_a_second_is_ended_and_others_are_served(
    open_edge: OpenEdge,
) -> None:
    async def trip() -> tuple[str, list[str]]:
        async with open_edge(idle_seconds=0.5, minimum_rate=1000) as guarded:
            slow = await trickle(guarded, BEGIN, b"x")
            others = await guarded.says(BEGIN, STUFFED + b"QUIT\r\n", pause=0.05)
            return slow, codes(others)

    slow, others = asyncio.run(trip())

    assert replies.TOO_SLOW == slow
    assert ["250 2.0.0", "221 2.0.0"] == others[-2:]


def test_a_steady_upload_takes_longer_than_any_command_may(open_edge: OpenEdge) -> None:
    async def trip() -> list[bytes]:
        async with open_edge(idle_seconds=0.3, minimum_rate=1000) as guarded:
            reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            writer.write(BEGIN)
            await asyncio.sleep(0.05)
            for _ in range(40):
                writer.write(b"x" * 198 + b"\r\n")
                await asyncio.sleep(0.03)
            writer.write(b".\r\nQUIT\r\n")
            said = await reader.read()
            writer.close()
            return [line[:3] for line in said.splitlines()[-2:]]

    assert [b"250", b"221"] == asyncio.run(trip())


def test_a_command_that_comes_byte_by_byte_has_no_more_time_than_others(
    open_edge: OpenEdge,
) -> None:
    async def trip() -> str:
        async with open_edge(idle_seconds=0.3) as guarded:
            return await trickle(guarded, b"", b"N")

    assert asyncio.run(trip()).startswith("421 4.4.2")


def test_a_client_that_reads_no_replies_is_ended_too(open_edge: OpenEdge) -> None:
    async def trip() -> int:
        async with open_edge(idle_seconds=0.3) as guarded:
            reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            reader._transport.pause_reading()  # type: ignore[attr-defined] # as if it did not read
            writer.write(b"VRFY x\r\n" * 90 + b"EHLO x\r\n" * 5)
            await asyncio.sleep(1)
            open_then = len(guarded.edge._callers)
            writer.transport.abort()
            return open_then

    assert 0 == asyncio.run(trip())


def test_one_address_cannot_take_every_connection(open_edge: OpenEdge) -> None:
    async def trip() -> list[str]:
        async with open_edge(connections=4, connections_per_client=2) as guarded:
            opened = [
                await asyncio.open_connection("127.0.0.1", guarded.edge.port) for _ in range(2)
            ]
            await asyncio.gather(*(reader.readline() for reader, _ in opened))
            refused = await guarded.says(close=False)
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", guarded.edge.port, local_addr=("127.0.0.2", 0)
            )
            other = (await reader.readline()).decode()
            writer.close()
            opened[0][1].close()
            await asyncio.sleep(0.05)
            again = await guarded.says(b"QUIT\r\n")
            opened[1][1].close()
            return codes([*refused, other.rstrip(), *again])

    assert ["421 4.7.0", "220", "220", "221 2.0.0"] == asyncio.run(trip())


def test_a_client_that_makes_mistake_after_mistake_is_sent_away(open_edge: OpenEdge) -> None:
    said = answers(open_edge, b"MAIL FROM:<x@elsewhere.example>\r\n" * 9, mistakes=4)

    assert ["550 5.7.1"] * 4 + ["421 4.7.0"] == said


def test_a_message_makes_up_for_mistakes(open_edge: OpenEdge) -> None:
    wrong = b"EXPN list\r\n" * 3
    said = answers(
        open_edge, wrong, ENVELOPE + b"DATA\r\n", STUFFED, wrong + b"NOOP\r\n", mistakes=4
    )

    assert "250 2.0.0" == said[-1]


def test_refused_recipients_are_no_mistakes_up_to_as_many_as_a_message_may_have(
    open_edge: OpenEdge,
) -> None:
    wrong = b"RCPT TO:<bob>\r\n"
    good = b"MAIL FROM:<ann@council.example>\r\n"
    borne = answers(open_edge, good, wrong * 10 + b"NOOP\r\n", mistakes=2, recipients=10)
    ended = answers(open_edge, good, wrong * 11 + b"NOOP\r\n", mistakes=2, recipients=10)

    assert ["250 2.1.0", *["553 5.1.3"] * 10, "250 2.0.0"] == borne
    assert ["250 2.1.0", *["553 5.1.3"] * 11, "421 4.7.0"] == ended


def test_recipients_sent_along_with_a_refused_sender_are_no_mistakes(open_edge: OpenEdge) -> None:
    """So does Postfix; a 421 would make it try again what was refused for good."""
    group = b"MAIL FROM:<x@elsewhere.example>\r\n" + b"RCPT TO:<b@nhs.example>\r\n" * 50
    said = answers(open_edge, group + b"DATA\r\n", b"NOOP\r\n", mistakes=3)

    assert ["550 5.7.1", *["503 5.5.1"] * 51, "250 2.0.0"] == said


def test_recipients_beyond_the_limit_are_told_so_however_many_they_are(
    open_edge: OpenEdge,
) -> None:
    every = b"".join(b"RCPT TO:<b%d@nhs.example>\r\n" % i for i in range(50))
    said = answers(
        open_edge, b"MAIL FROM:<ann@council.example>\r\n" + every, b"NOOP\r\n", recipients=3
    )

    assert ["250 2.1.5"] * 3 + ["452 4.5.3"] * 47 + ["250 2.0.0"] == said[1:]


@pytest.mark.parametrize("word", [b"NOOP", b"RSET", b"VRFY bob", b"HELP", b"EHLO a"])
def test_chatter_without_a_message_ends(open_edge: OpenEdge, word: bytes) -> None:
    said = answers(open_edge, (word + b"\r\n") * (_verbs.CHATTER + 5))

    assert "421 4.7.0" == said[-1]
    assert _verbs.CHATTER >= len(said)


def test_more_slow_clients_than_connections_do_not_keep_others_out(
    open_edge: OpenEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come from addresses of their own: a limit for each is no help.  Who is quick stays."""
    monkeypatch.setattr(server, "CROWDED_SECONDS", 1.0)

    async def trip() -> tuple[list[str], list[str], int]:
        async with open_edge(connections=50) as guarded:
            slow: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

            async def connect(number: int) -> None:
                for _ in range(number):
                    where = (f"127.0.1.{1 + len(slow)}", 0)
                    port = guarded.edge.port
                    slow.append(await asyncio.open_connection("127.0.0.1", port, local_addr=where))

            await connect(50)
            quick_reader, quick = slow[0]
            await quick_reader.readline()
            at_first = await guarded.says(close=False)
            for _ in range(7):
                await asyncio.sleep(0.2)
                quick.write(b"NOOP\r\n")
            await connect(40)
            said = await guarded.says(BEGIN, STUFFED + b"QUIT\r\n", pause=0.05)
            quick.write(b"QUIT\r\n")
            last = (await quick_reader.read()).decode().splitlines()[-1]
            for _, writer in slow:
                writer.transport.abort()
            await asyncio.sleep(0.05)
            assert (0, 0) == (len(guarded.edge._callers), len(guarded.edge._from))
            return codes(at_first), codes([*said, last]), len(guarded.arrivals)

    at_first, said, arrived = asyncio.run(trip())

    assert ["421 4.7.0"] == at_first
    assert ["250 2.0.0", "221 2.0.0", "221 2.0.0"] == said[-3:]
    assert 1 == arrived


def test_those_who_have_to_log_in_first_leave_half_of_the_connections_to_clients(
    open_edge: OpenEdge, certificate: Certificate
) -> None:
    async def trip() -> list[str]:
        async with open_edge(
            clients=("127.0.0.2/32",),
            connections=4,
            tls=certificate.context(),
            certificates=("mail.council.example",),
        ) as guarded:
            greetings, writers = [], []
            for host in ("127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.2", "127.0.0.2"):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", guarded.edge.port, local_addr=(host, 0)
                )
                greetings.append((await reader.readline()).decode().rstrip())
                writers.append(writer)
            for writer in writers:
                writer.close()
            await asyncio.sleep(0.05)
            assert (0, 0) == (guarded.edge._strangers, len(guarded.edge._from))
            return codes(greetings)

    assert ["220", "220", "421 4.7.0", "220", "220"] == asyncio.run(trip())


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
    ],
)
def test_the_addresses_of_one_subscriber_are_counted_as_one_client(
    address: str, counted: str
) -> None:
    assert counted == household(address)
