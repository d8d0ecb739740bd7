"""The lines of the queue: what a list says of each message, made once when it is stopped.

A record can be megabytes of facts; a page of fifty lines must not open fifty of them.  One line
stands for all copies of a mailing that one decision covers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, Subquery, and_, case, func, select

from dlpguard import policy
from dlpguard.facts import Facts
from dlpguard.lifecycle import State
from dlpguard.store.database import Transaction
from dlpguard.store.schema import lines, messages
from dlpguard.verdict import Verdict

PAGE = 50
"""Lines on a page."""

_SEVERITIES = ("low", "normal", "high", "critical")

_STEP = 1000
"""Risk between two severities: within one, people times mailboxes decide, by their logarithm."""

_A_DECADE = 100


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says that can be content: sealed."""

    sender: str = field(repr=False)
    subject: str = field(repr=False)
    summary: str
    policies: tuple[str, ...]
    severity: str
    badges: tuple[str, ...]
    visible: int
    hidden: int
    reach: int
    exposure: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the queue.  `copies` is how many messages it stands for; `id` is the oldest."""

    id: str
    copies: int
    state: State
    risk: int
    received_at: float
    expires_at: float
    queue: str
    owner: str
    approvals: int
    said: Said


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: a state, a queue ("" all), an owner (None anybody, "" nobody), a sender's
    address ("" all)."""

    state: State = State.QUARANTINED
    queues: tuple[str, ...] | None = None
    owner: str | None = None
    sender: str = ""


def write(tx: Transaction, id: str, verdict: Verdict, facts: Facts) -> None:
    """Make, or renew, the line of a message that was stopped."""
    said = _said(verdict, facts)
    values = {
        "risk": _risk(said, facts),
        "said": tx.keys.seal(msgspec.msgpack.encode(said), f"line:{id}"),
    }
    made = tx.upsert(lines).values(message_id=id, **values)
    tx.execute(made.on_conflict_do_update(index_elements=[lines.c.message_id], set_=values))


def page(tx: Transaction, wanted: Wanted, number: int) -> tuple[tuple[Line, ...], int]:
    """A page (from 1) of lines, the gravest first, then what runs out first; and how many lines
    there are in all."""
    mailings = _mailings(tx, wanted)
    total = tx.execute(select(func.count()).select_from(mailings)).scalar_one()
    rows = tx.execute(
        select(mailings, messages, lines.c.said)
        .join(messages, messages.c.id == mailings.c.first)
        .join(lines, lines.c.message_id == mailings.c.first)
        .order_by(mailings.c.gravest.desc(), mailings.c.ends, mailings.c.first)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    ).all()
    return tuple(_line(tx, row) for row in rows), int(total)


def counts(
    tx: Transaction, states: Sequence[State], queues: tuple[str, ...] | None
) -> dict[State, int]:
    """How many mailings of some queues (None: of all) are in each state."""
    return {
        state: int(
            tx.execute(
                select(func.count()).select_from(_mailings(tx, Wanted(state, queues)))
            ).scalar_one()
        )
        for state in states
    }


def _mailings(tx: Transaction, wanted: Wanted) -> Subquery:
    """One row for each mailing: its oldest message, how many they are, the gravest, the end."""
    conditions = [
        messages.c.state == str(wanted.state),
        messages.c.origin == "client",
    ]
    if wanted.queues is not None:
        conditions.append(messages.c.queue.in_(wanted.queues))
    if wanted.owner is not None:
        conditions.append(func.coalesce(messages.c.owner, "") == wanted.owner)
    if wanted.sender:
        digest = tx.keys.digest("address", wanted.sender.strip().casefold())
        conditions.append(messages.c.sender_digest == digest)
    alone = messages.c.campaign_id.is_(None) | messages.c.content.is_(None)
    return (
        select(
            func.min(messages.c.id).label("first"),
            func.count().label("copies"),
            func.max(lines.c.risk).label("gravest"),
            func.min(messages.c.expires_at).label("ends"),
        )
        .join(lines, lines.c.message_id == messages.c.id)
        .where(and_(*conditions))
        .group_by(
            messages.c.campaign_id, messages.c.content, case((alone, messages.c.id), else_=None)
        )
        .subquery()
    )


def _line(tx: Transaction, row: Row[Any]) -> Line:
    said = msgspec.msgpack.decode(tx.keys.open(row.said, f"line:{row.first}"), type=Said)
    return Line(
        row.first,
        row.copies,
        State(row.state),
        row.gravest,
        row.received_at,
        row.ends,
        row.queue,
        row.owner or "",
        row.approvals,
        said,
    )


def _said(verdict: Verdict, facts: Facts) -> Said:
    acting = [m for m in verdict.matches if m.action is verdict.action and not m.observed]
    audience, campaign = facts.audience, facts.campaign
    return Said(
        facts.author or facts.sender,
        facts.plain_subject,
        policy.summary(facts),
        tuple(m.title for m in acting),
        max((m.severity for m in acting), key=_SEVERITIES.index, default="normal"),
        tuple(_badges(verdict, facts)),
        facts.people.visible,
        facts.people.hidden,
        max(campaign.reach, audience.reach),
        max(campaign.exposure, audience.exposure),
    )


def _badges(verdict: Verdict, facts: Facts) -> list[str]:
    """What catches the eye; each is also said in the message."""
    audience = facts.audience
    found = {
        "two people": verdict.approvals > 1,
        "hidden people": facts.people.hidden > 0,
        "hidden content": bool(facts.hidden) and not facts.people.hidden,
        "own mailbox": bool(audience.self_send),
        "personal webmail": audience.webmail > 0,
        "published": audience.publishing > 0,
        "sensitive": bool(facts.special),
        "not read": bool(facts.gaps),
    }
    return [badge for badge, is_so in found.items() if is_so]


def _risk(said: Said, facts: Facts) -> int:
    people = facts.people.private or len(facts.people.everyone)
    spread = int(_A_DECADE * math.log10(1 + people * max(1, said.reach) + said.exposure))
    return _SEVERITIES.index(said.severity) * _STEP + min(_STEP - 1, spread)
