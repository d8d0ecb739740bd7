"""The loop that every runner is: claim what is due, work on a few at once, keep the leases."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from dlpguard import telemetry
from dlpguard.errors import StaleError, TemporaryError
from dlpguard.lifecycle import State
from dlpguard.store import work
from dlpguard.store.database import Database, Transaction
from dlpguard.store.work import Claim

LEASE_SECONDS = 120.0
"""How long a dead node's work waits before another takes it up; renewed three times in between."""

POLL_SECONDS = 0.5
"""How often to look for work that another process caused (a release on the command line)."""

AFTER_FAILURE = 30.0
"""Seconds before a message whose handling failed (our fault, or the database's) is tried again."""


T = TypeVar("T")


class Loop(Generic[T]):
    """Works on the messages of one state, at most `slots` of them at once.

    `load` reads what is needed of a message, in the transaction that claims it where the database
    is ours alone: a transaction for each would cost as much as the claims.  `handle` is called
    with each claim and what was read, inside its lease.  Whatever goes wrong in either, the
    message stays in its state and is tried again: nothing that fails here lets a message through.
    """

    def __init__(
        self,
        database: Database,
        node: str,
        state: State,
        slots: int,
        load: Callable[[Transaction, Claim], T],
        handle: Callable[[Claim, T], Awaitable[None]],
    ) -> None:
        self._database = database
        self._node = node
        self._state = state
        self._slots = slots
        self._load = load
        self._handle = handle
        self._busy: set[asyncio.Task[None]] = set()
        self._suspected = False
        """What is in hand is one message alone, which may take this process down."""
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be work: look now."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled; what is being worked on is finished or dropped by `drain`."""
        woken = False
        while True:
            free = 0 if self._suspected else self._slots - len(self._busy)
            taken: tuple[_Taken[T], ...] = ()
            self._wake.clear()
            if free:
                try:
                    taken = await self._claim(free, look_first=not woken)
                except Exception as error:  # noqa: BLE001 - logged, and tried again
                    telemetry.crashed(f"claim {self._state}", error)
            for one in taken:
                self._suspected = self._state is State.RECEIVED and one.claim.claims > 1
                task = asyncio.create_task(self._work(one))
                self._busy.add(task)
                task.add_done_callback(self._finished)
            if not taken or self._suspected or len(self._busy) == self._slots:
                await self._rest()
            woken = bool(taken) or self._wake.is_set()

    async def drain(self, seconds: float) -> None:
        """Wait for what is being worked on, then drop the rest: its leases run out."""
        if self._busy:
            _, late = await asyncio.wait(self._busy, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _claim(self, number: int, *, look_first: bool) -> tuple[_Taken[T], ...]:
        """`look_first`: there is probably nothing, and looking is in no writer's way."""
        if look_first and not await self._database.read(lambda tx: work.is_due(tx, self._state)):
            return ()
        return await self._database.write(lambda tx: self._take(tx, number))

    def _take(self, tx: Transaction, number: int) -> tuple[_Taken[T], ...]:
        claims = work.claim(
            tx, self._state, self._node, number, LEASE_SECONDS, is_idle=not self._busy
        )
        # What a claim reads others may not write meanwhile, where there are others.
        alone = not self._database.is_shared
        return tuple(self._read(tx, claim) if alone else _Taken(claim) for claim in claims)

    def _read(self, tx: Transaction, claim: Claim) -> _Taken[T]:
        """One that cannot be read must not keep the others from being claimed."""
        try:
            return _Taken(claim, self._load(tx, claim))
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - raised where it is handled
            return _Taken(claim, problem=error)

    async def _rest(self) -> None:
        # Not wait_for: until Python 3.12 it loses a cancellation that comes together with a wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._suspected = False
        self._wake.set()

    async def _work(self, taken: _Taken[T]) -> None:
        claim = taken.claim
        try:
            with _Lease(self._database, claim):
                await self._handle(claim, await self._loaded(taken))
        except StaleError:
            return  # somebody else has it: theirs to finish
        except TemporaryError as error:  # the disk, the database, the sandbox: not its fault
            telemetry.crashed(f"handle {self._state}", error)
            await self._put_back(claim, failed=False)
        except Exception as error:  # noqa: BLE001 - a runner survives whatever one message does
            telemetry.crashed(f"handle {self._state}", error)
            await self._put_back(claim, failed=True)

    async def _loaded(self, taken: _Taken[T]) -> T:
        if taken.problem:
            raise taken.problem
        if taken.loaded is not None:
            return taken.loaded
        return await self._database.read(lambda tx: self._load(tx, taken.claim))

    async def _put_back(self, claim: Claim, *, failed: bool) -> None:
        try:
            await self._database.write(
                lambda tx: work.give_back(
                    tx, claim.id, claim.fence, wait=AFTER_FAILURE, failed=failed
                )
            )
        except Exception as error:  # noqa: BLE001 - the lease runs out by itself
            telemetry.crashed("give back", error)


@dataclass(frozen=True, slots=True)
class _Taken(Generic[T]):
    """A claim, and what was read with it, or why nothing could be."""

    claim: Claim
    loaded: T | None = None
    problem: Exception | None = None


class _Lease:
    """Renews a claim's lease while something is done with it.

    What loses its lease is not stopped: every commit of it is guarded by the fence, and what a next
    hop has answered must be recorded whoever has the message by then.
    """

    def __init__(self, database: Database, claim: Claim) -> None:
        self._database = database
        self._claim = claim
        self._renewal: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        # A timer, not a task: hardly any message takes so long that it is needed.
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LEASE_SECONDS / 4, self._begin)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._renewal:
            self._renewal.cancel()

    def _begin(self) -> None:
        self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        claim = self._claim
        while True:
            try:
                await self._database.write(
                    lambda tx: work.renew(tx, claim.id, claim.fence, LEASE_SECONDS)
                )
            except StaleError:
                return
            except Exception as error:  # noqa: BLE001 - three more tries before it runs out
                telemetry.crashed("renew", error)
            await asyncio.sleep(LEASE_SECONDS / 4)
