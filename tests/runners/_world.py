"""A real store with a clock to turn, and runners that work in it until nothing is due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Executable, case, select

from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.notices import Letterhead
from dlpguard.runners.loop import Loop
from dlpguard.store import bodies, messages, quarantine, schema, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store
from dlpguard.store.verdicts import Record
from dlpguard.store.work import Claim
from dlpguard.verdict import Action, Plan, Verdict
from tests import _stores
from tests.store._world import Clock

T = TypeVar("T")

NODE = "node"
ANN = "ann@council.example"
HEAD = Letterhead("relay.council.example", "postmaster@council.example", ("council.example",))

SMALL = b"From: ann@council.example\r\nMessage-ID: <1@council.example>\r\n\r\nhello\r\n.dot\r\n"
BIG = SMALL + b"a line of a message that does not fit one write\r\n" * 6000
"""More than the courier sends in one write."""

LARGE = SMALL + b"a line of a message that does not fit into buffers\r\n" * 400_000
"""20 MB: more than the buffers between two sockets hold."""

DEADLINE = 30.0
"""Seconds of real time after which a runner that should rest has failed."""


@dataclass
class World:
    """A store, its clock, and an event loop."""

    store: Store
    clock: Clock
    runner: asyncio.Runner
    folder: Path
    log: list[str] = field(default_factory=list)
    number: int = 0

    def run(self, coroutine: Awaitable[T]) -> T:
        """Run to the end, at most half a minute."""

        async def wait() -> T:
            async with asyncio.timeout(DEADLINE):
                return await coroutine

        return self.runner.run(wait())

    def do(self, change: Callable[..., T], *args: object, **named: object) -> T:
        """Run a function of the store in a transaction of its own."""
        return self.store.database.write_now(lambda tx: change(tx, *args, **named))

    def post(
        self,
        content: bytes = SMALL,
        *recipients: str | Recipient,
        sender: str = ANN,
        options: tuple[tuple[str, str], ...] = (),
    ) -> MessageId:
        """Put a message into the store as the edge does."""
        self.number += 1
        id = new_id(self.number, bytes(10))
        everyone = tuple(
            r if isinstance(r, Recipient) else Recipient(r)
            for r in recipients or ("bob@outside.example",)
        )
        envelope = Envelope(sender, everyone, options=options)
        body = bodies.prepare(content, self.store.keys, self.store.shelf)
        self.do(messages.accept, NewMessage(id, envelope, trace(id), body))
        return id

    def judge(self, id: str, event: Event = Event.PASS, action: Action = Action.ALLOW) -> None:
        """Give a message that was just posted its verdict."""
        for claim in self.claim(State.RECEIVED):
            assert id == claim.id
            record = Record(Facts(sender=ANN), Verdict(action), (("X-DLPGuard-Tag", "t"),))
            self.do(verdicts.judge, id, claim.fence, record, Plan(event), b"evidence")

    def ready(
        self,
        content: bytes = SMALL,
        *recipients: str | Recipient,
        sender: str = ANN,
        options: tuple[tuple[str, str], ...] = (),
    ) -> MessageId:
        """A message that may be sent: as `post`, with a verdict."""
        id = self.post(content, *recipients, sender=sender, options=options)
        self.judge(id)
        return id

    def claim(self, state: State, node: str = "another") -> tuple[Claim, ...]:
        """Lease everything that is due, as some other node would."""
        return self.do(work.claim, state, node, 100, 120.0)

    def work(self, loop: Loop[Any], state: State) -> None:
        """Run a runner until nothing of its state is due or being worked on."""
        self.run(self.working(loop, state))

    async def working(self, loop: Loop[Any], state: State) -> None:
        """The same, inside the loop."""
        running = asyncio.create_task(loop.run())
        try:
            while await self.store.database.read(lambda tx: is_busy(tx, state)):
                assert not running.done(), running.exception()
                await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await loop.drain(5)

    def record(self, id: str) -> Record:
        """Its verdict."""
        found = self.store.database.read_now(lambda tx: verdicts.find(tx, id))
        assert found
        return found

    def state(self, id: str) -> State:
        """Where a message is."""
        return State(self.store.database.read_now(lambda tx: messages.get(tx, id).state))

    def outcomes(self, id: str) -> dict[str, int]:
        """How many of its recipients have which outcome."""
        return self.store.database.read_now(lambda tx: quarantine.outcomes(tx, id))

    def events(self, id: str) -> list[str]:
        """What happened to it."""
        history = self.store.database.read_now(lambda tx: list(quarantine.history(tx, id)))
        return [str(moved.event) for moved in history]

    def has_body(self, id: str) -> bool:
        """Whether its content is still kept."""
        row = self.store.database.read_now(lambda tx: messages.get(tx, id))
        return row.body_id is not None

    def own_mail(self) -> list[tuple[str, bytes]]:
        """Address and content of the notices and DSNs that are still kept, oldest first."""

        def look(tx: Transaction) -> list[tuple[str, bytes]]:
            ids = select(schema.messages.c.id).where(
                schema.messages.c.origin == "notice", schema.messages.c.body_id.is_not(None)
            )
            ids = ids.order_by(schema.messages.c.received_at, schema.messages.c.id)
            return [
                (
                    messages.envelope_of(tx, id).addresses[0],
                    bodies.find(tx, id).read(self.store.keys, self.store.shelf),
                )
                for id in tx.execute(ids).scalars()
            ]

        return self.store.database.read_now(look)

    def change(self, *statements: Executable) -> None:
        """Change rows behind the store's back."""
        self.store.database.write_now(lambda tx: [tx.execute(s) for s in statements])

    def lock(self) -> sqlite3.Connection:
        """Lock the database's file as another program may; `rollback` unlocks it."""
        other = sqlite3.connect(self.folder / "dlpguard.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other


def trace(id: str) -> bytes:
    """The fields that the edge puts in front."""
    return f"Received: by relay.council.example id {id}\r\n".encode()


def is_busy(tx: Transaction, state: State) -> bool:
    """Whether a message of a state can be claimed, or is leased by our own node."""
    columns, now = schema.messages.c, tx.now()
    leased = columns.lease_until > now
    busy = case((leased, columns.lease_node == NODE), else_=columns.next_try <= now)
    return bool(tx.execute(select(columns.id).where(columns.state == str(state), busy)).first())


@contextmanager
def world(folder: Path, runner: asyncio.Runner) -> Iterator[World]:
    """A new one in a folder; what is logged meanwhile is in its `log`."""
    clock = Clock()
    store = _stores.open_in(folder, clock)
    log: list[str] = []
    handler = _Handler(log)
    logger = logging.getLogger("dlpguard")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with contextlib.closing(store):
            yield World(store, clock, runner, folder, log)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


class _Handler(logging.Handler):
    """Keeps lines, with the traceback where somebody logged one."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        self._lines.append(self.format(record))
