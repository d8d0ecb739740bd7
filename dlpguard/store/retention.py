"""What is deleted when its time has passed (`Periods`): rows of messages, digests, old audit.

Contents go earlier, by `messages.expires_at`.  Everything is deleted in short transactions; the
sums and the audit's chain outlive what they are about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update

from dlpguard.errors import ConfigurationError
from dlpguard.lifecycle import State
from dlpguard.store import audit, batches, messages, tallies
from dlpguard.store.audit import OURSELVES, Seal
from dlpguard.store.database import Transaction
from dlpguard.store.periods import DAY
from dlpguard.store.schema import (
    alarms,
    approvals,
    attempts,
    campaign_keys,
    campaign_mailboxes,
    campaign_people,
    campaign_shown,
    campaigns,
    comments,
    contents,
    disclosures,
    emergencies,
    evidence,
    gaps,
    lines,
    matches,
    moves,
    recipients,
    reveals,
    sums,
    verdicts,
)
from dlpguard.store.schema import audit as entries
from dlpguard.store.schema import messages as rows

if TYPE_CHECKING:
    from dlpguard.store.opening import Store

BATCH = 200
"""Messages that are deleted in one transaction: a tenth of a second, in which nothing else is
written."""

CUT = 1000
"""Entries of the audit that are deleted in one transaction."""

_OF_A_MESSAGE = (
    recipients,
    attempts,
    verdicts,
    evidence,
    lines,
    contents,
    matches,
    gaps,
    comments,
    reveals,
    alarms,
    emergencies,
    approvals,
    moves,
    campaign_mailboxes,
    campaign_shown,
    disclosures,
)
"""Every table with rows that belong to a message, in the order in which they may be deleted."""

_MANY = 10_000
"""Transactions of one kind in a round; more than any day brings, and an end."""


def forget(store: Store) -> int:
    """Delete everything whose time has passed; returns how many messages.  Blocks."""
    write = store.database.write_now
    count = 0
    while sealed := write(batches.seal):  # only what is sealed is deleted
        del sealed
    while write(tallies.close):  # and only what is counted
        pass
    for find in (_forwarded, _decided):
        for _ in range(_MANY):
            ids = store.database.read_now(find)
            if not ids:
                break
            count += write(partial(take_away, ids=ids))
    for work in (_forget_digests, _forget_campaigns, _cut, tallies.forget):
        for _ in range(_MANY):
            if not write(work):
                break
    return count


def keep(tx: Transaction, id: str, actor: str, reason: str, until: float) -> None:
    """Keep a message's content for an incident until a time, which may be earlier than before.

    `ConfigurationError` when that is further than allowed; `NotFoundError` when there is no such
    message.  A message that still waits for a decision is decided on, or returned, all the same.
    """
    row = messages.get(tx, id, lock=True)
    days = tx.periods.incident / DAY
    if until > tx.now() + tx.periods.incident:
        raise ConfigurationError(f"--until is more than {days:.0f} days away (retention.incident)")
    if row.body_id is None:
        raise ConfigurationError(f"the content of message {id} is not kept any more")
    tx.execute(update(rows).where(rows.c.id == id).values(kept_until=until))
    day = datetime.fromtimestamp(until, UTC).date().isoformat()
    audit.record(tx, actor, "keep", id, f"until {day}: {reason}")


def _forwarded(tx: Transaction) -> tuple[str, ...]:
    """Messages that nobody had to decide on."""
    return _done(tx, tx.periods.metadata, ~_was_stopped())


def _decided(tx: Transaction) -> tuple[str, ...]:
    """Messages that were held, or that their senders were asked about."""
    return _done(tx, tx.periods.decisions, _was_stopped())


def _done(tx: Transaction, seconds: float, condition: ColumnElement[bool]) -> tuple[str, ...]:
    unsealed = exists().where(moves.c.message_id == rows.c.id, moves.c.sealed_in.is_(None))
    query = (
        select(rows.c.id)
        .where(
            # That it is DONE is said by this alone; by its state SQLite would find them all.
            rows.c.done_at < tx.now() - seconds,
            rows.c.body_id.is_(None),
            condition,
            ~unsealed,
        )
        .order_by(rows.c.done_at)
        .limit(BATCH)
    )
    return tuple(tx.execute(query).scalars())


def _was_stopped() -> ColumnElement[bool]:
    waited = (str(State.QUARANTINED), str(State.AWAITING_SENDER))
    stopped = exists().where(moves.c.message_id == rows.c.id, moves.c.target.in_(waited))
    return or_(rows.c.decided_by.is_not(None), stopped)


def take_away(tx: Transaction, ids: Sequence[str]) -> int:
    """Delete messages that are DONE, with all that belongs to them; their numbers stay in the sums.

    Their moves have been sealed before, and their contents forgotten.
    """
    touched = batches.touched(tx, ids)
    _add_up(tx, ids)
    for table in _OF_A_MESSAGE:
        tx.execute(delete(table).where(table.c.message_id.in_(ids)))
    tx.execute(delete(rows).where(rows.c.id.in_(ids)))
    batches.retire(tx, touched)
    return len(ids)


def _add_up(tx: Transaction, ids: Sequence[str]) -> None:
    days = {
        row.id: datetime.fromtimestamp(row.received_at, UTC).date().isoformat()
        for row in tx.execute(select(rows.c.id, rows.c.received_at).where(rows.c.id.in_(ids)))
    }
    numbers = Counter((day, "messages") for day in days.values())
    each = select(recipients.c.message_id, recipients.c.outcome, func.count().label("number"))
    grouped = each.where(recipients.c.message_id.in_(ids)).group_by(
        recipients.c.message_id, recipients.c.outcome
    )
    for row in tx.execute(grouped):
        numbers[days[row.message_id], row.outcome] += row.number
    for (day, what), number in numbers.items():
        tx.execute(
            tx.upsert(sums)
            .values(day=day, what=what, number=number)
            .on_conflict_do_update(
                index_elements=["day", "what"], set_={"number": sums.c.number + number}
            )
        )


def _forget_digests(tx: Transaction) -> int:
    """What decided messages still say about their campaign, once that is forgotten."""
    theirs = campaign_mailboxes.c.campaign_id == rows.c.campaign_id
    old = (
        select(rows.c.id)
        .where(
            rows.c.campaign_id.is_not(None),
            rows.c.done_at < tx.now() - tx.periods.campaigns,
            ~exists().where(theirs),
        )
        .limit(BATCH)
    )
    nothing = {"campaign_id": None, "campaign_version": None, "content": None, "people": None}
    changed = tx.execute(update(rows).where(rows.c.id.in_(old)).values(nothing))
    return int(changed.rowcount)


def _forget_campaigns(tx: Transaction) -> int:
    """Campaigns that nothing refers to any more."""
    refer = (rows, campaign_keys, campaign_people, campaign_mailboxes, campaign_shown)
    unused = [~exists().where(table.c.campaign_id == campaigns.c.id) for table in refer]
    old = campaigns.c.opened_at < tx.now() - tx.periods.campaigns
    some = select(campaigns.c.id).where(old, *unused).limit(BATCH)
    gone = tx.execute(delete(campaigns).where(campaigns.c.id.in_(some)))
    return int(gone.rowcount)


def _cut(tx: Transaction) -> int:
    """Remove the oldest entries of the audit; the chain then starts where this entry says.

    Entries that seal moves which are still there stay, and so do all after them.
    """
    first = tx.execute(select(func.min(entries.c.id))).scalar()
    needed = tx.execute(select(func.min(moves.c.sealed_in))).scalar()
    if first is None:
        return 0
    recent = entries.c.acted_at >= tx.now() - tx.periods.decisions
    kept = tx.execute(select(func.min(entries.c.id)).where(recent)).scalar()
    newest = tx.execute(select(func.max(entries.c.id))).scalar_one()
    last = min(first + CUT, kept or newest, needed or newest) - 1
    if last < first:
        return 0
    mac = tx.execute(select(entries.c.mac).where(entries.c.id == last)).scalar() or b""
    audit.record(tx, OURSELVES, "cut", f"{first}-{last}", seals=(Seal(last, 0, mac),))
    gone = tx.execute(delete(entries).where(entries.c.id <= last))
    return int(gone.rowcount)


def sums_of(tx: Transaction) -> Iterator[tuple[str, str, int]]:
    """Day of arrival, what ("messages" or an outcome), how many: of everything ever deleted."""
    for row in tx.execute(select(sums).order_by(sums.c.day, sums.c.what)):
        yield row.day, row.what, row.number
