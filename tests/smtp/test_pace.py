"""How slow a client may be, by a clock that tests turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from dlpguard.smtp._pace import Pace


class Loop:
    """As much of an event loop as a timer needs; its time stands still but for `pass_`."""

    def __init__(self) -> None:
        self.now = 0.0
        self._timer: tuple[float, Callable[[], object]] | None = None

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        self._timer = (self.now + delay, callback)

    def pass_(self, seconds: float) -> None:
        end = self.now + seconds
        while self._timer and self._timer[0] <= end:
            self.now, callback = self._timer
            self._timer = None
            callback()
        self.now = end


def ended(rate: float, steps: Callable[[Loop, Pace], None]) -> bool:
    """Whether a client with 60 seconds, and so many bytes a second to send, was ended."""
    loop, rung = Loop(), list[bool]()
    pace = Pace(cast("asyncio.AbstractEventLoop", loop), 60, rate, lambda: rung.append(True))
    steps(loop, pace)
    return bool(rung)


def test_a_command_has_its_time_and_no_more() -> None:
    def quick(loop: Loop, pace: Pace) -> None:
        for _ in range(100):
            loop.pass_(59)
            pace.new_command()

    assert not ended(500, quick)
    assert ended(500, lambda loop, _: loop.pass_(61))


def test_an_upload_above_the_minimum_goes_on_for_hours() -> None:
    def steady(loop: Loop, pace: Pace) -> None:
        for _ in range(5 * 3600):
            loop.pass_(1)
            pace.body_came(501)

    assert not ended(500, steady)


def test_an_upload_of_a_byte_a_second_is_ended_soon() -> None:
    def trickle(loop: Loop, pace: Pace) -> None:
        for _ in range(70):
            loop.pass_(1)
            pace.body_came(1)

    assert ended(500, trickle)
    assert not ended(0, trickle)


def test_what_came_fast_gives_no_credit_for_hours_of_silence() -> None:
    def burst(loop: Loop, pace: Pace) -> None:
        pace.body_came(100_000_000)
        loop.pass_(61)

    assert ended(500, burst)


def test_a_short_silence_in_a_body_is_borne() -> None:
    def stutter(loop: Loop, pace: Pace) -> None:
        for _ in range(100):
            pace.body_came(30_000)
            loop.pass_(50)

    assert not ended(500, stutter)


def test_while_we_work_its_time_stands_still() -> None:
    def slow_disk(loop: Loop, pace: Pace) -> None:
        loop.pass_(50)
        pace.busy(True)
        pace.busy(True)
        loop.pass_(100_000)
        pace.busy(False)
        pace.busy(False)
        loop.pass_(9)

    def and_then_nothing(loop: Loop, pace: Pace) -> None:
        slow_disk(loop, pace)
        loop.pass_(60)

    assert not ended(500, slow_disk)
    assert ended(500, and_then_nothing)
