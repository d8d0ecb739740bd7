"""A client's message → RECEIVED.  Returns only when body, envelope and state are committed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import WeakValueDictionary

from dlpguard import telemetry
from dlpguard.errors import TemporaryError
from dlpguard.mail import MessageId
from dlpguard.runners._intake import Intake
from dlpguard.runners.loop import Seat, nobody
from dlpguard.smtp.receipts import Receipts
from dlpguard.smtp.server import Arrival, Hold
from dlpguard.store import bodies, deliveries, messages, retries, work
from dlpguard.store.bodies import Body, Writer
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Load
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store
from dlpguard.store.work import Claim

FREE_BYTES = 512 * 1024 * 1024
"""Below this much free disk no mail is taken: what was accepted must still be finished."""

BACKLOG_SECONDS = 15 * 60.0
"""When the oldest uninspected message is older than this, clients keep their mail (DESIGN 4)."""

LOOK_SECONDS = 1.0
"""How often it is looked whether mail can be taken."""

DISK_THREADS = 4
"""Large bodies that are written or fsynced at the same moment.  They wait for one disk: more would
not make it faster, and with fewer a single slow fsync would hold up all others."""


class Reception:
    """What the edge calls."""

    def __init__(
        self,
        store: Store,
        receipts: Receipts,
        seat: Callable[[], Awaitable[Seat[Load]]] = nobody,
    ) -> None:
        """`seat` is with whoever reads what comes, at once if there is one."""
        self._store = store
        self._seat = seat
        self._receipts = receipts
        self._disk = ThreadPoolExecutor(DISK_THREADS, "body-write")
        self._backlog: str | None = None
        self._turns = WeakValueDictionary[bytes, asyncio.Lock]()

    def open(self, hold: Hold) -> Intake:
        """Where a message goes as it comes.  `TemporaryError` when it is committed and the disk or
        the database cannot take it; nothing of it is kept then."""
        keys = self._store.keys
        begin = partial(Writer, keys, self._store.shelf, FREE_BYTES)
        return Intake(keys, begin, self._disk, hold, self._accept)

    async def acknowledge(self) -> None:
        """Write down whose clients have our answer; what fails is tried with the next message."""
        ids = self._receipts.take()
        if not ids:
            return
        try:
            await self._store.database.write(lambda tx: retries.acknowledge(tx, ids))
        except TemporaryError:
            self._receipts.give_back(ids)

    def backlog(self) -> str | None:
        """Why no mail can be taken at the moment, None when it can."""
        return self._backlog

    async def watch(self) -> None:
        """Find out whether mail can be taken, again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - logged; what was known still counts
                telemetry.crashed("reception", error)

    async def look(self) -> None:
        """Find out whether mail can be taken."""
        await self.acknowledge()
        try:
            free = await asyncio.to_thread(self._store.shelf.free)
        except OSError:
            self._backlog = "the disk cannot be read"
            return
        if free is not None and free < FREE_BYTES:
            self._backlog = "the disk is nearly full"
            return
        age = await self._store.database.read(work.oldest_uninspected)
        self._backlog = (
            "too much mail is waiting to be inspected" if age > BACKLOG_SECONDS else None
        )

    async def _accept(self, arrival: Arrival, body: Body) -> MessageId:
        """Commit a message and return its id, or that of the earlier copy when it is a retry."""
        new = NewMessage(arrival.id, arrival.envelope, arrival.trace, body)
        digest = retries.fingerprint(self._store.keys, arrival.envelope, body.digest)
        copy = retries.Copy(digest, lambda: time.monotonic() - arrival.began, arrival.is_gone)
        # A shared database has several writers.  There a retry could overtake the message that it
        # repeats, be acknowledged and forgotten, and that message would be taken for a new one.
        turn = self._turns.setdefault(digest, asyncio.Lock())
        try:
            async with turn:
                id = await self._write(new, copy)
        except Exception:
            await self._give_up(body)
            raise
        if id != new.id:
            await self._remove(body.id)
        return id

    async def _give_up(self, body: Body) -> None:
        """Remove the file of a body that could not be committed, as the sweeper would in an hour.

        In its way: who knows what a commit did that failed.
        """
        if body.content is not None:
            return
        ids = (body.id,)
        try:
            orphans = await self._store.database.write(lambda tx: bodies.claim_orphans(tx, ids))
        except TemporaryError:
            return  # the sweeper finds it
        for id in orphans:
            await self._remove(id)

    async def _remove(self, body_id: str) -> None:
        work = partial(self._store.shelf.remove, body_id)
        await asyncio.get_running_loop().run_in_executor(self._disk, work)

    async def _write(self, new: NewMessage, copy: retries.Copy) -> MessageId:
        def change(tx: Transaction) -> tuple[MessageId, Claim | None]:
            retries.acknowledge(tx, acknowledged)
            earlier = retries.earlier(tx, copy, new.id, self._receipts.is_awaited)
            if earlier:
                return earlier, None
            return new.id, messages.accept(tx, new, seat.lease)

        with await self._seat() as seat:
            acknowledged = self._receipts.take()  # not while waiting: who waits may be stopped
            try:
                id, claim = await self._store.database.write(change)
            except BaseException:
                self._receipts.give_back(acknowledged)
                raise
            if claim:
                seat.take(claim, deliveries.accepted(new, claim.received_at))
        return id
