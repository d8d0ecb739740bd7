"""What several nodes add to what `_checker` compares: who was buried, what the dead left behind."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from dlpguard.store import presences, schema, verification
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests.faults._nodes_farm import Farm, Node, Span

SLACK = 1.0
"""Seconds by which the mother's word that a process has ended may come late."""

CRASHES = 10.0
"""Seconds after an absence of the database in which a node may end by itself: one that starts
without a database says so and ends, and its supervisor starts it again."""

_BURIED = re.compile(r"^(\S+ \S+),(\d{3}) \S+ buried node=(\S+)$", re.MULTILINE)


def check_nodes(farm: Farm, store: Store, counts: Counter[str]) -> Iterator[str]:
    """Everything that is compared of nodes, while they run and have nothing to do."""
    yield from burials(farm.nodes, counts)
    yield from _endings(farm, counts)
    names = {_key(name) for name in store.database.read_now(_named)}
    living = {(n.spans[-1].machine, n.spans[-1].life.pid) for n in farm.nodes if n.runs}
    for machine, pid in sorted(names - living):
        yield f"P10: nobody has buried {machine}-{pid}, which is dead"
    for machine, pid in sorted(living - names):
        yield f"P10: {machine}-{pid} lives and is in no row"
    for id, name in store.database.read_now(_leased):
        if _key(name) not in living:
            yield f"P4: {id} is leased to {name}, which is dead"
    for fault in store.database.read_now(verification.verify).faults:
        yield f"P8: the audit is broken: {fault}"


def dead(tx: Transaction, farm: Farm) -> tuple[str, ...]:
    """The dead nodes that still have a row."""
    living = {(n.spans[-1].machine, n.spans[-1].life.pid) for n in farm.nodes if n.runs}
    return tuple(name for name in _named(tx) if _key(name) not in living)


def burials(nodes: Sequence[Node], counts: Counter[str]) -> Iterator[str]:
    """Only the dead are buried, each once."""
    lives = {(s.machine, s.life.pid): s for node in nodes for s in node.spans}
    buried = Counter[str]()
    for node in nodes:
        for at, name in _said(node):
            buried[name] += 1
            yield from _burial(name, at, lives.get(_key(name)))
    counts["nodes buried"] = len(buried)
    for name, times in buried.items():
        if times > 1:
            yield f"P5: {name} was buried {times} times"


def _burial(name: str, at: float, span: Span | None) -> Iterator[str]:
    if span is None:
        yield f"P5: {name} was buried, and never was"
    elif span.life.ended_by is None and span.ended is None:
        yield f"P5: {name} was buried, and lives"
    elif span.ended and at < span.ended - SLACK:
        yield f"P5: {name} was buried {span.ended - at:.1f} s before its end"


def _endings(farm: Farm, counts: Counter[str]) -> Iterator[str]:
    """A node ends when it is told to, or when it starts without a database."""
    for node in farm.nodes:
        for span in node.spans:
            counts["lives of nodes"] += 1
            if not span.life.code:
                continue
            counts["nodes that ended without a database"] += 1
            if span.ended is None or not farm.was_away(span.ended, CRASHES):
                yield f"P10: {node.name} ended by itself with code {span.life.code}"


def _said(node: Node) -> Iterable[tuple[float, str]]:
    log = node.log.read_text("utf-8", "replace") if node.log.exists() else ""
    for clock, thousandths, name in _BURIED.findall(log):
        moment = datetime.strptime(clock, "%Y-%m-%d %H:%M:%S")
        yield time.mktime(moment.timetuple()) + int(thousandths) / 1000, name


def _key(name: str) -> tuple[str, int]:
    machine, pid, _ = name.rsplit("-", 2)
    return machine, int(pid)


def _named(tx: Transaction) -> tuple[str, ...]:
    return tuple(node.name for node in presences.present(tx))


def _leased(tx: Transaction) -> list[tuple[str, str]]:
    columns = schema.messages.c
    found = tx.execute(select(columns.id, columns.lease_node).where(columns.lease_until > tx.now()))
    return [(row.id, row.lease_node) for row in found]
