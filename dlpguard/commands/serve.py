"""`dlpguard serve`: the relay."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import Config
from dlpguard.commands._roles import Role

if TYPE_CHECKING:
    from dlpguard.config import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    config: Config = Path("dlpguard.toml"),
    role: Annotated[
        list[Role] | None,
        typer.Option(
            help="What this process does; may be given several times. All of it, if not given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Take mail in, inspect it, and forward or hold it, until stopped (SIGTERM).

    SIGHUP reads the policies again. Nodes with roles of their own share a PostgreSQL database.
    """
    # What is imported and built until mail is taken stays: looking for garbage in it is a tenth of
    # the start.
    gc.disable()
    try:
        _run(config, role or tuple(Role))
    finally:
        gc.enable()


def _run(config: Path, roles: Collection[Role]) -> None:
    import uvloop

    from dlpguard import config as settings_file
    from dlpguard import telemetry
    from dlpguard.commands import _allocator, _wiring

    _allocator.keep_buffers()
    telemetry.setup()
    settings = settings_file.load(config)
    _wiring.observe(settings)
    uvloop.run(_serve(settings, roles))


async def _serve(settings: Settings, roles: Collection[Role]) -> None:
    from dlpguard import telemetry
    from dlpguard.commands import _opening
    from dlpguard.commands._service import Service

    store = _opening.store(settings)
    try:
        service = Service(settings, store, roles)
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        loop.add_signal_handler(signal.SIGHUP, service.reload)
        await service.start()
        # Looking through all that would keep mail waiting for 60 ms, again and again.
        gc.freeze()
        gc.enable()
        waiting = [asyncio.create_task(stopped.wait()), asyncio.create_task(service.wait())]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        telemetry.stopping()
        await service.stop()
        for task in done:
            task.result()
    finally:
        store.close()
