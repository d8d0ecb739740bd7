"""A program that sends mail as fast as a server takes it, made before the clock starts.

    python -m tests.benchmarks._source

Each line of standard input is an `Order` in JSON.  It makes the mail, answers `{"ready": true}`,
waits for an empty line, sends, and answers with what came of it (`Sent`).  Commands go together
where the server offers PIPELINING, as real clients send them.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from functools import partial
from typing import Any, TypedDict

import uvloop

from tests.benchmarks._mails import KINDS, Mail

_HOST = "127.0.0.1"


class Order(TypedDict):
    """What to send: a kind of `_mails` with how much of it, from a number on."""

    port: int
    connections: int
    kind: str
    size: int
    first: int
    count: int


class Sent(TypedDict):
    """When the first connection was begun and the last answer came (`time.monotonic`), the seconds
    of CPU between, and the seconds that each message took from its dot to its 250."""

    began: float
    ended: float
    cpu: float
    waits: list[float]


def main() -> None:
    """Answer until standard input ends."""
    for line in sys.stdin:
        order: Order = json.loads(line)
        numbers = range(order["first"], order["first"] + order["count"])
        gc.enable()  # what documents are made with holds on to itself: 5 MB for each letter
        mails = [KINDS[order["kind"]](number, order["size"]) for number in numbers]
        gc.collect()
        gc.disable()  # what there is to collect now is the mail
        _say({"ready": True})
        sys.stdin.readline()
        _say(dict(uvloop.run(_send(order["port"], order["connections"], mails))))


async def _send(port: int, connections: int, mails: Iterable[Mail]) -> Sent:
    loop = asyncio.get_running_loop()
    began, cpu = time.monotonic(), time.process_time()
    left = iter(mails)
    clients = [_Client(left) for _ in range(connections)]
    for client in clients:
        await loop.create_connection(partial(_itself, client), _HOST, port)
    await asyncio.gather(*(client.done for client in clients))
    return Sent(
        began=began,
        ended=max(client.last for client in clients),
        cpu=time.process_time() - cpu,
        waits=[seconds for client in clients for seconds in client.waits],
    )


def _itself(client: _Client) -> _Client:
    return client


class _Client(asyncio.Protocol):
    """One connection; it takes the next message when its last one was answered."""

    def __init__(self, mails: Iterator[Mail]) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self.waits: list[float] = []
        self.last = 0.0
        self._talk = self._conversation(mails)
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment] # uvloop's own
        next(self._talk)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        offered: list[bytes] = []
        for line in lines:
            offered.append(line)
            if line[3:4] == b" ":
                self._go_on(offered)
                offered = []
        if offered:
            self._rest = b"\r\n".join((*offered, self._rest))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server has hung up"))

    def _go_on(self, reply: list[bytes]) -> None:
        try:
            self._talk.send(reply)
        except StopIteration:
            self._transport.close()
            self.done.set_result(None)
        except ValueError as error:
            self._transport.close()
            self.done.set_exception(error)

    def _conversation(self, mails: Iterator[Mail]) -> Generator[None, list[bytes], None]:
        """All that is said; goes on with every reply."""
        _expect(b"220", (yield))
        self._transport.write(b"EHLO load.example\r\n")
        offered = yield
        _expect(b"250", offered)
        together = any(line[4:].upper() == b"PIPELINING" for line in offered)
        for mail in mails:
            commands = (
                f"MAIL FROM:<{mail.sender}>\r\n".encode(),
                f"RCPT TO:<{mail.recipient}>\r\n".encode(),
                b"DATA\r\n",
            )
            if together:
                self._transport.write(b"".join(commands))
            for command, code in zip(commands, (b"250", b"250", b"354"), strict=True):
                if not together:
                    self._transport.write(command)
                _expect(code, (yield))
            self._transport.writelines((*mail.pieces, b".\r\n"))
            dot = time.monotonic()
            _expect(b"250", (yield))
            self.last = time.monotonic()
            self.waits.append(self.last - dot)
        self._transport.write(b"QUIT\r\n")


def _expect(code: bytes, reply: list[bytes]) -> None:
    if not reply[-1].startswith(code):
        raise ValueError(f"not {code.decode()}: {reply[-1].decode('ascii', 'replace')}")


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
