"""Four reviewers, two at the command line and two at the site, who decide on what is held."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from dlpguard.commands._roles import Role
from dlpguard.errors import DlpguardError
from dlpguard.lifecycle import State
from dlpguard.store import messages
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests.faults import _ledger, _nodes_mailing
from tests.faults._history import Decision, History
from tests.faults._nodes_farm import Farm
from tests.faults._nodes_mailing import Line, Mailing, is_of_mailing
from tests.faults._nodes_site import Visitor
from tests.faults._plant import Reviewer
from tests.faults._schedule import LEFT_ALONE


class Decider(Protocol):
    """Somebody who decides."""

    async def decide(self, id: str, act: str) -> Decision:
        """Do it; also recorded."""


class People:
    """Two at the command line and two at the site; often two at once, and some are killed."""

    def __init__(self, history: History, chance: random.Random, made: Farm, store: Store) -> None:
        self._history = history
        self._chance = chance
        self._store = store
        self.lines: dict[int, Line] = {}
        """What was seen of each mailing, by its number."""
        [site] = made.of(Role.WEB)
        self._at_machine = [Reviewer(made, name, self._chance) for name in ("rita", "sam")]
        self._at_site = [
            Visitor(f"{name}@council.example", site.port, history)
            for name in ("rita.reid", "sam.shaw")
        ]

    async def decide(self, is_done: Callable[[], Awaitable[bool]]) -> None:
        """Decide on what is held, mailings apart, until it is done."""
        seen: set[str] = set()
        try:
            while not await is_done():
                await asyncio.sleep(0.1)
                for id, state in (await self._look(seen)).items():
                    seen.add(state + id)
                    if self._chance.random() >= LEFT_ALONE:
                        await self._one(id, state)
        finally:
            for reviewer in self._at_machine:
                await reviewer.kill()
            for visitor in self._at_site:
                await visitor.close()

    async def decide_mailing(self, one: Mailing, ids: frozenset[str], act: str) -> None:
        """Note what is seen of a mailing, and decide on it until that is done."""
        look = partial(_nodes_mailing.look, copies=ids, act=act)
        id = ""
        while not id:
            with contextlib.suppress(DlpguardError):
                id, self.lines[one.number] = await self._store.database.read(look)
        while await self._is_held(id):
            await self._chance.choice(self._all()).decide(id, act)
            await asyncio.sleep(0.5)

    async def _is_held(self, id: str) -> bool:
        """Whether it waits for a reviewer still; yes while the database is away."""
        try:
            return (await self._store.database.read(_ledger.waiting)).get(id) == State.QUARANTINED
        except DlpguardError:
            return True

    def _all(self) -> list[Decider]:
        return [*self._at_machine, *self._at_site]

    async def _look(self, seen: set[str]) -> dict[str, str]:
        """What waits that nobody has looked at, mailings apart."""

        def work(tx: Transaction) -> dict[str, str]:
            new = {i: s for i, s in _ledger.waiting(tx).items() if s + i not in seen}
            senders = {id: messages.envelope_of(tx, id).sender for id in new}
            seen.update(s + i for i, s in new.items() if is_of_mailing(senders[i]))
            return {i: s for i, s in new.items() if not is_of_mailing(senders[i])}

        try:
            return await self._store.database.read(work)
        except DlpguardError:
            return {}

    async def _one(self, id: str, state: str) -> None:
        chance, is_held = self._chance, state == State.QUARANTINED
        acts = ("release", "return") if is_held else ("confirm", "cancel")
        everyone: list[Decider] = self._all() if is_held else [*self._at_machine]
        how = chance.random()
        if how > 0.95:
            self._history.events["reviewer killed"] += 1
            reviewer = chance.choice(self._at_machine)
            asyncio.get_running_loop().call_later(chance.uniform(0, 0.05), _end, reviewer)
        chosen = chance.sample(everyone, 2 if how < 0.4 else 1)
        asked = [one.decide(id, chance.choice(acts)) for one in chosen]
        told = [d.told for d in await asyncio.gather(*asked)]
        if told in ([""], ["failed"]):  # once more, as a person would
            await chosen[0].decide(id, chance.choice(acts))


async def held(store: Store) -> frozenset[str]:
    """The ids of what waits for a reviewer; nothing while the database is away."""
    try:
        found = await store.database.read(_ledger.waiting)
    except DlpguardError:
        return frozenset()
    return frozenset(id for id, where in found.items() if where == State.QUARANTINED)


def _end(reviewer: Reviewer) -> None:
    if reviewer.process and reviewer.process.returncode is None:
        reviewer.process.kill()
