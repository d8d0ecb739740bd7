"""The loop that every runner is: claim what is due, work on a few at once, keep the leases."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from dlpguard import telemetry
from dlpguard.errors import StaleError, TemporaryError
from dlpguard.lifecycle import State
from dlpguard.store import work
from dlpguard.store.database import Database
from dlpguard.store.work import Claim

LEASE_SECONDS = 120.0
"""How long a dead node's work waits before another takes it up; renewed three times in between."""

POLL_SECONDS = 0.5
"""How often to look for work that another process caused (a release on the command line)."""

AFTER_FAILURE = 30.0
"""Seconds before a message whose handling failed (our fault, or the database's) is tried again."""


class Loop:
    """Works on the messages of one state, at most `slots` of them at once.

    `handle` is called with each claim, inside its lease.  Whatever goes wrong in it, the message
    stays in its state and is tried again: nothing that fails here lets a message through.
    """

    def __init__(
        self,
        database: Database,
        node: str,
        state: State,
        slots: int,
        handle: Callable[[Claim], Awaitable[None]],
    ) -> None:
        self._database = database
        self._node = node
        self._state = state
        self._slots = slots
        self._handle = handle
        self._busy: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be work: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; what is being worked on is finished or dropped by `drain`."""
        while True:
            free = self._slots - len(self._busy)
            claims: tuple[Claim, ...] = ()
            self._wake.clear()
            if free:
                try:
                    claims = await self._claim(free)
                except Exception as error:  # noqa: BLE001 - logged, and tried again
                    telemetry.crashed(f"claim {self._state}", error)
            for claim in claims:
                task = asyncio.create_task(self._work(claim))
                self._busy.add(task)
                task.add_done_callback(self._finished)
            if not claims or len(self._busy) == self._slots:
                await self._rest()

    async def drain(self, seconds: float) -> None:
        """Wait for what is being worked on, then drop the rest: its leases run out."""
        if self._busy:
            _, late = await asyncio.wait(self._busy, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _claim(self, number: int) -> tuple[Claim, ...]:
        if not await self._database.read(lambda tx: work.is_due(tx, self._state)):
            return ()  # looking costs no commit
        return await self._database.write(
            lambda tx: work.claim(tx, self._state, self._node, number, LEASE_SECONDS)
        )

    async def _rest(self) -> None:
        # Not wait_for: until Python 3.12 it loses a cancellation that comes together with a wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._wake.set()

    async def _work(self, claim: Claim) -> None:
        try:
            async with _kept(self._database, claim):
                await self._handle(claim)
        except StaleError:
            return  # somebody else has it: theirs to finish
        except TemporaryError as error:  # the disk, the database, the sandbox: not its fault
            telemetry.crashed(f"handle {self._state}", error)
            await self._put_back(claim, failed=False)
        except Exception as error:  # noqa: BLE001 - a runner survives whatever one message does
            telemetry.crashed(f"handle {self._state}", error)
            await self._put_back(claim, failed=True)

    async def _put_back(self, claim: Claim, *, failed: bool) -> None:
        try:
            await self._database.write(
                lambda tx: work.give_back(
                    tx, claim.id, claim.fence, wait=AFTER_FAILURE, failed=failed
                )
            )
        except Exception as error:  # noqa: BLE001 - the lease runs out by itself
            telemetry.crashed("give back", error)


@asynccontextmanager
async def _kept(database: Database, claim: Claim) -> AsyncIterator[None]:
    """Renew a claim's lease while the body runs.

    A body whose lease is lost is not stopped: every commit of it is guarded by the fence, and what
    a next hop has answered must be recorded whoever has the message by then.
    """

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            try:
                await database.write(
                    lambda tx: work.renew(tx, claim.id, claim.fence, LEASE_SECONDS)
                )
            except StaleError:
                return
            except Exception as error:  # noqa: BLE001 - three more tries before it runs out
                telemetry.crashed("renew", error)

    renewal = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewal.cancel()
