"""What clients are answered."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

import pytest

from tests.smtp.conftest import ENVELOPE, HELLO, STUFFED, answers, codes

if TYPE_CHECKING:
    from tests.smtp.conftest import OpenEdge


def test_the_answer_to_ehlo_comes_in_one_write(open_edge: OpenEdge) -> None:
    async def trip() -> bytes:
        async with open_edge() as guarded:
            reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            await reader.readline()
            writer.write(HELLO)
            said = await reader.read(4096)
            writer.close()
            await writer.wait_closed()
            return said

    offered = asyncio.run(trip()).decode().splitlines()

    assert [
        "250-guard.council.example",
        "250-SIZE 150000000",
        "250-PIPELINING",
        "250-ENHANCEDSTATUSCODES",
        "250-DSN",
        "250-8BITMIME",
        "250 SMTPUTF8",
    ] == offered


def test_a_client_from_elsewhere_is_turned_away_at_once(open_edge: OpenEdge) -> None:
    async def trip() -> list[str]:
        async with open_edge(clients=("10.0.0.0/8",)) as guarded:
            return await guarded.says(close=False)

    assert ["554 5.7.1"] == codes(asyncio.run(trip()))


def test_beyond_the_limit_connections_are_turned_away_for_now(open_edge: OpenEdge) -> None:
    async def trip() -> list[str]:
        async with open_edge(connections=1) as guarded:
            reader, writer = await asyncio.open_connection("127.0.0.1", guarded.edge.port)
            await reader.readline()
            refused = await guarded.says(close=False)
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.05)
            return refused + await guarded.says(b"QUIT\r\n")

    assert ["421 4.7.0", "220", "221 2.0.0"] == codes(asyncio.run(trip()))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"MAIL FROM:<ann@council.example>", "250 2.1.0"),
        (b"MAIL FROM:<ann@COUNCIL.example>", "250 2.1.0"),
        (b"mail from: ann@council.example", "250 2.1.0"),
        (b"MAIL FROM:<>", "250 2.1.0"),
        (b"MAIL FROM:<ann@elsewhere.example>", "550 5.7.1"),
        (b"MAIL FROM:<ann@sub.council.example>", "550 5.7.1"),
        (b"MAIL FROM:<ann@xcouncil.example>", "550 5.7.1"),
        (b"MAIL FROM:<council.example>", "553 5.1.7"),
        (b"MAIL FROM:<a>b@council.example>", "501 5.5.4"),
        (b"MAIL FROM:<ann@council.example", "553 5.1.7"),
        (b"MAIL ann@council.example", "501 5.5.4"),
        (b"MAIL", "501 5.5.4"),
        (b"MAIL FROM:<ann@council.example> SIZE=1000", "250 2.1.0"),
        (b"MAIL FROM:<ann@council.example> SIZE=1001", "552 5.3.4"),
        (b"MAIL FROM:<ann@council.example> SIZE=x", "501 5.5.4"),
        (b"MAIL FROM:<ann@council.example> SIZE=1 SIZE=1", "501 5.5.4"),
        (b"MAIL FROM:<ann@council.example> BODY=BINARYMIME", "555 5.5.4"),
        (b"MAIL FROM:<ann@council.example> RET=ALL", "501 5.5.4"),
        (b"MAIL FROM:<ann@council.example> ENVID=a=b", "501 5.5.4"),
        (b"MAIL FROM:<ann@council.example> REQUIRETLS", "550 5.7.30"),
        (b"MAIL FROM:<ann@council.example> X-NEW=1 OTHER", "250 2.1.0"),
        ("MAIL FROM:<änn@council.example> SMTPUTF8".encode(), "250 2.1.0"),
        ("MAIL FROM:<änn@council.example>".encode(), "553 5.6.7"),
        (b"MAIL FROM:<\xff@council.example> SMTPUTF8", "553 5.1.7"),
        (b"RCPT TO:<bob@nhs.example>", "503 5.5.1"),
        (b"DATA", "503 5.5.1"),
        (b"DATA now", "501 5.5.4"),
        (b"VRFY bob", "252 2.5.0"),
        (b"EXPN list", "502 5.5.1"),
        (b"AUTH PLAIN AGEAYg==", "502 5.5.1"),
        (b"HELP", "214 2.0.0"),
        (b"NOOP", "250 2.0.0"),
        (b"RSET", "250 2.0.0"),
        (b"RSET x", "501 5.5.4"),
        (b"QUIT x", "501 5.5.4"),
        (b"EHLO", "501 5.5.4"),
        (b"HELO two words", "501 5.5.4"),
        (b"STARTTLS", "454 4.7.0"),
        (b"BDAT 3 LAST", "500 5.5.1"),
        (b"XCLIENT ADDR=10.0.0.1", "500 5.5.1"),
        (b"\xff\xfe", "500 5.5.2"),
        (b"", "500 5.5.2"),
        (b"NOOP " + b"x" * 5000, "500 5.5.2"),
    ],
)
def test_each_command_has_its_reply(open_edge: OpenEdge, command: bytes, code: str) -> None:
    assert [code] == answers(open_edge, command + b"\r\n", size=1000)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"RCPT TO:<bob@nhs.example>", "250 2.1.5"),
        (b"RCPT TO:<postmaster>", "250 2.1.5"),
        (b"RCPT TO:<@relay.example,@two.example:bob@nhs.example>", "250 2.1.5"),
        (b'RCPT TO:<"a > b\\" @ c"@nhs.example>', "250 2.1.5"),
        (b"RCPT TO:<bob@[IPv6:2001:db8::1]>", "250 2.1.5"),
        (b"RCPT TO:<dots..@nhs.example>", "250 2.1.5"),
        (b"RCPT TO:<bob@nhs.example> NOTIFY=NEVER", "250 2.1.5"),
        (b"RCPT TO:<>", "553 5.1.3"),
        (b"RCPT TO:<bob>", "553 5.1.3"),
        (b"RCPT TO:<a@nhs.example><b@nhs.example>", "501 5.5.4"),
        (b"RCPT TO:<a@nhs.example,b@nhs.example>", "553 5.1.3"),
        (b"RCPT TO:<bob@nhs.example> NOTIFY=NEVER,DELAY", "501 5.5.4"),
        (b"RCPT TO:<bob@nhs.example> ORCPT=bob", "501 5.5.4"),
        (b"RCPT TO:<bob@nhs.example> FOO=1", "555 5.5.4"),
        ("RCPT TO:<bøb@nhs.example>".encode(), "553 5.6.7"),
        (b"MAIL FROM:<ann@council.example>", "503 5.5.1"),
        (b"DATA", "554 5.5.1"),
    ],
)
def test_each_command_in_a_transaction_has_its_reply(
    open_edge: OpenEdge, command: bytes, code: str
) -> None:
    said = answers(open_edge, b"MAIL FROM:<ann@council.example>\r\n", command + b"\r\n")

    assert ["250 2.1.0", code] == said


def test_without_a_greeting_nothing_is_done(open_edge: OpenEdge) -> None:
    async def trip() -> list[str]:
        async with open_edge() as guarded:
            return await guarded.says(ENVELOPE, b"DATA\r\n", pause=0.01)

    assert ["220", *["503 5.5.1"] * 3] == codes(asyncio.run(trip()))


def test_a_recipient_too_many_is_for_another_transaction(open_edge: OpenEdge) -> None:
    said = answers(
        open_edge,
        ENVELOPE,
        b"RCPT TO:<two@nhs.example>\r\nRCPT TO:<three@nhs.example>\r\n",
        recipients=2,
    )

    assert ["250 2.1.5", "452 4.5.3"] == said[-2:]


@pytest.mark.parametrize("again", [b"RSET\r\n", HELLO, b"HELO client.example\r\n"])
def test_rset_and_a_new_greeting_end_the_transaction(open_edge: OpenEdge, again: bytes) -> None:
    assert "503 5.5.1" == answers(open_edge, ENVELOPE, again, b"DATA\r\n")[-1]


def test_while_there_is_a_backlog_mail_is_refused_for_now(open_edge: OpenEdge) -> None:
    said = answers(open_edge, ENVELOPE, backlog=lambda: "Disk is full, try again later")

    assert ["452 4.3.1", "503 5.5.1"] == said


def test_a_group_of_commands_may_be_sent_at_once(open_edge: OpenEdge) -> None:
    said = answers(
        open_edge,
        ENVELOPE + b"DATA\r\n",
        STUFFED + ENVELOPE + b"DATA\r\n",
        STUFFED + b"QUIT\r\n",
    )

    once = ["250 2.1.0", "250 2.1.5", "354", "250 2.0.0"]
    assert [*once, *once, "221 2.0.0"] == said


def test_a_body_before_354_is_no_message_and_no_commands(open_edge: OpenEdge) -> None:
    async def trip() -> tuple[list[str], int]:
        async with open_edge() as guarded:
            said = await guarded.says(
                HELLO, ENVELOPE + b"DATA\r\n" + STUFFED + ENVELOPE, pause=0.02
            )
            return codes(said)[2:], len(guarded.arrivals)

    assert (["250 2.1.0", "250 2.1.5", "554 5.5.0"], 0) == asyncio.run(trip())


def test_a_steady_client_that_sends_no_commands_that_exist_is_closed(open_edge: OpenEdge) -> None:
    assert ["500 5.5.1"] * 4 + ["421 4.7.0"] == answers(open_edge, b"GET / HTTP/1.1\r\n" * 9)


def test_a_client_that_just_leaves_is_neither_refused_nor_a_failure(
    open_edge: OpenEdge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    answers(open_edge, ENVELOPE)

    assert not re.search(r"refused|failed|exception|never", caplog.text)


def test_no_address_is_logged(open_edge: OpenEdge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    answers(
        open_edge,
        ENVELOPE + b"RCPT TO:<bob\r\n" + b"DATA\r\n",
        STUFFED,
        b"VRFY bob@nhs.example\r\n",
        b"SECRET bob@nhs.example\r\n",
    )

    assert "refused reply=553 5.1.3" in caplog.text
    assert not re.search(r"bob|ann@|nhs", caplog.text)
