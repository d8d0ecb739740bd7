"""Many clients at once in front of a relay: slow ones, large ones, and an ordinary one among them.

Everything here runs in the caller's process, so that the relay's memory is the relay's alone.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.journeys._programs import HOST
from tests.journeys._relay import Relay, benign

SENDER, RECIPIENT = "ann.bee@council.example", "carol@outside.example"

_HEADER = (
    f"From: Ann Bee <{SENDER}>\r\nTo: Carol <{RECIPIENT}>\r\nSubject: plan {{number}}\r\n"
    "MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=plan.dwg\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n"
)
_NOISE = base64.encodebytes(random.Random(1).randbytes(190_000)).replace(b"\n", b"\r\n")
"""A quarter of a megabyte that nobody can read: what is measured is memory, not extraction."""

_ORDINARY = benign().replace(b"Regards\r\n", b"Please put them out before seven.\r\n" * 110)
"""4 KB."""

_LARGE = 1_000_000
"""Bytes of a message that is no ordinary one."""

_LOOK = 0.2
"""Seconds between two looks at the relay's memory."""


def crowded(folder: Path, next_hop: int, connections: int, web: str = "") -> Relay:
    """A relay, not started yet, that takes so many connections from one address."""
    relay = Relay(folder, next_hop, web=web)
    text = relay.config.read_text("utf-8")
    limits = f"[listen]\nconnections = {connections}\nconnections_per_client = {connections}\n"
    relay.config.write_text(text.replace("[listen]\n", limits), "utf-8")
    return relay


@dataclass
class Sink:
    """A next hop that takes everything, keeps nothing, and counts the `large` ones."""

    port: int = 0
    large: int = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take mail until the end."""
        server = await asyncio.get_running_loop().create_server(lambda: _Taker(self), HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def wait_for(self, large: int, seconds: float) -> None:
        """Until so many large messages have come.  TimeoutError when they do not."""
        async with asyncio.timeout(seconds):
            while self.large < large:
                await asyncio.sleep(0.1)


class _Taker(asyncio.Protocol):
    """One connection of the relay's."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._in_body = False
        self._tail = b""
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        # uvloop's transports have no common class with asyncio's.
        self._write = cast("asyncio.Transport", transport).write
        self._write(b"220 hop.example\r\n")

    def data_received(self, data: bytes) -> None:
        """Commands come singly: PIPELINING is not offered."""
        if self._in_body:
            self._size += len(data)
            self._tail = (self._tail + data[-5:])[-5:]
            if self._tail == b"\r\n.\r\n":
                self._in_body = False
                self._sink.large += self._size > _LARGE
                self._write(b"250 2.0.0 taken\r\n")
            return
        verb = data[:4].upper()
        self._in_body = verb == b"DATA"
        self._tail, self._size = b"\r\n", 0
        said = {b"EHLO": b"250-hop.example\r\n250-8BITMIME\r\n250 SIZE 200000000\r\n"}
        self._write(b"354 go on\r\n" if self._in_body else said.get(verb, b"250 2.0.0 fine\r\n"))


async def slow(port: int) -> None:
    """Send one message, one byte a second, until cancelled."""
    async with _conversation(port) as (_, writer):
        while True:
            writer.write(b"x")
            await asyncio.sleep(1)


async def large(port: int, number: int, size: int, header: str = "", block: bytes = b"") -> str:
    """Send a message of about `size` bytes as fast as it is taken; the code it gets.

    It is a drawing, unless a `header` (with room for "{number}") says otherwise; its content is
    `block` again and again, which is whole lines that begin with no dot.
    """
    block = block or _NOISE
    async with _conversation(port) as (reader, writer):
        sent = (header or _HEADER).format(number=number).encode()
        writer.write(sent)
        for _ in range((size - len(sent)) // len(block)):
            writer.write(block)
            await writer.drain()
        writer.write(b".\r\n")
        return (await reader.readline()).decode()[:9]


@dataclass
class Ordinary:
    """A client that sends 4 KB every second; `seconds` is how long each took, with connecting."""

    port: int
    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            begun = time.monotonic()
            async with _conversation(self.port) as (reader, writer):
                writer.write(_ORDINARY.replace(b"\r\n.", b"\r\n..") + b".\r\n")
                reply = (await reader.readline()).decode()
            self.seconds.append(time.monotonic() - begun)
            if not reply.startswith("250"):
                self.refused.append(reply)
            await asyncio.sleep(max(0.0, begun + 1 - time.monotonic()))

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


@dataclass
class Scales:
    """The most memory (bytes, PSS) that a process had, and it with all its descendants.

    `resident` is their RSS together, in which what they share counts for each of them.
    """

    root: int
    alone: int = 0
    family: int = 0
    resident: int = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(_LOOK)

    def look(self) -> None:
        """Weigh them now."""
        alone, family = memory(self.root)
        self.alone, self.family = max(self.alone, alone), max(self.family, family)
        self.resident = max(self.resident, sum(_size(p, "Rss") for p in _family(self.root)))


def memory(root: int) -> tuple[int, int]:
    """PSS in bytes of a process, and of it with its descendants; what they share counts once."""
    return _size(root, "Pss"), sum(_size(process, "Pss") for process in _family(root))


@asynccontextmanager
async def doing(*work: Scales | Ordinary) -> AsyncIterator[None]:
    """Let these run meanwhile.  What one of them raises is raised in the end."""
    tasks = [asyncio.create_task(each.run()) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


@asynccontextmanager
async def _conversation(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that may send its message now."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(
            f"EHLO client.example\r\nMAIL FROM:<{SENDER}>\r\nRCPT TO:<{RECIPIENT}>\r\n".encode()
        )
        writer.write(b"DATA\r\n")
        while not (line := await reader.readline()).startswith(b"354"):
            if line[:1] in {b"", b"4", b"5"}:
                raise ConnectionError(line.decode())
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _size(process: int, measure: str) -> int:
    """Its "Pss" or "Rss" in bytes (proc(5))."""
    with contextlib.suppress(OSError, IndexError):  # it has just ended
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        return int(text.split(f"\n{measure}:")[1].split()[0]) * 1024
    return 0


def _family(root: int) -> set[int]:
    children = dict[int, list[int]]()
    for process, parent in _processes():
        children.setdefault(parent, []).append(process)
    found, new = set[int](), {root}
    while new:
        found |= new
        new = {child for process in new for child in children.get(process, ())} - found
    return found


def _processes() -> Iterator[tuple[int, int]]:
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                stat = Path(entry.path, "stat").read_text()
                yield int(entry.name), int(stat.rpartition(")")[2].split()[1])
