"""RECEIVED → a verdict.  Reads each message in the sandbox, judges it, and commits the verdict.

A crash is retried once after everything else (SET_ASIDE): it may have been ours.  Nothing that
goes wrong here is ever "pass".
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from dlpguard import actions, telemetry
from dlpguard.document import Gap, Unread
from dlpguard.inspection import MESSAGE, judge
from dlpguard.lifecycle import Event, State, Who
from dlpguard.mail import Envelope, MessageId
from dlpguard.notices import Letterhead, Subject
from dlpguard.policy import Policies
from dlpguard.recipients import Organisation
from dlpguard.runners._loop import Loop
from dlpguard.runners.reading import Reading, read, unread
from dlpguard.runners.sandbox import Sandbox
from dlpguard.store import bodies, messages, own_mail, verdicts, work
from dlpguard.store.bodies import Stored
from dlpguard.store.database import Transaction
from dlpguard.store.messages import Step
from dlpguard.store.opening import Store
from dlpguard.store.verdicts import Record
from dlpguard.store.work import Claim
from dlpguard.verdict import Verdict

CLAIMS = 3
"""A claim of this number without a result is a crash: whatever reads it takes the node down."""


@dataclass(frozen=True, slots=True)
class Judging:
    """By what messages are judged: policies, mode, the gaps that are accepted."""

    policies: Policies
    mode: str
    accepted_gaps: frozenset[tuple[str, str]]
    organisation: Organisation
    head: Letterhead


class Inspector:
    """The runner of RECEIVED."""

    def __init__(
        self,
        store: Store,
        sandbox: Sandbox,
        judging: Judging,
        node: str,
        slots: int,
        wake: Callable[[], None],
    ) -> None:
        """`wake` is called when something may have become READY."""
        self._wake = wake
        self._store = store
        self._sandbox = sandbox
        self.judging = judging
        """Replaced as a whole when the policies are read again."""
        self.loop = Loop(store.database, node, State.RECEIVED, slots, self._inspect)

    async def _inspect(self, claim: Claim) -> None:
        started = time.monotonic()
        envelope, stored = await self._store.database.read(
            lambda tx: (messages.envelope_of(tx, claim.id), bodies.find(tx, claim.id))
        )
        reading = await self._read(claim, stored, envelope)
        if reading.crashed and not claim.crashes:
            await self._store.database.write(lambda tx: self._set_aside(tx, claim))
        else:
            await self._judge(claim, envelope, reading, started)

    async def _read(self, claim: Claim, stored: Stored, envelope: Envelope) -> Reading:
        organisation = self.judging.organisation
        if claim.claims >= CLAIMS:
            gap = Gap(MESSAGE, Unread.CRASHED, "its inspection has failed each time")
            return unread(stored.size, envelope, gap, organisation, crashed=True)
        raw = await asyncio.to_thread(stored.read, self._store.keys, self._store.directory)
        return await read(
            self._sandbox,
            MessageId(claim.id),
            raw,
            envelope,
            organisation,
            stop_at_crash=not claim.crashes,
        )

    def _set_aside(self, tx: Transaction, claim: Claim) -> None:
        work.count_crash(tx, claim.id)
        step = Step(Who.INSPECTOR, fence=claim.fence)
        messages.move(tx, claim.id, Event.CRASH, State.SET_ASIDE, step)

    async def _judge(
        self, claim: Claim, envelope: Envelope, reading: Reading, started: float
    ) -> None:
        facts, judging = reading.facts, self.judging

        def commit(tx: Transaction) -> tuple[Verdict, str | None]:
            verdict = judge(facts, judging.policies, judging.mode, judging.accepted_gaps)
            plan = actions.plan(envelope, verdict)
            evidence = b"" if plan.event is Event.PASS else reading.evidence
            seconds = round(time.monotonic() - started, 3)
            record = Record(facts, verdict, plan.add_headers, seconds)
            freed = verdicts.judge(
                tx, claim.id, claim.fence, record, plan, evidence, crashed=reading.crashed
            )
            reasons = tuple(r.text for m in verdict.matches if not m.observed for r in m.reasons)
            about = Subject(claim.id, len(envelope.recipients), facts.plain_subject, reasons)
            for notice in plan.notices:
                for address in notice.recipients:
                    own_mail.tell(tx, judging.head, address, notice.template, about, Who.INSPECTOR)
            return verdict, freed

        verdict, freed = await self._store.database.write(commit)
        if freed:
            bodies.unlink(self._store.directory, freed)
        self._wake()
        names = tuple(m.policy for m in verdict.matches)
        telemetry.judged(claim.id, verdict.action.label, names, time.monotonic() - started)
