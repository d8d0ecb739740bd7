import time

from hypothesis import given
from hypothesis import strategies as st

from dlpguard.counting.spans import Spans

stretches = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12)


@given(stretches, st.integers(0, 41), st.integers(0, 41))
def test_they_hold_what_any_of_the_stretches_holds(
    given_stretches: list[tuple[int, int]], start: int, end: int
) -> None:
    spans = Spans()
    for one in given_stretches:
        spans.add(*one)
    held = {at for first, last in given_stretches for at in range(first, last)}

    assert (start in held) == spans.holds(start)
    assert (not held.isdisjoint(range(start, end))) == spans.meets(start, end)


def test_a_hundred_thousand_cost_little() -> None:
    start = time.process_time()
    spans = Spans((n * 3, n * 3 + 2) for n in range(100_000))

    assert spans.holds(299_998 - 1)
    assert time.process_time() - start < 2
