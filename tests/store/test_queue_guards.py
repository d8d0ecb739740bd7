"""The guards of the queue's protocol: without any one of them a promise breaks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from sqlalchemy import delete

from dlpguard.errors import TemporaryError
from dlpguard.lifecycle import Event, Guard
from dlpguard.mail import Envelope, Recipient, new_id
from dlpguard.store import bodies, deliveries, guards, messages, schema
from dlpguard.store.database import Transaction
from dlpguard.store.messages import NewMessage
from tests.store._engines import Factory, protocol
from tests.store._protocol import BrokenPromiseError, Protocol
from tests.store._steps import TOOK
from tests.store._world import do

Schedule = Callable[[Protocol], None]

AFTER_LEASE = 130.0


def a_verdict_after_the_lease_ran_out(p: Protocol) -> None:
    p.accept()
    p.claim_to_read("a")
    p.clock.time += AFTER_LEASE
    p.claim_to_read("b")
    p.judge(p.reading[0], Event.PASS)


def a_release_taken_back_while_it_is_sent(p: Protocol) -> None:
    id = released(p)
    p.claim_to_send("a")
    p.open_attempt(p.sending[0], with_dot=True)
    decide(p, id, Event.UNDO)
    decide(p, id, Event.RETURN)
    p.arrive(p.sending[0], TOOK)


def a_copy_is_held_when_one_was_released(p: Protocol) -> None:
    released(p)
    judged(p, Event.HOLD, sibling=True)


def a_courier_that_forgets_a_recipient(p: Protocol) -> None:
    judged(p, Event.PASS)
    p.claim_to_send("a")
    p.finish(p.sending[0])


def a_release_of_what_has_changed_meanwhile(p: Protocol) -> None:
    id = judged(p, Event.HOLD)
    p.look("rita", id)
    judged(p, Event.HOLD, sibling=True)
    p.decide("rita", id, Event.RELEASE)


def a_verdict_is_taken_back_as_if_it_were_a_release(p: Protocol) -> None:
    decide(p, judged(p, Event.PASS), Event.UNDO)


def what_is_being_sent_expires(p: Protocol) -> None:
    id = judged(p, Event.PASS)
    p.claim_to_send("a")
    p.open_attempt(p.sending[0], with_dot=True)
    p.expire(id)
    p.arrive(p.sending[0], TOOK)


def two_couriers_one_after_the_other(p: Protocol) -> None:
    judged(p, Event.PASS)
    p.claim_to_send("a")
    p.clock.time += AFTER_LEASE
    p.claim_to_send("b")
    slow, quick = p.sending
    for sending in (quick, slow):
        p.open_attempt(sending, with_dot=True)
        if sending in p.sending:
            p.arrive(sending, TOOK)
            p.conclude(sending)


def two_couriers_at_once(p: Protocol) -> None:
    judged(p, Event.PASS)
    p.claim_to_send("a")
    slow = p.sending[0]
    p.open_attempt(slow, with_dot=True)
    p.clock.time += AFTER_LEASE
    p.claim_to_send("b")
    quick = p.sending[-1]
    if quick is not slow:
        p.open_attempt(quick, with_dot=True)
    if quick in p.sending and quick is not slow:
        p.arrive(quick, TOOK)
        p.conclude(quick)
    p.arrive(slow, TOOK)


def the_sweeper_comes_before_a_late_commit(p: Protocol) -> None:
    """The guard `new`: body durable."""
    content = b"x" * (bodies.IN_ROW + 1)
    body = bodies.prepare(content, p.store.keys, p.store.shelf)
    for id in do(p.store, bodies.claim_orphans, (body.id,)):
        p.store.shelf.remove(id)
    new = NewMessage(new_id(1, bytes(10)), Envelope("", (Recipient("r@x.example"),)), b"", body)
    with contextlib.suppress(TemporaryError):
        do(p.store, messages.accept, new)
        p.bodies["r@x.example"] = content


SCHEDULES: dict[Guard, Schedule] = {
    Guard.FENCE: a_verdict_after_the_lease_ran_out,
    Guard.NOTHING_OPEN: a_release_taken_back_while_it_is_sent,
    Guard.NOT_DECIDED: a_copy_is_held_when_one_was_released,
    Guard.NONE_PENDING: a_courier_that_forgets_a_recipient,
    Guard.VERSION: a_release_of_what_has_changed_meanwhile,
    Guard.RELEASED: a_verdict_is_taken_back_as_if_it_were_a_release,
    Guard.NO_ATTEMPT: what_is_being_sent_expires,
}
"""For each guard an order of steps that breaks a promise without it."""

REMOVABLE = {
    Guard.CAMPAIGN: "SQLite has one writer; it locks rows where there are more (PostgreSQL)",
    Guard.NEW: "there is no row yet: `insert_body` and the primary key keep it (see below)",
    Guard.OWN_DOMAIN: "there is no row yet: `own_mail.tell` and `report` keep it",
}
"""Guards that can be taken out of `guards.ASKED` with no harm on SQLite, and why."""

BEYOND: dict[str, Schedule] = {
    "is_ours": two_couriers_one_after_the_other,
    "has_open_attempt": two_couriers_at_once,
}
"""What couriers ask outside of moves (`store.deliveries`)."""


def test_every_guard_is_tried_or_is_known_to_be_kept_elsewhere() -> None:
    assert set(Guard) == SCHEDULES.keys() | REMOVABLE.keys()


@pytest.mark.parametrize("guard", SCHEDULES)
def test_without_one_of_its_guards_a_promise_breaks(
    stores: Factory, monkeypatch: pytest.MonkeyPatch, guard: Guard
) -> None:
    walk(stores, SCHEDULES[guard])
    monkeypatch.setitem(guards.ASKED, guard, lambda *_: "")

    with pytest.raises(BrokenPromiseError):
        walk(stores, SCHEDULES[guard])


@pytest.mark.parametrize("name", BEYOND)
def test_without_what_couriers_ask_a_promise_breaks(
    stores: Factory, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    walk(stores, BEYOND[name])
    always = name == "is_ours"
    monkeypatch.setattr(deliveries, name, lambda *_: always)

    with pytest.raises(BrokenPromiseError):
        walk(stores, BEYOND[name])


def test_without_the_list_of_orphans_a_late_commit_has_no_body(
    stores: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk(stores, the_sweeper_comes_before_a_late_commit)
    forgets = bodies.claim_orphans

    def claim_and_forget(tx: Transaction, candidates: tuple[str, ...]) -> tuple[str, ...]:
        found = forgets(tx, candidates)
        tx.execute(delete(schema.orphans))
        return found

    monkeypatch.setattr(bodies, "claim_orphans", claim_and_forget)

    with pytest.raises(BrokenPromiseError):
        walk(stores, the_sweeper_comes_before_a_late_commit)


def walk(stores: Factory, schedule: Schedule) -> None:
    """Go through a schedule in a store of its own, and look whether all promises hold."""
    with protocol(stores) as p:
        schedule(p)
        p.check()


def judged(p: Protocol, event: Event, *, sibling: bool = False) -> str:
    id = p.accept(sibling=sibling)
    p.claim_to_read("a")
    p.judge(p.reading[-1], event)
    return id


def released(p: Protocol) -> str:
    id = judged(p, Event.HOLD)
    decide(p, id, Event.RELEASE)
    return id


def decide(p: Protocol, id: str, event: Event) -> bool:
    p.look("rita", id)
    return p.decide("rita", id, event)
