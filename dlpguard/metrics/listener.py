"""A port for programs on a node without the site: `/metrics`, `/healthz` and `/readyz`.

Small enough to be read: GET and HEAD, one request for each connection, no body, limits on
everything.  A server for the web would cost such a node a tenth of its memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from dlpguard import telemetry
from dlpguard.errors import ConfigurationError
from dlpguard.health import readiness
from dlpguard.metrics import Answer, Asking, Metrics

LONGEST_HEAD = 8 * 1024
"""Bytes of a request: what scrapes sends a few hundred."""

SECONDS = 10.0
"""For a request and its answer; Prometheus itself waits no longer."""

AT_ONCE = 16
"""Connections; the others are closed."""

_PLAIN = "text/plain; charset=utf-8"

_THROUGH = ("x-forwarded-for", "forwarded", "via")
"""Fields that proxies add."""


class Listener:
    """Listens from `start` to `stop`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._server: asyncio.Server | None = None
        self._open = 0
        self.port = 0
        """The port that is listened on, once `start` has returned."""

    async def start(self, address: str) -> None:
        """Listen on "host:port"; port 0 takes a free one."""
        host, _, port = address.rpartition(":")
        try:
            self._server = await asyncio.start_server(
                self._serve, host.strip("[]"), int(port), limit=LONGEST_HEAD
            )
        except OSError as error:
            raise ConfigurationError(
                f"metrics.listen: {address} cannot be opened ({error.strerror}); "
                "is another program using it?"
            ) from None
        self.port = int(self._server.sockets[0].getsockname()[1])
        telemetry.listening("metrics", f"{host}:{self.port}")

    async def stop(self) -> None:
        """Take no more requests; what is being answered is finished, or given up."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= AT_ONCE:
                async with asyncio.timeout(SECONDS):
                    await self._converse(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()
        except Exception as error:  # noqa: BLE001 - logged; mail does not depend on who scrapes
            telemetry.crashed("metrics", error)
            writer.transport.abort()
        finally:
            self._open -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        peer = writer.get_extra_info("peername")
        asked = _parse(head.decode("latin-1"))
        answer = await asyncio.to_thread(self._answer, asked, str(peer[0]) if peer else "")
        writer.write(_written(answer, with_body=asked.method != "HEAD"))
        await writer.drain()

    def _answer(self, asked: _Request, address: str) -> Answer:
        """Blocks."""
        if asked.method not in {"GET", "HEAD"}:
            return _say(HTTPStatus.METHOD_NOT_ALLOWED, "only GET\n")
        match asked.path:
            case "/metrics":
                fields = asked.fields
                through = any(name in fields for name in _THROUGH)
                authorization, accept = fields.get("authorization", ""), fields.get("accept", "")
                return self._metrics.answer(Asking(address, authorization, accept, through))
            case "/healthz":
                return _say(HTTPStatus.OK, "ok\n")
            case "/readyz":
                return self._ready()
            case _:
                return _say(HTTPStatus.NOT_FOUND, "there is /metrics, /healthz and /readyz\n")

    def _ready(self) -> Answer:
        found = readiness.look(self._metrics.store, self._metrics.around)
        status = HTTPStatus.OK if found.ready else HTTPStatus.SERVICE_UNAVAILABLE
        first = "ready" if found.ready else "not ready"
        return _say(status, "\n".join((first, *found.said)) + "\n")


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    fields: Mapping[str, str]


def _parse(head: str) -> _Request:
    """The parts of a request that matter; method "" for what is none."""
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return _Request("", "", {})
    named = (line.partition(":") for line in lines if line)
    fields = {name.strip().casefold(): value.strip() for name, _, value in named}
    return _Request(words[0], words[1].partition("?")[0], fields)


def _say(status: HTTPStatus, text: str) -> Answer:
    return Answer(status, _PLAIN, text.encode())


def _written(answer: Answer, *, with_body: bool) -> bytes:
    fields = {
        "Content-Type": answer.content_type,
        "Content-Length": str(len(answer.body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Connection": "close",
    }
    if answer.authenticate:
        fields["WWW-Authenticate"] = answer.authenticate
    head = [f"HTTP/1.1 {answer.status.value} {answer.status.phrase}"]
    head += [f"{name}: {value}" for name, value in fields.items()]
    whole = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
    return whole + answer.body if with_body else whole
