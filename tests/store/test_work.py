"""Leases and attempts: what ending an attempt reads."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from dlpguard.store import work
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store


@pytest.mark.embedded
def test_an_attempt_is_closed_without_reading_the_recipients_of_others(store: Store) -> None:
    """Each delivery does it; on a shared database what it reads would be in everybody's way."""
    asked: list[tuple[str, Any]] = []

    def close(tx: Transaction) -> list[str]:
        def note(_c: object, _k: object, statement: str, values: Any, *_rest: object) -> None:
            asked.append((statement, values))

        event.listen(tx.connection, "before_cursor_execute", note)
        work.close(tx, 1, in_doubt=True)
        event.remove(tx.connection, "before_cursor_execute", note)
        return [
            "; ".join(row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", v))
            for s, v in asked
        ]

    plans = store.database.write_now(close)

    assert 3 == len(plans)
    assert not [plan for plan in plans if "SCAN" in plan], plans
