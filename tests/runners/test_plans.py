"""No statement that is run for a message, or again and again, goes through all that is kept.

SQLite plans without statistics: the same for ten rows as for a million.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from dlpguard.facts import Content
from dlpguard.health import Around
from dlpguard.lifecycle import Event, State, Who
from dlpguard.metrics import Asking, Metrics
from dlpguard.runners.chronicler import Chronicler
from dlpguard.runners.janitor import Janitor, Waits
from dlpguard.runners.secretary import Secretary
from dlpguard.store import messages, schema, work
from dlpguard.store.guards import Step
from dlpguard.store.periods import DAY
from dlpguard.store.whom_to_tell import Offices
from tests.runners._deliver import deliver
from tests.runners._hop import Hop
from tests.runners._mailing import address, mailings
from tests.runners._world import HEAD, World

GROWING = (
    *("messages", "recipients", "attempts", "moves", "verdicts", "bodies"),
    *("campaigns", "campaign_keys", "campaign_people", "campaign_mailboxes", "campaign_shown"),
    *("contacts", "disclosures", "matches", "gaps", "retries"),
)
"""Tables with rows for every message that is kept."""

FORGOTTEN = ("messages", "campaigns", "attempts", "bodies")
"""Those of them that others refer to, and whose rows are deleted."""

FEW = ("attempts_open", "recipients_attempt", "messages_kept")
"""Indexes that have only rows with which something is still to be done."""

_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_FINISHED = re.compile(r"messages\.state = 'done'")

pytestmark = pytest.mark.embedded


def test_nothing_that_is_run_again_and_again_reads_all_that_is_kept(tmp_path: Path) -> None:
    with mailings(tmp_path) as mailing:
        here = mailing.here
        with traced(here.store.database.engine) as asked:
            mailing.send(address(1), content=Content(b"another", (b"another",)))
            held = mailing.send(*map(address, range(10)))
            assert [State.READY, State.QUARANTINED] == mailing.states()
            released = Step(Who.REVIEWER, actor="rita")
            here.do(messages.move, held, Event.RELEASE, State.READY, released)
            here.clock.time += 60
            deliver(here, Hop())
            assert [State.DONE] * 2 == mailing.states()
            assert held == here.do(messages.complete, held[:-1])
            keep_house(here)
            here.clock.time += 31 * DAY
            keep_house(here)
        plans = dict(planned(here, asked))

    assert 100 < len(plans)
    assert {} == {statement: plan for statement, plan in plans.items() if reads_all(plan)}
    by_state = [s for s, p in plans.items() if _FINISHED.search(s) and "(state=?)" in p]
    assert [] == by_state
    assert any("messages_unjudged" in plan for plan in plans.values())


@pytest.mark.parametrize("table", FORGOTTEN)
def test_who_refers_to_what_is_deleted_is_found_by_an_index(tmp_path: Path, table: str) -> None:
    """The database looks for them whenever a row is deleted."""
    parents = schema.metadata.tables[table]
    with mailings(tmp_path) as mailing:
        statements = [
            f"SELECT 1 FROM {key.column.table.name} WHERE {key.parent.name} = 'x'".replace(
                key.column.table.name, key.parent.table.name
            )
            for child in schema.metadata.sorted_tables
            for key in child.foreign_keys
            if key.column.table is parents
        ]
        plans = dict(planned(mailing.here, statements))

    assert plans
    assert {} == {statement: plan for statement, plan in plans.items() if reads_all(plan)}


def keep_house(here: World) -> None:
    """All that is done now and then, and at a start."""
    janitor = Janitor(here.store, HEAD, Waits(5 * DAY, 3600.0))
    for round in (
        *(janitor.round, janitor.sweep, janitor.forget),
        Secretary(here.store, HEAD, Offices(), 0).round,
        Chronicler(here.store).round,
    ):
        here.run(round())
    Metrics(here.store, Around()).answer(Asking("127.0.0.1"))
    here.do(work.recover, "node")
    here.do(work.close_overdue)
    here.do(work.oldest_uninspected)


@contextmanager
def traced(engine: Engine) -> Iterator[list[str]]:
    """Every statement that is run, with its values in it."""
    asked: list[str] = []

    def trace(connection: sqlite3.Connection, _: object) -> None:
        connection.set_trace_callback(asked.append)

    engine.dispose()  # those that are open already are not traced
    event.listen(engine, "connect", trace)
    yield asked
    event.remove(engine, "connect", trace)
    engine.dispose()


def planned(here: World, statements: list[str]) -> Iterator[tuple[str, str]]:
    """How the database goes about each."""
    file = here.store.database.engine.url.database
    with closing(sqlite3.connect(str(file))) as connection:
        for statement in dict.fromkeys(statements):
            if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
                rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}")
                yield statement, "\n".join(row[3] for row in rows)


def reads_all(plan: str) -> bool:
    """Whether a plan goes through a whole table that grows, or a whole index of it."""
    return any(table in GROWING and index not in FEW for table, index in _SCAN.findall(plan))
