"""What a message costs in log lines and counters, and what a scrape costs.

    python -m tests.benchmarks observing

CPU of the whole process, the best of some turns: what is said of one ordinary message on its way
(accepted, inspected, judged, delivered, a few commits), the line about its life with the queries
behind it, and a scrape of a store with a thousand messages in it.  Lines go to a file that forgets
them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import update

from dlpguard import telemetry
from dlpguard.health import Around
from dlpguard.lifecycle import Outcome
from dlpguard.metrics import Asking, Metrics
from dlpguard.runners.chronicler import Chronicler
from dlpguard.store import schema
from dlpguard.store.opening import Store, open_store
from tests.store._lives import BOB, CY, Desk
from tests.store._world import Clock, Poster

GOAL = 100
"""Microseconds that a message may cost in all (issue 8)."""

LIVES, MESSAGES, SCRAPES, TURNS = 1000, 4000, 20, 5
COMMITS = 5
"""Transactions for one message when little mail comes; with much they are shared."""

_ID = "01M81W15D15V5R4W9816PHDS3Q"
_FOUND = {"phone": 12, "postal_address": 12, "person_name": 14}


def main() -> None:
    """Print the table."""
    with _silent():
        rows = list(_rows())
    table = Table("what", "CPU", title="Telling of a message", caption=f"goal: {GOAL} µs in all")
    for what, cost in rows:
        table.add_row(what, cost)
    Console().print(table)


def _rows() -> Iterator[tuple[str, str]]:
    for name, as_json in (("text", False), ("JSON", True)):
        telemetry.setup(as_json=as_json)
        telemetry.measure()
        way = _best(_on_its_way, MESSAGES)
        with _store() as store:
            life = _lives(store)
            if as_json:
                yield "one scrape", f"{_scrape(store) * 1e3:.1f} ms"
        yield f"a message, {name}", f"{way * 1e6:.0f} µs"
        yield f"its life, {name}", f"{life * 1e6:.0f} µs"
        yield f"in all, {name}", f"{(way + life) * 1e6:.0f} µs"


def _on_its_way() -> None:
    telemetry.accepted(_ID, 12345, 2, 0.01)
    telemetry.inspected(0.04, 12, _FOUND, ())
    said = "allowed: 12 people to 2 outside addresses"
    telemetry.judged(_ID, "allow", ("people-list",), 0.04, said)
    telemetry.delivered(_ID, 2, 0, 0.1)
    for _ in range(COMMITS):
        telemetry.committed(1, 0.002)


def _lives(store: Store) -> float:
    """Seconds for a life, when its turn comes."""
    again = update(schema.rounds).values(done_at=0.0)

    def tell() -> None:
        store.database.write_now(lambda tx: tx.execute(again))
        asyncio.run(Chronicler(store).round())

    return _best(tell, 1) / LIVES


def _scrape(store: Store) -> float:
    def ask() -> None:
        asked = Metrics(store, Around())  # a new one: the store is asked each time
        asked.answer(Asking("127.0.0.1"))

    return _best(ask, SCRAPES)


def _best(work: Callable[[], None], number: int) -> float:
    """Seconds of CPU for doing it once."""
    best = float("inf")
    for _ in range(TURNS):
        began = time.process_time()
        for _ in range(number):
            work()
        best = min(best, time.process_time() - began)
    return best / number


@contextlib.contextmanager
def _store() -> Iterator[Store]:
    """A store with messages that are over, two recipients each."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store("sqlite:///x.db", folder / "key", folder, clock=clock)
        with contextlib.closing(store):
            desk = Desk(store, clock, Poster(store))
            for _ in range(LIVES):
                desk.deliver(desk.judged(recipients=(BOB, CY)), *(Outcome.DELIVERED,) * 2)
            clock.time += 5
            yield store


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        yield


if __name__ == "__main__":
    main()
