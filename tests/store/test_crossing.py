from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from dlpguard.store._crossing import Awaited


def in_a_thread(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


async def told(how: Callable[[Awaited[str]], None]) -> str:
    answer = Awaited[str]()
    in_a_thread(lambda: how(answer))
    return await answer


def test_what_a_thread_finds_out_is_heard_in_the_loop() -> None:
    assert "done" == asyncio.run(told(lambda answer: answer.set_result("done")))


def test_what_failed_in_a_thread_is_raised_in_the_loop() -> None:
    with pytest.raises(KeyError):
        asyncio.run(told(lambda answer: answer.set_exception(KeyError("x"))))


def test_what_nobody_waits_for_any_more_need_not_be_done() -> None:
    async def give_up() -> list[bool]:
        answer = Awaited[str]()
        wanted = [answer.set_running_or_notify_cancel()]

        async def wait() -> str:
            return await answer

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        wanted.append(answer.set_running_or_notify_cancel())
        answer.set_result("too late")
        await asyncio.sleep(0)
        return wanted

    assert [True, False] == asyncio.run(give_up())


def test_an_answer_for_a_loop_that_is_closed_hurts_nobody() -> None:
    async def ask() -> Awaited[str]:
        return Awaited[str]()

    answer = asyncio.run(ask())
    answer.set_result("too late")

    assert answer.set_running_or_notify_cancel()
