"""A next hop that does as it is told, at every step of a conversation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DROP = b""
"""Instead of a reply: close the connection."""

Act = bytes | Callable[[], Awaitable[bytes]]
"""A reply, or what to do before one (it returns the reply)."""


@dataclass(frozen=True)
class Delivery:
    """A message that came whole, dot and all; stuffing is undone."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Hop:
    """`script` has acts by step, in the order of their use; then all is well.

    Steps are the verbs of SMTP, "connect", "content" (when 354 was said, before anything is read:
    what is returned is not said, but DROP drops) and "dot".  `refuses` has replies to RCPT by
    address, as long as they are in it.
    """

    script: Mapping[str, Sequence[Act]] = field(default_factory=dict)
    refuses: dict[str, bytes] = field(default_factory=dict)
    port: int = 0
    commands: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    cut: list[bytes] = field(default_factory=list)
    """What came of messages whose dot never did."""
    _used: dict[str, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def from_clients(self) -> list[Delivery]:
        """What came that is not our own mail."""
        return [d for d in self.deliveries if d.sender]

    def own_mail(self) -> list[Delivery]:
        """Notices and DSNs."""
        return [d for d in self.deliveries if not d.sender]

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def close(self) -> None:
        """End what still hangs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client went
        finally:
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients = "", list[str]()
        reply = await self._act("connect", b"220 hop.example ESMTP")
        while reply != DROP:
            writer.write(reply + b"\r\n")
            await writer.drain()
            if reply.startswith(b"354"):
                if await self._act("content", b"go on") == DROP:
                    return
                content = await self._content(reader)
                self.deliveries.append(Delivery(sender, tuple(recipients), content))
                reply = await self._act("dot", b"250 2.0.0 taken")
                continue
            command = (await reader.readuntil(b"\r\n")).decode().removesuffix("\r\n")
            self.commands.append(command)
            verb = command.partition(" ")[0].upper()
            usual = {
                "EHLO": b"250-hop.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
                b"250-DSN\r\n250 SIZE 100000000",
                "DATA": b"354 go on",
                "QUIT": b"221 bye",
            }.get(verb, b"250 2.0.0 fine")
            address = command.partition("<")[2].partition(">")[0]
            if verb == "RCPT":
                usual = self.refuses.get(address, usual)
            reply = await self._act(verb, usual)
            if verb == "MAIL":
                sender, recipients = address, []
            elif verb == "RCPT" and reply.startswith(b"250"):
                recipients.append(address)

    async def _act(self, step: str, usual: bytes) -> bytes:
        number = self._used.get(step, 0)
        self._used[step] = number + 1
        acts = self.script.get(step, ())
        act = acts[number] if number < len(acts) else usual
        return act if isinstance(act, bytes) else await act()

    async def _content(self, reader: asyncio.StreamReader) -> bytes:
        """Everything up to the dot, without stuffing."""
        lines = []
        try:
            while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
                lines.append(line.removeprefix(b"."))
        except (ConnectionError, asyncio.IncompleteReadError):
            self.cut.append(b"".join(lines))
            raise
        return b"".join(lines)


@asynccontextmanager
async def listening(hop: Hop) -> AsyncIterator[Hop]:
    """Let a hop listen, on its own port once it has one."""
    server = await asyncio.start_server(hop.accept, "127.0.0.1", hop.port)
    hop.port = server.sockets[0].getsockname()[1]
    try:
        yield hop
    finally:
        server.close()
        await hop.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 5)
