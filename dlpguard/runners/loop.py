"""The loop that every runner is: claim what is due, work on a few at once, keep the leases."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from dlpguard import telemetry
from dlpguard.errors import StaleError, TemporaryError
from dlpguard.lifecycle import State
from dlpguard.store import work
from dlpguard.store.database import Database, Transaction
from dlpguard.store.work import Claim, Lease

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

    Whoever moves a message into that state can hand it over in the same commit (`seat`).
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
        self._seats = 0
        """Kept for messages that a commit is about to hand over."""
        self._queue: deque[asyncio.Future[bool]] = deque()
        """Who waits for a seat; True when it is theirs, False when they have waited too long."""
        self._runs = False
        self._left = True
        """There may be work in the database that nobody has claimed."""
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be work: look now."""
        self._left = True
        self._wake.set()

    async def seat(self, patience: float = 0.0) -> Seat[T]:
        """A place for a message that is about to be moved into the state that this works on.

        Waits for one, so many seconds at most.  What waits in the database comes first: nobody is
        overtaken for ever.
        """
        if not self._runs:
            return Seat()
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._give_seats()
        if not turn.done():
            await self._wait(turn, patience)
        return Seat(self, Lease(self._node, LEASE_SECONDS)) if turn.result() else Seat()

    async def _wait(self, turn: asyncio.Future[bool], patience: float) -> None:
        # `asyncio.timeout` would cost as much as all else of a seat.
        timer = turn.get_loop().call_later(patience, _say, turn, False)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled() and turn.result():
                self._leave()
            raise
        finally:
            timer.cancel()

    async def run(self) -> None:
        """Work until cancelled; what is being worked on is finished or dropped by `drain`."""
        self._runs = True
        try:
            while True:
                await self._round()
        finally:
            self._runs = False

    async def drain(self, seconds: float) -> None:
        """Wait for what is being worked on, then drop the rest: its leases run out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._busy or self._seats:
                    self._wake.clear()
                    await self._wake.wait()
        late = tuple(self._busy)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _round(self) -> None:
        """Claim what there is room for, then wait until something changes."""
        self._wake.clear()
        free = self._free()
        if free > 0:
            try:
                taken, more = await self._claim(free)
            except Exception as error:  # noqa: BLE001 - logged, and tried again
                telemetry.crashed(f"claim {self._state}", error)
            else:
                self._left = more or self._wake.is_set()
                for one in taken:
                    self._suspected = self._state is State.RECEIVED and one.claim.claims > 1
                    self._begin(one)
                self._give_seats()
        await self._rest()

    def _free(self) -> int:
        return 0 if self._suspected else self._slots - len(self._busy) - self._seats

    async def _claim(self, number: int) -> tuple[tuple[_Taken[T], ...], bool]:
        """What was claimed, and whether there may be more."""
        if not self._left:  # there is probably nothing, and looking is in no writer's way
            self._left = await self._database.read(lambda tx: work.is_due(tx, self._state))
        if not self._left:
            return (), False
        # From here on no seat is given: what has to be alone stays alone.
        is_idle = not self._busy and not self._seats
        return await self._database.write(lambda tx: self._take(tx, number, is_idle=is_idle))

    def _take(
        self, tx: Transaction, number: int, *, is_idle: bool
    ) -> tuple[tuple[_Taken[T], ...], bool]:
        claims = work.claim(tx, self._state, self._node, number, LEASE_SECONDS, is_idle=is_idle)
        more = len(claims) == number or any(claim.claims > 1 for claim in claims)
        if not claims and not is_idle:
            more = work.is_due(tx, self._state)  # one that has to be claimed alone
        # What a claim reads others may not write meanwhile, where there are others.
        alone = not self._database.is_shared
        return tuple(self._read(tx, c) if alone else _Taken(c) for c in claims), more

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

    def _begin(self, taken: _Taken[T]) -> None:
        task = asyncio.create_task(self._work(taken))
        self._busy.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._suspected = False
        self._changed()

    def _leave(self) -> None:
        self._seats -= 1
        self._changed()

    def _changed(self) -> None:
        """There is more room, which matters where somebody waits for it, or `drain`."""
        if self._left or not self._runs:
            self._wake.set()
        self._give_seats()

    def _give_seats(self) -> None:
        while self._queue and self._runs and not self._left and self._free() > 0:
            turn = self._queue.popleft()
            if not turn.done():
                self._seats += 1
                turn.set_result(True)

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


def _say(turn: asyncio.Future[bool], what: bool) -> None:
    if not turn.done():
        turn.set_result(what)


class Seat(Generic[T]):
    """A place for one message, kept from before the commit that moves it until after it.

        with await loop.seat() as seat:
            ...  # the commit, in which the message gets `seat.lease`
            seat.take(claim, loaded)

    None is free where `lease` is None: the message is then found and claimed as others are.
    """

    def __init__(self, loop: Loop[T] | None = None, lease: Lease | None = None) -> None:
        self._loop = loop
        self.lease = lease

    def __enter__(self) -> Seat[T]:
        return self

    def take(self, claim: Claim, loaded: T) -> None:
        """It was committed: work on it, with all that would be read of it."""
        if self._loop:
            self._loop._begin(_Taken(claim, loaded))

    def __exit__(self, *_: object) -> None:
        if self._loop:
            self._loop._leave()


async def nobody() -> Seat[Any]:
    """The seat where nobody works on a state in this process."""
    return Seat()


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
