"""The queue's protocol: no order of steps breaks a promise."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dlpguard.lifecycle import Event
from tests.store._engines import Factory, protocol
from tests.store._protocol import NODES, PEOPLE
from tests.store._steps import LATER, LOST, REFUSED, TOOK

T = TypeVar("T")

EXAMPLES, STEPS = 25, 50
"""How many schedules are tried, and how long they are: ten seconds of one core.  `make torture`
does the same with real processes for hours."""

VERDICTS = st.sampled_from([Event.PASS, Event.ASK, Event.HOLD, Event.REFUSE])
REVIEWS = [Event.RELEASE, Event.RETURN, Event.ASK, Event.UNDO]
WAITS = [1.0, 25.0, 130.0, 1300.0, 2 * 86400.0]
"""Seconds: within a lease; after the settle time; after a lease; after an attempt; an answer."""


class Machine(RuleBasedStateMachine):
    """Everybody does what they may, in any order."""

    stores: ClassVar[Factory]

    def __init__(self) -> None:
        super().__init__()
        self._opened = protocol(type(self).stores)
        self.p = self._opened.__enter__()
        self.ids: list[str] = []

    def teardown(self) -> None:
        try:
            self.p.finish_everything()
        finally:
            self._opened.__exit__(None, None, None)

    @invariant()
    def promises_hold(self) -> None:
        self.p.check()

    @precondition(lambda self: len(self.ids) < 5)
    @rule(recipients=st.integers(1, 2), sibling=st.booleans())
    def accept(self, recipients: int, sibling: bool) -> None:
        self.ids.append(self.p.accept(recipients, sibling=sibling))

    @rule(node=st.sampled_from(NODES))
    def claim_to_read(self, node: str) -> None:
        self.p.claim_to_read(node)

    @precondition(lambda self: self.p.reading)
    @rule(which=st.integers(0, 3), event=VERDICTS, settle=st.sampled_from([0.0, 20.0]))
    def judge(self, which: int, event: Event, settle: float) -> None:
        self.p.judge(_one(self.p.reading, which), event, settle=settle)

    @precondition(lambda self: self.p.reading)
    @rule(which=st.integers(0, 3), first=VERDICTS, second=VERDICTS)
    def split(self, which: int, first: Event, second: Event) -> None:
        self.p.split(_one(self.p.reading, which), first, second)

    @precondition(lambda self: self.p.reading)
    @rule(which=st.integers(0, 3))
    def crash_reading(self, which: int) -> None:
        self.p.crash_reading(_one(self.p.reading, which))

    @rule(node=st.sampled_from(NODES))
    def claim_to_send(self, node: str) -> None:
        self.p.claim_to_send(node)

    @precondition(lambda self: self.p.sending)
    @rule(which=st.integers(0, 3), with_dot=st.booleans(), said=st.sampled_from([TOOK, LOST]))
    def send(self, which: int, with_dot: bool, said: str) -> None:
        """One step further: attempt, dot, arrival, conclusion."""
        sending = _one(self.p.sending, which)
        if sending.attempt is None:
            self.p.open_attempt(sending, with_dot=with_dot)
        elif not sending.dot:
            self.p.record_dot(sending)
        elif not sending.said:
            self.p.arrive(sending, said)
        else:
            self.p.conclude(sending)

    @precondition(lambda self: self.p.sending)
    @rule(which=st.integers(0, 3), said=st.sampled_from([REFUSED, LATER, ""]))
    def fail_to_send(self, which: int, said: str) -> None:
        """It does not take it, or the connection breaks wherever it is."""
        sending = _one(self.p.sending, which)
        if sending.dot and not sending.said and said:
            self.p.arrive(sending, said)
        self.p.conclude(sending)

    @precondition(lambda self: self.ids)
    @rule(which=st.integers(0, 9), person=st.sampled_from(PEOPLE))
    def look(self, which: int, person: str) -> None:
        self.p.look(person, _one(self.p.all_ids(), which))

    @precondition(lambda self: self.p.seen)
    @rule(which=st.integers(0, 9), event=st.sampled_from(REVIEWS))
    def decide(self, which: int, event: Event) -> None:
        person, id = _one(list(self.p.seen), which)
        self.p.decide(person, id, event)

    @precondition(lambda self: self.ids)
    @rule(which=st.integers(0, 9), event=st.sampled_from([Event.CONFIRM, Event.CANCEL]))
    def answer(self, which: int, event: Event) -> None:
        self.p.decide("ann", _one(self.p.all_ids(), which), event)

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: float) -> None:
        self.p.clock.time += seconds

    @rule(node=st.sampled_from(NODES))
    def crash(self, node: str) -> None:
        self.p.crash(node)

    @rule()
    def clean(self) -> None:
        self.p.clean()

    @precondition(lambda self: self.ids)
    @rule(which=st.integers(0, 9))
    def expire(self, which: int) -> None:
        self.p.expire(_one(self.p.all_ids(), which))


def _one(things: list[T], which: int) -> T:
    return things[which % len(things)]


def test_no_order_of_steps_breaks_a_promise(stores: Factory) -> None:
    Machine.stores = stores
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            phases=[Phase.generate],  # shrinking fifty steps takes minutes; they can be read
            suppress_health_check=list(HealthCheck),
        ),
    )
