"""Forty messages, each released by one process and returned by another at the same moment."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from dlpguard import config
from dlpguard.commands import _opening
from dlpguard.lifecycle import State
from tests.faults import _ledger
from tests.faults._checker import check
from tests.faults._client import Manner, send
from tests.faults._history import History
from tests.faults._mail import Fate, make
from tests.faults._nexthop import NextHop, listening
from tests.faults._plant import Plant, Reviewer

PAIRS = 40

SEED = 7


def test_of_forty_releases_and_returns_at_once_each_has_one_winner(tmp_path: Path) -> None:
    history, ledger = asyncio.run(_race(tmp_path))
    told = [d.told for d in history.decisions]

    assert [] == check(history, ledger).broken
    assert (PAIRS, PAIRS) == (told.count("done"), told.count("stale"))
    for row in ledger.rows.values():
        if row.origin == "client":
            [decision] = [s for s in row.steps if s.event in {"release", "return"}]
            outcome = "delivered" if decision.event == "release" else "returned"
            assert {outcome} == {p.outcome for p in row.parties if p.outcome != "bounced"} or (
                {"bounced"} == {p.outcome for p in row.parties} and outcome == "delivered"
            )


async def _race(folder: Path) -> tuple[History, _ledger.Ledger]:
    history = History()
    chance = random.Random(SEED)
    hop = NextHop(history, chance, troubled=False)
    async with listening(hop):
        plant = Plant(folder, hop.port, history, walls=False)
        await plant.start()
        for number in range(PAIRS):
            history.mails[number] = make(SEED, number, Fate.HOLD)
            await send(history.mails[number], plant.port, Manner.USUAL, history)
        store = _opening.store(config.load(plant.config))
        try:
            async with asyncio.timeout(60):
                while len(waiting := store.database.read_now(_ledger.waiting)) < PAIRS:
                    await asyncio.sleep(0.05)
            rita, sam = (Reviewer(plant, name, chance, faulty=False) for name in ("rita", "sam"))
            assert {State.QUARANTINED} == set(waiting.values())
            for number, id in enumerate(sorted(waiting)):
                acts = ("release", "return") if number % 2 else ("return", "release")
                await asyncio.gather(rita.decide(id, acts[0]), sam.decide(id, acts[1]))
            await asyncio.gather(rita.kill(), sam.kill())
            async with asyncio.timeout(60):
                while store.database.read_now(_ledger.count_busy):
                    await asyncio.sleep(0.05)
        finally:
            store.close()
        await plant.stop()
        await plant.nursery.close()
    return history, _ledger.read(plant.config)
