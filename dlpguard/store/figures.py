"""What the page of figures shows: the tallies of some days, added up.

Nothing here is about one person, neither senders nor reviewers: who decides most or fastest is
nobody's business, and being counted would change how people decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select

from dlpguard.store import tallies, waits
from dlpguard.store.database import Transaction
from dlpguard.store.schema import matches, messages
from dlpguard.store.tallies import Day, What


@dataclass(frozen=True, slots=True)
class OfPolicy:
    """What one policy did: mailings by action ("quarantine"), and those that it only watched.

    `rightly` and `wrongly` is what reviewers said of what it stopped.
    """

    name: str
    did: Counter[str]
    watched: Counter[str]
    rightly: int = 0
    wrongly: int = 0

    @property
    def stopped(self) -> int:
        """How many mailings somebody had to decide on because of it, or that it refused."""
        return sum(number for action, number in self.did.items() if action != "tag")


@dataclass(frozen=True, slots=True)
class Waited:
    """How long held mailings waited until a reviewer decided: numbers by step (`waits.ENDS`)."""

    steps: Counter[int]

    @property
    def number(self) -> int:
        """How many decisions there were."""
        return sum(self.steps.values())

    @property
    def median(self) -> int | None:
        """Within how many seconds half were decided; None without any."""
        return waits.quantile(self.steps, 0.5)

    @property
    def most(self) -> int | None:
        """Within how many seconds nine in ten were."""
        return waits.quantile(self.steps, 0.9)

    def between(self, after: float, until: float) -> int:
        """How many waits ended in steps after one end and until another."""
        return sum(number for end, number in self.steps.items() if after < end <= until)


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of some days.  `since`: before this day nothing was counted.

    `rightly` and `wrongly` are of mail that arrived in these days, private groups' included, and
    so are the totals of each day; what is by policy or by kind is without theirs.
    """

    days: tuple[Day, ...]
    since: date | None
    policies: tuple[OfPolicy, ...]
    waited: Waited
    gaps: tuple[tuple[str, int], ...]
    rightly: int
    wrongly: int

    @property
    def uncounted(self) -> int:
        """How many of the days, the first ones, nothing was counted on."""
        return sum(self.since is None or day.day < self.since for day in self.days)

    def total(self, what: What) -> int:
        """One number over all days."""
        return sum(day.of(what) for day in self.days)


def of(tx: Transaction, number: int) -> Figures:
    """The figures of the last `number` days, today the last of them."""
    last = tallies.today(tx)
    first = last - timedelta(days=number - 1)
    days = tallies.days(tx, first, last)
    rightly, wrongly = _marks(tx, first)
    waited = _named(days, What.WAITED)
    return Figures(
        days,
        tallies.since(tx),
        _policies(days, _marks_by_policy(tx, first)),
        Waited(Counter({int(step): n for step, n in waited.items()})),
        tuple(_named(days, What.GAP).most_common()),
        rightly,
        wrongly,
    )


def _named(days: Iterable[Day], wanted: What) -> Counter[str]:
    found: Counter[str] = Counter()
    for day in days:
        for (what, name), number in day.numbers.items():
            if what == wanted:
                found[name] += number
    return found


def _policies(days: tuple[Day, ...], marks: Counter[tuple[str, bool]]) -> tuple[OfPolicy, ...]:
    """By how much work each makes; then by what those that only watch would have made."""
    found: dict[str, OfPolicy] = {}
    for what in (What.POLICY, What.WATCHED):
        for key, number in _named(days, what).items():
            action, _, name = key.partition(" ")
            one = found.setdefault(name, OfPolicy(name, Counter(), Counter()))
            (one.did if what is What.POLICY else one.watched)[action] += number
    for name, _ in marks:
        found.setdefault(name, OfPolicy(name, Counter(), Counter()))
    marked = (
        OfPolicy(name, one.did, one.watched, marks[name, True], marks[name, False])
        for name, one in found.items()
    )
    return tuple(sorted(marked, key=_most_work_first))


def _most_work_first(one: OfPolicy) -> tuple[int, int, int, str]:
    return -one.stopped, -one.did.total(), -one.watched.total(), one.name


def _marks(tx: Transaction, first: date) -> tuple[int, int]:
    """How many mailings that arrived since a day were marked rightly and wrongly held."""
    query = select(messages.c.id, messages.c.campaign_id, messages.c.content, messages.c.rightly)
    rows = tx.execute(query.where(*_marked(first)))
    each = {(tallies.mailing(row), row.rightly) for row in rows}
    said = Counter(rightly for _, rightly in each)
    return said[True], said[False]


def _marks_by_policy(tx: Transaction, first: date) -> Counter[tuple[str, bool]]:
    """The same by the policies that stopped them.

    Marks come long after the day is over, and the rows that carry them stay as long as tallies.
    """
    query = select(
        *(messages.c.id, messages.c.campaign_id, messages.c.content, messages.c.rightly),
        matches.c.policy,
    )
    acted = (~matches.c.watched, matches.c.action != "tag")
    rows = tx.execute(
        query.join(matches, matches.c.message_id == messages.c.id).where(*_marked(first), *acted)
    )
    each = {(tallies.mailing(row), row.policy, row.rightly) for row in rows}
    return Counter((policy, rightly) for _, policy, rightly in each)


def _marked(first: date) -> tuple[ColumnElement[bool], ...]:
    return (messages.c.rightly.is_not(None), messages.c.received_at >= tallies.start_of(first))
