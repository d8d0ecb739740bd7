"""The site on a port of its own, in the event loop that calls."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from dlpguard import telemetry
from dlpguard.errors import ConfigurationError
from dlpguard.web import app
from dlpguard.web.site import Site

_WAITING_CONNECTIONS = 128


class Serving:
    """A web server for a site.  Pages are made in threads: the loop's other work goes on."""

    def __init__(self, site: Site) -> None:
        config = uvicorn.Config(
            app.create(site),
            log_config=None,
            access_log=False,  # addresses of pages have ids in them, and those of people queries
            server_header=False,
            proxy_headers=False,  # uvicorn would believe whoever is on this machine: `web.clients`
            lifespan="off",
        )
        self._server = _Quiet(config)
        self._task: asyncio.Task[None] | None = None
        self.port = 0
        """The port that is listened on, once `start` has returned."""

    async def start(self, address: str) -> None:
        """Listen on "host:port"; port 0 takes a free one."""
        host, _, port = address.rpartition(":")
        listening = _listen(host.strip("[]"), int(port), address)
        self.port = int(listening.getsockname()[1])
        self._task = asyncio.create_task(self._server.serve([listening]), name="web")
        telemetry.listening("web", f"{host}:{self.port}")

    async def stop(self) -> None:
        """Answer what was asked, and close."""
        self._server.should_exit = True
        if self._task:
            await self._task


class _Quiet(uvicorn.Server):
    """Signals are for whoever runs the loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int, address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_WAITING_CONNECTIONS)
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"listen.web: {address} cannot be opened ({error.strerror}); "
            "is another program using it?"
        ) from None
    return listening
