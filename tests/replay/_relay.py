"""A relay that has observed, or enforced: its store, with the records of what it judged."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import delete, select

from dlpguard import inspection
from dlpguard.commands import _wiring
from dlpguard.config import Settings
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.mail import MessageId, new_id
from dlpguard.replay.headings import heading
from dlpguard.replay.letter import Letter
from dlpguard.replay.sources import content
from dlpguard.replay.survey import survey
from dlpguard.runners.judging import Case, Judging, decide
from dlpguard.runners.reading import Reading
from dlpguard.store import bodies, contacts, messages
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.messages import NewMessage
from dlpguard.store.schema import messages as message_rows
from dlpguard.store.schema import verdicts
from dlpguard.store.work import Claim
from tests import _stores
from tests.replay._mail import NOW, quiet


class Relay:
    """A store where the settings of a folder have it by default, and a clock that says when the
    last message arrived."""

    def __init__(self, folder: Path) -> None:
        self._now = 0.0
        self.store = _stores.open_in(folder, lambda: self._now)

    def judge(self, letters: Iterable[Letter], judging: Judging, mode: str = "observe") -> None:
        """Judge letters as they arrive, and deliver what passes."""
        other = replace(judging, mode=mode)

        def work(tx: Transaction) -> None:
            for letter in letters:
                self._now = letter.when
                self._judge(tx, letter, other)

        self.store.database.write_now(work)

    def forget_first(self) -> None:
        """The record of its first message is deleted."""
        first = select(message_rows.c.id).order_by(message_rows.c.received_at).limit(1)
        gone = delete(verdicts).where(verdicts.c.message_id.in_(first))
        self.store.database.write_now(lambda tx: tx.execute(gone))

    def _judge(self, tx: Transaction, letter: Letter, judging: Judging) -> None:
        id = new_id(letter.when, secrets.token_bytes(10))
        body = replace(bodies.in_row(b"", self.store.keys), size=letter.size)
        messages.accept(tx, NewMessage(id, letter.envelope, b"", body))
        claim = Claim(id, 0, 1, 0, 0, letter.when, "client")
        reading = Reading(letter.facts, b"", letter.crashed)
        decide(tx, Case(claim, letter.envelope, reading, lambda: 0.0), judging)
        if messages.get(tx, id).state == State.READY:
            messages.settle(tx, id, Outcome.DELIVERED, in_doubt=Outcome.DELIVERED)
            messages.move(tx, id, Event.FINISH, State.DONE, Step(Who.COURIER, fence=0))
            contacts.remember(tx, id)


def read_here(folder: Path, settings: Settings) -> Iterator[Letter]:
    """The mail in a folder, read in this process."""
    setup = _wiring.inspection_setup(settings)
    order = survey([folder], settings.senders, NOW, quiet).order
    for number, (when, place) in enumerate(order):
        raw = content(place)
        head = heading(raw, NOW)
        assert head
        facts = inspection.read(MessageId("test"), raw, head.envelope, setup).facts
        yield Letter(number, when, head.envelope, len(raw), facts)


async def every(letters: AsyncGenerator[Letter, None]) -> list[Letter]:
    """All of them."""
    async with aclosing(letters) as some:
        return [letter async for letter in some]
