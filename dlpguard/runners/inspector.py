"""RECEIVED → a verdict.  Reads each message in the sandbox, judges it, and commits the verdict.

A crash is retried once after everything else (SET_ASIDE): it may have been ours.  Nothing that
goes wrong here is ever "pass".
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from dlpguard import faults, telemetry
from dlpguard.document import MESSAGE, Gap, Unread
from dlpguard.lifecycle import Event, State, Who
from dlpguard.mail import Envelope, MessageId
from dlpguard.runners import parcels
from dlpguard.runners._channel import Content
from dlpguard.runners._outgoing import OnShelf
from dlpguard.runners.judging import Case, Decided, Judging, decide, follow_up
from dlpguard.runners.loop import Loop, Seat, nobody
from dlpguard.runners.parcels import Parcel
from dlpguard.runners.reading import BEGINNING, Reading, read, unread
from dlpguard.runners.sandbox import Sandbox
from dlpguard.store import deliveries, matches, messages, work
from dlpguard.store.bodies import Stored
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Load
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store
from dlpguard.store.work import Claim
from dlpguard.verdict import Action

CLAIMS = 3
"""A claim of this number without a result is a crash: whatever reads it takes the node down."""


class Inspector:
    """The runner of RECEIVED."""

    def __init__(
        self,
        store: Store,
        sandbox: Sandbox,
        judging: Judging,
        node: str,
        slots: int,
        large: int,
        seat: Callable[[], Awaitable[Seat[Parcel]]] = nobody,
    ) -> None:
        """At most `slots` messages are worked on at once.  Of those that do not stand in their rows
        `large` are in memory, none of them beyond `Sandbox.largest`.

        `seat` is with whoever sends what passes, at once if there is one.
        """
        self._seat = seat
        self._room = asyncio.Semaphore(large)
        self._store = store
        self._sandbox = sandbox
        self.judging = judging
        """Replaced as a whole when the policies are read again."""
        self.loop = Loop(store.database, node, State.RECEIVED, slots, _load, self._inspect)

    async def _inspect(self, claim: Claim, load: Load) -> None:
        started = time.monotonic()
        faults.at("inspecting")
        reading = await self._read(claim, load.body, load.envelope)
        faults.at("inspected")
        if reading.crashed and not claim.crashes:
            await self._store.database.write(lambda tx: self._set_aside(tx, claim))
        else:
            await self._judge(claim, load, reading, started)

    async def _read(self, claim: Claim, stored: Stored, envelope: Envelope) -> Reading:
        if claim.claims >= CLAIMS:
            gap = Gap(MESSAGE, Unread.CRASHED, "its inspection has failed each time")
            return unread(stored.size, envelope, gap, self.judging.organisation, crashed=True)
        if stored.content is not None:
            # It is at hand, and is decrypted in less time than a thread takes to hear of it.
            return await self._read_in(claim, stored, envelope, self._content(stored))
        async with self._room:
            if stored.size <= self._sandbox.largest:
                # Read as the worker takes it: whole in memory it costs as much as all else.
                on_shelf = OnShelf(stored, self._store)
                return await self._read_in(claim, stored, envelope, on_shelf)
            raw = await asyncio.to_thread(self._content, stored)
            return await self._read_in(claim, stored, envelope, raw)

    async def _read_in(
        self, claim: Claim, stored: Stored, envelope: Envelope, raw: bytes | Content
    ) -> Reading:
        return await read(
            self._sandbox,
            MessageId(claim.id),
            raw,
            envelope,
            self.judging.organisation,
            size=stored.size,
            stop_at_crash=not claim.crashes,
        )

    def _content(self, stored: Stored) -> bytes:
        """As much of a message as is looked at.  Blocks."""
        keys, shelf = self._store.keys, self._store.shelf
        if stored.size <= self._sandbox.largest:
            return stored.read(keys, shelf)
        return stored.beginning(keys, shelf, BEGINNING)

    def _set_aside(self, tx: Transaction, claim: Claim) -> None:
        work.count_crash(tx, claim.id)
        step = Step(Who.INSPECTOR, fence=claim.fence)
        messages.move(tx, claim.id, Event.CRASH, State.SET_ASIDE, step)

    async def _judge(self, claim: Claim, load: Load, reading: Reading, started: float) -> None:
        judging, elapsed = self.judging, lambda: time.monotonic() - started
        digest, unsent = load.body.digest, not any(p.in_doubt for p in load.pending)
        with await self._seat() as seat:
            lease = seat.lease if unsent else None
            case = Case(claim, load.envelope, reading, elapsed, digest, lease)
            decided = await self._store.database.write(lambda tx: decide(tx, case, judging))
            if passed := decided.passed:
                seat.take(passed.claim, parcels.at_once(load, passed.add_headers))
        work = decided.then
        while work.others:
            change = partial(follow_up, work=work, judging=judging)
            work = await self._store.database.write(change)
        for body in decided.freed:
            self._store.shelf.remove(body)
        _say(decided, reading, time.monotonic() - started)
        for id in work.stopped:
            telemetry.stopped_with(id, claim.id)


def _load(tx: Transaction, claim: Claim) -> Load:
    return deliveries.unread(tx, claim.id)


def _say(decided: Decided, reading: Reading, seconds: float) -> None:
    """Log each verdict, and count what was found; of a named group's mail only that there was
    some."""
    for id, verdict, said in decided.rows:
        names = tuple(m.policy for m in verdict.matches)
        telemetry.judged(
            id,
            verdict.action.label,
            names,
            seconds,
            said,
            observed=verdict.observed.label if verdict.observed > Action.ALLOW else "",
            acted=matches.acted(verdict),
        )
    facts = reading.facts
    if all(matches.is_counted(verdict) for _, verdict, _ in decided.rows):
        findings = {kind: tally.distinct for kind, tally in facts.findings.items()}
        gaps = {str(gap.why) for gap in facts.gaps}
        telemetry.inspected(seconds, len(facts.people.everyone), findings, gaps)
    else:
        telemetry.inspected(seconds, None, {}, ())
