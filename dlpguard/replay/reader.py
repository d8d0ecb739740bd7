"""Mail of the past, read in the sandbox as by the relay, many messages at a time."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field

from dlpguard.errors import ConfigurationError
from dlpguard.mail import Envelope, MessageId
from dlpguard.recipients import Organisation
from dlpguard.replay import sources
from dlpguard.replay.headings import Known, heading
from dlpguard.replay.letter import Letter
from dlpguard.replay.letters import Origin
from dlpguard.replay.readings import Readings, Stored
from dlpguard.replay.survey import Found, Progress
from dlpguard.runners.reading import BEGINNING, read
from dlpguard.runners.sandbox import Sandbox

AHEAD = 8
"""Messages for each worker that are read or wait to be: one that takes long does not stop the
others, and memory stays small."""

_NOTHING = MessageId("replay")


@dataclass(frozen=True, slots=True)
class _Mail:
    """A message that was found, with what it takes to find its reading."""

    number: int
    when: float
    raw: bytes = field(repr=False)
    size: int
    envelope: Envelope = field(repr=False)
    digest: bytes = field(repr=False)


class Reader:
    """The mail that was found, as letters (`letters.Letters`)."""

    def __init__(
        self,
        found: Found,
        sandbox: Sandbox,
        readings: Readings,
        organisation: Organisation,
        workers: int,
        now: float,
    ) -> None:
        """The sandbox has been started, and has so many workers; `now` in seconds since 1970."""
        self._found = found
        self._sandbox = sandbox
        self._readings = readings
        self._organisation = organisation
        self._ahead = AHEAD * workers
        self._now = now
        self._places: dict[int, tuple[float, Envelope, int, bytes]] = {}
        self._known: Counter[Known] = Counter()
        self._duplicates = self._read_now = 0

    async def each(self, say: Progress) -> AsyncGenerator[Letter, None]:
        """Every message once, those that follow being read meanwhile.

        `TemporaryError` when nothing can be read.  What was read by then is in the readings.
        """
        reading: deque[asyncio.Task[Letter]] = deque()
        try:
            for mail in self._mails(say):
                reading.append(asyncio.create_task(self._read(mail)))
                if len(reading) >= self._ahead:
                    yield await reading.popleft()
            while reading:
                yield await reading.popleft()
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)

    def again(self, number: int) -> Letter:
        """One of them another time, out of the readings."""
        when, envelope, size, digest = self._places[number]
        stored = self._readings.find(digest)
        if stored is None:
            raise ConfigurationError("what was read is gone: was its file removed meanwhile?")
        return Letter(number, when, envelope, size, stored.facts, stored.crashed)

    def origin(self) -> Origin:
        """What there was."""
        found = self._found
        return Origin(
            kinds=found.kinds,
            others=found.others,
            unusable=found.unusable,
            duplicates=self._duplicates,
            undated=found.undated,
            known=tuple((known, self._known[known]) for known in Known),
            read=self._read_now,
        )

    def _mails(self, say: Progress) -> Iterator[_Mail]:
        seen: set[bytes] = set()
        total = len(self._found.order)
        for number, (when, place) in enumerate(self._found.order):
            say("Reading and judging", number, total)
            raw = sources.content(place)
            head = heading(raw, self._now)
            if head is None:
                raise ConfigurationError(f"{place.file}: was changed while it was read; try again")
            digest = self._readings.digest(raw, head.envelope)
            if digest in seen:
                self._duplicates += 1
                continue
            seen.add(digest)
            self._known[head.known] += 1
            size = len(raw)
            self._places[number] = (when, head.envelope, size, digest)
            if size > self._sandbox.largest:
                raw = raw[:BEGINNING]
            yield _Mail(number, when, raw, size, head.envelope, digest)
        say("Reading and judging", total, total)

    async def _read(self, mail: _Mail) -> Letter:
        """What is in a message: from an earlier run, or from the sandbox."""
        stored = self._readings.find(mail.digest)
        if stored is None:
            stored = await self._in_sandbox(mail)
            self._readings.add(mail.digest, stored)
            self._read_now += 1
        return Letter(
            mail.number, mail.when, mail.envelope, mail.size, stored.facts, stored.crashed
        )

    async def _in_sandbox(self, mail: _Mail) -> Stored:
        """As the inspector reads it: what crashes a worker once is read once more."""
        crashed = False
        for _ in range(2):
            reading = await read(
                self._sandbox,
                _NOTHING,
                mail.raw,
                mail.envelope,
                self._organisation,
                size=mail.size,
                stop_at_crash=not crashed,
            )
            if not reading.crashed or crashed:
                break
            crashed = True
        return Stored(reading.facts, reading.crashed)
