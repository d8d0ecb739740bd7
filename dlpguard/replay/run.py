"""A whole replay: have the mail, judge it in its order, add up."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dlpguard.replay.curves import BATCH, Curve, Curves, Past
from dlpguard.replay.letter import Letter
from dlpguard.replay.letters import Letters, Origin
from dlpguard.replay.stage import Stage
from dlpguard.replay.survey import Progress
from dlpguard.replay.sweep import Sweep
from dlpguard.replay.tallies import Sent, Tally, day_of, tally
from dlpguard.replay.world import World
from dlpguard.runners.judging import Judging


@dataclass(frozen=True, slots=True)
class Asked:
    """By what mail is judged, with the flows of which day, and which other thresholds to try."""

    judging: Judging
    today: date
    sweeps: tuple[Sweep, ...] = ()


@dataclass(frozen=True, slots=True)
class Replayed:
    """Everything that a report says.

    `inside` are messages to nobody outside, `gaps` messages to outside in which something could not
    be read, by why and format.
    """

    tally: Tally
    origin: Origin
    inside: int
    gaps: tuple[tuple[str, str, int], ...]
    curves: tuple[Curve, ...]
    seconds: float


async def replay(letters: Letters, asked: Asked, say: Progress) -> Replayed:
    """Judge and add up.  `TemporaryError` when nothing can be read or written."""
    with tempfile.TemporaryDirectory(prefix="dlpguard-replay-") as folder:
        stage = Stage(Path(folder))
        try:
            return await _Run(letters, asked, say, stage).run()
        finally:
            stage.close()


class _Run:
    """One replay while it goes on."""

    def __init__(self, letters: Letters, asked: Asked, say: Progress, stage: Stage) -> None:
        self._letters = letters
        self._asked = asked
        self._say = say
        self._curves = Curves(asked.sweeps, asked.judging, asked.today, stage)
        self._world = World(stage, asked.judging, asked.today, self._curves.listen)
        self._sent: dict[int, Sent] = {}
        self._gaps: Counter[tuple[str, str]] = Counter()
        self._inside = 0

    async def run(self) -> Replayed:
        started = time.monotonic()
        await self._play()
        ended = await asyncio.to_thread(self._world.end)
        policies = self._asked.judging.policies
        result = tally(self._sent, ended, policies, self._world.observed)
        past = Past(self._sent, self._letters.again)
        curves = await asyncio.to_thread(self._curves.drawn, past, result, self._say)
        return Replayed(
            tally=result,
            origin=self._letters.origin(),
            inside=self._inside,
            gaps=tuple((why, kind, n) for (why, kind), n in self._gaps.most_common()),
            curves=curves,
            seconds=time.monotonic() - started,
        )

    async def _play(self) -> None:
        """Judge in batches, the next being had meanwhile."""
        batch: list[Letter] = []
        judged: asyncio.Task[None] | None = None
        async with aclosing(self._letters.each(self._say)) as letters:
            async for letter in letters:
                self._count(letter)
                batch.append(letter)
                if len(batch) >= BATCH:
                    judged = await self._judge(batch, judged)
                    batch = []
        await (await self._judge(batch, judged))

    async def _judge(
        self, batch: list[Letter], before: asyncio.Task[None] | None
    ) -> asyncio.Task[None]:
        """Begin with a batch when that before is done."""
        if before:
            await before
        return asyncio.create_task(asyncio.to_thread(self._world.play, batch))

    def _count(self, letter: Letter) -> None:
        self._sent[letter.number] = Sent(letter.sender, day_of(letter.when))
        if letter.facts.audience.reach:
            self._gaps.update({(gap.why.value, gap.format) for gap in letter.facts.gaps})
        else:
            self._inside += 1
