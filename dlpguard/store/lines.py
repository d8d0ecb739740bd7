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
from sqlalchemy import ColumnElement, Row, Subquery, and_, case, func, select, text

from dlpguard import policy
from dlpguard.audience import Circle, Viewer
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State
from dlpguard.store import returned
from dlpguard.store.database import Transaction
from dlpguard.store.schema import DECISIONS, alarms, lines, messages, moves
from dlpguard.verdict import Match, Verdict

PAGE = 50
"""Lines on a page."""

_SEVERITIES = ("low", "normal", "high", "critical")

_STEP = 1000
"""Risk between two severities: within one, people times mailboxes decide, by their logarithm."""

_A_DECADE = 100

_MARKS = 2000
"""Characters of marks; some sixty policies would have to stop one message to need more."""

_POLICY = "policy:"
"""How the mark of a policy begins."""

BADGES = (
    "two people",
    "hidden people",
    "hidden content",
    "own mailbox",
    "personal webmail",
    "published",
    "sensitive",
    "not read",
)
"""What a line may be marked with, in the order in which it is shown."""

_WAITING = (str(State.QUARANTINED), str(State.AWAITING_SENDER), str(State.RECEIVED))


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says that can be content: sealed.

    `subject` is the message's when nothing was found in it; one in which something was found is
    `telling_subject`, and only to be shown masked.  `first` is the recipient outside whom a
    reviewer should look at first.
    """

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
    telling_subject: str = field(default="", repr=False)
    first: str = field(default="", repr=False)


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
    urgent: bool = False
    """Somebody says that a person is at risk as long as it waits."""
    ended: Event | None = None
    """What came of it, where it does not wait any more (None: not known)."""
    ended_at: float = 0.0
    ended_by: str = ""
    """Who decided; "" where nobody did in time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list: a state, queues (None: all), an owner (None anybody, "" nobody), a sender's
    address, a policy's name, a badge ("" all).

    `since`: not what waits, but what has ended since then (seconds since 1970); `state` is nothing
    then.
    """

    state: State = State.QUARANTINED
    queues: tuple[str, ...] | None = None
    owner: str | None = None
    sender: str = ""
    policy: str = ""
    badge: str = ""
    since: float | None = None


def write(tx: Transaction, id: str, verdict: Verdict, facts: Facts) -> None:
    """Make, or renew, the line of a message that was stopped."""
    said = _said(verdict, facts)
    values = {
        "risk": _risk(said, facts),
        "said": tx.keys.seal(msgspec.msgpack.encode(said), f"line:{id}"),
        "marks": _marks(verdict, said),
    }
    made = tx.upsert(lines).values(message_id=id, **values)
    tx.execute(made.on_conflict_do_update(index_elements=[lines.c.message_id], set_=values))
    returned.keep(tx, id, facts)


def page(tx: Transaction, wanted: Wanted, number: int) -> tuple[tuple[Line, ...], int]:
    """A page (from 1) of lines, and how many lines there are in all.

    What is urgent first, then the gravest, then what ends first; of what has ended, the last first.
    """
    mailings = _mailings(tx, wanted)
    total = func.count().over().label("total")
    some = (
        select(mailings, total)
        .order_by(*_order(mailings, wanted))
        .limit(PAGE)
        .offset((number - 1) * PAGE)
        .subquery()
    )
    rows = tx.execute(
        select(some, messages, lines.c.said)
        .join(messages, messages.c.id == some.c.first)
        .join(lines, lines.c.message_id == some.c.first)
        .order_by(*_order(some, wanted))
    ).all()
    ends = _ends(tx, [row.first for row in rows]) if wanted.since is not None else {}
    found = tuple(_line(tx, row, ends.get(row.first)) for row in rows)
    return found, rows[0].total if rows else _count(tx, mailings) if number > 1 else 0


def counts(
    tx: Transaction, states: Sequence[State], queues: tuple[str, ...] | None
) -> dict[State, int]:
    """How many mailings of some queues (None: of all) are in each state."""
    return {state: _count(tx, _mailings(tx, Wanted(state, queues))) for state in states}


def newer(tx: Transaction, wanted: Wanted, since: float) -> int:
    """How many mailings have come onto a list since a time."""
    mailings = _mailings(tx, wanted)
    query = select(func.count()).select_from(mailings).where(mailings.c.came > since)
    return int(tx.execute(query).scalar_one())


def policies(tx: Transaction, states: Sequence[State], queues: tuple[str, ...]) -> tuple[str, ...]:
    """The policies that stop something in these states and queues now, in alphabetical order."""
    found = tx.execute(
        select(lines.c.marks)
        .distinct()
        .join(messages, messages.c.id == lines.c.message_id)
        .where(
            messages.c.state.in_([str(state) for state in states]),
            messages.c.origin == "client",
            messages.c.queue.in_(queues),
        )
    ).scalars()
    marks = {mark for each in found for mark in each.split("|")}
    return tuple(sorted(m.removeprefix(_POLICY) for m in marks if m.startswith(_POLICY)))


def _order(mailings: Subquery, wanted: Wanted) -> tuple[ColumnElement[Any], ...]:
    if wanted.since is not None:
        return (mailings.c.moved.desc(), mailings.c.first)
    c = mailings.c
    return (c.urgent.is_(None), c.gravest.desc(), c.ends, c.first)


def _count(tx: Transaction, mailings: Subquery) -> int:
    return int(tx.execute(select(func.count()).select_from(mailings)).scalar_one())


def _mailings(tx: Transaction, wanted: Wanted) -> Subquery:
    """One row for each mailing: its oldest message, how many they are, the gravest, the end."""
    conditions: list[ColumnElement[bool]] = [messages.c.origin == "client"]
    if wanted.since is None:
        conditions.append(messages.c.state == str(wanted.state))
    else:
        decided = select(moves.c.message_id).where(
            text(DECISIONS), moves.c.moved_at >= wanted.since
        )
        conditions += [messages.c.id.in_(decided), messages.c.state.not_in(_WAITING)]
    if wanted.queues is not None:
        conditions.append(messages.c.queue.in_(wanted.queues))
    if wanted.owner is not None:
        conditions.append(func.coalesce(messages.c.owner, "") == wanted.owner)
    if wanted.sender:
        digest = tx.keys.digest("address", wanted.sender.strip().casefold())
        conditions.append(messages.c.sender_digest == digest)
    for mark in (_POLICY + wanted.policy if wanted.policy else "", wanted.badge):
        if mark:
            conditions.append(lines.c.marks.contains(f"|{mark}|", autoescape=True))
    alone = messages.c.campaign_id.is_(None) | messages.c.content.is_(None)
    return (
        select(
            func.min(messages.c.id).label("first"),
            func.count().label("copies"),
            func.max(lines.c.risk).label("gravest"),
            func.min(messages.c.expires_at).label("ends"),
            func.max(alarms.c.raised_at).label("urgent"),
            func.min(messages.c.state_since).label("came"),
            func.max(messages.c.state_since).label("moved"),
        )
        .join(lines, lines.c.message_id == messages.c.id)
        .outerjoin(alarms, alarms.c.message_id == messages.c.id)
        .where(and_(*conditions))
        .group_by(
            messages.c.campaign_id, messages.c.content, case((alone, messages.c.id), else_=None)
        )
        .subquery()
    )


def _ends(tx: Transaction, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """The last decision on each of these messages."""
    found = select(moves).where(moves.c.message_id.in_(ids), text(DECISIONS)).order_by(moves.c.id)
    return {row.message_id: row for row in tx.execute(found)}


def _line(tx: Transaction, row: Row[Any], end: Row[Any] | None) -> Line:
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
        row.urgent is not None,
        Event(end.event) if end else None,
        end.moved_at if end else 0.0,
        end.actor if end else "",
    )


def _said(verdict: Verdict, facts: Facts) -> Said:
    acting = _acting(verdict)
    audience, campaign = facts.audience, facts.campaign
    outside = [v for v in audience.viewers if v.outside and v.receives]
    return Said(
        policy.sender_name(facts),
        facts.plain_subject,
        policy.summary(facts),
        tuple(m.title for m in acting),
        max((m.severity for m in acting), key=_SEVERITIES.index, default="normal"),
        tuple(_badges(verdict, facts)),
        facts.people.visible,
        facts.people.hidden,
        max(campaign.reach, audience.reach),
        max(campaign.exposure, audience.exposure),
        "" if facts.plain_subject else facts.subject,
        min(outside, key=_last_known).address if outside else "",
    )


def _acting(verdict: Verdict) -> list[Match]:
    """What stops it."""
    return [m for m in verdict.matches if m.action is verdict.action and not m.observed]


def _last_known(viewer: Viewer) -> tuple[bool, bool]:
    """Personal webmail first, then who has never been written to."""
    return viewer.circle is not Circle.WEBMAIL, not viewer.first_time


def _marks(verdict: Verdict, said: Said) -> str:
    """By what a list is filtered: badges, and names of policies.  Nothing of them is content."""
    marks = "|"
    for mark in (*said.badges, *(_POLICY + m.policy for m in _acting(verdict))):
        if len(marks) + len(mark) < _MARKS:
            marks += f"{mark}|"
    return marks


def _badges(verdict: Verdict, facts: Facts) -> list[str]:
    """What catches the eye; each is also said in the message."""
    audience = facts.audience
    holds = (
        verdict.approvals > 1,
        facts.people.hidden > 0,
        bool(facts.hidden) and not facts.people.hidden,
        bool(audience.self_send),
        audience.webmail > 0,
        audience.publishing > 0,
        bool(facts.special),
        bool(facts.gaps),
    )
    return [badge for badge, is_so in zip(BADGES, holds, strict=True) if is_so]


def _risk(said: Said, facts: Facts) -> int:
    people = facts.people.private or len(facts.people.everyone)
    spread = int(_A_DECADE * math.log10(1 + people * max(1, said.reach) + said.exposure))
    return _SEVERITIES.index(said.severity) * _STEP + min(_STEP - 1, spread)
