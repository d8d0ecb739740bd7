"""Workers come and go; the messages do not notice."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from dlpguard.runners.sandbox import Inspected, Limits, Stopped
from tests.runners._sandboxes import ENVELOPE, LIMITS, Running, Start, is_fine, workers, zygotes


def test_a_worker_that_speaks_when_not_asked_is_replaced(shared: Running) -> None:
    first = shared.inspect("speak-later.hostile")
    before = workers()
    shared.run(asyncio.sleep(0.4))

    assert is_fine(first)
    assert before - workers()
    assert is_fine(shared.inspect("fine.txt"))


@pytest.mark.parametrize("waiting", [False, True])
def test_an_answer_in_advance_is_not_taken_for_the_next_message(
    start: Start, waiting: bool
) -> None:
    running = start()

    async def one_after_the_other() -> list[Inspected | Stopped]:
        first = asyncio.ensure_future(running.inspecting("answer-twice.hostile"))
        await asyncio.sleep(0) if waiting else await first
        return [await running.inspecting("fine.txt"), await first]

    second, first = running.run(one_after_the_other())

    assert isinstance(first, Inspected)
    assert first.facts.sender == "forged"
    assert isinstance(second, Inspected)
    assert second.facts.sender == ENVELOPE.sender


def test_a_worker_that_has_grown_is_replaced(shared: Running) -> None:
    before = workers()
    answer = shared.inspect("grow.hostile")
    shared.run(asyncio.sleep(0.3))

    assert is_fine(answer)
    assert before - workers()


def test_a_worker_is_replaced_after_its_share_of_messages(start: Start) -> None:
    running = start(1, messages_per_worker=2)
    before = []
    for _ in range(5):
        running.run(running.sandbox.ready())
        before.append(frozenset(workers()))
        assert is_fine(running.inspect("fine.txt"))
        running.run(asyncio.sleep(0.1))

    assert len(set(before)) == 3
    assert before[0] == before[1] != before[2] == before[3] != before[4]


def test_idle_workers_that_are_killed_are_replaced(shared: Running) -> None:
    for pid in workers():
        os.kill(pid, signal.SIGKILL)

    assert is_fine(shared.inspect("fine.txt"))


def test_messages_in_work_survive_the_death_of_the_zygote(shared: Running) -> None:
    async def kill_it_meanwhile() -> list[Inspected | Stopped]:
        reading = [asyncio.ensure_future(shared.inspecting("dawdle.hostile")) for _ in range(4)]
        await asyncio.sleep(0.05)
        for pid in zygotes():
            os.kill(pid, signal.SIGKILL)
        return await asyncio.gather(*reading)

    answers = shared.run(kill_it_meanwhile())

    assert [is_fine(a) for a in answers] == [True] * 4


def test_a_poisonous_message_delays_nobody_by_more_than_its_limit(shared: Running) -> None:
    async def race() -> tuple[float, float]:
        begun = time.monotonic()
        poison = asyncio.ensure_future(shared.inspecting("hang.hostile"))
        await asyncio.gather(*(shared.inspecting("fine.txt") for _ in range(50)))
        healthy = time.monotonic() - begun
        await poison
        return healthy, time.monotonic() - begun

    healthy, poisoned = shared.run(race())

    assert healthy < poisoned < LIMITS.document_seconds + 1


def test_two_hundred_at_once_with_some_poison(shared: Running) -> None:
    poison = {20: "die-of-abort", 60: "hang", 100: "eat-memory", 140: "send-garbage", 180: "panic"}

    async def all_of_them() -> list[Inspected | Stopped]:
        names = (f"{poison.get(n, 'fine')}.hostile" for n in range(200))
        return await asyncio.gather(*map(shared.inspecting, names))

    answers = shared.run(all_of_them())

    assert set(poison) == {n for n, answer in enumerate(answers) if isinstance(answer, Stopped)}


def test_a_cancelled_inspection_frees_its_worker_at_once(start: Start) -> None:
    running = start(1, Limits())

    async def cancel_and_go_on() -> tuple[bool, Inspected | Stopped]:
        await running.sandbox.ready()
        reading = asyncio.ensure_future(running.inspecting("hang.hostile"))
        waiting = asyncio.ensure_future(running.inspecting("fine.txt"))
        leaving = asyncio.ensure_future(running.inspecting("fine.txt"))
        await asyncio.sleep(0.1)
        leaving.cancel()
        reading.cancel()
        return reading.cancelled(), await waiting

    begun = time.monotonic()
    _, answer = running.run(cancel_and_go_on())

    assert is_fine(answer)
    assert time.monotonic() - begun < 10  # its limit is 30 s
