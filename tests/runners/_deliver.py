"""A courier between a store and a scripted next hop, and what came of its work."""

from __future__ import annotations

import email
from collections.abc import Callable

from sqlalchemy import select

from dlpguard.lifecycle import State
from dlpguard.runners.courier import Backoff, Courier
from dlpguard.smtp.client import Pool, Target
from dlpguard.store import schema
from tests.runners._hop import Delivery, Hop, listening
from tests.runners._world import HEAD, NODE, SMALL, World, trace

BOB, CY, DI = "bob@outside.example", "cy@outside.example", "di@outside.example"

FIRST, LONGEST = 60.0, 200.0
"""Seconds of the back-off that these tests use."""

LATER, NEVER = b"451 4.3.0 later", b"550 5.7.1 never"


def deliver(here: World, hop: Hop, *, then: Callable[[], None] = lambda: None) -> None:
    """Let a courier work until nothing is due; do `then`, and let it work again."""

    async def trip() -> None:
        async with listening(hop):
            await work(here, hop)
            then()
            await work(here, hop)

    here.run(trip())


async def work(here: World, hop: Hop) -> None:
    """Let a courier work until nothing is due."""
    runner, pool = courier_for(here, hop)
    await here.working(runner.loop, State.READY)
    await pool.close()


def courier_for(here: World, hop: Hop) -> tuple[Courier, Pool]:
    """A courier to this next hop, and its connections, which are to be closed."""
    target = Target("127.0.0.1", hop.port, tls="none", hello="relay.council.example")
    pool = Pool(target, 4)
    return Courier(here.store, pool, HEAD, Backoff(FIRST, LONGEST), NODE, 4), pool


def after(here: World, seconds: float) -> Callable[[], None]:
    """Let time pass."""

    def pass_() -> None:
        here.clock.time += seconds

    return pass_


def sent(id: str, content: bytes = SMALL) -> bytes:
    """What the next hop should get of a message."""
    return trace(id) + b"X-DLPGuard-Tag: t\r\nX-DLPGuard-Passed: yes\r\n" + content


def waits(here: World, id: str) -> float:
    """Seconds until a message is tried again."""
    query = select(schema.messages.c.next_try).where(schema.messages.c.id == id)
    next_try: float = here.do(lambda tx: tx.execute(query).scalar_one())
    return next_try - here.clock.time


def open_attempts(here: World) -> int:
    """How many attempts nobody has closed."""
    query = select(schema.attempts.c.id).where(schema.attempts.c.closed_at.is_(None))
    return len(here.do(lambda tx: tx.execute(query).all()))


def failed(mail: Delivery) -> list[tuple[str, str]]:
    """The recipients that a DSN is about, and their status."""
    groups = [part for part in email.message_from_bytes(mail.content).walk() if part["Status"]]
    return [(g["Final-Recipient"].removeprefix("rfc822; "), g["Status"]) for g in groups]
