"""One run: clients, reviewers, a next hop and whoever breaks things, all by chance from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from dlpguard import config, faults
from dlpguard.commands import _opening
from dlpguard.errors import DlpguardError
from dlpguard.lifecycle import State
from dlpguard.store.opening import Store
from tests.faults import _ledger
from tests.faults._checker import Found, check
from tests.faults._client import draw, send
from tests.faults._history import History, Said
from tests.faults._mail import make
from tests.faults._nexthop import NextHop, listening
from tests.faults._plant import Plant, Reviewer, small_disk

LEFT_ALONE = 0.1
"""The share of what is held on which nobody ever decides."""

QUIET_SECONDS = 120.0
"""Seconds in which everything must have ended when nothing goes wrong any more."""

SWEPT_SECONDS = 12.0
"""Seconds after which what no row names has been swept (`_impatient`)."""

_SELDOM = ("crash", "retry", "escalate", "stop", "expire", "undo", "overdue", "orphans")
_ELSEWHERE = ("release", "return", "confirm", "cancel")
"""Changes that few lives of `serve` make, and those that only reviewers make."""

_OFTEN = tuple(
    point for point in faults.POINTS if point.partition("-")[2] not in {*_SELDOM, *_ELSEWHERE}
)
"""Points that most lives pass."""


@dataclass(frozen=True)
class Plan:
    """How much of everything.  `seconds` is the longest that one life of the relay lasts;
    most end by what has happened in them."""

    seed: int
    messages: int
    kills: int
    seconds: float = 20.0
    clients: int = 12


@dataclass
class Run:
    """A run in a folder."""

    plan: Plan
    folder: Path
    history: History = field(default_factory=History)
    allowed: int = 0
    sent: int = 0
    accepted: int = 0
    is_over: bool = False
    """All messages were accepted."""
    is_decided: bool = False
    """Nobody will decide on anything any more."""

    async def go(self) -> Found:
        """Do it, and check it."""
        hop = NextHop(self.history, self._dice("next hop"))
        started = time.monotonic()
        with small_disk(self.folder / "relay", self.plan.messages) as has_disk:
            async with listening(hop):
                plant = Plant(self.folder / "relay", hop.port, self.history)
                await plant.start()
                async with asyncio.TaskGroup() as tasks:
                    for number in range(self.plan.clients):
                        tasks.create_task(self._client(plant, self._dice(f"client {number}")))
                    tasks.create_task(self._people(plant))
                    tasks.create_task(self._break(plant, hop, has_disk))
                hop.troubled = hop.deaf = False
                await self._quiet(plant)
                await plant.stop()
                await plant.nursery.close()
            found = check(self.history, _ledger.read(plant.config))
            found.broken += spoken(plant.log)
        found.counts["seconds"] = round(time.monotonic() - started)
        return found

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.plan.seed}:{name}")

    # -- clients ---------------------------------------------------------------------------------

    async def _client(self, plant: Plant, chance: random.Random) -> None:
        """Send message after message; each until it is accepted, as mail servers do."""
        while self.sent < self.plan.messages:
            if self.sent >= self.allowed:
                await asyncio.sleep(0.05)
                continue
            number, self.sent = self.sent, self.sent + 1
            mail = make(self.plan.seed, number)
            self.history.mails[number] = mail
            while True:
                attempt = await send(mail, plant.port, draw(chance), self.history)
                if attempt.said is Said.ACCEPTED:
                    self.accepted += 1
                    break
                if attempt.said is Said.UNANSWERED and chance.random() < 0.3:
                    self.accepted += 1  # a client that gives up: nobody knows
                    break
                await asyncio.sleep(chance.uniform(0.05, 0.4))

    # -- people ----------------------------------------------------------------------------------

    async def _people(self, plant: Plant) -> None:
        """Decide on what is held; often two at once, and sometimes they are killed."""
        chance = self._dice("people")
        reviewers = [Reviewer(plant, name, chance) for name in ("rita", "sam")]
        store = _opening.store(config.load(plant.config))
        seen: set[str] = set()
        try:
            while not (self.is_over and _is_quiet(store)):
                await asyncio.sleep(0.1)
                for id, state in _look(store).items():
                    if (state + id) in seen:
                        continue
                    seen.add(state + id)
                    if chance.random() >= LEFT_ALONE:
                        await self._decide(reviewers, id, state, chance)
            self.is_decided = True
        finally:
            store.close()
            for reviewer in reviewers:
                await reviewer.kill()

    async def _decide(
        self, reviewers: list[Reviewer], id: str, state: str, chance: random.Random
    ) -> None:
        acts = ("release", "return") if state == State.QUARANTINED else ("confirm", "cancel")
        how = chance.random()
        if how < 0.4:  # both at once, of one mind or not
            asked = [r.decide(id, chance.choice(acts)) for r in reviewers]
        else:
            asked = [chance.choice(reviewers).decide(id, chance.choice(acts))]
        if how > 0.95:
            self.history.events["reviewer killed"] += 1
            asyncio.get_running_loop().call_later(
                chance.uniform(0, 0.05), _kill_soon, chance.choice(reviewers)
            )
        told = [d.told for d in await asyncio.gather(*asked)]
        if told[0] in {"", "failed"} and len(told) == 1:  # once more, as a person would
            await reviewers[0].decide(id, chance.choice(acts))

    # -- whoever breaks things -------------------------------------------------------------------

    async def _break(self, plant: Plant, hop: NextHop, has_disk: bool) -> None:
        chance, events = self._dice("faults"), self.history.events
        for kill in range(self.plan.kills):
            self.allowed = -(-self.plan.messages * (kill + 1) // self.plan.kills)
            fault = "" if plant.runs else await self._start(plant, chance)
            if chance.random() < 0.3:
                await self._trouble(plant, hop, has_disk, chance)
            await self._live(plant, chance, faulty=bool(fault))
            if plant.runs:
                await plant.kill()
                events["kills at a random moment"] += 1
            else:
                events["kills at a fault point"] += 1
        await plant.start()
        self.allowed = self.plan.messages
        while not self.is_decided:
            self.is_over = self.accepted >= self.plan.messages
            await asyncio.sleep(0.05)
            if not plant.runs:
                log = plant.log.read_text("utf-8", "replace").splitlines()[-5:]
                raise AssertionError("the relay ended by itself:\n" + "\n".join(log))

    async def _live(self, plant: Plant, chance: random.Random, *, faulty: bool) -> None:
        """Until so much has happened in this life, whatever the speed of the machine; or it died.

        Some lives end before the workers are there, some while mail comes in, most while it leaves.
        """
        share = -(-self.plan.messages // self.plan.kills)
        arrivals, accepted = len(self.history.arrivals), self.accepted
        enough = chance.randint(1, 2 * share)
        until = "leaves" if faulty else chance.choice(("starts", "comes", "leaves", "leaves"))
        deadline = time.monotonic() + self.plan.seconds
        while plant.runs and time.monotonic() < deadline and until != "starts":
            left, came = len(self.history.arrivals) - arrivals, self.accepted - accepted
            if left >= enough or (until == "comes" and came >= min(enough, share)):
                break
            await asyncio.sleep(0.01)
        await plant.ended(chance.uniform(0, 0.3))

    async def _start(self, plant: Plant, chance: random.Random) -> str:
        """Start it, with or without a fault, which is returned."""
        fault = _fault(chance) if chance.random() < 0.6 else ""
        while not await plant.start(fault):
            self.history.events["kills at a fault point, while starting"] += 1
            fault = ""
        return fault

    async def _trouble(
        self, plant: Plant, hop: NextHop, has_disk: bool, chance: random.Random
    ) -> None:
        what = chance.choice(("lock", "disk", "freeze", "deaf", "stop"))
        if what == "disk" and not has_disk:
            what = "lock"
        self.history.events[f"trouble: {what}"] += 1
        if what == "lock":
            await plant.lock_database(chance.uniform(0.2, 3))
        elif what == "disk":
            await plant.fill_disk(chance.uniform(0.5, 3))
        elif what == "freeze":
            await plant.freeze(chance.uniform(0.2, 2))
        elif what == "deaf":
            hop.deaf = True
            await asyncio.sleep(chance.uniform(0.5, 2))
            hop.deaf = False
        elif plant.runs:
            await plant.stop()
            await self._start(plant, chance)

    # -- the end ---------------------------------------------------------------------------------

    async def _quiet(self, plant: Plant) -> None:
        """Wait until no runner has anything to do, and what was left over is swept."""
        store = _opening.store(config.load(plant.config))
        try:
            # What is not quiet by then is found by the checker, with its state.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIET_SECONDS):
                    while store.database.read_now(_ledger.count_busy):
                        await asyncio.sleep(0.2)
        finally:
            store.close()
        await asyncio.sleep(SWEPT_SECONDS)


def _look(store: Store) -> dict[str, str]:
    try:
        return store.database.read_now(_ledger.waiting)
    except DlpguardError:
        return {}


def _is_quiet(store: Store) -> bool:
    try:
        return not store.database.read_now(_ledger.count_busy)
    except DlpguardError:
        return False


def _fault(chance: random.Random) -> str:
    """A point that `serve` passes, at which passing, and what happens there."""
    point = chance.choice(_OFTEN if chance.random() < 0.9 else list(faults.POINTS))
    act = chance.choices(("kill", "eio", "enospc", "raise"), (70, 10, 10, 10))[0]
    if point.startswith("after-") and point != "after-354":
        act = "kill"  # an error that comes after a commit is none that a disk gives
    return f"{point}:{chance.choice((1, 1, 2, 3, 8))}:{act}"


def _kill_soon(reviewer: Reviewer) -> None:
    if reviewer.process and reviewer.process.returncode is None:
        reviewer.process.kill()


def spoken(file: Path) -> list[str]:
    """Words of messages that stand in a log."""
    log = file.read_text("utf-8", "replace")
    words = ("outside.example", "John Smith", "The bins", "MAILING", "Subject:")
    return [f"P8: the log says {word!r}" for word in words if word in log]


def run(plan: Plan, folder: Path) -> Found:
    """A run from its seed; the folder must be empty."""
    return asyncio.run(Run(plan, folder).go())
