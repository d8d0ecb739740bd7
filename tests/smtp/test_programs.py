"""The edge and the client against programs that nobody here wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlpguard.mail import Recipient
from dlpguard.smtp.client import Pool, Reply, Target
from tests.journeys._postfix import Postfix, SmtpSink, postfix_next_hop, smtp_sink
from tests.journeys._programs import SENDERS, Sender, need

if TYPE_CHECKING:
    from tests.smtp.conftest import OpenEdge

SENDER = "ann.bee@council.example"
RECIPIENTS = ("one@webmail.example", "two@homemail.example")
TRICKY = (
    b"From: Ann Bee <ann.bee@council.example>\r\n"
    b"To: one@webmail.example\r\n"
    b"Subject: caf\xc3\xa9\r\n"
    b"Date: Fri, 19 Jul 2013 09:30:00 +0100\r\n"
    b"Message-ID: <tricky@council.example>\r\n"
    b"\r\n"
    b".\r\n"
    b"..two dots\r\n"
    b"From somebody\r\n"
    b"  spaces at the end  \r\n"
    b"caf\xc3\xa9 \xff\r\n"
    b"\r\n"
)
LONG_LINES = b"Subject: long\r\n\r\n" + b"." * 100_000 + b"\r\n" + b"x" * 1_000_000 + b"\r\n"

Hop = Callable[[], AbstractContextManager[Postfix | SmtpSink]]


async def yes() -> bool:
    return True


@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS)
def test_what_a_program_sends_arrives_to_the_byte(
    open_edge: OpenEdge, send: Sender, tmp_path: Path
) -> None:
    async def trip() -> None:
        async with open_edge() as guarded:
            port = guarded.edge.port
            sent = await asyncio.to_thread(send, TRICKY, SENDER, RECIPIENTS, port, tmp_path)
            assert sent.accepted, sent.output

            assert [TRICKY] == [arrival.content for arrival in guarded.arrivals]
            assert [SENDER] == [arrival.envelope.sender for arrival in guarded.arrivals]
            assert RECIPIENTS == guarded.arrivals[0].envelope.addresses

    asyncio.run(trip())


@pytest.mark.parametrize("send", SENDERS.values(), ids=SENDERS)
def test_a_program_notices_that_it_is_refused(
    open_edge: OpenEdge, send: Sender, tmp_path: Path
) -> None:
    async def trip() -> None:
        async with open_edge() as guarded:
            port = guarded.edge.port
            sent = await asyncio.to_thread(
                send, TRICKY, "eve@elsewhere.example", RECIPIENTS, port, tmp_path
            )
            assert not sent.accepted
            assert [] == guarded.arrivals

    asyncio.run(trip())


def test_postfix_smtp_source_sends_many_at_once(open_edge: OpenEdge) -> None:
    async def trip() -> tuple[int, set[int]]:
        async with open_edge() as guarded:
            options = "-s 20 -m 200 -l 20000 -r 3 -f ann@council.example -t bob@nhs.example"
            source = await asyncio.create_subprocess_exec(
                need("smtp-source"), *options.split(), f"127.0.0.1:{guarded.edge.port}"
            )
            assert 0 == await source.wait()
            arrivals = guarded.arrivals
            return len(arrivals), {len(arrival.envelope.recipients) for arrival in arrivals}

    assert (200, {3}) == asyncio.run(trip())


@pytest.mark.parametrize("hop", [smtp_sink, postfix_next_hop])
@pytest.mark.parametrize("message", [TRICKY, TRICKY + b"0123456789\r\n" * 200_000])
def test_a_real_next_hop_gets_every_byte(hop: Hop, message: bytes) -> None:
    async def trip(port: int) -> tuple[tuple[Reply, ...], Reply]:
        pool = Pool(Target("127.0.0.1", port, tls="opportunistic"))
        recipients = tuple(Recipient(address, ("NEVER",)) for address in RECIPIENTS)
        async with pool.session() as session:
            options = (("BODY", "8BITMIME"), ("SIZE", str(len(message))))
            replies = await session.open(SENDER, options, recipients)
            reply = await session.data(b"X-First: 1\r\n", message, yes)
        await pool.close()
        return replies, reply

    with hop() as next_hop:
        replies, reply = asyncio.run(trip(next_hop.port))
        each = 1 if isinstance(next_hop, SmtpSink) else len(RECIPIENTS)
        received = next_hop.received(each)

    assert all(one.positive for one in (*replies, reply))
    assert all(mail.before(message).endswith(b"X-First: 1\r\n") for mail in received)


def test_lines_of_any_length_are_passed_on_as_they_are(open_edge: OpenEdge) -> None:
    async def trip(port: int) -> None:
        pool = Pool(Target("127.0.0.1", port, tls="none"))
        async with pool.session() as session:
            await session.open(SENDER, (), (Recipient(RECIPIENTS[0]),))
            await session.data(b"", LONG_LINES, yes)
        await pool.close()

    async def through_the_edge() -> bytes:
        async with open_edge() as guarded:
            await trip(guarded.edge.port)
            return guarded.arrivals[0].content

    assert LONG_LINES == asyncio.run(through_the_edge())
