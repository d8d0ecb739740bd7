"""What waits too long, what is left over, and what must be forgotten.

Nothing is ever released by a clock: what nobody decided on is returned, and its sender told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf

from dlpguard import telemetry
from dlpguard.dsn import Fate, Status
from dlpguard.errors import (
    NotFoundError,
    StaleError,
)
from dlpguard.lifecycle import Event, State, Who
from dlpguard.notices import Letterhead, Subject
from dlpguard.store import (
    batches,
    bodies,
    campaigns,
    contacts,
    copies,
    deliveries,
    devices,
    disclosures,
    epochs,
    messages,
    overdue,
    own_mail,
    questions,
    retention,
    retries,
    returning,
    reveals,
    sessions,
    tallies,
    tokens,
    verdicts,
    work,
)
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Load
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store

ROUND_SECONDS = 1.0
"""Between rounds: a message that was set aside is tried again "at once"."""

SWEEP_SECONDS = 600.0
"""Between sweeps: for files that no row names, which need a crash to come about; and so long a
move may stand in the database before the audit would notice a change of it."""

FORGET_SECONDS = 86400.0
"""Between looks for what has been kept for long enough; the periods are days."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long delivery is tried, and after how long its sender is told of a delay (0: never);
    in seconds."""

    give_up: float
    tell_delay: float = 0.0


class Janitor:
    """Goes round once a second."""

    def __init__(
        self,
        store: Store,
        head: Letterhead,
        waits: Waits,
    ) -> None:
        self._store = store
        self._head = head
        self._waits = waits

    async def run(self) -> None:
        """Go round until cancelled.  A round that fails is logged, and the next one comes."""
        swept = forgot = -inf
        while True:
            try:
                await self.round()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    swept = time.monotonic()
                    await self.sweep()
                if time.monotonic() - forgot > FORGET_SECONDS:
                    forgot = time.monotonic()
                    await self.forget()
            except Exception as error:  # noqa: BLE001 - logged; without a janitor nothing ends
                telemetry.crashed("janitor", error)
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Everything that is due now."""
        database = self._store.database
        due = await database.read(
            lambda tx: overdue.find(tx, self._waits.give_up, self._waits.tell_delay)
        )
        if due.attempts:
            await database.write(work.close_overdue)
        await self._each(due.set_aside, self._retry)
        await self._report(due.undeliverable, self._give_up)
        await self._report(due.delayed, self._tell_delay)
        await self._each(due.undecided, self._return)
        await self._each(due.forgettable, self._forget)

    async def _each(self, ids: tuple[str, ...], handle: Callable[..., str | None]) -> None:
        """Handle messages one by one; one that cannot be handled does not stop the others."""
        for id in ids:
            try:
                freed = await self._store.database.write(partial(handle, id=id))
            except (StaleError, NotFoundError):
                continue  # somebody acted between our look and our move: theirs counts
            except Exception as error:  # noqa: BLE001 - logged, and tried again in the next round
                telemetry.crashed("janitor", error)
                continue
            if freed:
                self._store.shelf.remove(freed)

    async def forget(self) -> None:
        """Delete what has been kept for long enough, and the keys that nothing needs any more."""
        forgotten = await asyncio.to_thread(retention.forget, self._store)
        destroyed = await asyncio.to_thread(epochs.destroy_old, self._store)
        await asyncio.to_thread(self._store.database.truncate_log)
        telemetry.forgot(forgotten, destroyed)

    async def sweep(self) -> None:
        """Moves are sealed, days counted, body files that no row names and digests that have served
        removed, the log is emptied; a new key when it is time."""
        await self._store.database.write(batches.seal)
        await self._store.database.write(tallies.close)
        served = (campaigns, contacts, devices, disclosures, retries, reveals, sessions, tokens)
        for forget in (each.forget for each in served):
            while await self._store.database.write(forget):
                pass  # mail has its turn between
        before = time.time() - bodies.ORPHAN_SECONDS
        old = await asyncio.to_thread(self._store.shelf.old, before)
        if old:
            found = await self._store.database.write(lambda tx: bodies.claim_orphans(tx, old))
            for id in found:
                self._store.shelf.remove(id)
        await asyncio.to_thread(self._store.database.truncate_log)
        await asyncio.to_thread(epochs.rotate, self._store)  # last: it fails where a disk is full

    def _retry(self, tx: Transaction, id: str) -> str | None:
        messages.move(tx, id, Event.RETRY, State.RECEIVED, Step(Who.JANITOR))
        return None

    async def _report(self, ids: tuple[str, ...], handle: Callable[..., str | None]) -> None:
        """Handle messages of which a DSN may have to quote the header."""
        for id in ids:
            try:
                load = await self._store.database.read(partial(_load, id=id))
                original = await asyncio.to_thread(
                    own_mail.beginning, load.body, self._store.keys, self._store.shelf
                )
            except Exception as error:  # noqa: BLE001 - logged, and tried again in the next round
                telemetry.crashed("janitor", error)
                continue
            await self._each((id,), partial(handle, load=load, original=original))

    def _give_up(self, tx: Transaction, id: str, load: Load, original: bytes) -> str | None:
        freed = deliveries.expire(tx, id)
        statuses = [
            Status(p.recipient, Fate.DOUBTFUL if p.in_doubt else Fate.EXPIRED, p.reply)
            for p in load.pending
        ]
        own_mail.report(tx, self._head, load.envelope, statuses, original, Who.JANITOR)
        return freed

    def _tell_delay(self, tx: Transaction, id: str, load: Load, original: bytes) -> str | None:
        messages.delay_told(tx, id)
        statuses = [
            Status(p.recipient, Fate.DELAYED, p.reply) for p in load.pending if not p.in_doubt
        ]
        own_mail.report(tx, self._head, load.envelope, statuses, original, Who.JANITOR)
        return None

    def _return(self, tx: Transaction, id: str) -> str | None:
        """Copies of one mailing end together, and its sender is told once."""
        envelope = messages.envelope_of(tx, id)
        record = verdicts.find(tx, id)
        asked = messages.get(tx, id).state == State.AWAITING_SENDER
        for copy in questions.covered(tx, id) if asked else copies.together(tx, id):
            returning.give_back(tx, copy, Event.EXPIRE, Step(Who.JANITOR))
        about = Subject(id, len(envelope.recipients), record.facts.plain_subject if record else "")
        template = "unanswered" if asked else "expired"
        own_mail.tell(tx, self._head, envelope.sender, template, about, Who.JANITOR)
        return None

    def _forget(self, tx: Transaction, id: str) -> str | None:
        return bodies.forget(tx, id)


def _load(tx: Transaction, id: str) -> Load:
    return deliveries.load(tx, messages.get(tx, id))
