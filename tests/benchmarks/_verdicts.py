"""When a verdict was recorded, as the database of a running relay has it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from dlpguard.lifecycle import Event
from tests.benchmarks._load import Source
from tests.benchmarks._peers import Route
from tests.benchmarks._source import Order

PEOPLE = 10_000
"""In a spreadsheet of 600 KB."""

_LONGEST = 120.0
_LOOK_AGAIN = 0.02


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a message, and when (`time.monotonic`)."""

    event: Event
    time: float


def spreadsheet(mails: Source, route: Route, number: int) -> float:
    """Seconds from the dot of a message with `PEOPLE` people in a spreadsheet to its verdict, which
    must be that it does not leave."""
    since = mark(route)
    kind = "spreadsheet"
    mails.prepare(
        Order(port=route.port, connections=1, kind=kind, size=PEOPLE, first=number, count=1)
    )
    sent = mails.send()
    verdict = wait_for(route, since, 1)[-1]
    if verdict.event not in {Event.HOLD, Event.ASK}:
        raise RuntimeError(f"a spreadsheet of {PEOPLE} people was not held: {verdict.event}")
    return verdict.time - (sent["ended"] - sent["waits"][0])


def mark(route: Route) -> int:
    """Up to here, for `wait_for`."""
    return int(_ask(route, "SELECT coalesce(max(id), 0) FROM moves", ())[0][0])


def wait_for(route: Route, since: int, count: int) -> list[Verdict]:
    """Until there are so many verdicts since a mark.  TimeoutError when there never are."""
    deadline = time.monotonic() + _LONGEST
    query = (
        "SELECT event, moved_at FROM moves WHERE id > ? AND who = 'inspector' "
        "AND source = 'received' ORDER BY id"
    )
    while len(rows := _ask(route, query, (since,))) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(rows)} of {count} verdicts")
        time.sleep(_LOOK_AGAIN)
    offset = time.time() - time.monotonic()
    return [Verdict(Event(event), moved_at - offset) for event, moved_at in rows]


def _ask(route: Route, query: str, values: tuple[int, ...]) -> list[tuple[str, float]]:
    assert route.folder
    address = f"file:{route.folder}/dlpguard.db?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        return connection.execute(query, values).fetchall()
