"""What the store holds at the end, opened and ready to be compared."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from dlpguard import config
from dlpguard.commands import _opening
from dlpguard.lifecycle import State
from dlpguard.store import bodies, messages, schema
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store

_ID = re.compile(rb"^X-DLPGuard-Id: (\w{10,40})\r$", re.MULTILINE)


@dataclass(frozen=True)
class Party:
    """A recipient's row."""

    address: str
    outcome: str
    in_doubt: bool
    reply: str


@dataclass(frozen=True)
class Step:
    """A move's row."""

    event: str
    target: str
    actor: str
    at: float


@dataclass(frozen=True)
class Row:
    """A message's row.  `known_as` is the id that its next hop sees: of a split message, both
    halves have the same.  `content` only while it is held."""

    id: str
    known_as: str
    state: str
    origin: str
    has_verdict: bool
    parties: tuple[Party, ...]
    steps: tuple[Step, ...]
    content: bytes | None = field(repr=False)

    def when_ready(self) -> float | None:
        """When it was first allowed to leave."""
        return next((s.at for s in self.steps if s.target == State.READY), None)

    def has(self, *events: str) -> bool:
        """Whether one of these happened to it."""
        return any(s.event in events for s in self.steps)


@dataclass(frozen=True)
class Ledger:
    """Everything that is compared."""

    rows: dict[str, Row]
    open_attempts: int
    stray_bodies: int
    """Bodies that no message needs."""
    missing_files: int
    """Bodies whose file is not there."""
    stray_files: int
    """Files that no row names (they are swept after a while)."""


def read(settings_file: Path) -> Ledger:
    """The ledger of a relay that is stopped, or quiet."""
    store = _opening.store(config.load(settings_file))
    try:
        return store.database.read_now(lambda tx: _read(tx, store))
    finally:
        store.close()


def count_busy(tx: Transaction) -> int:
    """How many messages have something to be done to them by a runner."""
    states = [str(s) for s in (State.RECEIVED, State.SET_ASIDE, State.READY)]
    query = select(func.count()).where(schema.messages.c.state.in_(states))
    return int(tx.execute(query).scalar_one())


def waiting(tx: Transaction) -> dict[str, str]:
    """State by id of the messages that wait for a person."""
    states = [str(s) for s in (State.QUARANTINED, State.AWAITING_SENDER)]
    columns = schema.messages.c
    found = tx.execute(select(columns.id, columns.state).where(columns.state.in_(states)))
    return {row.id: row.state for row in found}


def _read(tx: Transaction, store: Store) -> Ledger:
    parties, steps = defaultdict[str, list[Party]](list), defaultdict[str, list[Step]](list)
    everyone = select(schema.recipients).order_by(schema.recipients.c.position)
    for r in tx.execute(everyone):
        address = messages.recipient(tx, r).address
        parties[r.message_id].append(Party(address, r.outcome, bool(r.in_doubt), r.reply))
    for m in tx.execute(select(schema.moves).order_by(schema.moves.c.id)):
        steps[m.message_id].append(Step(m.event, m.target, m.actor, m.moved_at))
    judged = set(tx.execute(select(schema.verdicts.c.message_id)).scalars())
    rows = {}
    for row in tx.execute(select(schema.messages)).all():
        trace = _ID.search(tx.keys.open(row.trace, f"trace:{row.id}"))
        content = None
        if row.state in {State.QUARANTINED, State.AWAITING_SENDER}:
            content = bodies.find(tx, row.id).read(store.keys, store.shelf)
        rows[row.id] = Row(
            row.id,
            trace[1].decode() if trace else "",
            row.state,
            row.origin,
            row.id in judged,
            tuple(parties[row.id]),
            tuple(steps[row.id]),
            content,
        )
    columns = schema.bodies.c
    kept = tx.execute(select(columns.id, columns.content.is_(None).label("is_file"))).all()
    used = set(tx.execute(select(schema.messages.c.body_id).distinct()).scalars())
    files = set(store.shelf.old(before=math.inf))
    in_files = {body.id for body in kept if body.is_file}
    opened = select(func.count()).where(schema.attempts.c.closed_at.is_(None))
    return Ledger(
        rows,
        int(tx.execute(opened).scalar_one()),
        len({body.id for body in kept} - used),
        len(in_files - files),
        len(files - in_files),
    )
