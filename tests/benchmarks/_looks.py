"""Everybody who looks at the store, or keeps house in it, with little and with much in it.

In this process, without network: milliseconds by the clock, the median of some at each store in
turns; what takes long is done once.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starlette.testclient import TestClient

from dlpguard import backup, passwords
from dlpguard.health import Around
from dlpguard.metrics import Asking, Metrics
from dlpguard.notices import Letterhead
from dlpguard.runners.chronicler import Chronicler
from dlpguard.runners.janitor import Janitor, Waits
from dlpguard.runners.secretary import Secretary
from dlpguard.store import accounts, retention
from dlpguard.store.opening import Store
from dlpguard.store.whom_to_tell import Offices
from dlpguard.web import app
from dlpguard.web.site import Site, environment
from tests.benchmarks import _day
from tests.commands._line import line

TURNS = 5

_LONG = 2_000.0
"""Milliseconds after which something is done once."""

_HEAD = Letterhead("relay.council.example", "postmaster@council.example", ("council.example",))
_NAME, _PASSWORD = "rita.reid@council.example", "correct horse battery staple"
_ROLES = ("reviewer", "auditor", "mail-administrator")

PAGES = (
    ("queue", "/queue"),
    ("queue, of one sender", "/queue?sender=manager0@council.example"),
    ("queue, what has ended", "/queue?show=week"),
    ("audit", "/audit"),
    ("figures", "/figures"),
    ("health", "/health"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """Milliseconds."""

    what: str
    empty: float
    kept: float


def at(empty: Path, kept: Path) -> Iterator[Look]:
    """Look at the stores of two relays that have stopped."""
    with contextlib.ExitStack() as stack:
        few, many = (dict(_every(stack, folder)) for folder in (empty, kept))
        for what, look in few.items():
            turns = [(_spent(look), _spent(many[what]))]
            if max(turns[0]) < _LONG:
                turns = [(_spent(look), _spent(many[what])) for _ in range(TURNS)]
            yield Look(what, *(statistics.median(each) for each in zip(*turns, strict=True)))


def forget(folder: Path, days: float) -> tuple[int, float]:
    """What retention deletes when so many days have passed: how many messages, in how many
    seconds."""

    def then() -> float:
        return time.time() + days * 86400

    with contextlib.closing(_day.opened(folder, then)) as store:
        began = time.monotonic()
        return retention.forget(store), time.monotonic() - began


def _spent(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _every(stack: contextlib.ExitStack, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    store = stack.enter_context(contextlib.closing(_day.opened(folder)))
    yield "one scrape of the metrics", lambda: Metrics(store, Around()).answer(Asking("127.0.0.1"))
    janitor = Janitor(store, _HEAD, Waits(5 * 86400.0, 3600.0))
    yield "the janitor's round, every second", _run(janitor.round)
    yield "its sweep, every ten minutes", _run(janitor.sweep)
    yield "what it forgets in a day: nothing yet", partial(retention.forget, store)
    yield "the secretary's round", _run(Secretary(store, _HEAD, Offices(), -1).round)
    yield "the chronicler's round", _run(Chronicler(store).round)
    client = _visitor(store)
    for name, path in PAGES:
        yield f"page: {name}", partial(_get, client, path)
    yield "doctor, of the store", partial(_doctor, folder)
    yield "a backup", partial(_backup, store, folder / "copy")


def _run(work: Callable[[], object]) -> Callable[[], None]:
    return lambda: asyncio.run(work())  # type: ignore[arg-type]


def _get(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def _doctor(folder: Path) -> None:
    line("doctor", "--only", "store", "--config", folder / "dlpguard.toml")


def _backup(store: Store, folder: Path) -> None:
    try:
        backup.take(store, folder, "olu", lambda *_: None)
    finally:
        shutil.rmtree(folder)


def _visitor(store: Store) -> TestClient:
    """Somebody who may see everything."""
    site = Site(store, _HEAD, "Example Council", environment(), second_factor=False)
    store.database.write_now(
        lambda tx: accounts.add(tx, _NAME, "Rita Reid", passwords.hashed(_PASSWORD), [*_ROLES])
    )
    client = TestClient(app.create(site), follow_redirects=False)
    form = client.get("/sign-in").text
    proof = form.partition('name="csrf" value="')[2].partition('"')[0]
    data = {"csrf": proof, "name": _NAME, "password": _PASSWORD}
    assert client.post("/sign-in", data=data).status_code == 303
    return client
