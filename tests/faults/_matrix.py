"""Every fault point and every fate of a message: `kill -9` there, start again, compare.

    python -m tests.faults matrix

A cell is a relay of its own, one message, and one fault; what comes out is a line of a table.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dlpguard import config, faults
from dlpguard.commands import _opening
from dlpguard.errors import DlpguardError
from dlpguard.lifecycle import State
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests import _stores
from tests.faults import _ledger
from tests.faults._checker import check
from tests.faults._client import Manner, send
from tests.faults._history import Decision, History, Said
from tests.faults._ledger import Ledger
from tests.faults._mail import Fate, Mail, make
from tests.faults._mother import TOLD
from tests.faults._nexthop import NextHop, listening
from tests.faults._plant import Nursery, Plant

T = TypeVar("T")

SEED = 20121105
"""Of the messages; which recipients they have, and how many."""

LONGEST = 60.0
"""Seconds after which a cell has failed."""


@dataclass(frozen=True)
class Scenario:
    """A message, and what somebody does when it waits for them ("" nothing).

    `deaf`: for how many seconds the next hop does not answer.
    """

    fate: Fate
    act: str = ""
    copies: int = 1
    deaf: float = 0.0


SCENARIOS = {
    "forward": Scenario(Fate.FORWARD),
    "ask": Scenario(Fate.ASK, "confirm"),
    "hold": Scenario(Fate.HOLD),
    "split": Scenario(Fate.SPLIT),
    "release": Scenario(Fate.HOLD, "release"),
    "return": Scenario(Fate.HOLD, "return"),
    "cancel": Scenario(Fate.ASK, "cancel"),
    "refuse": Scenario(Fate.REFUSE),
    "mailing": Scenario(Fate.MAILING, copies=4),
    "deferred": Scenario(Fate.FORWARD, deaf=1.5),
}

COLUMNS = ("forward", "ask", "hold", "split", "release")
"""The scenarios that every point is tried with; a point that none of them passes is tried with the
others."""

LARGE = frozenset(
    (
        "mid-body",
        "body-growing",
        "body-written",
        "body-synced",
        "before-unlink",
        "before-dot",
        "after-dot",
    )
)
"""Points that only a large body passes."""

WITH_WALLS = {
    "worker-reading": "worker-reading:1",
    "before-crash": "worker-reading:1,before-crash:1",
    "after-crash": "worker-reading:1,after-crash:1",
    "before-retry": "worker-reading:1,before-retry:1",
    "after-retry": "worker-reading:1,after-retry:1",
}
"""Points that need the sandbox, and the faults that lead to them."""

UNREACHED = {
    "stop": "no code makes this move yet",
    "undo": "no code makes this move yet",
    "escalate": "a copy's verdict while the sender is asked: `tests/store` walks it",
    "expire": "takes days: `tests/runners/test_janitor.py`",
    "overdue": "takes twenty minutes: `tests/store` walks it",
}
"""Changes that no cell makes, and why."""


@dataclass(frozen=True)
class Cell:
    """A fault and a scenario."""

    point: str
    scenario: str


@dataclass(frozen=True)
class Line:
    """What came of a cell.  `passed`: the point was passed, so the fault happened."""

    cell: Cell
    passed: bool
    ended: str
    broken: tuple[str, ...]


def cells() -> Iterator[Cell]:
    """All of them."""
    for point in faults.POINTS:
        if point.partition("-")[2] not in UNREACHED:
            yield from (Cell(point, scenario) for scenario in COLUMNS)


def others(point: str) -> Iterator[Cell]:
    """What else may lead to a point."""
    return (Cell(point, scenario) for scenario in SCENARIOS if scenario not in COLUMNS)


@dataclass
class Matrix:
    """Runs cells in a folder, one after the other."""

    folder: Path
    nursery: Nursery = field(default_factory=Nursery)
    number: int = 0
    _template: Path | None = None

    async def run(self, cell: Cell) -> Line:
        """Do one."""
        self.number += 1
        folder = self.folder / f"{self.number}-{cell.point}-{cell.scenario}"
        _stores.copy(await self._new(), folder)
        history = History()
        hop = NextHop(history, random.Random(SEED), troubled=False)
        hop.deaf = SCENARIOS[cell.scenario].deaf > 0
        asyncio.get_running_loop().call_later(SCENARIOS[cell.scenario].deaf, hop.listen)
        async with listening(hop):
            plant = Plant(folder, hop.port, history, nursery=self.nursery)
            plant.walls = cell.point in WITH_WALLS
            _leave_an_orphan(plant)
            if "key-" in cell.point:
                _age_the_key(folder / "dlpguard.key")
            try:
                async with asyncio.timeout(LONGEST):
                    passed = await _Course(cell, plant).run()
            finally:
                await plant.kill()
        ledger = await asyncio.to_thread(_ledger.read, plant.config)
        found = check(history, ledger)
        shutil.rmtree(folder)
        return Line(cell, passed, _in_words(history, ledger), tuple(found.broken))

    async def _new(self) -> Path:
        """A folder with an empty store, from which others are copied."""
        if self._template is None:
            self._template = self.folder / "template"
            self._template.mkdir()
            plant = Plant(self._template, 1, History(), nursery=self.nursery, walls=False)
            await plant.start()
            await plant.stop()
        return self._template


@dataclass
class _Course:
    """The course of one cell."""

    cell: Cell
    plant: Plant
    deaths: int = 0

    async def run(self) -> bool:
        """From the first start to the end of everything; whether the fault happened."""
        scenario = SCENARIOS[self.cell.scenario]
        await self.plant.start(self.fault)
        working = [asyncio.create_task(self._send(mail)) for mail in self._mails(scenario)]
        store = _opening.store(config.load(self.plant.config))
        acted = not scenario.act
        try:
            while True:
                if not self.plant.runs:
                    self.deaths += self.plant.was_killed()
                    await self.plant.start()
                sent = all(task.done() for task in working)
                waiting: dict[str, str] = _look(store, _ledger.waiting, {})
                if not acted and sent and waiting:
                    acted = await self._act(min(waiting), scenario.act)
                elif (acted or self.plant.history.decisions) and sent and await self._rests(store):
                    break  # (a reviewer who died may have decided all the same)
                await asyncio.sleep(0.03)
        finally:
            store.close()
            for task in working:
                task.cancel()
        return self.deaths > 0 or self.cell.point == "worker-reading"

    @property
    def fault(self) -> str:
        """What is armed in the first life."""
        return WITH_WALLS.get(self.cell.point, f"{self.cell.point}:1")

    def _mails(self, scenario: Scenario) -> list[Mail]:
        mails = []
        for number in range(scenario.copies):
            mail = make(SEED, number, scenario.fate)
            if self.cell.point in LARGE:
                content = mail.content + b"The bins are collected on Tuesday.\r\n" * 8000
                mail = Mail(number, mail.fate, mail.sender, mail.recipients, content)
            self.plant.history.mails[number] = mail
            mails.append(mail)
        return mails

    async def _send(self, mail: Mail) -> None:
        while True:
            attempt = await send(mail, self.plant.port, Manner.USUAL, self.plant.history)
            if attempt.said is Said.ACCEPTED:
                return
            await asyncio.sleep(0.1)

    async def _act(self, id: str, act: str) -> bool:
        """Decide; False when the reviewer died over it."""
        fault = self.fault if self.deaths == 0 else ""
        plant = self.plant
        life = await plant.nursery.start(plant.config, plant.log, fault, decide=(id, act, "rita"))
        while life.ended_by is None:
            await asyncio.sleep(0.02)
        told = next((t for t, code in TOLD.items() if code == life.code), "")
        plant.history.decisions.append(Decision(id, act, "rita", "" if life.ended_by else told))
        self.deaths += life.ended_by != 0
        return not life.ended_by

    async def _rests(self, store: Store) -> bool:
        """Whether nothing more happens: a sweep, for the points that are passed in one."""
        started = time.monotonic()
        late = self.cell.point.endswith("-orphans") or self.cell.point == "before-unlink"
        while time.monotonic() - started < (1.5 if late else 0.15):
            if not self.plant.runs or _look(store, _ledger.count_busy, 1):
                return False
            await asyncio.sleep(0.05)
        return True


def _look(store: Store, query: Callable[[Transaction], T], otherwise: T) -> T:
    try:
        return store.database.read_now(query)
    except DlpguardError:
        return otherwise


def _in_words(history: History, ledger: Ledger) -> str:
    """What became of everybody."""
    rows = [row for row in ledger.rows.values() if row.origin == "client"]
    parties = [(row, party) for row in rows for party in row.parties]
    ended = Counter(
        str(row.state) if row.state != State.DONE else party.outcome for row, party in parties
    )
    arrived = Counter(
        (a.id, r) for a in history.arrivals if a.number is not None for r in a.recipients
    )
    words = [f"{n} {what}" for what, n in sorted(ended.items())]
    if doubtful := sum(party.in_doubt for _, party in parties):
        words.append(f"{doubtful} in doubt")
    if twice := sum(times > 1 for times in arrived.values()):
        words.append(f"{twice} twice")
    return ", ".join(words)


def _leave_an_orphan(plant: Plant) -> None:
    """A large body that a crash has left without its row, for the sweeper."""
    name = "ab" + "0" * 30
    if not _stores.EMBEDDED:
        _stores.change(
            plant.folder,
            f"INSERT INTO body_pieces VALUES ('{name}', 0, convert_to('x', 'UTF8'), 0)",
        )
        return
    file = plant.folder / "dlpguard.db.bodies" / "ab" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    os.utime(file, (0, 0))


def _age_the_key(file: Path) -> None:
    """A key that is to be replaced."""
    values = json.loads(file.read_text("ascii"))
    for epoch in values["epochs"]:
        epoch["created"] = 0
    file.write_text(json.dumps(values), "ascii")
