"""Which policies acted on a message, and what of it could not be read: written to be counted.

A record of a verdict is sealed and can be megabytes; nobody could open a month of them to count.
Names of policies and kinds of gaps are the organisation's and ours, not content.  Of mail that goes
to a named group nothing is written: in the totals it counts, by policy it would tell of whom.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import delete, insert

from dlpguard.facts import Facts
from dlpguard.store.accounts import ORDINARY_QUEUES
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import gaps, matches
from dlpguard.verdict import Action, Match, Verdict

_MATCH = Prepared(insert(matches).values(given("message_id", "policy", "action", "watched")))
_GAP = Prepared(insert(gaps).values(given("message_id", "why")))


def write(tx: Transaction, id: str, verdict: Verdict, facts: Facts) -> None:
    """Note what a message was judged by.  Most messages match nothing, and cost nothing."""
    if not is_counted(verdict):
        return
    rows = [
        {"message_id": id, "policy": policy, "action": action, "watched": watched}
        for policy, action, watched in acted(verdict)
    ]
    if rows:
        tx.change_each(_MATCH, rows)
    unread = sorted({str(gap.why) for gap in facts.gaps})
    if unread:
        tx.change_each(_GAP, [{"message_id": id, "why": why} for why in unread])


def renew(tx: Transaction, id: str, verdict: Verdict, facts: Facts) -> None:
    """The same for one that was judged before."""
    for table in (matches, gaps):
        tx.execute(delete(table).where(table.c.message_id == id))
    write(tx, id, verdict, facts)


def is_counted(verdict: Verdict) -> bool:
    """Whether it may be counted by policy and by gap: not mail that goes to a named group."""
    queues = (verdict.queue, *(match.queue for match in verdict.matches))
    return all(queue in ORDINARY_QUEUES for queue in queues)


def acted(verdict: Verdict) -> tuple[tuple[str, str, bool], ...]:
    """What is counted of a verdict: policy, action, and whether it only watched."""
    if not is_counted(verdict):
        return ()
    return tuple((match.policy, match.action.label, watched) for match, watched in _acted(verdict))


def _acted(verdict: Verdict) -> Iterator[tuple[Match, bool]]:
    """The matches that made the verdict what it is, and those that only watched."""
    observing = verdict.observed > Action.ALLOW
    decided = verdict.observed if observing else verdict.action
    for match in verdict.matches:
        if match.observed:
            yield match, True
        elif match.action is decided and decided > Action.ALLOW:
            yield match, observing
