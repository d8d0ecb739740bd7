"""A next hop that misbehaves by chance, and keeps an exact log of what it took."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.faults._history import Arrival, Cut, History
from tests.faults._mail import BAD, number_of

HOST = "127.0.0.1"

_OFFERS = (b"hop.example", b"PIPELINING", b"8BITMIME", b"SMTPUTF8", b"SIZE 100000000")

_TROUBLES = {
    "connect": ("refuse", "4xx", "5xx", "421", "hang", "garbage"),
    "EHLO": ("drop", "4xx", "421", "garbage", "bad TLS", "bad TLS", "no TLS"),
    "MAIL": ("drop", "4xx", "5xx", "421", "hang", "slow"),
    "RCPT": ("drop", "4xx", "5xx", "421", "hang", "slow", "garbage"),
    "DATA": ("drop", "4xx", "5xx", "421", "garbage"),
    "content": ("drop", "slow"),
    "dot": ("drop before", "drop after", "reset after", "4xx", "5xx", "421", "hang", "slow"),
}
"""What may happen at each step instead of what should."""

_SHARES = {"connect": 0.05, "EHLO": 0.05, "RCPT": 0.02}
"""How often; `_SHARE` at the other steps."""

_SHARE = 0.025

_LONGEST_HANG = 8.0
"""Seconds: longer than the relay waits (`_impatient`)."""

_SLOW = 0.02
"""Seconds a byte of a slow reply takes: fast enough to end before the relay's patience does."""


class _Gone(Exception):
    """The conversation is over."""


@dataclass
class NextHop:
    """Takes mail on `port`; what it takes is in `history.arrivals`.

    `troubled` says whether it misbehaves.  While `deaf`, connections are dropped at once.
    """

    history: History
    chance: random.Random
    troubled: bool = True
    deaf: bool = False
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection."""
        task = asyncio.create_task(_Conversation(self, reader, writer).run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def listen(self) -> None:
        """Be deaf no more."""
        self.deaf = False

    async def close(self) -> None:
        """End every conversation."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def trouble(self, step: str) -> str:
        """What goes wrong at a step, "" for nothing."""
        if self.deaf and step == "connect":
            return "refuse"
        if not self.troubled or self.chance.random() > _SHARES.get(step, _SHARE):
            return ""
        what = self.chance.choice(_TROUBLES[step])
        self.history.events[f"next hop, {step}: {what}"] += 1
        return what


@dataclass
class _Conversation:
    hop: NextHop
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sender: str = ""
    recipients: list[str] = field(default_factory=list)
    tls: str = ""
    """What is wrong with STARTTLS where it is offered."""

    async def run(self) -> None:
        try:
            await self._greet()
            while True:
                await self._command()
        except (_Gone, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # it is over
        finally:
            self.writer.transport.abort()

    async def _greet(self) -> None:
        await self._say("connect", b"220 hop.example ESMTP")

    async def _command(self) -> None:
        line = (await self.reader.readuntil(b"\r\n"))[:-2].decode()
        verb = line.partition(" ")[0].upper()
        address = line.partition("<")[2].partition(">")[0]
        if verb == "EHLO":
            await self._hello()
        elif verb == "STARTTLS":
            await self._start_tls()
        elif verb == "MAIL":
            self.sender, self.recipients = address, []
            await self._say("MAIL", b"250 2.1.0 fine")
        elif verb == "RCPT":
            await self._recipient(address)
        elif verb == "DATA":
            await self._data()
        elif verb == "QUIT":
            await self._write(b"221 2.0.0 bye\r\n")
            raise _Gone
        else:
            await self._write(b"250 2.0.0 fine\r\n")

    async def _hello(self) -> None:
        trouble = self.hop.trouble("EHLO")
        self.tls = trouble if trouble.endswith("TLS") else ""
        lines = [*_OFFERS, b"STARTTLS"] if self.tls else [*_OFFERS]
        usual = b"\r\n".join(b"250-" + line for line in lines[:-1]) + b"\r\n250 " + lines[-1]
        await self._act("" if self.tls else trouble, usual)

    async def _start_tls(self) -> None:
        """It is offered only where it does not work."""
        if self.tls == "no TLS":
            await self._write(b"454 4.7.0 not now\r\n")
            return
        await self._write(b"220 go ahead\r\n")
        await self._write(b"this is no TLS\r\n")
        raise _Gone

    async def _recipient(self, address: str) -> None:
        if address.startswith(BAD):
            await self._write(b"550 5.1.1 no such mailbox\r\n")
            return
        trouble = self.hop.trouble("RCPT")
        if trouble in {"", "slow"}:
            self.recipients.append(address)
        await self._act(trouble, b"250 2.1.5 fine")

    async def _data(self) -> None:
        if not self.recipients:
            await self._write(b"554 5.5.1 no valid recipients\r\n")
            return
        await self._say("DATA", b"354 go on")
        content = await self._content()
        trouble = self.hop.trouble("dot")
        if trouble in {"drop before", "hang", "4xx", "5xx", "421"}:
            await self._act("drop" if trouble == "drop before" else trouble, b"")
            return
        lost = trouble in {"drop after", "reset after"}
        self._log(content, answered=not lost)
        await self._act("drop" if lost else trouble, b"250 2.0.0 taken")

    async def _content(self) -> bytes:
        """Everything up to the dot, without stuffing."""
        trouble = self.hop.trouble("content")
        lines: list[bytes] = []
        try:
            while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
                lines.append(line.removeprefix(b"."))
                if trouble == "slow" and len(lines) < 50:
                    await asyncio.sleep(_SLOW)
                if trouble == "drop" and len(lines) > 6:
                    self.writer.transport.abort()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hop.history.cuts.append(Cut(time.time(), _id(b"".join(lines))))
            raise
        return b"".join(lines)

    def _log(self, content: bytes, *, answered: bool) -> None:
        number, id = number_of(content), _id(content)
        mail = self.hop.history.mails.get(number) if number is not None else None
        self.hop.history.arrivals.append(
            Arrival(
                time.time(),
                id,
                number,
                self.sender,
                tuple(self.recipients),
                answered,
                mail is not None and _is_whole(content, mail.content),
                b"" if mail else content,
            )
        )

    async def _say(self, step: str, usual: bytes) -> None:
        """Answer at a step, or misbehave.  What is refused ends the step."""
        trouble = self.hop.trouble(step)
        await self._act(trouble, usual)
        if step == "DATA" and trouble not in {"", "slow"}:
            raise _Gone

    async def _act(self, trouble: str, usual: bytes) -> None:
        if trouble == "reset after":
            off = struct.pack("ii", 1, 0)  # closing sends RST instead of FIN
            self.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, off
            )
        if trouble in {"refuse", "drop", "reset after"}:
            raise _Gone
        if trouble == "hang":
            await asyncio.sleep(_LONGEST_HANG)
            raise _Gone
        if trouble == "garbage":
            await self._write(b"\x16\x03\x01 2500 what?\r\n")
            raise _Gone
        if trouble == "421":
            await self._write(b"421 4.3.2 closing\r\n")
            raise _Gone
        reply = {"4xx": b"451 4.3.0 later", "5xx": b"554 5.7.1 never"}.get(trouble, usual)
        if trouble == "slow":
            for byte in reply + b"\r\n":
                await self._write(bytes([byte]))
                await asyncio.sleep(_SLOW)
        else:
            await self._write(reply + b"\r\n")

    async def _write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


def _id(content: bytes) -> str | None:
    """Our id in the fields that dlpguard prepends, as far as they came."""
    for line in content[:4000].split(b"\r\n"):
        if line.startswith(b"X-DLPGuard-Id: "):
            return line.removeprefix(b"X-DLPGuard-Id: ").decode()
    return None


def _is_whole(content: bytes, sent: bytes) -> bool:
    """Whether exactly what was sent stands behind fields of ours, and nothing else."""
    if not content.endswith(sent):
        return False
    ours = content[: len(content) - len(sent)].split(b"\r\n")
    is_ours = (b"Received: ", b" ", b"X-DLPGuard-")
    return all(line.startswith(is_ours) for line in ours[:-1]) and not ours[-1]


@asynccontextmanager
async def listening(hop: NextHop) -> AsyncIterator[NextHop]:
    """Let a next hop listen, on its own port once it has one."""
    server = await asyncio.start_server(hop.accept, HOST, hop.port, limit=1 << 20)
    hop.port = server.sockets[0].getsockname()[1]
    try:
        yield hop
    finally:
        server.close()
        await hop.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 5)
