"""What all tests of checks say and ask."""

from __future__ import annotations

from pathlib import Path

from dlpguard import health
from dlpguard.health import (
    Around,
    Level,
    Line,
    Running,
)
from dlpguard.lifecycle import Outcome, State
from dlpguard.policy import load as load_policies
from dlpguard.runners import sandbox
from dlpguard.smtp.client import Pool, Target
from dlpguard.store import deliveries, work
from dlpguard.store.opening import Store
from tests.store._world import do
from tests.store.test_tallies import Relay

SHIPPED = Path(__file__).parents[2] / "policies"
ALL_WELL = Running(
    lambda: load_policies(SHIPPED), lambda: sandbox.PROTECTIONS, lambda: Pool(Target("hop", 25))
)


def levels(lines: tuple[Line, ...]) -> dict[str, Level]:
    return {line.about: line.level for line in lines}


def one(check: health.Check, store: Store, around: Around | None = None) -> Line:
    """The first line of a check."""
    return next(iter(check(store, around or Around())))


def put_off(relay: Relay, reply: str = "451 4.7.1") -> str:
    """A message that the next hop did not take now."""
    id = relay.forwarded_later()
    answers = [deliveries.Answer(0, Outcome.PENDING, reply)]
    do(relay.store, deliveries.answer, id, answers)
    fence = relay._claim(id, State.READY)
    do(relay.store, lambda tx: work.give_back(tx, id, fence, wait=600.0, tried=True))
    return id
