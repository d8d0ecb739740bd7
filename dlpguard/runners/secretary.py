"""Mail to those who decide: reminders, escalations, a digest in the morning, too much in a day.

Each is one transaction that looks again, writes the mail and notes that it was written; whichever
node comes first does it (`store.rounds`).  Nothing of any message is in it, and nothing is ever
released by it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

from dlpguard import notices, telemetry
from dlpguard.lifecycle import Who
from dlpguard.notices import Letter, Letterhead, Waiting
from dlpguard.runners import _morning
from dlpguard.store import budget, own_mail, rounds, waiting, whom_to_tell
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.periods import Patience
from dlpguard.store.waiting import Told
from dlpguard.store.whom_to_tell import Matter, Offices, Staff

ROUND_SECONDS = 15.0
"""Between rounds: nobody minds whether a reminder comes a few seconds later."""

BUNDLE_SECONDS = 1800.0
"""Between two reminders, or escalations: what comes to be due meanwhile is in the next one.  More
mail than that is mail that nobody reads."""

NEVER = -1
"""In place of a time of day."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """That something waits too long: where it is noted, after how much working time, to whom it is
    told, and in what letter."""

    told: Told
    length: Callable[[Patience], float]
    whom: Callable[[Staff, Matter], tuple[str, ...]]
    write: Callable[[Letterhead, Letter, Sequence[Waiting], str], bytes]


_REMINDER = _Telling(Told.REMINDED, attrgetter("remind"), Staff.deciders, notices.reminder)
_ESCALATION = _Telling(Told.ESCALATED, attrgetter("escalate"), Staff.above, notices.escalation)


class Secretary:
    """Looks four times a minute whether there is something to tell."""

    def __init__(
        self, store: Store, head: Letterhead, offices: Offices, digest_at: int = NEVER
    ) -> None:
        """`digest_at` is when the digest is sent, in minutes after midnight."""
        self._store = store
        self._head = head
        self._offices = offices
        self._digest_at = digest_at

    async def run(self) -> None:
        """Go round until cancelled.  What fails is logged, and tried again in the next round."""
        while True:
            await self.round()
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Everything that is due now.  One thing that fails stops no other."""
        works: tuple[Callable[..., bool], ...] = (
            partial(self._tell, _REMINDER),
            partial(self._tell, _ESCALATION),
            self._digest,
            self._watch_budget,
        )
        for work in works:
            try:
                await self._if_due(work)
            except Exception as error:  # noqa: BLE001 - logged, and tried again
                telemetry.crashed("secretary", error)

    async def _if_due(self, work: Callable[..., bool]) -> None:
        """Look first: a transaction that may write waits for others, and they for it."""
        if await self._store.database.read(partial(work, look_only=True)):
            await self._store.database.write(work)

    def _tell(self, what: _Telling, tx: Transaction, *, look_only: bool = False) -> bool:
        """Tell everybody in one mail what has waited for so much working time; in working hours."""
        patience, now = tx.periods.patience, tx.now()
        length, pause = what.length(patience), now - BUNDLE_SECONDS
        before = patience.calendar.subtract(now, length)
        if not length or not patience.calendar.is_working(now):
            return False
        if not waiting.is_due(tx, what.told, before):
            return False
        if look_only:
            return rounds.is_due(tx, what.told.value, pause)
        letters = self._letters(tx, what, before)
        if not letters or not rounds.begin(tx, what.told.value, pause):
            return False
        for to, some in letters.items():
            self._send(tx, to, what.write, [mailing.shown for mailing in some], _in_words(length))
        mentioned = {mailing.id: mailing for some in letters.values() for mailing in some}
        waiting.note(tx, what.told, mentioned.values(), before)
        telemetry.told(what.told.name.lower(), len(letters))
        return True

    def _letters(
        self, tx: Transaction, what: _Telling, before: float
    ) -> dict[str, list[waiting.Mailing]]:
        """For each address what it is to be told about; nobody gets a mail that says nothing new.

        What nobody can be told about is in none, and stays to be told.
        """
        staff = whom_to_tell.staff(tx, self._head, self._offices)
        theirs: dict[str, list[waiting.Mailing]] = defaultdict(list)
        for mailing in waiting.since(tx, before, what.told):
            for address in what.whom(staff, mailing.matter):
                theirs[address].append(mailing)
        return {to: some for to, some in theirs.items() if any(one.is_new for one in some)}

    def _digest(self, tx: Transaction, *, look_only: bool = False) -> bool:
        calendar, now = tx.periods.patience.calendar, tx.now()
        today = calendar.local(now).date()
        if self._digest_at == NEVER or not calendar.is_working_day(today):
            return False
        due = calendar.at(today, self._digest_at)
        if now < due or not rounds.is_due(tx, "digest", due):
            return False
        if look_only:
            return True
        if not rounds.begin(tx, "digest", due):
            return False
        staff = whom_to_tell.staff(tx, self._head, self._offices)
        number = 0
        for account, what in _morning.digests(tx, self._offices, staff, today):
            number += 1
            self._send(tx, account.name, notices.digest, what)
        telemetry.told("digest", number)
        return True

    def _watch_budget(self, tx: Transaction, *, look_only: bool = False) -> bool:
        midnight = budget.midnight(tx)
        if not rounds.is_due(tx, "budget", midnight):
            return False
        spent = budget.today(tx)
        if not spent.is_over or look_only:
            return spent.is_over
        if not rounds.begin(tx, "budget", midnight):
            return False
        for to in whom_to_tell.staff(tx, self._head, self._offices).running():
            self._send(tx, to, notices.over_budget, spent.held, spent.allowed)
        telemetry.over_budget(spent.held, spent.allowed)
        return True

    def _send(self, tx: Transaction, to: str, write: Callable[..., bytes], *what: object) -> None:
        head = self._head
        own_mail.send(tx, head, to, lambda letter: write(head, letter, *what), Who.JANITOR)


def _in_words(length: float) -> str:
    """A length of working time: "an hour", "4 hours", "30 minutes"."""
    hours = length / 3600
    if hours == 1:
        return "an hour"
    if hours.is_integer():
        return f"{hours:.0f} hours"
    return f"{length / 60:.0f} minutes"
