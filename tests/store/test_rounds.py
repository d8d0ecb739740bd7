"""What is done now and then is done once, by whoever comes first."""

from __future__ import annotations

import pytest

from dlpguard.store import rounds
from dlpguard.store.opening import Store
from tests.store._world import Clock, do

HOUR = 3600.0


def test_the_first_does_it_and_the_others_do_not(store: Store, clock: Clock) -> None:
    since = clock.time - HOUR
    assert do(store, rounds.is_due, "digest", since)

    assert [True, False, False] == [do(store, rounds.begin, "digest", since) for _ in range(3)]
    assert not do(store, rounds.is_due, "digest", since)
    assert do(store, rounds.begin, "reminder", since), "another thing"


def test_it_is_due_again_when_its_time_has_come(store: Store, clock: Clock) -> None:
    do(store, rounds.begin, "digest", clock.time)
    clock.time += HOUR

    assert not do(store, rounds.begin, "digest", clock.time - HOUR)
    assert do(store, rounds.is_due, "digest", clock.time - HOUR + 1)
    assert do(store, rounds.begin, "digest", clock.time - HOUR + 1)


def test_what_failed_is_still_to_be_done(store: Store, clock: Clock) -> None:
    def fail(tx):  # type: ignore[no-untyped-def]
        assert rounds.begin(tx, "digest", clock.time)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - ours
        do(store, fail)

    assert do(store, rounds.begin, "digest", clock.time)


def test_a_clock_that_was_wrong_for_a_while_stops_nothing(store: Store, clock: Clock) -> None:
    clock.time += 1000 * HOUR
    do(store, rounds.begin, "digest", clock.time)
    clock.time -= 1000 * HOUR

    assert do(store, rounds.is_due, "digest", clock.time - HOUR)
    assert do(store, rounds.begin, "digest", clock.time - HOUR)
