"""By what a client's retry is told from a second copy that is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy

from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.store import retries, schema
from dlpguard.store.opening import Store
from tests.store._world import Clock, do

FIRST, SECOND, THIRD = MessageId("1" * 26), MessageId("2" * 26), MessageId("3" * 26)
BOB, EVE = Recipient("bob@nhs.example"), Recipient("eve@nhs.example", ("NEVER",))
ENVELOPE = Envelope("ann@council.example", (BOB, EVE), "192.0.2.1")


def print_of(store: Store, envelope: Envelope = ENVELOPE, content: bytes = b"digest") -> bytes:
    return retries.fingerprint(store.keys, envelope, content)


def nobody(id: str) -> bool:
    return False


def earlier(
    store: Store,
    id: MessageId,
    awaited: tuple[str, ...] = (),
    *,
    age: float = 0.0,
    gone: bool = False,
) -> MessageId | None:
    copy = retries.Copy(print_of(store), lambda: age, lambda: gone)
    return do(store, retries.earlier, copy, id, awaited.__contains__)


def test_what_was_not_acknowledged_is_found_again(store: Store) -> None:
    assert earlier(store, FIRST) is None

    assert FIRST == earlier(store, SECOND)
    assert FIRST == earlier(store, THIRD)


def test_what_was_acknowledged_and_is_sent_again_is_a_message_of_its_own(store: Store) -> None:
    assert earlier(store, FIRST) is None
    do(store, retries.acknowledge, [FIRST])

    assert earlier(store, SECOND) is None
    assert SECOND == earlier(store, THIRD)


def test_a_copy_that_was_overtaken_by_its_retry_is_no_message_of_its_own(
    store: Store, clock: Clock
) -> None:
    assert earlier(store, FIRST) is None
    clock.time += 1
    do(store, retries.acknowledge, [FIRST])
    clock.time += 5

    assert FIRST == earlier(store, SECOND, age=10.0, gone=True)
    assert FIRST == earlier(store, SECOND, age=10.0, gone=True), "and again"


@pytest.mark.parametrize(
    ("age", "gone"), [(3.0, True), (10.0, False)], ids=["began later", "its client is there"]
)
def test_what_is_sent_beside_or_after_the_first_is_meant(
    store: Store, clock: Clock, age: float, gone: bool
) -> None:
    assert earlier(store, FIRST) is None
    clock.time += 1
    do(store, retries.acknowledge, [FIRST])
    clock.time += 5

    assert earlier(store, SECOND, age=age, gone=gone) is None
    assert SECOND == earlier(store, THIRD), "which may be repeated in its turn"


def test_an_acknowledgement_is_kept_as_long_as_somebody_may_be_overtaken(
    store: Store, clock: Clock
) -> None:
    assert earlier(store, FIRST) is None
    do(store, retries.acknowledge, [FIRST])
    clock.time += retries.OVERTAKEN_SECONDS - 1
    do(store, retries.forget)
    assert FIRST == earlier(store, SECOND, age=retries.OVERTAKEN_SECONDS, gone=True)
    clock.time += 2
    do(store, retries.forget)

    assert earlier(store, SECOND, age=2 * retries.OVERTAKEN_SECONDS, gone=True) is None


def test_a_copy_while_the_client_of_the_first_is_there_is_meant(store: Store) -> None:
    assert earlier(store, FIRST) is None

    assert earlier(store, SECOND, awaited=(FIRST,)) is None
    assert SECOND == earlier(store, THIRD)


def test_a_day_later_it_is_meant(store: Store, clock: Clock) -> None:
    assert earlier(store, FIRST) is None
    clock.time += retries.KEPT_SECONDS

    assert earlier(store, SECOND) is None


def test_what_comes_from_a_clock_that_was_turned_back_suppresses_nothing(
    store: Store, clock: Clock
) -> None:
    assert earlier(store, FIRST) is None
    clock.time -= 10

    assert earlier(store, SECOND) is None


def test_what_is_too_old_is_forgotten_and_nothing_else(store: Store, clock: Clock) -> None:
    assert earlier(store, FIRST) is None
    clock.time += retries.KEPT_SECONDS + 1
    do(store, retries.earlier, retries.Copy(b"another", float, bool), SECOND, nobody)
    do(store, retries.forget)

    kept = do(store, lambda tx: tx.execute(sqlalchemy.select(schema.retries.c.message_id)).all())
    assert [(SECOND,)] == [tuple(row) for row in kept]


def test_many_can_be_acknowledged_at_once(store: Store) -> None:
    assert earlier(store, FIRST) is None
    do(store, retries.acknowledge, [*(f"{i:026}" for i in range(1200)), FIRST])

    assert earlier(store, SECOND) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(ENVELOPE, sender="eve@council.example"),
        replace(ENVELOPE, client="192.0.2.2"),
        replace(ENVELOPE, login="scanner"),
        replace(ENVELOPE, recipients=(BOB,)),
        replace(ENVELOPE, recipients=(BOB, replace(EVE, notify=()))),
        replace(ENVELOPE, recipients=(BOB, EVE, Recipient("c@nhs.example"))),
        replace(ENVELOPE, options=(("ENVID", "x"),)),
        replace(ENVELOPE, options=(("RET", "HDRS"),)),
    ],
)
def test_another_client_or_envelope_is_another_message(store: Store, other: Envelope) -> None:
    assert print_of(store) != print_of(store, other)


def test_other_bytes_are_another_message(store: Store) -> None:
    assert print_of(store) != print_of(store, content=b"other")


@pytest.mark.parametrize(
    "same",
    [
        replace(ENVELOPE, recipients=(EVE, BOB)),
        replace(ENVELOPE, options=(("SIZE", "100"), ("BODY", "8BITMIME"))),
        replace(ENVELOPE, tls=True, received=5.0),
    ],
)
def test_how_it_is_sent_makes_no_other_message(store: Store, same: Envelope) -> None:
    assert print_of(store) == print_of(store, same)


def test_a_login_is_known_wherever_it_comes_from(store: Store) -> None:
    there = replace(ENVELOPE, login="scanner")

    assert print_of(store, there) == print_of(store, replace(there, client="192.0.2.9"))
