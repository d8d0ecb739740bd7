"""Messages in every state, as a relay leaves them in its store, and what is read of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager

from dlpguard.backup import Place
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import deliveries, messages, quarantine, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store, open_store
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Plan, Verdict
from tests.store._world import Poster, do, facts

LARGE = b"Subject: large\r\n\r\n" + b"a line of a message that has a file of its own\r\n" * 8000


def nothing(_what: str, _done: int, _total: int) -> None:
    """Hears how far it is."""


def judge(store: Store, event: Event, *, settle: float = 0.0) -> str:
    """Give the oldest message that is RECEIVED a verdict."""
    action = {Event.HOLD: Action.QUARANTINE, Event.ASK: Action.CONFIRM}.get(event, Action.ALLOW)
    [claim] = do(store, work.claim, State.RECEIVED, "node", 1, 60.0)
    record = Record(facts(), Verdict(action))
    do(
        store,
        verdicts.judge,
        claim.id,
        claim.fence,
        record,
        Plan(event),
        b"evidence",
        settle=settle,
    )
    return claim.id


def posted(store: Store, post: Poster, event: Event, content: bytes = LARGE) -> str:
    """A message with that verdict."""
    id = post(content)
    assert id == judge(store, event)
    return id


def released(store: Store, post: Poster) -> str:
    """A message that a reviewer let go, and that has not left."""
    id = posted(store, post, Event.HOLD)
    do(store, messages.move, id, Event.RELEASE, State.READY, Step(Who.REVIEWER, "rita"))
    return id


def confirmed(store: Store, post: Poster) -> str:
    """A message that its sender meant, and that has not left."""
    id = posted(store, post, Event.ASK)
    do(store, messages.move, id, Event.CONFIRM, State.READY, Step(Who.SENDER, "ann"))
    return id


def finish(store: Store, id: str) -> None:
    """Deliver a message to everybody, and forget its content."""

    def work_on(tx: Transaction) -> str | None:
        row = messages.get(tx, id)
        answers = (
            deliveries.Answer(p.position, Outcome.DELIVERED, "250 2.0.0")
            for p in deliveries.load(tx, row).pending
        )
        deliveries.answer(tx, id, answers)
        return deliveries.finish(tx, id, row.fence)

    freed = store.database.write_now(work_on)
    if freed:
        store.shelf.remove(freed)


@contextmanager
def opened(place: Place) -> Iterator[Store]:
    """The store of a place."""
    found = open_store(place.url, place.key_file, place.base, clock=place.clock)
    with contextlib.closing(found):
        yield found


def state(store: Store, id: str) -> str:
    return str(store.database.read_now(lambda tx: messages.get(tx, id).state))


def outcomes(store: Store, id: str) -> dict[str, int]:
    return store.database.read_now(lambda tx: quarantine.outcomes(tx, id))
