from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from dlpguard.errors import ConfigurationError, PermanentError
from dlpguard.mail import Recipient
from dlpguard.smtp.client import (
    Abandoned,
    InDoubt,
    Pool,
    Reply,
    Session,
    Target,
    Timeouts,
    Unreachable,
)
from tests.smtp.conftest import DROP, HANG

if TYPE_CHECKING:
    from tests.smtp.conftest import Hop, OpenHop

SENDER = "ann@council.example"
BOB, EVE = Recipient("bob@nhs.example"), Recipient("eve@webmail.example")
TRACE = b"Received: here\r\n"
CONTENT = b"Subject: a\r\n\r\n.\r\n..two\r\ntext\r\n"
ON_THE_WIRE = TRACE + b"Subject: a\r\n\r\n..\r\n...two\r\ntext\r\n"

SHORT = Timeouts(
    connect=1,
    tls=1,
    greeting=0.3,
    hello=0.3,
    auth=0.3,
    mail=0.3,
    rcpt=0.3,
    data=0.3,
    block=1,
    dot=0.3,
    reset=0.3,
    noop=0.3,
)


async def yes() -> bool:
    return True


def target(hop: Hop) -> Target:
    return Target("127.0.0.1", hop.port, tls="none", timeouts=SHORT)


async def send(
    session: Session,
    recipients: Sequence[Recipient] = (BOB,),
    before_dot: Callable[[], Awaitable[bool]] = yes,
    options: tuple[tuple[str, str], ...] = (),
) -> tuple[tuple[Reply, ...], Reply | None]:
    """The replies for each recipient, and that to the message if anybody takes it."""
    replies = await session.open(SENDER, options, recipients)
    if not any(reply.positive for reply in replies):
        return replies, None
    return replies, await session.data(TRACE, CONTENT, before_dot)


def once(
    open_hop: OpenHop, answers: dict[str, list[bytes]], **more: Any
) -> tuple[tuple[Reply, ...], Reply | None, Hop]:
    """One message to a next hop that answers so."""

    async def trip() -> tuple[tuple[Reply, ...], Reply | None, Hop]:
        async with open_hop(answers, **more) as hop:
            pool = Pool(target(hop), 1)
            async with pool.session() as session:
                replies, reply = await send(session, (BOB, EVE))
            await pool.close()
            return replies, reply, hop

    return asyncio.run(trip())


@pytest.mark.parametrize("offers", [("PIPELINING", "8BITMIME"), ("8BITMIME",)])
@pytest.mark.parametrize("trickle", [False, True])
def test_a_message_goes_out_as_it_is(
    open_hop: OpenHop, offers: tuple[str, ...], trickle: bool
) -> None:
    replies, reply, hop = once(open_hop, {}, offers=offers, trickle=trickle)

    assert [250, 250] == [reply.code for reply in replies]
    assert Reply(250, "2.0.0", "taken") == reply
    assert [ON_THE_WIRE] == hop.messages
    assert [
        "EHLO localhost",
        "MAIL FROM:<ann@council.example>",
        "RCPT TO:<bob@nhs.example>",
        "RCPT TO:<eve@webmail.example>",
        "DATA",
    ] == hop.commands[:5]


def test_each_recipient_has_its_own_reply(open_hop: OpenHop) -> None:
    replies, reply, hop = once(open_hop, {"RCPT": [b"550 5.1.1 no such mailbox\r\n"]})

    assert [Reply(550, "5.1.1", "no such mailbox"), Reply(250, "2.0.0", "fine")] == list(replies)
    assert replies[0].permanent
    assert reply
    assert reply.positive
    assert 1 == len(hop.messages)


@pytest.mark.parametrize("offers", [("PIPELINING",), ()])
@pytest.mark.parametrize("said", [b"451 4.3.0 later\r\n", b"550 5.7.1 no\r\n"])
def test_when_mail_is_refused_so_is_everybody(
    open_hop: OpenHop, offers: tuple[str, ...], said: bytes
) -> None:
    replies, reply, hop = once(open_hop, {"MAIL": [said]}, offers=offers)

    assert [said[:3]] * 2 == [str(reply.code).encode() for reply in replies]
    assert reply is None
    assert [] == hop.messages


def test_when_nobody_is_taken_nothing_is_sent_and_the_connection_is_used_again(
    open_hop: OpenHop,
) -> None:
    async def trip() -> tuple[list[str], int]:
        async with open_hop({"RCPT": [b"450 4.2.1 later\r\n"]}) as hop:
            pool = Pool(target(hop), 1)
            for _ in range(2):
                async with pool.session() as session:
                    await send(session)
            await pool.close()
            return [line.partition(" ")[0] for line in hop.commands], hop.connections

    commands, connections = asyncio.run(trip())

    assert ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"] == commands[:7]
    assert 1 == connections


@pytest.mark.parametrize("verb", ["DATA", "dot"])
@pytest.mark.parametrize("code", [421, 452, 554])
def test_a_refusal_of_the_message_is_a_reply(open_hop: OpenHop, verb: str, code: int) -> None:
    _, reply, _ = once(open_hop, {verb: [b"%d 5.3.4 too big\r\n" % code]})

    assert reply
    assert (code, "too big") == (reply.code, reply.text)


def test_a_reply_of_several_lines_is_one_reply(open_hop: OpenHop) -> None:
    said = b"550-5.7.1 first\r\n550-5.7.1 second\r\n550 5.7.1 last\x1b[31m\r\n"

    _, reply, _ = once(open_hop, {"dot": [said]})

    assert Reply(550, "5.7.1", "first\nsecond\nlast?[31m") == reply


@pytest.mark.parametrize(
    "garbage", [b"HTTP/1.1 200 OK\r\n", b"250-a\r\n550 b\r\n", b"999 x\r\n", b"\r\n"]
)
def test_garbage_before_the_dot_means_unreachable(open_hop: OpenHop, garbage: bytes) -> None:
    for verb in ("connect", "EHLO", "MAIL", "RCPT", "DATA"):
        with pytest.raises(Unreachable):
            once(open_hop, {verb: [garbage]})


@pytest.mark.parametrize(
    "garbage",
    [b"x" * 10_000, b"250-more\r\n" * 500, b"x" * 3_000_000, b"250 " + b"y" * 9000 + b"\r\n"],
)
def test_endless_replies_are_given_up(open_hop: OpenHop, garbage: bytes) -> None:
    with pytest.raises(Unreachable):
        once(open_hop, {"MAIL": [garbage]})


@pytest.mark.parametrize("verb", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("what", [DROP, HANG])
def test_silence_and_loss_before_the_dot_mean_unreachable(
    open_hop: OpenHop, verb: str, what: bytes
) -> None:
    with pytest.raises(Unreachable, match=r"lost|timed out"):
        once(open_hop, {verb: [what]})


@pytest.mark.parametrize("what", [DROP, HANG, b"garbage\r\n"])
def test_silence_loss_and_garbage_after_the_dot_mean_in_doubt(
    open_hop: OpenHop, what: bytes
) -> None:
    with pytest.raises(InDoubt):
        once(open_hop, {"dot": [what]})


def test_nobody_there_means_unreachable() -> None:
    async def trip() -> None:
        async with Pool(Target("127.0.0.1", 1, tls="none"), 1).session():
            pass

    with pytest.raises(Unreachable, match="cannot connect"):
        asyncio.run(trip())


@pytest.mark.parametrize("code", [b"421", b"554"])
def test_a_next_hop_that_does_not_want_us_is_unreachable(open_hop: OpenHop, code: bytes) -> None:
    with pytest.raises(Unreachable, match=code.decode()):
        once(open_hop, {"connect": [code + b" no\r\n"]})


def test_an_old_next_hop_that_only_knows_helo_gets_mail(open_hop: OpenHop) -> None:
    _, reply, hop = once(open_hop, {"EHLO": [b"502 what\r\n"]})

    assert reply
    assert reply.positive
    assert "HELO localhost" == hop.commands[1]


def test_the_dot_is_not_sent_unless_it_is_still_wanted(open_hop: OpenHop) -> None:
    async def trip() -> list[bytes]:
        async def no() -> bool:
            return False

        async with open_hop() as hop:
            pool = Pool(target(hop), 1)
            with pytest.raises(Abandoned):
                async with pool.session() as session:
                    await send(session, before_dot=no)
            async with pool.session() as session:
                await send(session)
            await pool.close()
            return hop.messages

    assert [ON_THE_WIRE] == asyncio.run(trip())


def test_a_next_hop_that_answers_before_the_dot_has_not_accepted(open_hop: OpenHop) -> None:
    async def trip() -> None:
        async def later() -> bool:
            await asyncio.sleep(0.1)
            return True

        hasty = b"354 go on\r\n250 2.0.0 taken\r\n"
        async with open_hop({"DATA": [hasty]}) as hop, Pool(target(hop), 1).session() as session:
            await send(session, before_dot=later)

    with pytest.raises(Unreachable, match="had not got"):
        asyncio.run(trip())


def test_only_what_the_next_hop_offers_is_said_to_it(open_hop: OpenHop) -> None:
    options = (
        ("SIZE", "99"),
        ("BODY", "8BITMIME"),
        ("RET", "HDRS"),
        ("ENVID", "x"),
        ("AUTH", "<>"),
    )
    fussy = Recipient("bob@nhs.example", ("FAILURE", "DELAY"), "rfc822;Bob@nhs.example")

    async def said(*offers: str) -> list[str]:
        async with open_hop(offers=offers) as hop:
            pool = Pool(target(hop), 1)
            async with pool.session() as session:
                await session.open(SENDER, options, (fussy,))
            await pool.close()
            return hop.commands[1:3]

    full = asyncio.run(said("SIZE", "8BITMIME", "DSN"))

    assert [
        "MAIL FROM:<ann@council.example> SIZE=99 BODY=8BITMIME RET=HDRS ENVID=x",
        "RCPT TO:<bob@nhs.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;Bob@nhs.example",
    ] == full
    assert ["MAIL FROM:<ann@council.example>", "RCPT TO:<bob@nhs.example>"] == asyncio.run(said())


def test_an_address_beyond_ascii_needs_smtputf8_at_the_next_hop(open_hop: OpenHop) -> None:
    unicode = Recipient("bøb@nhs.example")

    async def replies(sender: str, *offers: str) -> list[str]:
        async with open_hop(offers=offers) as hop:
            pool = Pool(target(hop), 1)
            async with pool.session() as session:
                said = await session.open(sender, (), (unicode, BOB))
            await pool.close()
            return [reply.enhanced for reply in said]

    assert ["5.6.7", "2.0.0"] == asyncio.run(replies(SENDER))
    assert ["5.6.7", "5.6.7"] == asyncio.run(replies("änn@council.example"))
    assert ["2.0.0", "2.0.0"] == asyncio.run(replies("änn@council.example", "SMTPUTF8"))


async def pieces(*content: bytes | Exception) -> AsyncIterator[bytes]:
    """Content that comes in pieces, until it fails."""
    for piece in content:
        if isinstance(piece, Exception):
            raise piece
        yield piece


def test_content_that_comes_in_pieces_is_sent_as_it_comes(open_hop: OpenHop) -> None:
    content = b"".join(b".%d\r\n" % number for number in range(200_000))
    cut = [content[at : at + 100_001] for at in range(0, len(content), 100_001)]

    async def trip() -> bytes:
        async with open_hop() as hop:
            pool = Pool(target(hop), 1)
            async with pool.session() as session:
                await session.open(SENDER, (), (BOB,))
                assert (await session.data(TRACE, pieces(*cut), yes)).positive
            await pool.close()
            return hop.messages[0]

    assert TRACE + content.replace(b"\r\n.", b"\r\n..").replace(b".0", b"..0", 1) == asyncio.run(
        trip()
    )


def test_content_that_breaks_off_never_gets_a_dot(open_hop: OpenHop) -> None:
    async def send(pool: Pool) -> None:
        async with pool.session() as session:
            await session.open(SENDER, (), (BOB,))
            await session.data(TRACE, pieces(b"a\r\n", ConfigurationError("damaged")), yes)

    async def trip() -> list[bytes]:
        async with open_hop() as hop:
            pool = Pool(target(hop), 1)
            for _ in range(2):
                with pytest.raises(ConfigurationError):
                    await send(pool)
            await pool.close()
            return hop.messages

    assert [] == asyncio.run(trip())


def test_eight_bit_mail_needs_8bitmime_at_the_next_hop(open_hop: OpenHop) -> None:
    async def trip(*offers: str) -> tuple[str, list[bytes]]:
        async with open_hop(offers=offers) as hop:
            pool = Pool(target(hop), 1)
            async with pool.session() as session:
                await session.open(SENDER, (), (BOB,))
                reply = await session.data(TRACE, pieces(b"a\r\n\r\ncaf", b"\xe9\r\n"), yes)
            await pool.close()
            return reply.enhanced, hop.messages

    assert ("5.6.3", []) == asyncio.run(trip())
    assert ("2.0.0", [TRACE + b"a\r\n\r\ncaf\xe9\r\n"]) == asyncio.run(trip("8BITMIME"))


@pytest.mark.parametrize(
    "address", ["a@b.example>\r\nRCPT TO:<x@y.example", "a\n@b.example", "a\0@b"]
)
def test_an_address_cannot_bring_a_command_with_it(open_hop: OpenHop, address: str) -> None:
    async def trip() -> None:
        async with open_hop() as hop, Pool(target(hop), 1).session() as session:
            await session.open(SENDER, (), (Recipient(address),))

    with pytest.raises(PermanentError):
        asyncio.run(trip())


def test_nothing_that_is_raised_or_shown_has_an_address_or_a_password(open_hop: OpenHop) -> None:
    shown = repr(Target("h", 25, username="user", password="hunter2")) + repr(
        Reply(550, "", "bob@")
    )

    with pytest.raises(Unreachable) as raised:
        once(open_hop, {"RCPT": [b"what bob@nhs.example\r\n"]})

    assert not any(word in shown + str(raised.value) for word in ("bob", "hunter2", "user'"))
