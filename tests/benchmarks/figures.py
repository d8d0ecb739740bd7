"""What the page of figures costs with a month of much mail.

    python -m tests.benchmarks.figures

A store with 30 days and 25,000 messages, as a relay leaves it: most forwarded, some tagged, twenty
a day held or asked about and decided on; beside it the same with ten times as much mail.  The page
is asked for as a browser asks, without the network: once with no day closed, as after a month in
which the janitor never ran, and once as the janitor keeps them.  And what noting matches adds to a
verdict.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from dlpguard.mail import new_id
from dlpguard.store import matches, schema, tallies
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store, open_store
from dlpguard.verdict import Action, Match, Verdict
from dlpguard.web.site import Site, environment
from tests.benchmarks.site import _HEAD, _ask, _visitor
from tests.store._world import facts

DAYS, MESSAGES = 30, 25_000
GOAL = 200
"""Milliseconds of server time for the page."""

SEALED = 4_000
"""Bytes of a sealed record: a short mail's."""

POLICIES = (
    ("people-list-webmail", "quarantine"),
    ("people-hidden", "quarantine"),
    ("bank-accounts", "quarantine"),
    ("people-list-outside", "confirm"),
    ("first-time-webmail", "confirm"),
)
TURNS = 9


def main() -> None:
    """Print milliseconds."""
    table = Table("messages", "days closed", "page, median ms", "worst", "CPU ms", "goal")
    for messages in (MESSAGES, 10 * MESSAGES):
        with store() as opened:
            fill(opened, messages)
            client = _visitor(
                Site(opened, _HEAD, "Example Council", environment(), second_factor=False)
            )
            for closed in (False, True):
                if closed:
                    began = time.process_time()
                    while opened.database.write_now(tallies.close):
                        pass
                    each = (time.process_time() - began) / DAYS * 1000
                spent = _ask(client, "/figures?days=30")
                wall = (statistics.median(spent.wall), max(spent.wall))
                table.add_row(
                    f"{messages:,}",
                    f"all but 2 ({each:.0f} ms CPU each)" if closed else "none",
                    *(f"{n:.0f}" for n in (*wall, statistics.median(spent.cpu))),
                    str(GOAL) if closed else "",
                )
    Console().print(table)
    Console().print(noting())


def noting() -> str:
    """What noting its matches adds to a verdict, in CPU."""
    match = Match("people-list-webmail", "a title", Action.QUARANTINE, ())
    spent = {}
    with store() as opened:
        fill(opened, 2_000, days=1)
        for name, verdict in (
            ("nothing matched", Verdict(Action.ALLOW)),
            ("one matched", Verdict(Action.QUARANTINE, (match,))),
        ):
            ids = opened.database.read_now(
                lambda tx: tx.execute(schema.messages.select()).scalars().all()
            )

            def work(tx: Transaction, verdict: Verdict = verdict, ids: Any = ids) -> float:
                tx.execute(schema.matches.delete())
                began = time.process_time()
                for id in ids:
                    matches.write(tx, id, verdict, facts())
                return (time.process_time() - began) / len(ids) * 1e6

            spent[name] = opened.database.write_now(work)
    return "noting matches: " + ", ".join(f"{n} {us:.0f} µs" for n, us in spent.items())


@contextlib.contextmanager
def store() -> Iterator[Store]:
    """A new store on disk."""
    with tempfile.TemporaryDirectory(prefix="dlpguard-bench-") as folder:
        directory = Path(folder)
        opened = open_store("sqlite:///dlpguard.db", directory / "dlpguard.key", directory)
        with contextlib.closing(opened):
            yield opened


def fill(opened: Store, messages: int, days: int = DAYS, stopped: int = 20) -> None:
    """Mail of so many days until now, `messages` in all, `stopped` of them a day."""
    chance, now = random.Random(7), time.time()
    for day in range(days):
        start = now - (days - 1 - day) * 86400
        weekday = time.gmtime(start).tm_wday < 5
        many = round(messages / days * (1.3 if weekday else 0.25))
        few = round(stopped * (chance.uniform(0.5, 1.6) if weekday else 0.1))
        rows = _rows(opened, chance, start, many, few)
        opened.database.write_now(partial(_insert, rows=rows))


Rows = dict[str, list[dict[str, Any]]]


def _rows(opened: Store, chance: random.Random, start: float, many: int, few: int) -> Rows:
    rows: Rows = {name: [] for name in ("messages", "verdicts", "matches", "gaps", "moves")}
    for number in range(many):
        at = min(start, time.time()) - chance.uniform(0, 0.4) * 86400
        id = str(new_id(at, chance.randbytes(10)))
        action, policy = "allow", ""
        if number < few:
            policy, action = chance.choices(POLICIES, (5, 3, 1, 6, 4))[0]
        elif chance.random() < 0.1:
            policy, action = "scans", "tag"
        released = chance.random() < 0.4
        said = action == "quarantine" and chance.random() < 0.6
        rows["messages"].append(
            {
                "id": id,
                "state": "done",
                "version": 3,
                "origin": "client",
                "sender_digest": chance.randbytes(16),
                "envelope": chance.randbytes(150),
                "trace": chance.randbytes(250),
                "size": 40_000,
                "received_at": at,
                "next_try": at,
                "state_since": at,
                "expires_at": at,
                "done_at": at + 5,
                "rightly": chance.random() < 0.8 if said else None,
            }
        )
        rows["verdicts"].append(
            {
                "message_id": id,
                "action": action,
                "observed": "allow",
                "body_digest": chance.randbytes(16),
                "policies": "0" * 64,
                "record": chance.randbytes(SEALED),
                "judged_at": at,
            }
        )
        if policy:
            match = {"message_id": id, "policy": policy, "action": action, "watched": False}
            rows["matches"].append(match)
        if chance.random() < 0.05:
            why = chance.choices(("encrypted", "scan", "unsupported", "corrupt"), (5, 9, 3, 1))[0]
            rows["gaps"].append({"message_id": id, "why": why})
        rows["moves"].extend(_moves(chance, id, at, action, released=released))
    return rows


def _moves(
    chance: random.Random, id: str, at: float, action: str, *, released: bool
) -> Iterator[dict[str, Any]]:
    def move(event: str, source: str | None, target: str, who: str, when: float) -> dict[str, Any]:
        return {
            "message_id": id,
            "event": event,
            "source": source,
            "target": target,
            "who": who,
            "actor": "rita" if who == "reviewer" else "",
            "moved_at": when,
        }

    yield move("accept", None, "received", "edge", at)
    decided = min(time.time(), at + chance.lognormvariate(7.5, 1.5))
    if action == "quarantine":
        yield move("hold", "received", "quarantined", "inspector", at + 1)
        if released:
            yield move("release", "quarantined", "ready", "reviewer", decided)
        else:
            yield move("return", "quarantined", "done", "reviewer", decided)
    elif action == "confirm":
        yield move("ask", "received", "awaiting-sender", "inspector", at + 1)
        if released:
            yield move("confirm", "awaiting-sender", "ready", "sender", decided)
        else:
            yield move("cancel", "awaiting-sender", "done", "sender", decided)
    else:
        yield move("pass", "received", "ready", "inspector", at + 1)
        yield move("finish", "ready", "done", "courier", at + 3)


def _insert(tx: Transaction, rows: Rows) -> None:
    for name, values in rows.items():
        if values:
            tx.execute(insert(schema.metadata.tables[name]), values)


if __name__ == "__main__":
    main()
