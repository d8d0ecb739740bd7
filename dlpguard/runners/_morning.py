"""What the digest of a morning says to each who wants one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dlpguard.lifecycle import State
from dlpguard.notices import Digest
from dlpguard.recipients import normalise
from dlpguard.store import emergencies, waiting
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.store.waiting import Mailing
from dlpguard.store.whom_to_tell import Offices, Staff

_MIDNIGHT = 24 * 60


def digests(
    tx: Transaction, offices: Offices, staff: Staff, today: date
) -> Iterator[tuple[Account, Digest]]:
    """For everybody with an account to whom there is something to say."""
    news = _news(tx, today)
    for account in staff.accounts:
        if account.digest:
            digest = _digest(tx, offices, account, news)
            if digest.says_something():
                yield account, digest


@dataclass(frozen=True, slots=True)
class _News:
    """Of everybody's mail: what is held, what senders were asked, and what became of how many
    (in words, and of which queue) since a day; `midnight` is when today ends."""

    held: tuple[Mailing, ...]
    asked: tuple[Mailing, ...]
    decided: tuple[tuple[str, str], ...]
    since: date
    midnight: float


def _news(tx: Transaction, today: date) -> _News:
    calendar = tx.periods.patience.calendar
    before = calendar.last_working_day(today)
    return _News(
        waiting.now(tx),
        waiting.now(tx, State.AWAITING_SENDER),
        waiting.decided(tx, calendar.at(before), calendar.at(today)),
        before,
        calendar.at(today, _MIDNIGHT),
    )


def _digest(tx: Transaction, offices: Offices, account: Account, news: _News) -> Digest:
    """What concerns one of them: their own queues, and none of their own mail."""
    roles = set(account.roles)
    looked_at = emergencies.to_review(tx, account.queues) if roles & offices.looking_into else ()
    to_review = sum(one.is_for(account.name) for one in looked_at)
    if not roles & offices.deciding:
        return Digest(to_review=to_review)
    sender = tx.keys.digest("address", normalise(account.name))
    held, asked = (
        [m for m in some if m.matter.queue in account.queues and m.matter.sender != sender]
        for some in (news.held, news.asked)
    )
    counted = Counter(what for what, queue in news.decided if queue in account.queues)
    return Digest(
        tuple(mailing.shown for mailing in held),
        sum(mailing.until <= news.midnight for mailing in held),
        len(asked),
        tuple((what, counted[what]) for what in waiting.DECIDED if counted[what]),
        f"{news.since:%A} {news.since.day} {news.since:%B}",
        to_review,
    )
