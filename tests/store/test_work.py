"""Leases and attempts: what may have taken a node down, and what ending an attempt reads."""

from __future__ import annotations

from typing import Any

import pytest

from dlpguard.lifecycle import Event, State
from dlpguard.store import verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Plan, Verdict
from tests.store._world import Clock, Poster, do, facts


@pytest.mark.embedded
def test_an_attempt_is_closed_without_reading_the_recipients_of_others(store: Store) -> None:
    """Each delivery does it; on a shared database what it reads would be in everybody's way."""

    def close(tx: Transaction) -> list[str]:
        driver: Any = tx.connection.connection.driver_connection
        asked: list[str] = []
        driver.set_trace_callback(asked.append)
        work.close(tx, 1, in_doubt=True)
        driver.set_trace_callback(None)
        return [
            "; ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}"))
            for statement in asked
        ]

    plans = store.database.write_now(close)

    assert 3 == len(plans)
    assert not [plan for plan in plans if "SCAN" in plan], plans


def test_what_may_have_taken_a_node_down_is_claimed_alone(
    store: Store, clock: Clock, post: Poster
) -> None:
    """Nothing is held for having been in hand when something else did it."""

    def claim(*, is_idle: bool) -> list[tuple[str, int]]:
        taken = do(store, work.claim, State.RECEIVED, "node", 5, 60.0, is_idle=is_idle)
        return [(claim.id, claim.claims) for claim in taken]

    first, second = post(), post()
    assert [(first, 1), (second, 1)] == claim(is_idle=True)
    clock.time += 61  # the node is gone, and its leases are over
    third = post()

    assert [] == claim(is_idle=False)
    assert [(first, 2)] == claim(is_idle=True)
    assert [(second, 2)] == claim(is_idle=True)
    assert [(third, 1)] == claim(is_idle=False)


def test_what_is_to_be_sent_is_no_suspect(store: Store, clock: Clock, post: Poster) -> None:
    passed = Record(facts(), Verdict(Action.ALLOW))
    for _ in range(2):
        post()
        (read,) = do(store, work.claim, State.RECEIVED, "node", 1, 60.0)
        do(store, verdicts.judge, read.id, read.fence, passed, Plan(Event.PASS))
    ready = do(store, work.claim, State.READY, "node", 5, 60.0)
    clock.time += 61

    again = do(store, work.claim, State.READY, "node", 5, 60.0, is_idle=False)

    assert [2, 2] == [claim.claims for claim in again]
    assert {claim.id for claim in ready} == {claim.id for claim in again}
