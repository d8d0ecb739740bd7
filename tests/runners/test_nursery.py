"""The nursery alone, when the machine gives it less than it asks for."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dlpguard.runners import _wire
from dlpguard.runners._nursery import Nursery, Worker, ZygoteLostError
from tests.runners._sandboxes import SETUP, zygotes

BEGIN = _wire.Begin(SETUP, memory=256 << 20, cpu=5.0, frame=1 << 20)
_ASKED_AT_ONCE = 300
"""Requests: more than a channel holds that nobody reads (net.unix.max_dgram_qlen, often 10)."""


def made() -> int:
    """The workers that somebody still knows of: other files may have some."""
    gc.collect()
    return sum(isinstance(one, Worker) for one in gc.get_objects())


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


@contextmanager
def room_for(more: int) -> Iterator[None]:
    """So many descriptors can still be had."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = set(map(int, descriptors()))
    free = [number for number in range(max(taken) + more + 2) if number not in taken]
    # The listing had one open itself, which is closed again: it counts as free.
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[more - 1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("more", range(1, 6))
def test_a_zygote_that_cannot_be_started_leaves_no_descriptor(more: int) -> None:
    async def start() -> tuple[set[str], set[str]]:
        nursery = Nursery(BEGIN)
        before = descriptors()
        with room_for(more), pytest.raises(OSError, match="Too many open files"):
            nursery.start()
        return before, descriptors()

    before, after = asyncio.run(start())

    assert before == after


def test_a_worker_that_could_not_be_asked_for_is_forgotten() -> None:
    async def ask_a_zygote_that_does_not_listen() -> tuple[int, int]:
        nursery, others, known = Nursery(BEGIN), zygotes(), made()
        nursery.start()
        (zygote,) = zygotes() - others
        os.kill(zygote, signal.SIGSTOP)
        asked = [asyncio.create_task(nursery.fork()) for _ in range(_ASKED_AT_ONCE)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        refused = [task for task in asked if task.done()]
        assert all(isinstance(task.exception(), ZygoteLostError) for task in refused)
        waiting = len(asked) - len(refused)
        del refused
        asked = [task for task in asked if not task.done()]
        left = made() - known
        nursery.kill()
        await asyncio.gather(*asked, return_exceptions=True)
        return waiting, left

    waiting, left = asyncio.run(ask_a_zygote_that_does_not_listen())

    assert 0 < waiting < _ASKED_AT_ONCE
    assert waiting == left
