"""What a relay that observes has judged, from its own records: what enforcing would have come to.

No body is needed and none is there.  A record has all that policies look at, and whether its sender
had written to each recipient before; so what is judged again here is what the relay judged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from dlpguard.errors import ConfigurationError
from dlpguard.facts import Campaign, Facts, Recent
from dlpguard.mail import Envelope, Recipient
from dlpguard.replay.headings import Known
from dlpguard.replay.letter import Letter
from dlpguard.replay.letters import Origin
from dlpguard.replay.survey import Progress
from dlpguard.store import observed
from dlpguard.store.accounts import ORDINARY_QUEUES
from dlpguard.store.database import Database
from dlpguard.store.observed import Judged

PAGE = 100
"""Records that are had at once: one of them can be megabytes."""

KIND = "records of observe mode"


class Records:
    """The records of observe mode, as letters (`letters.Letters`)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[int, str] = {}
        self._enforced = self._private = 0

    async def each(self, say: Progress) -> AsyncGenerator[Letter, None]:
        """Every message once.  `ConfigurationError` when there is none."""
        total = await self._database.read(observed.number)
        done = 0
        page = await self._page(None)
        while page:
            for judged in page:
                say("Judging", done, total)
                if self._counts(judged):
                    self._ids[done] = judged.id
                    yield _letter(done, judged)
                done += 1
            page = await self._page(page[-1])
        say("Judging", done, done)
        if not self._ids:
            raise _nothing(self._enforced)

    def again(self, number: int) -> Letter:
        """One of them another time."""
        id = self._ids[number]
        judged = self._database.read_now(lambda tx: observed.find(tx, id))
        if judged is None:
            raise ConfigurationError(
                "a record was deleted meanwhile, because its time had come; try again"
            )
        return _letter(number, judged)

    def origin(self) -> Origin:
        """What there was."""
        number = len(self._ids)
        return Origin(
            records=True,
            kinds=((KIND, number),),
            others=self._enforced,
            private=self._private,
            known=((Known.ENVELOPE, number),),
        )

    async def _page(self, last: Judged | None) -> tuple[Judged, ...]:
        return await asyncio.to_thread(
            self._database.read_now, lambda tx: observed.after(tx, last, PAGE)
        )

    def _counts(self, judged: Judged) -> bool:
        """Whether it was observed, and is anybody's to count."""
        verdict = judged.record.verdict
        if judged.record.enforced:
            self._enforced += 1
            return False
        queues = {verdict.queue, *(match.queue for match in verdict.matches)}
        if not queues.issubset(ORDINARY_QUEUES):
            self._private += 1
            return False
        return True


def _letter(number: int, judged: Judged) -> Letter:
    """As it was read: what came before it counts again from the first record on."""
    facts = judged.record.facts
    audience = facts.audience
    recipients = tuple(Recipient(v.address) for v in audience.viewers if v.receives)
    read: Facts = replace(
        facts,
        campaign=Campaign(reach=audience.reach, exposure=audience.exposure),
        recent=Recent(),
    )
    envelope = Envelope(facts.sender, recipients, received=judged.received_at)
    return Letter(number, judged.received_at, envelope, judged.size, read)


def _nothing(enforced: int) -> ConfigurationError:
    if enforced:
        return ConfigurationError(
            f"all {enforced:,} messages on record were judged while the relay enforced, and none "
            "was only observed; to try other policies, replay copies of mail (name mbox files, "
            "Maildir folders or .eml files)"
        )
    return ConfigurationError(
        "nothing is on record yet: records of observe mode are there as soon as the relay has "
        'judged mail with mode = "observe"'
    )
