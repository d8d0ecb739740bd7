"""What checks are told, as a test wants it: a next hop that answers, certificates that end."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.smtp.conftest import Hop


@contextmanager
def hop(
    answers: Mapping[str, Sequence[bytes]] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Hop]:
    """A next hop in a thread of its own, for callers who block."""
    offers = ("PIPELINING", "STARTTLS") if tls else ("PIPELINING",)
    made = Hop(answers or {}, offers, tls)
    loops: list[asyncio.AbstractEventLoop] = []
    listening, over = threading.Event(), asyncio.Event()

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
        made.port = server.sockets[0].getsockname()[1]
        listening.set()
        await over.wait()
        server.close()
        await made.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert listening.wait(30)
    try:
        yield made
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join(30)


def certificate(file: Path, begin: float, end: float, name: str = "relay.council.example") -> Path:
    """A certificate in a PEM file, and its key beside it (`.key`); valid from and until, in
    seconds since 1970."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime.fromtimestamp(begin, UTC))
        .not_valid_after(datetime.datetime.fromtimestamp(end, UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    with file.open("ab") as stream:
        stream.write(made.public_bytes(serialization.Encoding.PEM))
    file.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file
