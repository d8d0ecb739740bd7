"""Who has written to whom, and for how long that is known."""

from __future__ import annotations

from sqlalchemy import update

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.lifecycle import Outcome
from dlpguard.store import campaigns, contacts, schema
from dlpguard.store.contacts import KEPT_SECONDS
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.periods import DAY, HOUR
from tests.store._world import Clock, Poster, do

BOB = "bob@outside.example"


def write(post: Poster) -> str:
    """Ann writes to Bob, who gets it."""
    id = str(post())
    delivered = update(schema.recipients).where(schema.recipients.c.message_id == id)
    post.store.database.write_now(
        lambda tx: tx.execute(delivered.values(outcome=str(Outcome.DELIVERED)))
    )
    do(post.store, contacts.remember, id)
    return id


def is_new(post: Poster) -> bool:
    """Whether Ann writes to Bob for the first time, as far as is known."""
    id = str(post())

    def look(tx: Transaction) -> Audience:
        audience = Audience((Viewer(BOB, Circle.EXTERNAL, receives=True, shown=True),))
        return contacts.look_up(tx, id, audience, campaigns.digests(tx, audience))

    return bool(post.store.database.read_now(look).viewers[0].first_time)


def test_who_was_written_to_is_not_new(post: Poster) -> None:
    before = is_new(post)
    write(post)

    assert [True, False] == [before, is_new(post)]


def test_an_address_is_known_for_two_years_after_the_last_mail_to_it(
    store: Store, post: Poster, clock: Clock
) -> None:
    write(post)
    clock.time += 23 * HOUR
    write(post)
    clock.time += KEPT_SECONDS - 1.0
    do(store, contacts.forget)
    known = not is_new(post)
    clock.time += DAY
    do(store, contacts.forget)

    assert (True, True) == (known, is_new(post))


def test_who_writes_often_is_noted_once_a_day(store: Store, post: Poster, clock: Clock) -> None:
    def noted(tx: Transaction) -> float:
        return float(tx.execute(schema.contacts.select()).one().last_at)

    found = []
    for hours in (0, 1, 22, 2, 1):
        clock.time += hours * HOUR
        write(post)
        found.append(do(store, noted))

    assert [0.0, 0.0, 0.0, 25 * HOUR, 25 * HOUR] == [time - found[0] for time in found]
