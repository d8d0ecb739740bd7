"""A site on a port, in a thread of the test's own process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dlpguard.web.serving import Serving
from tests.web._site import Desk


@contextmanager
def served(here: Desk) -> Iterator[str]:
    """Its address, while it is served."""
    ready = threading.Event()
    ports: list[int] = []
    loops: list[asyncio.AbstractEventLoop] = []
    serving = Serving(here.site)

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await serving.start("127.0.0.1:0")
        ports.append(serving.port)
        ready.set()
        assert serving._task
        await serving._task

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(30)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        asyncio.run_coroutine_threadsafe(serving.stop(), loops[0])
        thread.join(30)
