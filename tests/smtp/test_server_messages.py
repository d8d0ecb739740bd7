"""What becomes of a message that was received whole."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest

from dlpguard.errors import PermanentError, TemporaryError
from tests.smtp.conftest import ENVELOPE, HELLO, MESSAGE, STUFFED, Taken, answers

if TYPE_CHECKING:
    from tests.smtp.conftest import OpenEdge


def test_a_message_arrives_with_its_envelope_and_nothing_changed(open_edge: OpenEdge) -> None:
    async def trip() -> tuple[list[str], Taken]:
        async with open_edge() as guarded:
            said = await guarded.says(
                HELLO,
                b"MAIL FROM:<ann@council.example> SIZE=100 BODY=8BITMIME RET=HDRS "
                b"ENVID=QQ314159 AUTH=<> XOORG=a\r\n",
                b"RCPT TO:<bob@nhs.example> NOTIFY=SUCCESS,delay ORCPT=rfc822;Bob@nhs.example\r\n",
                b"RCPT TO:<bob@nhs.example>\r\n",
                b'RCPT TO:<"eve x"@[192.0.2.1]>\r\n',
                b"DATA\r\n",
                STUFFED,
                b"QUIT\r\n",
                pause=0.01,
            )
            return said, guarded.arrivals[0]

    said, arrival = asyncio.run(trip())
    envelope = arrival.envelope

    assert f"250 2.0.0 Ok: queued as {arrival.id}" == said[-2]
    assert MESSAGE == arrival.content
    assert ("ann@council.example", "127.0.0.1", False) == (
        envelope.sender,
        envelope.client,
        envelope.tls,
    )
    assert ("bob@nhs.example", '"eve x"@[192.0.2.1]') == envelope.addresses
    assert (("SUCCESS", "DELAY"), "rfc822;Bob@nhs.example") == (
        envelope.recipients[0].notify,
        envelope.recipients[0].original,
    )
    assert ("XOORG", "a") == envelope.options[-1]


def test_trace_fields_say_where_it_came_from_and_keep_to_78_columns(open_edge: OpenEdge) -> None:
    async def trip() -> Taken:
        async with open_edge() as guarded:
            await guarded.says(
                b"EHLO " + b"a-very-long-name." * 12 + b"example\r\n",
                ENVELOPE + b"DATA\r\n",
                STUFFED,
                pause=0.02,
            )
            return guarded.arrivals[0]

    arrival = asyncio.run(trip())
    lines = arrival.trace.decode("ascii").split("\r\n")
    text = " ".join(lines)

    assert re.search(
        r"^Received: from a-very-long-name\.\S+ \(\[127\.0\.0\.1\]\)", re.sub(" +", " ", text)
    )
    assert f"with ESMTP id {arrival.id};" in re.sub(" +", " ", text)
    assert (f"X-DLPGuard-Id: {arrival.id}", "") == (lines[-2], lines[-1])
    assert max(map(len, lines)) <= 78
    assert "bob@nhs.example" not in text


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_message_may_come_in_the_smallest_pieces(open_edge: OpenEdge, size: int) -> None:
    wire = HELLO + ENVELOPE + b"DATA\r\n"

    async def trip() -> bytes:
        async with open_edge() as guarded:
            pieces = [wire[i : i + size] for i in range(0, len(wire), size)]
            body = [STUFFED[i : i + size] for i in range(0, len(STUFFED), size)]
            await guarded.says(*pieces, b"", *body, b"QUIT\r\n", pause=0.002)
            return guarded.arrivals[0].content

    assert MESSAGE == asyncio.run(trip())


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"Subject: a\r\n\r\n" + b"x" * 1100 + b"\r\n", "552 5.3.4"),
        (b"Subject: a\r\n\r\nlf\nlf\r\n", "550 5.6.11"),
        (b"Subject: a\r\n\r\nnul\0nul\r\n", "550 5.6.11"),
        (b"Received: x\r\n" * 51 + b"\r\n", "554 5.4.6"),
        (b"received : by i-3f9c21d0\r\nReceived: by\r\n\ti-3f9c21d0\r\n\r\n", "554 5.4.6"),
        (b"Received: by i-3f9c21d0\r\nSubject: i-3f9c21d0\r\n\r\n", "250 2.0.0"),
        (b"Received: x\r\n" * 50 + b"\r\nReceived: x\r\n", "250 2.0.0"),
        (b"", "250 2.0.0"),
        (b"\r\nonly a body\r\n", "250 2.0.0"),
        (b"only a header\r\n", "250 2.0.0"),
    ],
)
def test_each_fault_of_a_message_has_its_reply(
    open_edge: OpenEdge, message: bytes, code: str
) -> None:
    said = answers(open_edge, ENVELOPE + b"DATA\r\n", message + b".\r\n", b"NOOP\r\n", size=1000)

    assert [code, "250 2.0.0"] == said[-2:]


def test_a_header_without_end_is_refused(open_edge: OpenEdge) -> None:
    endless = b"X: y\r\n" * 200_000

    assert "552 5.3.4" == answers(open_edge, ENVELOPE + b"DATA\r\n", endless + b".\r\n")[-1]


def test_bare_line_ends_are_normalised_where_the_settings_say_so(open_edge: OpenEdge) -> None:
    async def trip() -> bytes:
        async with open_edge(bare_lines="normalise") as guarded:
            await guarded.says(
                HELLO,
                ENVELOPE + b"DATA\r\n",
                b"A: b\n\nc\n.\r\nMAIL FROM:<>\n\r\n.\r\n",
                pause=0.01,
            )
            return guarded.arrivals[0].content

    assert b"A: b\r\n\r\nc\r\n\r\nMAIL FROM:<>\r\n\r\n" == asyncio.run(trip())


def test_fields_of_our_namespace_are_removed_whole_and_only_from_the_top(
    open_edge: OpenEdge,
) -> None:
    kept = b"Subject: a\r\n  X-DLPGuard-Passed: in a subject\r\nX-DLPGuardian: yes\r\n"
    body = b"\r\nX-DLPGuard-Passed: in the text\r\n"
    message = (
        b"X-DLPGuard-Passed: yes\r\n\tfolded\r\n" + kept + b"x-dlpguard-id : forged\r\n \r\n" + body
    )

    async def trip() -> bytes:
        async with open_edge() as guarded:
            await guarded.says(HELLO, ENVELOPE + b"DATA\r\n", message + b".\r\n", pause=0.01)
            return guarded.arrivals[0].content

    assert kept + body == asyncio.run(trip())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TemporaryError("x"), "451 4.3.0"),
        (PermanentError("x"), "554 5.3.0"),
        (KeyError("x"), "451 4.3.0"),
    ],
)
def test_what_cannot_be_committed_is_not_answered_250(
    open_edge: OpenEdge, error: Exception, code: str
) -> None:
    async def fail(_: Taken) -> str:
        raise error

    assert code == answers(open_edge, ENVELOPE + b"DATA\r\n", STUFFED, accept=fail)[-1]


def test_a_retry_is_answered_with_the_first_id(open_edge: OpenEdge) -> None:
    async def known(_: Taken) -> str:
        return "01FIRST"

    async def trip() -> list[str]:
        async with open_edge(accept=known) as guarded:
            return await guarded.says(HELLO, ENVELOPE + b"DATA\r\n", STUFFED, pause=0.01)

    assert "250 2.0.0 Ok: queued as 01FIRST" == asyncio.run(trip())[-1]
