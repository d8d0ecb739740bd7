"""READY → the next hop.  Each recipient is sent to once, and ends in exactly one outcome.

The order of commits is the promise: an attempt before DATA, its dot before the final dot, the
outcomes after the reply.  What breaks before the dot was never sent; what breaks after it is in
doubt, is sent again with the same trace fields, and is flagged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from dlpguard import dsn, faults, telemetry
from dlpguard.dsn import Fate, Status
from dlpguard.errors import DlpguardError, PermanentError, TemporaryError
from dlpguard.lifecycle import Outcome, State, Who
from dlpguard.notices import Letterhead
from dlpguard.runners._outgoing import Outgoing, outgoing
from dlpguard.runners.loop import Loop
from dlpguard.runners.parcels import PASSED, Parcel
from dlpguard.smtp.client import InDoubt, Pool, Reply
from dlpguard.store import bodies, deliveries, messages, own_mail, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Answer, Load, Pending
from dlpguard.store.opening import Store
from dlpguard.store.work import Claim

T = TypeVar("T")

ONE_WRITE = bodies.IN_ROW
"""Bodies up to this size go out in one go: attempt and dot are then one commit, and no thread reads
them."""

PERSIST_SECONDS = 1.0
"""Between tries to record an outcome on a full disk."""

TOO_MANY, TOO_MANY_ONCE = 452, 552
"""Codes for more recipients than a next hop takes in one transaction, today's and RFC 821's."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to the next try: doubles from `first` to `longest`."""

    first: float
    longest: float

    def after(self, tries: int) -> float:
        """How long to wait after so many tries that failed before this one."""
        return min(self.longest, self.first * 2.0 ** min(tries, 30))


class Courier:
    """The runner of READY."""

    def __init__(
        self,
        store: Store,
        pool: Pool,
        head: Letterhead,
        backoff: Backoff,
        node: str,
        slots: int,
        mode: str = "enforce",
    ) -> None:
        """`mode` is the settings': what counts while nobody has switched."""
        self._store = store
        self._pool = pool
        self._head = head
        self._backoff = backoff
        self._node = node
        self._mode = mode
        self.loop = Loop(store.database, node, State.READY, slots, self._look, self._deliver)

    async def _deliver(self, claim: Claim, parcel: Parcel) -> None:
        if parcel.recalled and await self._recall(claim):
            return  # a copy of it was stopped while another attempt was under way
        if parcel.waits:
            await self._store.database.write(
                lambda tx: work.give_back(tx, claim.id, claim.fence, wait=parcel.waits)
            )
            return
        load, add_headers = parcel.load, parcel.add_headers
        _check_verdict(claim, load)
        began = time.monotonic()
        prefix = load.trace + b"".join(f"{n}: {v}\r\n".encode() for n, v in add_headers)
        if load.body.size <= ONE_WRITE:
            # It stands in its row: decrypted before a thread would hear of it.
            whole = load.body.read(self._store.keys, self._store.shelf)
            result = await self._result(claim, load, prefix, whole)
        else:
            async with outgoing(load.body, self._store) as pieces:
                result = await self._result(claim, load, prefix, pieces)
        seconds = time.monotonic() - began
        original = await self._original(load, result)
        done = await self._persist(lambda tx: self._conclude(tx, claim, load, original, result))
        _say(claim, result, done, seconds)
        if done.wait == 0.0:
            self.loop.wake()
        if done.freed and load.body.content is None:
            await asyncio.to_thread(self._store.shelf.remove, done.freed)

    def _look(self, tx: Transaction, claim: Claim) -> Parcel:
        row = messages.get(tx, claim.id)
        record = verdicts.find(tx, claim.id)
        return Parcel(
            deliveries.load(tx, row),
            (*(record.add_headers if record else ()), PASSED),
            recalled=deliveries.is_recalled(tx, row, self._mode),
            waits=deliveries.unsettled(tx, row, self._mode),
        )

    async def _recall(self, claim: Claim) -> bool:
        return await self._store.database.write(lambda tx: verdicts.recall(tx, claim.id))

    async def _result(
        self, claim: Claim, load: Load, prefix: bytes, content: bytes | Outgoing
    ) -> _Result:
        try:
            return await self._attempt(claim, load, prefix, content)
        except TemporaryError as error:  # before DATA: nothing was sent, whatever it was
            return _Result(because=type(error).__name__)
        except PermanentError:  # an address or parameter that no next hop can be told
            return _Result(tuple(_unspeakable(p) for p in load.pending))

    async def _attempt(
        self, claim: Claim, load: Load, prefix: bytes, content: bytes | Outgoing
    ) -> _Result:
        """One conversation with the next hop.  `TemporaryError` only before DATA.

        What opens is what was judged: a body gives no bytes but those of its digest, of which
        `_check_verdict` has made sure.
        """
        if not load.pending:
            return _Result()
        envelope, everyone = load.envelope, tuple(p.recipient for p in load.pending)
        async with self._pool.session() as session:
            size = ("SIZE", str(len(prefix) + load.body.size))  # ours, not what the client declared
            options = (*(o for o in envelope.options if o[0] != "SIZE"), size)
            replies = await session.open(envelope.sender, options, everyone)
            faults.at("recipients-asked")
            offers_dsn = "DSN" in session.extensions
            pairs = list(zip(load.pending, replies, strict=True))
            refused = tuple(_refusal(p, r) for p, r in pairs if not r.positive)
            taken = [p for p, r in pairs if r.positive]
            if not taken:
                return _Result(refused)
            at_once = isinstance(content, bytes)
            positions = [p.position for p in taken]
            attempt = await self._store.database.write(
                lambda tx: deliveries.open_attempt(
                    tx,
                    claim.id,
                    self._node,
                    claim.fence,
                    positions,
                    with_dot=at_once,
                    mode=self._mode,
                )
            )

            async def before_dot() -> bool:
                if isinstance(content, bytes):
                    return True
                return await self._store.database.write(
                    lambda tx: deliveries.record_dot(tx, claim.id, claim.fence, attempt, self._mode)
                )

            try:
                # The edge takes no bare line ends, and of our own notices nobody else has looked.
                is_clean = load.judged is not None
                reply = await session.data(prefix, content, before_dot, is_clean=is_clean)
            except DlpguardError as error:
                session.abort()  # the next hop may be in the middle of the content
                doubt = isinstance(error, InDoubt)
                if not isinstance(error, TemporaryError):  # damaged, or not what was judged
                    telemetry.crashed("deliver", error)
                return _Result(refused, attempt, in_doubt=doubt, because=type(error).__name__)
            answers = refused + tuple(_answer(p, reply) for p in taken)
            return _Result(answers, attempt, answered=True, reports=offers_dsn)

    async def _original(self, load: Load, result: _Result) -> bytes:
        """What a DSN about this result may quote."""
        if not any(dsn.is_wanted(status) for status in _statuses(load, result)):
            return b""
        return await asyncio.to_thread(
            own_mail.beginning, load.body, self._store.keys, self._store.shelf
        )

    async def _persist(self, change: Callable[[Transaction], T]) -> T:
        """Commit what the next hop said, however long the database cannot be written: it is known
        now, and would be in doubt if it were forgotten."""
        while True:
            try:
                return await self._store.database.write(change)
            except TemporaryError as error:
                telemetry.crashed("record outcome", error)
                await asyncio.sleep(PERSIST_SECONDS)

    def _conclude(
        self, tx: Transaction, claim: Claim, load: Load, original: bytes, result: _Result
    ) -> _Concluded:
        """Record what the next hop said; finish the message, or put it back to be tried again.

        The outcomes count even where the lease was lost meanwhile: they are what happened.
        """
        deliveries.answer(tx, claim.id, result.answers)
        if result.attempt is not None:
            work.close(tx, result.attempt, in_doubt=result.in_doubt, answered=result.answered)
        statuses = _statuses(load, result)
        own_mail.report(tx, self._head, load.envelope, statuses, original, Who.COURIER)
        row = messages.get(tx, claim.id, lock=True)
        if not deliveries.is_ours(row, claim.fence):
            return _Concluded()
        if deliveries.is_settled(tx, claim.id):
            return _Concluded(freed=deliveries.finish(tx, claim.id, claim.fence, row))
        if deliveries.is_recalled(tx, row, self._mode) and verdicts.recall(tx, claim.id):
            return _Concluded()  # a copy of it was stopped while this was under way
        wait = 0.0 if _goes_on(result) else self._backoff.after(claim.tries)
        work.give_back(tx, claim.id, claim.fence, wait=wait, tried=True)
        return _Concluded(wait=wait)


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of an attempt.  `in_doubt`: the dot was sent and no reply came.  `answered`: one
    came, for all to whom it was sent."""

    answers: tuple[Answer, ...] = ()
    attempt: int | None = None
    answered: bool = False
    in_doubt: bool = False
    because: str = ""
    reports: bool = True
    """The next hop reports deliveries itself (it offers DSN), so that we need not."""


@dataclass(frozen=True, slots=True)
class _Concluded:
    """What was committed of it: a body to remove, or in how many seconds it is tried again."""

    freed: str | None = None
    wait: float | None = None


def _say(claim: Claim, result: _Result, done: _Concluded, seconds: float) -> None:
    """After the commit: what runs inside it may run twice."""
    if result.answers:
        delivered = sum(a.outcome is Outcome.DELIVERED for a in result.answers)
        bounced = sum(a.outcome is Outcome.BOUNCED for a in result.answers)
        telemetry.delivered(claim.id, delivered, bounced, seconds)
    if done.wait is not None:
        telemetry.deferred(claim.id, result.because or "reply", done.wait)


def _statuses(load: Load, result: _Result) -> list[Status]:
    """What there is to report of the recipients that have an answer now (RFC 3461 5.2)."""
    fates = {Outcome.BOUNCED: Fate.REFUSED}
    if not result.reports:
        fates[Outcome.DELIVERED] = Fate.RELAYED
    who = {p.position: p.recipient for p in load.pending}
    return [
        Status(who[a.position], fates[a.outcome], a.reply)
        for a in result.answers
        if a.outcome in fates
    ]


def _check_verdict(claim: Claim, load: Load) -> None:
    """That a verdict on exactly these bytes allows them to leave.

    Our own notices have no verdict, and are not a client's.
    """
    if claim.origin == "client" and load.judged is None:
        raise DlpguardError("no verdict")
    if load.judged is not None and load.judged != load.body.digest:
        raise DlpguardError("the verdict is about other bytes")


def _answer(pending: Pending, reply: Reply) -> Answer:
    if reply.positive:
        outcome = Outcome.DELIVERED
    elif reply.permanent:
        outcome = Outcome.BOUNCED
    else:
        outcome = Outcome.PENDING
    return Answer(pending.position, outcome, f"{reply.code} {reply.enhanced}".strip())


def _refusal(pending: Pending, reply: Reply) -> Answer:
    """The answer that a refused RCPT is.  552 with too many recipients was meant for now only, and
    is to be taken so (RFC 5321 4.5.3.1.10)."""
    if reply.code == TOO_MANY_ONCE and reply.enhanced in {"", "5.5.3"}:
        return Answer(pending.position, Outcome.PENDING, f"{reply.code} {reply.enhanced}".strip())
    return _answer(pending, reply)


def _goes_on(result: _Result) -> bool:
    """Whether the others may be sent to at once: some were, and the next hop takes only so many
    recipients at a time."""
    sent = any(a.outcome is Outcome.DELIVERED for a in result.answers)
    left = [a.reply.partition(" ")[0] for a in result.answers if a.outcome is Outcome.PENDING]
    return sent and bool(left) and set(left) <= {str(TOO_MANY), str(TOO_MANY_ONCE)}


def _unspeakable(pending: Pending) -> Answer:
    return Answer(pending.position, Outcome.BOUNCED, "553 5.1.3")
