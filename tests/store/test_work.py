"""Leases and attempts: what ending an attempt reads."""

from __future__ import annotations

from typing import Any

import pytest

from dlpguard.store import work
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store


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
