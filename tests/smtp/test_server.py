from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest

from dlpguard.errors import PermanentError, TemporaryError
from dlpguard.smtp import replies
from dlpguard.smtp.server import Arrival

if TYPE_CHECKING:
    from tests.smtp.conftest import OpenEdge

HELLO = b"EHLO client.example\r\n"
ENVELOPE = b"MAIL FROM:<ann@council.example>\r\nRCPT TO:<bob@nhs.example>\r\n"
MESSAGE = b"Subject: a\r\n\r\n.\r\ntext\r\n"
STUFFED = b"Subject: a\r\n\r\n..\r\ntext\r\n.\r\n"


def codes(said: list[str]) -> list[str]:
    """The codes of replies; of several lines only the last."""
    return [replies.code(line) for line in said if line[3:4] == " "]


def answers(open_edge: OpenEdge, *commands: bytes, **rules: Any) -> list[str]:
    """The codes that commands (after EHLO) get when sent one after the other."""

    async def trip() -> list[str]:
        async with open_edge(**rules) as guarded:
            said = await guarded.says(HELLO, *commands, pause=0.01)
            return codes(said)[2:]

    return asyncio.run(trip())


def test_a_message_arrives_with_its_envelope_and_nothing_changed(open_edge: OpenEdge) -> None:
    async def trip() -> tuple[list[str], Arrival]:
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
    assert (MESSAGE, hashlib.sha256(MESSAGE).digest()) == (arrival.content, arrival.sha256)
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
    async def trip() -> Arrival:
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
        "250-8BITMIME",
        "250-PIPELINING",
        "250-ENHANCEDSTATUSCODES",
        "250-DSN",
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
    async def fail(_: Arrival) -> str:
        raise error

    assert code == answers(open_edge, ENVELOPE + b"DATA\r\n", STUFFED, accept=fail)[-1]


def test_a_retry_is_answered_with_the_first_id(open_edge: OpenEdge) -> None:
    async def known(_: Arrival) -> str:
        return "01FIRST"

    async def trip() -> list[str]:
        async with open_edge(accept=known) as guarded:
            return await guarded.says(HELLO, ENVELOPE + b"DATA\r\n", STUFFED, pause=0.01)

    assert "250 2.0.0 Ok: queued as 01FIRST" == asyncio.run(trip())[-1]


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
