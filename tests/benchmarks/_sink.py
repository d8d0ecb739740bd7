"""A program that takes all mail and keeps none, and says when how much of it had come.

    python -m tests.benchmarks._sink

It prints its port.  Then each line of standard input is a number: when so many messages have come
since it began, it prints how many there are and the time (`time.monotonic`) at which that one came.
Notices that a relay sends of its own accord do not count: only mail to outside.example does.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

import uvloop

_HOST = "127.0.0.1"
_OFFERS = (
    b"250-sink.example\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n"
    b"250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"
)
_COUNTED = b"@outside.example>"

_END = b"\r\n.\r\n"


class Count:
    """How many came, and who waits for how many."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._awaited: int | None = None

    def one_more(self) -> None:
        """A message has come."""
        self.times.append(time.monotonic())
        self._tell()

    def wait_for(self, total: int) -> None:
        """Print when so many have come."""
        self._awaited = total
        self._tell()

    def _tell(self) -> None:
        if self._awaited is not None and len(self.times) >= self._awaited:
            came = self.times[self._awaited - 1] if self._awaited else 0.0
            print(len(self.times), came, flush=True)
            self._awaited = None


class Taker(asyncio.Protocol):
    """One connection."""

    def __init__(self, took: Callable[[], None]) -> None:
        self._took = took
        self._rest = b""
        self._in_data = False
        self._counts = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment] # uvloop's own
        self._transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        data, self._rest = self._rest + data, b""
        replies: list[bytes] = []
        while data:
            data = self._content(data, replies) if self._in_data else self._line(data, replies)
        if replies:
            self._transport.write(b"".join(replies))

    def _content(self, data: bytes, replies: list[bytes]) -> bytes:
        """What follows a message."""
        end = data.find(_END)
        if end < 0:
            self._rest = data[-len(_END) + 1 :]
            return b""
        self._in_data = False
        replies.append(b"250 2.0.0 Ok\r\n")
        if self._counts:
            self._took()
        return data[end + len(_END) :]

    def _line(self, data: bytes, replies: list[bytes]) -> bytes:
        """What follows a command."""
        line, ended, data = data.partition(b"\r\n")
        if not ended:
            self._rest = line
            return b""
        verb = line[:4].upper()
        if verb == b"RCPT":
            self._counts = _COUNTED in line
        if verb == b"EHLO":
            replies.append(_OFFERS)
        elif verb == b"DATA":
            self._in_data = True
            replies.append(b"354 go on\r\n")
            return b"\r\n" + data  # a message may end with its first line
        elif verb == b"QUIT":
            self._transport.write(b"".join((*replies, b"221 2.0.0 Bye\r\n")))
            replies.clear()
            self._transport.close()
            return b""
        else:
            replies.append(b"250 2.0.0 Ok\r\n")
        return data


async def _serve() -> None:
    count = Count()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Taker(count.one_more), _HOST, 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        count.wait_for(int(line))


if __name__ == "__main__":
    uvloop.run(_serve())
