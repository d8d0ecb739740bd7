"""The queue's protocol walked step by step, with everybody who takes part in it.

Real store, real moves; a clock that tests turn, and a next hop that is a counter.  Each step is
what a runner does in one transaction, in the order in which it does it; whatever is between two
steps may be a crash, another runner, or a day.  `check` says which promise of DESIGN 1 is broken.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from dlpguard.errors import NotFoundError, StaleError, TemporaryError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.mail import Envelope, Recipient, new_id
from dlpguard.store import (
    bodies,
    deliveries,
    messages,
    overdue,
    returning,
    schema,
    verdicts,
    work,
)
from dlpguard.store.guards import Step
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store
from dlpguard.store.work import Claim
from tests.store import _promises, _steps
from tests.store._steps import LOST, TOOK, Reading, Sending
from tests.store._world import Clock, do

LEASE = 120.0
GIVE_UP = 5 * 86400.0
NODES = ("a", "b")
PEOPLE = ("rita", "sam")
REFUSED_BY_STORE = (StaleError, NotFoundError)
"""What a runner is told that comes too late (the content of what has ended is not kept)."""


class BrokenPromiseError(AssertionError):
    """A promise of DESIGN 1 does not hold."""


@dataclass
class Protocol:
    """Everybody and everything."""

    store: Store
    clock: Clock
    number: int = 0
    campaign: int = 0
    bodies: dict[str, bytes] = field(default_factory=dict)
    """What a message's bytes are, by each of its recipients' addresses."""
    arrived: Counter[str] = field(default_factory=Counter)
    sending: list[Sending] = field(default_factory=list)
    reading: list[Reading] = field(default_factory=list)
    newest: dict[str, int] = field(default_factory=dict)
    """The fencing number that was given last for a message."""
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    """The version of a message that a person has looked at."""
    released: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)

    # -- arrival and inspection ------------------------------------------------------------------

    def accept(self, recipients: int = 1, *, sibling: bool = False) -> str:
        """A client's message; `sibling`: of the same campaign as the last one."""
        self.number += 1
        id = new_id(self.number, bytes(10))
        everyone = tuple(f"r{n}.m{self.number}@x.example" for n in range(recipients))
        content = b"Subject: %d\r\n\r\nhello\r\n" % self.number
        self.bodies |= dict.fromkeys(everyone, content)
        body = bodies.prepare(content, self.store.keys, self.store.shelf)
        envelope = Envelope("", tuple(map(Recipient, everyone)))
        do(self.store, messages.accept, NewMessage(id, envelope, b"Received: us\r\n", body))
        if not sibling or not self.campaign:
            self.campaign = do(self.store, _steps.new_campaign)
        do(self.store, _steps.join, id, self.campaign)
        return id

    def claim_to_read(self, node: str) -> None:
        """An inspector takes what is due."""
        for claim in do(self.store, work.claim, State.RECEIVED, node, 1, LEASE):
            self.newest[claim.id] = claim.fence
            self.reading.append(Reading(node, claim))

    def judge(self, reading: Reading, event: Event, *, settle: float = 0.0) -> bool:
        """Its verdict, whole; the copies that have not left follow it.  False: refused."""
        self.reading.remove(reading)
        claim = reading.claim
        with contextlib.suppress(*REFUSED_BY_STORE):
            do(self.store, _steps.judge, claim, event, settle)
            self._was_current(claim, "a verdict")
            return True
        return False

    def split(self, reading: Reading, first: Event, second: Event) -> bool:
        """Its verdict: the first recipient fares differently from the others."""
        self.reading.remove(reading)
        self.number += 1
        heir = new_id(self.number, bytes(10))
        with contextlib.suppress(*REFUSED_BY_STORE):
            do(self.store, _steps.split, reading.claim, heir, first, second)
            self._was_current(reading.claim, "a split")
            return True
        return False

    def crash_reading(self, reading: Reading) -> bool:
        """Its worker crashed: set aside the first time, held the second."""
        self.reading.remove(reading)
        with contextlib.suppress(*REFUSED_BY_STORE):
            do(self.store, _steps.crash, reading.claim)
            self._was_current(reading.claim, "a crash")
            return True
        return False

    # -- delivery --------------------------------------------------------------------------------

    def claim_to_send(self, node: str) -> None:
        """A courier takes what is due, unless it has to wait, or is recalled."""
        for claim in do(self.store, work.claim, State.READY, node, 1, LEASE):
            self.newest[claim.id] = claim.fence
            if do(
                self.store, deliveries.is_recalled, do(self.store, messages.get, claim.id)
            ) and do(self.store, verdicts.recall, claim.id):
                continue
            row = do(self.store, messages.get, claim.id)
            waits = do(self.store, deliveries.unsettled, row)
            if waits:
                do(self.store, work.give_back, claim.id, claim.fence, wait=waits)
                continue
            load = do(self.store, deliveries.load, row)
            addresses = {p.position: p.recipient.address for p in load.pending}
            self.sending.append(Sending(node, claim, addresses))

    def open_attempt(self, sending: Sending, *, with_dot: bool) -> None:
        """MAIL and RCPT were answered; DATA is next."""
        positions = list(sending.addresses)
        try:
            sending.attempt = do(
                self.store,
                deliveries.open_attempt,
                sending.claim.id,
                sending.node,
                sending.claim.fence,
                positions,
                with_dot=with_dot,
            )
            sending.dot = with_dot
        except StaleError:
            self.sending.remove(sending)
        except TemporaryError:
            self.conclude(sending)

    def record_dot(self, sending: Sending) -> None:
        """All but the dot is on its way."""
        claim = sending.claim
        sending.dot = do(self.store, deliveries.record_dot, claim.id, claim.fence, sending.attempt)
        if not sending.dot:
            self.conclude(sending)

    def arrive(self, sending: Sending, said: str) -> None:
        """The dot reaches the next hop."""
        sending.said = said
        if said in {TOOK, LOST}:
            self._may_leave(sending)
            self.arrived.update(sending.addresses.values())

    def conclude(self, sending: Sending) -> None:
        """What the next hop said, or that it said nothing, is recorded."""
        self.sending.remove(sending)
        do(self.store, _steps.conclude, sending)

    def finish(self, sending: Sending) -> bool:
        """A courier that believes that all recipients have their outcome.  False: refused."""
        with contextlib.suppress(StaleError):
            do(self.store, deliveries.finish, sending.claim.id, sending.claim.fence)
            return True
        return False

    # -- people ----------------------------------------------------------------------------------

    def look(self, person: str, id: str) -> None:
        """Somebody looks at a message."""
        self.seen[person, id] = do(self.store, messages.get, id).version

    def decide(self, person: str, id: str, event: Event) -> bool:
        """A reviewer's decision on what they have seen, or a sender's answer.  False: refused."""
        version = self.seen.get((person, id), 0)
        now = do(self.store, messages.get, id).version
        try:
            do(self.store, _steps.decide, id, event, person, version)
        except StaleError:
            return False
        if event in {Event.RELEASE, Event.RETURN} and version != now:
            raise BrokenPromiseError(f"P5: {event} of a version that nobody looked at")
        if event is Event.UNDO:
            if id not in self.released:
                raise BrokenPromiseError("P5: what nobody released was taken back")
            self.released.discard(id)
        elif event in {Event.RETURN, Event.CANCEL}:
            self._once(id, self.returned)
        elif do(self.store, messages.get, id).state == State.READY:
            self._once(id, self.released)
        return True

    # -- time, crashes, the janitor --------------------------------------------------------------

    def crash(self, node: str) -> None:
        """`kill -9` of a node, which starts again at once."""
        self.sending = [s for s in self.sending if s.node != node]
        self.reading = [r for r in self.reading if r.node != node]
        do(self.store, work.recover, node)

    def clean(self) -> None:
        """A round of the janitor."""
        due = do(self.store, overdue.find, GIVE_UP, 0.0)
        if due.attempts:
            do(self.store, work.close_overdue)
        for id in due.set_aside:
            do(self.store, messages.move, id, Event.RETRY, State.RECEIVED, Step(Who.JANITOR))
        for id in due.undeliverable:
            with contextlib.suppress(StaleError):
                do(self.store, deliveries.expire, id)
        for id in due.undecided:
            with contextlib.suppress(StaleError):
                do(self.store, returning.give_back, id, Event.EXPIRE, Step(Who.JANITOR))
                self.returned.add(id)
        for id in due.forgettable:
            do(self.store, bodies.forget, id)

    def expire(self, id: str) -> bool:
        """The janitor gives a message up at once, whatever its age.  False: refused."""
        with contextlib.suppress(StaleError):
            do(self.store, deliveries.expire, id)
            return True
        return False

    def finish_everything(self) -> None:
        """Let all come to an end; nothing goes wrong any more."""
        for node in NODES:
            self.crash(node)
        for _ in range(60):
            self.clock.time += 1500.0
            self.clean()
            self.claim_to_read("a")
            for reading in tuple(self.reading):
                self.judge(reading, Event.PASS)
            self.claim_to_send("a")
            for sending in tuple(self.sending):
                self.open_attempt(sending, with_dot=True)
                if sending in self.sending:
                    self.arrive(sending, TOOK)
                    self.conclude(sending)
            self.check()
        busy = do(self.store, _steps.busy)
        if busy:
            raise BrokenPromiseError(f"P1: still {busy}")

    def all_ids(self) -> list[str]:
        """Every message, heirs of split ones too."""
        query = select(schema.messages.c.id).order_by(schema.messages.c.id)
        return list(do(self.store, lambda tx: tx.execute(query).scalars().all()))

    def check(self) -> None:
        """`BrokenPromiseError` when a promise does not hold (`_promises`)."""
        broken = self.store.database.read_now(lambda tx: tuple(_promises.broken(tx, self)))
        if broken:
            raise BrokenPromiseError("; ".join(broken))

    def _may_leave(self, sending: Sending) -> None:
        wrong = do(self.store, _promises.may_leave, sending.claim.id, sending.attempt)
        if wrong:
            raise BrokenPromiseError(wrong)

    def _was_current(self, claim: Claim, what: str) -> None:
        if claim.fence != self.newest[claim.id]:
            raise BrokenPromiseError(f"DESIGN 4: {what} of a runner whose lease somebody else has")

    def _once(self, id: str, decided: set[str]) -> None:
        if id in self.released | self.returned:
            raise BrokenPromiseError(f"P5: {id} was decided twice")
        decided.add(id)
