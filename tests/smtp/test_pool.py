from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dlpguard.errors import ConfigurationError
from dlpguard.mail import Recipient
from dlpguard.smtp.client import Pool, Reply, Target, Unreachable
from tests.smtp.conftest import DROP, HANG

if TYPE_CHECKING:
    from tests.smtp.conftest import Hop, OpenHop

BOB = Recipient("bob@nhs.example")


async def yes() -> bool:
    return True


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def send(pool: Pool, content: bytes = b"A: b\r\n") -> Reply:
    async with pool.session() as session:
        replies = await session.open("ann@council.example", (), (BOB,))
        if not replies[0].positive:
            return replies[0]
        return await session.data(b"", content, yes)


async def send_and_fail(pool: Pool) -> None:
    async with pool.session() as session:
        await session.open("ann@council.example", (), (BOB,))
        raise KeyError


def pool_for(hop: Hop, limit: int = 1, clock: Clock | None = None) -> Pool:
    return Pool(Target("127.0.0.1", hop.port, tls="none"), limit, clock or Clock())


def test_another_target_is_followed_from_the_next_connection_on(open_hop: OpenHop) -> None:
    async def trip() -> list[int]:
        async with open_hop() as old, open_hop() as new:
            pool = pool_for(old, limit=2)
            await send(pool)
            async with pool.session() as session:
                pool.follow(Target("127.0.0.1", new.port, tls="none"))
                await session.open("ann@council.example", (), (BOB,))
                await session.data(b"", b"A: b\r\n", yes)
            await send(pool)
            await asyncio.sleep(0.05)
            await pool.close()
            assert ["QUIT"] == [c for c in old.commands if c == "QUIT"]
            return [len(old.messages), len(new.messages), old.connections, new.connections]

    assert [2, 1, 1, 1] == asyncio.run(trip())


def test_a_target_that_cannot_be_used_is_not_followed(open_hop: OpenHop) -> None:
    async def trip() -> int:
        async with open_hop() as hop:
            pool = pool_for(hop)
            with pytest.raises(ConfigurationError):
                pool.follow(Target("127.0.0.1", 1, certificate="none.pem"))
            await send(pool)
            await pool.close()
            return len(hop.messages)

    assert 1 == asyncio.run(trip())


def test_messages_share_a_connection(open_hop: OpenHop) -> None:
    async def trip() -> tuple[int, int]:
        async with open_hop() as hop:
            pool = pool_for(hop)
            for _ in range(5):
                await send(pool)
            await pool.close()
            return hop.connections, len(hop.messages)

    assert (1, 5) == asyncio.run(trip())


@pytest.mark.parametrize("offers", [("PIPELINING",), ()])
@pytest.mark.parametrize("said", [b"421 4.3.2 restarting\r\n", DROP, b"garbage\r\n"])
def test_a_reused_connection_that_is_dead_is_replaced_once(
    open_hop: OpenHop, offers: tuple[str, ...], said: bytes
) -> None:
    async def trip() -> tuple[int, int, int]:
        async with open_hop({"MAIL": [b"250 fine\r\n", said]}, offers=offers) as hop:
            pool = pool_for(hop)
            await send(pool)
            reply = await send(pool)
            await pool.close()
            return reply.code, hop.connections, len(hop.messages)

    assert (250, 2, 2) == asyncio.run(trip())


def test_a_fresh_connection_that_is_refused_is_not_replaced(open_hop: OpenHop) -> None:
    async def trip() -> tuple[int, int]:
        async with open_hop({"MAIL": [b"421 4.3.2 restarting\r\n"] * 2}) as hop:
            pool = pool_for(hop)
            reply = await send(pool)
            await pool.close()
            return reply.code, hop.connections

    assert (421, 1) == asyncio.run(trip())


def test_after_mail_was_accepted_a_lost_connection_is_not_replaced(open_hop: OpenHop) -> None:
    async def trip() -> None:
        async with open_hop({"RCPT": [b"250 fine\r\n", DROP]}, offers=()) as hop:
            pool = pool_for(hop)
            await send(pool)
            await send(pool)

    with pytest.raises(Unreachable):
        asyncio.run(trip())


def test_a_connection_that_the_next_hop_closed_meanwhile_is_not_used(open_hop: OpenHop) -> None:
    async def trip() -> tuple[int, list[str]]:
        async with open_hop({"NOOP": [b"421 4.4.2 idle\r\n", HANG]}) as hop:
            clock = Clock()
            pool = pool_for(hop, clock=clock)
            await send(pool)
            clock.now = 20.0
            await send(pool)
            await pool.close()
            return hop.connections, [c for c in hop.commands if c == "NOOP"]

    assert (2, ["NOOP"]) == asyncio.run(trip())


def test_an_idle_connection_is_asked_first_and_an_old_one_is_left(open_hop: OpenHop) -> None:
    async def trip() -> tuple[int, list[str]]:
        async with open_hop() as hop:
            clock = Clock()
            pool = pool_for(hop, clock=clock)
            for clock.now in (0.0, 20.0, 400.0):
                await send(pool)
            await pool.close()
            await asyncio.sleep(0.05)
            return hop.connections, [c for c in hop.commands if c in {"NOOP", "QUIT"}]

    assert (2, ["NOOP", "QUIT", "QUIT"]) == asyncio.run(trip())


def test_no_more_connections_are_made_than_allowed(open_hop: OpenHop) -> None:
    async def trip() -> tuple[int, int]:
        async with open_hop() as hop:
            pool = pool_for(hop, limit=3)
            await asyncio.gather(*(send(pool) for _ in range(20)))
            await pool.close()
            return hop.connections, len(hop.messages)

    connections, messages = asyncio.run(trip())

    assert connections <= 3
    assert 20 == messages


def test_what_goes_wrong_in_a_session_ends_its_connection(open_hop: OpenHop) -> None:
    async def trip() -> int:
        async with open_hop() as hop:
            pool = pool_for(hop)
            with pytest.raises(KeyError):
                await send_and_fail(pool)
            with pytest.raises(ValueError, match="CR LF"):
                await send(pool, b"no end")
            await send(pool)
            await pool.close()
            assert [b"A: b\r\n"] == hop.messages
            return hop.connections

    assert 3 == asyncio.run(trip())


def test_a_cancelled_session_sends_no_dot_and_frees_its_place(open_hop: OpenHop) -> None:
    async def trip() -> list[bytes]:
        async with open_hop({"DATA": [HANG]}) as hop:
            pool = pool_for(hop)
            task = asyncio.create_task(send(pool))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await send(pool, b"B: c\r\n")
            await pool.close()
            return hop.messages

    assert [b"B: c\r\n"] == asyncio.run(trip())


def test_a_thousand_recipients_are_answered_in_order(open_hop: OpenHop) -> None:
    many = tuple(Recipient(f"r{i}@nhs.example") for i in range(1000))
    said = [b"550 5.1.1 %d\r\n" % i for i in range(999)]

    async def trip() -> tuple[Reply, ...]:
        async with open_hop({"RCPT": said}) as hop:
            pool = pool_for(hop)
            async with pool.session() as session:
                replies = await session.open("ann@council.example", (), many)
            await pool.close()
            return replies

    replies = asyncio.run(trip())

    assert [*(str(i) for i in range(999)), "fine"] == [reply.text for reply in replies]


def test_what_the_next_hop_offers_is_known_afterwards(open_hop: OpenHop) -> None:
    async def trip() -> tuple[dict[str, str], dict[str, str]]:
        async with open_hop(offers=("size 1000", "DSN")) as hop:
            pool = pool_for(hop)
            before = dict(pool.extensions)
            await send(pool)
            await pool.close()
            return before, dict(pool.extensions)

    assert ({}, {"SIZE": "1000", "DSN": ""}) == asyncio.run(trip())
