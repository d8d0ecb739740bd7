"""How often one client may be wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dlpguard.web import throttle
from dlpguard.web.throttle import FREE, REFILL_SECONDS, Throttle


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_some_failures_are_free_and_then_one_waits_until_one_is_forgiven() -> None:
    clock = Clock()
    counts = Throttle(clock)

    waits = [counts.take("192.0.2.1") for _ in range(FREE + 1)]

    assert [0.0] * FREE + [REFILL_SECONDS] == waits
    clock.now += REFILL_SECONDS - 1
    assert 1.0 == round(counts.wait("192.0.2.1"), 6)
    clock.now += 1
    assert 0.0 == counts.take("192.0.2.1")
    assert counts.take("192.0.2.1") > 0


def test_waiting_costs_nothing_and_clients_are_counted_apart() -> None:
    counts = Throttle(Clock())
    for _ in range(FREE):
        counts.take("192.0.2.1")
        counts.wait("192.0.2.2")

    assert 0.0 == counts.wait("192.0.2.2")
    assert counts.wait("192.0.2.1") > 0


def test_what_was_right_is_given_back_and_never_more() -> None:
    counts = Throttle(Clock())
    for _ in range(5 * FREE):
        assert 0.0 == counts.take("192.0.2.1")
        counts.give_back("192.0.2.1")
    counts.give_back("192.0.2.1")

    waits = [counts.take("192.0.2.1") for _ in range(FREE + 1)]

    assert waits[-1] > 0


def test_tries_at_the_same_time_are_no_more_than_are_free() -> None:
    counts = Throttle(Clock())
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(counts.take, ["192.0.2.1"] * 100))

    assert FREE == waits.count(0.0)


def test_a_flood_of_addresses_does_not_fill_the_memory() -> None:
    counts = Throttle(Clock())
    for number in range(throttle.MOST_CLIENTS + 500):
        counts.take(f"2001:db8:{number:x}::/64")

    assert throttle.MOST_CLIENTS == len(counts._spent)
