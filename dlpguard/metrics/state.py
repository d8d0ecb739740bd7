"""How everything is at this moment, asked of the store and of the machine: the same on all nodes.

Numbers that all nodes share have to be taken as the greatest, never added up: `max by (state)`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from dlpguard.errors import TemporaryError
from dlpguard.health import Around, certificates
from dlpguard.lifecycle import State
from dlpguard.runners import sandbox
from dlpguard.store import budget, modes, waiting
from dlpguard.store.budget import Budget
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import alarms, emergencies, messages, nodes
from dlpguard.store.shelves import Files

OPEN = tuple(state for state in State if state is not State.DONE)
"""The states in which something is still to happen."""

DECISIONS = dict(
    zip(
        waiting.DECIDED,
        ("released", "returned", "confirmed", "cancelled", "expired"),
        strict=True,
    )
)
"""What became of something that waited, by the words for it."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the store says.  `waits` has how many are in a state, and since when the oldest;
    `deferred` the same of READY mail that the next hop has not taken."""

    now: float
    waits: dict[State, tuple[int, float]]
    deferred: tuple[int, float | None]
    budget: Budget
    decisions: Counter[str]
    alarms: int
    emergencies: int
    enforcing: bool
    silent: dict[str, float]
    """For how many seconds each node has said nothing; of an embedded database there are none."""


def look(store: Store, around: Around) -> Iterator[Metric]:
    """Every gauge.  What cannot be found out is left out, and `dlpguard_store_up` says why."""
    try:
        found = store.database.read_now(lambda tx: _shared(tx, around.mode))
    except TemporaryError:
        found = None
    yield _gauge("store_up", "1 while the database can be read.", int(found is not None))
    if found:
        yield from _of_the_store(found)
    yield from _of_the_machine(store, around)


def _shared(tx: Transaction, mode: str) -> Shared:
    now = tx.now()
    return Shared(
        now,
        _waits(tx),
        _deferred(tx),
        budget.today(tx),
        Counter(word for word, _ in waiting.decided(tx, budget.midnight(tx), now)),
        _alarms(tx),
        _unreviewed(tx),
        modes.current(tx, mode) == "enforce",
        {row.name: max(0.0, now - row.seen_at) for row in tx.execute(select(nodes))},
    )


def _waits(tx: Transaction) -> dict[State, tuple[int, float]]:
    query = select(
        messages.c.state,
        func.count().label("number"),
        func.min(messages.c.state_since).label("since"),
    )
    those = query.where(messages.c.state.in_([str(state) for state in OPEN]))
    rows = tx.execute(those.group_by(messages.c.state))
    return {State(row.state): (row.number, row.since) for row in rows}


def _deferred(tx: Transaction) -> tuple[int, float | None]:
    query = select(func.count().label("number"), func.min(messages.c.state_since).label("since"))
    row = tx.execute(query.where(messages.c.state == str(State.READY), messages.c.tries > 0)).one()
    return row.number, row.since


def _alarms(tx: Transaction) -> int:
    waits = [str(State.QUARANTINED), str(State.AWAITING_SENDER)]
    query = (
        select(func.count())
        .select_from(alarms)
        .join(messages, messages.c.id == alarms.c.message_id)
    )
    return int(tx.execute(query.where(messages.c.state.in_(waits))).scalar_one())


def _unreviewed(tx: Transaction) -> int:
    query = select(func.count()).where(emergencies.c.reviewed_at.is_(None))
    return int(tx.execute(query).scalar_one())


def _of_the_store(found: Shared) -> Iterator[Metric]:
    number = GaugeMetricFamily(
        "dlpguard_queue_messages", "Messages that wait, by state.", labels=["state"]
    )
    oldest = GaugeMetricFamily(
        "dlpguard_queue_oldest_seconds", "How long the oldest waits; 0: none.", labels=["state"]
    )
    for state in OPEN:
        waits, since = found.waits.get(state, (0, found.now))
        number.add_metric([str(state)], waits)
        oldest.add_metric([str(state)], max(0.0, found.now - since))
    yield number
    yield oldest
    tried, since_when = found.deferred
    age = max(0.0, found.now - since_when) if since_when is not None else 0.0
    yield _gauge("deferred_messages", "Messages that the next hop has not taken so far.", tried)
    yield _gauge("deferred_oldest_seconds", "How long the oldest of them waits.", age)
    yield _gauge("budget_held", "Mailings held today.", found.budget.held)
    yield _gauge("budget_allowed", "Mailings a day that people can look at.", found.budget.allowed)
    decided = GaugeMetricFamily(
        "dlpguard_decisions_today", "Mailings decided on today, by what.", labels=["decision"]
    )
    for words, label in DECISIONS.items():
        decided.add_metric([label], found.decisions[words])
    yield decided
    yield _gauge("alarms_waiting", "Held messages of which somebody is at risk.", found.alarms)
    yield _gauge(
        "emergencies_unreviewed", "Emergency releases nobody has looked at.", found.emergencies
    )
    silent = GaugeMetricFamily(
        "dlpguard_node_silent_seconds", "Since when a node has said nothing.", labels=["node"]
    )
    for name, seconds in found.silent.items():
        silent.add_metric([name], seconds)
    yield silent
    yield _gauge("enforcing", "1 while policies act, 0 while they observe.", int(found.enforcing))


def _of_the_machine(store: Store, around: Around) -> Iterator[Metric]:
    yield from _disk(store)
    yield from _certificates(around)
    pool = around.running.pool()
    if pool is not None:
        up = int(pool.trouble() is None)
        yield _gauge("next_hop_up", "1 unless the last connection to the next hop failed.", up)
    active = around.running.protections()
    if active is not None:
        missing = sum(name not in active for name in sandbox.PROTECTIONS)
        yield _gauge("sandbox_ready", "1 once a worker has started.", int(bool(active)))
        yield _gauge("sandbox_missing_protections", "Protections not given here.", missing)


def _disk(store: Store) -> Iterator[Metric]:
    if not isinstance(store.shelf, Files):
        return  # the database's server has its own exporter
    usage = shutil.disk_usage(store.shelf.directory)
    yield _gauge("disk_free_bytes", "Free on the disk of database and bodies.", usage.free)
    yield _gauge("disk_bytes", "Size of that disk.", usage.total)


def _certificates(around: Around) -> Iterator[Metric]:
    """When each certificate of the settings ends; 0 for one that cannot be read."""
    ends = GaugeMetricFamily(
        "dlpguard_certificate_end_seconds",
        "When a certificate ends, in seconds since 1970; 0: it cannot be read.",
        labels=["key"],
    )
    for one in around.certificates:
        ends.add_metric([one.key], certificates.end_of(one))
    yield ends


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"dlpguard_{name}", text, value)
