"""An edge that records, a next hop that does as it is told, and a certificate."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dlpguard.mail import Envelope, MessageId
from dlpguard.smtp import replies
from dlpguard.smtp._data import InMemory
from dlpguard.smtp._stuffing import Stuffing
from dlpguard.smtp.server import Arrival, Edge, Hold, Rules

DROP = b"<drop>"
"""Instead of a reply: close the connection."""

HANG = b"<hang>"
"""Instead of a reply: say nothing for ever."""


@dataclass(frozen=True)
class Taken:
    """A message that was accepted, with its bytes."""

    id: MessageId
    envelope: Envelope
    trace: bytes
    content: bytes


Accept = Callable[[Taken], Awaitable[str]]


class Basket(InMemory):
    """An intake that keeps a message in memory, and hands it over whole."""

    def __init__(self, accept: Accept) -> None:
        super().__init__()
        self._accept = accept

    async def commit(self, arrival: Arrival) -> MessageId:
        """Hand it over."""
        assert len(self.content) == arrival.size
        taken = Taken(arrival.id, arrival.envelope, arrival.trace, self.content)
        return MessageId(await self._accept(taken))


@dataclass
class Guarded:
    """An edge, and what it accepted."""

    edge: Edge
    arrivals: list[Taken]

    async def says(self, *sent: bytes, pause: float = 0.0, close: bool = True) -> list[str]:
        """Send pieces on one connection, close our half, and give every line that came back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.edge.port)
        for piece in sent:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if close:
            writer.write_eof()
        said = await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        return said.decode().splitlines()


OpenEdge = Callable[..., AbstractAsyncContextManager[Guarded]]


@pytest.fixture
def open_edge() -> OpenEdge:
    """Start an edge; keywords are `Rules`, and `Edge`'s; `accept` for the usual `intake`."""

    @asynccontextmanager
    async def start(**changed: Any) -> AsyncIterator[Guarded]:
        arrivals: list[Taken] = []

        async def record(taken: Taken) -> str:
            arrivals.append(taken)
            return taken.id

        accept: Accept = changed.pop("accept", record)

        def basket(_: Hold) -> Basket:
            return Basket(accept)

        intake = changed.pop("intake", basket)
        backlog = changed.pop("backlog", lambda: None)
        values: dict[str, Any] = {
            "clients": ("127.0.0.0/8",),
            "senders": ("council.example",),
            "hostname": "guard.council.example",
            "installation": "i-3f9c21d0",
        }
        next_hop = changed.pop("next_hop", lambda: None)
        receipts = changed.pop("receipts", None)
        rules = Rules(**(values | changed))
        edge = Edge(rules, intake, backlog, receipts=receipts, next_hop=next_hop)
        await edge.start("127.0.0.1", 0)
        try:
            yield Guarded(edge, arrivals)
        finally:
            await edge.stop(5)

    return start


HELLO = b"EHLO client.example\r\n"
ENVELOPE = b"MAIL FROM:<ann@council.example>\r\nRCPT TO:<bob@nhs.example>\r\n"
MESSAGE = b"Subject: a\r\n\r\n.\r\ntext\r\n"
STUFFED = b"Subject: a\r\n\r\n..\r\ntext\r\n.\r\n"


def codes(said: list[str]) -> list[str]:
    """The codes of replies; of several lines only the last."""
    return [replies.code(line) for line in said if line[3:4] == " "]


def answers(open_edge: OpenEdge, *commands: bytes, **rules: Any) -> list[str]:
    """The codes that commands (after EHLO) get when sent one after the other."""

    async def trip() -> list[str]:
        async with open_edge(**rules) as guarded:
            said = await guarded.says(HELLO, *commands, pause=0.01)
            return codes(said)[2:]

    return asyncio.run(trip())


@dataclass
class Hop:
    """A next hop.  `answers` are replies in the order of their use, by verb; then all is well.

    The verbs are those of SMTP, and "connect", "dot".
    """

    answers: Mapping[str, Sequence[bytes]]
    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "SIZE 1000000")
    tls: ssl.SSLContext | None = None
    trickle: bool = False
    port: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    _given: dict[str, int] = field(default_factory=dict)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()

    async def close(self) -> None:
        """End whatever still hangs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._answer(writer, "connect", b"220 hop.example ESMTP\r\n"):
            return
        while True:
            line = (await reader.readuntil(b"\r\n")).decode().removesuffix("\r\n")
            self.commands.append(line)
            verb = line.partition(" ")[0].upper()
            lines = ["hop.example", *self.offers]
            ehlo = [f"250-{one}\r\n" for one in lines[:-1]] + [f"250 {lines[-1]}\r\n"]
            usual = {
                "EHLO": "".join(ehlo).encode(),
                "DATA": b"354 go on\r\n",
                "STARTTLS": b"220 go on\r\n",
                "AUTH": b"235 2.7.0 welcome\r\n",
                "QUIT": b"221 bye\r\n",
            }
            said = await self._answer(writer, verb, usual.get(verb, b"250 2.0.0 fine\r\n"))
            if not said:
                return
            if verb == "STARTTLS" and said.startswith(b"220") and self.tls:
                await writer.start_tls(self.tls)
            if verb == "DATA" and said.startswith(b"354"):
                self.messages.append((await reader.readuntil(b"\r\n.\r\n"))[: -len(b".\r\n")])
                if not await self._answer(writer, "dot", b"250 2.0.0 taken\r\n"):
                    return

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, usual: bytes) -> bytes:
        given = self._given.get(verb, 0)
        self._given[verb] = given + 1
        planned = self.answers.get(verb, ())
        reply = planned[given] if given < len(planned) else usual
        if reply == DROP:
            return b""
        if reply == HANG:
            await asyncio.sleep(3600)
        for piece in (reply[i : i + 1] for i in range(len(reply))) if self.trickle else (reply,):
            writer.write(piece)
            await writer.drain()
            if self.trickle:
                await asyncio.sleep(0)
        return reply


OpenHop = Callable[..., AbstractAsyncContextManager[Hop]]


@pytest.fixture
def open_hop() -> OpenHop:
    """Start a next hop; arguments are those of `Hop`."""

    @asynccontextmanager
    async def start(
        answers: Mapping[str, Sequence[bytes]] | None = None, **more: Any
    ) -> AsyncIterator[Hop]:
        hop = Hop(answers or {}, **more)
        server = await asyncio.start_server(hop.serve, "127.0.0.1", 0, limit=1 << 26)
        hop.port = server.sockets[0].getsockname()[1]
        try:
            yield hop
        finally:
            server.close()
            await hop.close()
            await server.wait_closed()

    return start


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for hop.example and its key, as PEM files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For a server that shows it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Made anew for each run."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hop.example")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


def on_the_wire(*pieces: bytes, is_clean: bool = False) -> bytes:
    """A message, in pieces, as it goes over the wire before the final dot."""
    stuffing = Stuffing()
    wire = b"".join(part for piece in pieces for part in stuffing.add(piece, is_clean=is_clean))
    return wire + stuffing.end()
