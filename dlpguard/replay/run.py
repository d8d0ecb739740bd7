"""A whole replay: find the mail, read it in the sandbox, judge it in its order, add up."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Facts
from dlpguard.mail import Envelope, MessageId
from dlpguard.recipients import normalise
from dlpguard.replay import sources
from dlpguard.replay.headings import HEADER_BYTES, Known, heading, is_from
from dlpguard.replay.letter import Letter
from dlpguard.replay.readings import Readings, Stored
from dlpguard.replay.sources import Place
from dlpguard.replay.stage import Stage
from dlpguard.replay.sweep import Probe, Sweep
from dlpguard.replay.tallies import Decision, Sent, Tally, day_of, decided, tally
from dlpguard.replay.world import World
from dlpguard.runners.judging import Judging
from dlpguard.runners.reading import BEGINNING, read
from dlpguard.runners.sandbox import Sandbox
from dlpguard.verdict import Action

AHEAD = 4
"""Messages for each worker that are read or wait to be: one that takes long does not stop the
others, and memory stays small."""

BATCH = 32
"""Messages in one commit."""

_NOTHING = MessageId("replay")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to replay, by what.

    `senders` are the domains or addresses whose mail the relay takes, `now` is the time in seconds
    since 1970, `today` the day whose flows are in force.
    """

    judging: Judging
    senders: tuple[str, ...]
    workers: int
    now: float
    today: date
    sweeps: tuple[Sweep, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What there is: each message's place, in the order in which they were sent.

    `files`: how many of each kind hold them.  Left out are messages of other senders (`others`)
    and what begins with no header (`unusable`); `undated` have their file's time.
    """

    order: tuple[tuple[float, Place], ...] = field(repr=False)
    kinds: tuple[tuple[str, int], ...]
    others: int
    unusable: int
    undated: int


@dataclass(frozen=True, slots=True)
class Point:
    """What one value of a threshold comes to."""

    value: int
    questions: int
    holds: int
    messages: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Questions and holds against a threshold; `now` are the values that policies give it."""

    name: str
    now: tuple[int, ...]
    policies: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """Everything that a report says.

    `gaps` are messages to outside in which something could not be read, by why and format;
    `known` how the recipients of messages were known; `crashed` how many readings crashed.
    """

    tally: Tally
    found: Found
    inside: int
    duplicates: int
    gaps: tuple[tuple[str, str, int], ...]
    known: tuple[tuple[Known, int], ...]
    curves: tuple[Curve, ...]
    seconds: float
    read: int


Progress = Callable[[str, int, int], None]
"""Hears what is done ("Reading"), how much of it has been done, and how much there is (0: nobody
knows yet)."""


def survey(paths: Sequence[Path], senders: tuple[str, ...], now: float, say: Progress) -> Found:
    """Find the mail and put it in order.  `ConfigurationError` when there is none."""
    order: list[tuple[float, Place]] = []
    kinds: Counter[str] = Counter()
    others = unusable = undated = 0
    for number, place in enumerate(sources.find(paths), 1):
        say("Finding mail", number, 0)
        head = heading(sources.content(place, HEADER_BYTES), now)
        if head is None:
            unusable += 1
        elif not is_from(head.envelope, senders):
            others += 1
        else:
            undated += head.when is None
            when = place.file.stat().st_mtime if head.when is None else head.when
            kinds[place.kind.value] += 1
            order.append((when, place))
    if not order:
        raise _no_mail(senders, others, unusable)
    order.sort(key=lambda each: each[0])  # those of one second stay in the order of their places
    return Found(tuple(order), tuple(sorted(kinds.items())), others, unusable, undated)


async def replay(
    found: Found, asked: Asked, sandbox: Sandbox, readings: Readings, say: Progress
) -> Replayed:
    """Read, judge and add up; the sandbox has been started.

    `TemporaryError` when nothing can be read or written.  What was read by then is in `readings`.
    """
    with tempfile.TemporaryDirectory(prefix="dlpguard-replay-") as folder:
        stage = Stage(Path(folder))
        try:
            return await _Run(found, asked, sandbox, readings, say, stage).run()
        finally:
            stage.close()


@dataclass(frozen=True, slots=True)
class _Mail:
    """A message that was found, with what it takes to find its reading."""

    number: int
    when: float
    raw: bytes = field(repr=False)
    size: int
    envelope: Envelope = field(repr=False)
    digest: bytes = field(repr=False)


class _Run:
    """One replay while it goes on."""

    def __init__(
        self,
        found: Found,
        asked: Asked,
        sandbox: Sandbox,
        readings: Readings,
        say: Progress,
        stage: Stage,
    ) -> None:
        self._found = found
        self._asked = asked
        self._sandbox = sandbox
        self._readings = readings
        self._say = say
        self._stage = stage
        judging = asked.judging
        self._probes = tuple(
            Probe(sweep, judging.policies, judging.accepted_gaps, asked.today)
            for sweep in asked.sweeps
        )
        self._sent: dict[int, Sent] = {}
        self._places: dict[int, tuple[float, Envelope, int, bytes]] = {}
        self._gaps: Counter[tuple[str, str]] = Counter()
        self._known: Counter[Known] = Counter()
        self._duplicates = self._inside = self._read_now = 0

    async def run(self) -> Replayed:
        started = time.monotonic()
        world = World(self._stage, self._asked.judging, self._asked.today, self._listen)
        await self._play(world)
        ended = await asyncio.to_thread(world.end)
        judging = self._asked.judging
        result = tally(self._sent, ended, judging.policies, world.observed)
        curves = [await asyncio.to_thread(self._curve, p, result) for p in self._probes]
        return Replayed(
            tally=result,
            found=self._found,
            inside=self._inside,
            duplicates=self._duplicates,
            gaps=tuple((why, kind, n) for (why, kind), n in self._gaps.most_common()),
            known=tuple((known, self._known[known]) for known in Known),
            curves=tuple(curves),
            seconds=time.monotonic() - started,
            read=self._read_now,
        )

    async def _play(self, world: World) -> None:
        """Read ahead with all workers, judge in order."""
        reading: deque[asyncio.Task[Letter]] = deque()
        batch: list[Letter] = []
        judged: asyncio.Task[None] | None = None
        try:
            for mail in self._mails():
                reading.append(asyncio.create_task(self._read(mail)))
                if len(reading) < AHEAD * self._asked.workers:
                    continue
                batch.append(await reading.popleft())
                if len(batch) >= BATCH:
                    judged = await self._judge(world, batch, judged)
                    batch = []
            batch += [await reading.popleft() for _ in range(len(reading))]
            judged = await self._judge(world, batch, judged)
            await judged
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    async def _judge(
        self, world: World, batch: list[Letter], before: asyncio.Task[None] | None
    ) -> asyncio.Task[None]:
        """Begin with a batch when that before is done: others are read meanwhile."""
        if before:
            await before
        return asyncio.create_task(asyncio.to_thread(world.play, batch))

    def _mails(self) -> Iterator[_Mail]:
        """Each message once, in order."""
        seen: set[bytes] = set()
        total = len(self._found.order)
        for number, (when, place) in enumerate(self._found.order):
            self._say("Reading and judging", number, total)
            raw = sources.content(place)
            head = heading(raw, self._asked.now)
            if head is None:
                raise ConfigurationError(f"{place.file}: was changed while it was read; try again")
            digest = self._readings.digest(raw, head.envelope)
            if digest in seen:
                self._duplicates += 1
                continue
            seen.add(digest)
            self._known[head.known] += 1
            self._sent[number] = Sent(normalise(head.envelope.sender), day_of(when))
            size = len(raw)
            if size > self._sandbox.largest:
                raw = raw[:BEGINNING]
            yield _Mail(number, when, raw, size, head.envelope, digest)
        self._say("Reading and judging", total, total)

    async def _read(self, mail: _Mail) -> Letter:
        """What is in a message: from an earlier run, or from the sandbox."""
        stored = self._readings.find(mail.digest)
        if stored is None:
            stored = await self._in_sandbox(mail)
            self._readings.add(mail.digest, stored)
            self._read_now += 1
        facts = stored.facts
        if facts.audience.reach:
            gaps = {(gap.why.value, gap.format) for gap in facts.gaps}
            self._gaps.update(gaps)
        else:
            self._inside += 1
        if self._probes:
            self._places[mail.number] = (mail.when, mail.envelope, mail.size, mail.digest)
        return Letter(mail.number, mail.when, mail.envelope, mail.size, facts, stored.crashed)

    async def _in_sandbox(self, mail: _Mail) -> Stored:
        """As the inspector reads it: what crashes a worker once is read once more."""
        crashed = False
        for _ in range(2):
            reading = await read(
                self._sandbox,
                _NOTHING,
                mail.raw,
                mail.envelope,
                self._asked.judging.organisation,
                size=mail.size,
                stop_at_crash=not crashed,
            )
            if not reading.crashed or crashed:
                break
            crashed = True
        return Stored(reading.facts, reading.crashed)

    def _listen(self, sender: str, facts: Facts) -> None:
        for probe in self._probes:
            probe.hear(sender, facts)

    def _curve(self, probe: Probe, result: Tally) -> Curve:
        """Decisions at each value: those about whose mail nothing changes, and the others'."""
        sweep, judging = probe.sweep, self._asked.judging
        own: dict[str, list[Decision]] = defaultdict(list)
        for decision in result.decisions:
            own[decision.sender].append(decision)
        known: dict[tuple[str, int], list[Decision]] = {}
        points: list[Point] = []
        for done, value in enumerate(sweep.values):
            self._say(f"Trying {sweep.name}", done, len(sweep.values))
            touched = probe.touched[value]
            self._again({s for s in touched if (s, value) not in known}, sweep, value, known)
            found = [d for sender in own.keys() - touched for d in own[sender]]
            found += [d for sender in touched for d in known[sender, value]]
            points.append(_point(value, found))
        self._say(f"Trying {sweep.name}", len(sweep.values), len(sweep.values))
        moved = sweep.moved(judging.policies)
        values = sorted({value for each in moved.values() for value in each})
        return Curve(sweep.name, tuple(values), tuple(moved), tuple(points))

    def _again(
        self,
        senders: set[str],
        sweep: Sweep,
        value: int,
        known: dict[tuple[str, int], list[Decision]],
    ) -> None:
        """Add the decisions about the mail of these senders at a value to those that are known,
        and at all greater values at which nothing would have been judged otherwise."""
        if not senders:
            return
        judging = self._asked.judging
        other = replace(judging, policies=sweep.at(judging.policies, value))
        rest = replace(sweep, values=tuple(v for v in sweep.values if v >= value))
        probe = Probe(rest, other.policies, judging.accepted_gaps, self._asked.today)
        world = World(self._stage, other, self._asked.today, probe.hear)
        numbers = [n for n in sorted(self._places) if self._sent[n].sender in senders]
        for start in range(0, len(numbers), BATCH):
            world.play([self._letter(n) for n in numbers[start : start + BATCH]])
        found: dict[str, list[Decision]] = {sender: [] for sender in senders}
        for decision in decided(self._sent, world.end()):
            found[decision.sender].append(decision)
        for sender in senders:
            for each in rest.values:
                if sender not in probe.touched[each]:
                    known[sender, each] = found[sender]

    def _letter(self, number: int) -> Letter:
        when, envelope, size, digest = self._places[number]
        stored = self._readings.find(digest)
        if stored is None:
            raise ConfigurationError("what was read is gone: was its file removed meanwhile?")
        return Letter(number, when, envelope, size, stored.facts, stored.crashed)


def _point(value: int, decisions: Sequence[Decision]) -> Point:
    questions = sum(d.action is Action.CONFIRM for d in decisions)
    holds = [d for d in decisions if d.action is Action.QUARANTINE]
    return Point(value, questions, len(holds), sum(d.messages for d in holds))


def _no_mail(senders: tuple[str, ...], others: int, unusable: int) -> ConfigurationError:
    if others:
        domains = ", ".join(senders[:5])
        return ConfigurationError(
            f"all {others:,} messages are from other senders than {domains}: the relay would not "
            "take them; see organisation.domains and listen.senders"
        )
    if unusable:
        return ConfigurationError(f"none of {unusable:,} files begins with a mail's header")
    return ConfigurationError(
        "no mail found; name mbox files, Maildir folders, .eml files or folders of them"
    )
