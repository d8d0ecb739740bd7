"""Mail on its way: how much of it, since when, and whether the next hop takes it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from dlpguard.health._lines import Around, Level, Line
from dlpguard.health._words import ago, lasting, number_of
from dlpguard.lifecycle import State
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import messages

SLOW_SECONDS = 5 * 60.0
"""Mail that nobody has read for so long: inspecting takes seconds."""

LATE_SECONDS = 3600.0
"""Mail that the next hop has not taken for so long: greylisting is over by then."""


def look(store: Store, around: Around) -> Iterator[Line]:
    """A line for what waits to be read, to be sent, and for a person."""
    del around
    found, put_off, now = store.database.read_now(_count)
    yield _unread(found, now)
    yield _unsent(found, put_off, now)
    yield _undecided(found, now)


_Found = dict[State, tuple[int, float]]
"""By state: how many, and since when the oldest."""


def _count(tx: Transaction) -> tuple[_Found, tuple[int, float | None, float | None], float]:
    each = (
        select(
            messages.c.state,
            func.count().label("number"),
            func.min(messages.c.state_since).label("since"),
        )
        .where(messages.c.state.in_([str(s) for s in State if s is not State.DONE]))
        .group_by(messages.c.state)
    )
    late = select(
        func.count().label("number"),
        func.min(messages.c.state_since).label("since"),
        func.min(messages.c.next_try).label("next"),
    ).where(messages.c.state == str(State.READY), messages.c.tries > 0)
    found = {State(row.state): (row.number, row.since) for row in tx.execute(each)}
    row = tx.execute(late).one()
    return found, (row.number, row.since, row.next), tx.now()


def _unread(found: _Found, now: float) -> Line:
    about = "Waiting to be read"
    both = [found[s] for s in (State.RECEIVED, State.SET_ASIDE) if s in found]
    if not both:
        return Line(about, Level.FINE, "Nothing waits.")
    number, since = sum(n for n, _ in both), min(at for _, at in both)
    said = f"{number_of(number, 'message')}, the oldest for {lasting(now - since)}."
    if now - since < SLOW_SECONDS:
        return Line(about, Level.FINE, said)
    advice = (
        "Nothing of it is lost, and nothing leaves unread. See Reading of attachments; when it "
        "goes on, restart dlpguard and look at its log."
    )
    return Line(about, Level.BROKEN, said, advice)


def _unsent(found: _Found, put_off: tuple[int, float | None, float | None], now: float) -> Line:
    about = "Waiting for the next hop"
    number, since, following = put_off
    all_, _ = found.get(State.READY, (0, now))
    if not all_:
        return Line(about, Level.FINE, "Nothing waits.")
    said = f"{number_of(all_, 'message')}."
    if not number or since is None or following is None:
        return Line(about, Level.FINE, said)
    said = (
        f"{number_of(all_, 'message')}; {number_of(number, 'message')} of these could not be "
        f"handed over so far, the oldest for {lasting(now - since)}. "
        f"The next try is {ago(following - now)}."
    )
    if now - since < LATE_SECONDS:
        return Line(about, Level.LOOK, said, "It is tried again by itself. See Next hop.")
    return Line(about, Level.BROKEN, said, "See Next hop: does it answer, and what does it say?")


def _undecided(found: _Found, now: float) -> Line:
    about = "Waiting for people"
    held, held_since = found.get(State.QUARANTINED, (0, now))
    asked, asked_since = found.get(State.AWAITING_SENDER, (0, now))
    if not held and not asked:
        return Line(about, Level.FINE, "Nothing waits.")
    parts = []
    if held:
        oldest = lasting(now - held_since)
        parts.append(f"{number_of(held, 'message')} for reviewers, the oldest for {oldest}")
    if asked:
        oldest = lasting(now - asked_since)
        parts.append(f"{number_of(asked, 'message')} for their senders, the oldest for {oldest}")
    return Line(about, Level.FINE, "; ".join(parts) + ".")
