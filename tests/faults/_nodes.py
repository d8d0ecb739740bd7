"""A run of several nodes on one database: mail flows, nodes die by chance, the database restarts.

Two relays, three inspectors, two couriers and a site; clients at both relays, reviewers at the
command line and at the site, a next hop that misbehaves, and mailings of 157 copies that are spread
over both relays.  At the end everything is compared, as after any other run.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dlpguard import config
from dlpguard.commands import _opening
from dlpguard.commands._roles import Role
from dlpguard.errors import DlpguardError
from dlpguard.store import presences
from dlpguard.store.opening import Store
from tests.faults import _ledger, _nodes_mailing
from tests.faults._checker import Found, check
from tests.faults._client import Manner, draw, send
from tests.faults._history import History, Said
from tests.faults._mail import make
from tests.faults._nexthop import NextHop, listening
from tests.faults._nodes_checker import check_nodes, dead
from tests.faults._nodes_farm import AGAIN_SECONDS, Farm, Node, farm
from tests.faults._nodes_mailing import Mailing, mailing
from tests.faults._nodes_people import People, held
from tests.faults._nodes_site import add_reviewer
from tests.faults._plant import START_SECONDS
from tests.faults._schedule import SWEPT_SECONDS, spoken

QUIET_SECONDS = 240.0
"""Seconds in which everything must have ended when nothing goes wrong any more."""

BACKLOG = 60
"""Messages that wait for a runner, above which clients send nothing new: a farm on one small
machine would otherwise do nothing but queue."""

CONNECTIONS = 4
"""Over which a mailing comes, half of them to each relay."""

FAULTY = 0.25
"""How many lives of a node have a fault point at which it kills itself."""

POINTS = {
    Role.EDGE: ("before-accept", "after-accept", "before-reply", "body-written", "end-of-data"),
    Role.INSPECT: ("after-claim", "inspected", "before-pass", "after-hold", "after-split"),
    Role.DELIVER: ("after-attempt", "before-dot", "dot-sent", "dot-answered", "after-finish"),
    Role.WEB: ("before-release", "after-release", "before-return", "after-return"),
}
"""Points that a node of each role passes."""


@dataclass(frozen=True)
class Outage:
    """The database is stopped by a signal when so much of the run is over, for so many seconds."""

    share: float
    how: signal.Signals
    seconds: float


@dataclass(frozen=True)
class Plan:
    """How much of everything.  `pause` is the shortest and the longest between two acts of whoever
    breaks things; `most` ends what clients send, when the time does not."""

    seed: int
    seconds: float
    outages: tuple[Outage, ...] = (
        Outage(0.3, signal.SIGINT, 2.0),
        Outage(0.65, signal.SIGQUIT, 12.0),
    )
    mailings: int = 3
    clients: int = 8
    most: int = 1_000_000
    pause: tuple[float, float] = (1.0, 7.0)
    settle: float = 30.0
    walls: bool = True
    swept: float = SWEPT_SECONDS
    """Seconds at the end in which what is left over may be swept."""
    acts: tuple[str, ...] = ("release", "return")
    """What is decided on mailings, in turns."""


@dataclass
class Run:
    """A run in a folder."""

    plan: Plan
    folder: Path
    history: History = field(default_factory=History)
    sent: int = 0
    deadline: float = 0.0
    """When it is over, by the monotonic clock."""
    is_over: bool = False
    """Nothing new is sent, and nothing is broken any more."""
    backlog: int = 0
    decided: int = 0
    """Mailings that nobody waits for any more."""
    relays: dict[int, set[str]] = field(default_factory=dict)
    """Which relays took its copies."""

    async def go(self) -> Found:
        """Do it, and check it."""
        started = time.monotonic()
        hop = NextHop(self.history, self._dice("next hop"))
        settle, walls = self.plan.settle, self.plan.walls
        async with (
            listening(hop),
            farm(self.folder, hop.port, self.history, settle=settle, walls=walls) as made,
        ):
            store = await asyncio.to_thread(_opening.store, config.load(made.config))
            try:
                found = await self._compared(made, hop, store)
            finally:
                store.close()
        found.counts["seconds"] = round(time.monotonic() - started)
        return found

    async def _compared(self, made: Farm, hop: NextHop, store: Store) -> Found:
        mailings = [mailing(self.plan.seed, number) for number in range(self.plan.mailings)]
        for name in ("rita.reid@council.example", "sam.shaw@council.example"):
            add_reviewer(store, name)
        for node in made.nodes:
            await made.start(node)
        await self._ready(made, store)
        self.deadline = time.monotonic() + self.plan.seconds
        watching = [asyncio.create_task(self._supervise(made, node)) for node in made.nodes]
        watching.append(asyncio.create_task(self._measure(store)))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._break(made, hop))
            tasks.create_task(self._stop_database(made))
            for number in range(self.plan.clients):
                tasks.create_task(self._client(made, self._dice(f"client {number}")))
            people = People(self.history, self._dice("people"), made, store)
            tasks.create_task(people.decide(lambda: self._is_done(store)))
            for one in mailings:
                tasks.create_task(self._mailing(made, store, one, people))
        await self._quiet(made, store)
        for task in watching:
            task.cancel()
        ended = await asyncio.gather(*watching, return_exceptions=True)
        broken = [repr(e) for e in ended if isinstance(e, Exception)]
        counts = self.history.events
        broken += await asyncio.to_thread(lambda: list(check_nodes(made, store, counts)))
        for node in made.nodes:
            await made.stop(node)
        ledger = await asyncio.to_thread(_ledger.read, made.config)
        found = check(self.history, ledger)
        found.broken += broken
        for one in mailings:
            line, relays = people.lines.get(one.number), self.relays.get(one.number, ())
            found.broken += _nodes_mailing.check(one, line, self.history, ledger, relays)
        found.counts["mailings held as one"] = sum(line.is_one for line in people.lines.values())
        found.broken += [f"{n.name}: {said}" for n in made.nodes for said in spoken(n.log)]
        return found

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.plan.seed}:{name}")

    async def _ready(self, made: Farm, store: Store) -> None:
        """Wait until all nodes know each other."""
        async with asyncio.timeout(START_SECONDS):
            while len(await store.database.read(presences.present)) < len(made.nodes):
                await asyncio.sleep(0.1)

    # -- clients ---------------------------------------------------------------------------------

    async def _client(self, made: Farm, chance: random.Random) -> None:
        """Send message after message, at whichever relay; each until it is accepted."""
        while not self.is_over and self.sent < self.plan.most:
            if self.backlog > BACKLOG:
                await asyncio.sleep(0.1)
                continue
            number, self.sent = self.sent, self.sent + 1
            mail = self.history.mails[number] = make(self.plan.seed, number)
            while True:
                relay = chance.choice(made.of(Role.EDGE))
                attempt = await send(mail, relay.port, draw(chance), self.history)
                if attempt.said is Said.ACCEPTED:
                    break
                if attempt.said is Said.UNANSWERED and chance.random() < 0.3:
                    break  # a client that gives up: nobody knows
                await asyncio.sleep(chance.uniform(0.05, 0.4))
            await asyncio.sleep(chance.uniform(0, 0.2))

    async def _mailing(self, made: Farm, store: Store, one: Mailing, people: People) -> None:
        """Send it when its time comes, wait until all of it is held, and have it decided."""
        await asyncio.sleep(self.plan.seconds * one.number / self.plan.mailings)
        chance, relays = self._dice(f"mailing {one.number}"), made.of(Role.EDGE)
        self.relays[one.number] = set()

        async def some(connection: int) -> None:
            relay = relays[connection % len(relays)]
            for mail in one.mails[connection::CONNECTIONS]:
                self.history.mails[mail.number] = mail
                manner = draw(chance)
                while (
                    await send(mail, relay.port, manner, self.history)
                ).said is not Said.ACCEPTED:
                    manner = Manner.USUAL
                    await asyncio.sleep(chance.uniform(0.05, 0.4))
                self.relays[one.number].add(relay.name)

        await asyncio.gather(*(some(n) for n in range(CONNECTIONS)))
        ids = _nodes_mailing.ids(one, self.history)
        acts = self.plan.acts
        patience = max(0.0, self.deadline - time.monotonic()) + QUIET_SECONDS
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not ids <= await held(store):
                    await asyncio.sleep(0.5)
                await people.decide_mailing(one, ids, acts[one.number % len(acts)])
        self.decided += 1

    # -- whoever breaks things -------------------------------------------------------------------

    async def _supervise(self, made: Farm, node: Node) -> None:
        """Start a node again when it has ended, after a while: what systemd does."""
        chance = self._dice(node.name)
        while True:
            await asyncio.sleep(0.02)
            if node.runs or not node.is_wanted:
                continue
            span = node.spans[-1]
            if span.ended is None:
                span.ended = time.time()
                what = "at a fault point" if span.life.ended_by else "by itself"
                self.history.events[f"nodes ended {what}"] += 1
            await asyncio.sleep(0.2 if self.is_over else chance.uniform(*AGAIN_SECONDS))
            is_faulty = not self.is_over and chance.random() < FAULTY
            point = f"{chance.choice(POINTS[node.role])}:{chance.choice((1, 2, 3, 8))}"
            await made.start(node, point if is_faulty else "")

    async def _break(self, made: Farm, hop: NextHop) -> None:
        """One of each role first, then whatever chance will have, until the time is over."""
        chance, events = self._dice("faults"), self.history.events
        first = [chance.choice(made.of(role)) for role in Role]
        tasks = set[asyncio.Task[None]]()
        while first or time.monotonic() < self.deadline:
            await asyncio.sleep(chance.uniform(*self.plan.pause))
            node = first[-1] if first else chance.choice(made.nodes)
            act = "kill" if first else chance.choices(("kill", "freeze", "stop"), (6, 2, 2))[0]
            if not node.runs:
                continue
            first = first[:-1]
            if act == "kill":
                events[f"nodes killed: {node.role}"] += 1
                node.send(signal.SIGKILL)
            elif act == "freeze":
                events["nodes frozen"] += 1
                tasks.add(asyncio.create_task(made.freeze(node, chance.uniform(0.5, 6))))
            else:
                events["nodes told to stop"] += 1
                tasks.add(asyncio.create_task(made.stop(node)))
        await asyncio.gather(*tasks)
        self.is_over, hop.troubled = True, False

    async def _stop_database(self, made: Farm) -> None:
        began = time.monotonic()
        for outage in self.plan.outages:
            await asyncio.sleep(began + outage.share * self.plan.seconds - time.monotonic())
            self.history.events[f"database restarted: {outage.how.name}"] += 1
            await made.restart_database(outage.how, outage.seconds)

    # -- the end ---------------------------------------------------------------------------------

    async def _measure(self, store: Store) -> None:
        """How much is waiting for a runner."""
        while True:
            with contextlib.suppress(DlpguardError):
                self.backlog = await store.database.read(_ledger.count_busy)
            await asyncio.sleep(0.5)

    async def _is_done(self, store: Store) -> bool:
        """Whether nothing moves any more."""
        try:
            busy = await store.database.read(_ledger.count_busy)
        except DlpguardError:
            return False
        return self.is_over and not busy and self.decided == self.plan.mailings

    async def _quiet(self, made: Farm, store: Store) -> None:
        """Wait until no runner has anything to do, the dead are buried, and what was left over is
        swept.  What is not so by then the checker finds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                while await store.database.read(_ledger.count_busy):
                    await asyncio.sleep(0.2)
                while not all(node.runs for node in made.nodes):
                    await asyncio.sleep(0.2)
                while await store.database.read(partial(dead, farm=made)):
                    await asyncio.sleep(0.2)
        await asyncio.sleep(self.plan.swept)


def run(plan: Plan, folder: Path) -> Found:
    """A run from its seed; the folder must be empty."""
    return asyncio.run(Run(plan, folder).go())
