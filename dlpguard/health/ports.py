"""Ports: whether dlpguard answers where the settings have it listen, and else whether it could.

Nobody is kept waiting: an address is only taken, for an instant, where nobody answers.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dlpguard.health._lines import End, Level, Line, Machine
from dlpguard.smtp import replies

PATIENCE = 5.0
"""Seconds for each step of an answer: dlpguard answers within one."""

ENOUGH = 4096
"""Bytes of an answer: a greeting and what is offered have less."""

_OURS = f" {replies.IDENT}"
"""What follows the name in dlpguard's greeting, and in nobody else's."""


_READY = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def look(machine: Machine) -> Iterator[Line]:
    """A line for each address that the settings name, and one for a certificate that is not the one
    in its file any more."""
    certificate = next(
        (c.file for c in machine.around.certificates if c.key == "listen.tls_certificate"), None
    )
    for end in machine.ends:
        answer = _ask(end, machine.proxies)
        yield _free(end) if answer is None else _answered(end, answer)
        if certificate and answer and _OURS in answer and end.speaks != "http":
            yield from _shown(end, certificate, machine.proxies)


def _answered(end: End, answer: str) -> Line:
    about = f"Port {end.key}"
    where = _where(end)
    body = answer.partition("\r\n\r\n")[2]
    if end.speaks == "http" and body.startswith("not ready\n"):
        said = (
            f"dlpguard answers at {where} that it is not ready: {'; '.join(body.splitlines()[1:])}."
        )
        return Line(about, Level.BROKEN, said, "See Database and Policies.")
    if _OURS in answer or (end.speaks == "http" and body.startswith("ready\n")):
        return Line(about, Level.FINE, f"dlpguard answers at {where}.")
    if answer.startswith(replies.code(replies.NOT_A_CLIENT)) and _is_turned_away(answer):
        said = f"dlpguard answers at {where}; this machine itself is not one of listen.clients."
        return Line(about, Level.FINE, said)
    if answer.startswith("421"):
        said = f"A mail server answers at {where} that it is busy: {answer[:80].strip()}"
        return Line(about, Level.LOOK, said, "Is it dlpguard, with all its connections taken?")
    said = f"Another program answers at {where}."
    advice = f"Stop it, or give dlpguard another port ({end.key}). Which: ss -ltnp"
    return Line(about, Level.BROKEN, said, advice)


def _is_turned_away(answer: str) -> bool:
    return answer.strip() == replies.NOT_A_CLIENT


def _free(end: End) -> Line:
    """Nobody answers: whether it could be opened."""
    about, where = f"Port {end.key}", _where(end)
    family = socket.AF_INET6 if ":" in end.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as ours:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ours.bind((end.host, end.port))
    except PermissionError:
        said = f"{where} may not be opened by this user."
        advice = "Ports below 1024 need CAP_NET_BIND_SERVICE (AmbientCapabilities in the unit)."
        return Line(about, Level.BROKEN, said, advice)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            said = f"{where} is taken by a program that does not answer."
            return Line(about, Level.BROKEN, said, "Which it is: ss -ltnp")
        said = f"{where} cannot be opened ({error.strerror})."
        advice = f"Has this machine that address? See {end.key} and: ip address"
        return Line(about, Level.BROKEN, said, advice)
    said = f"{where} is free: dlpguard does not run, or not this part of it here."
    return Line(about, Level.UNKNOWN, said, "Start it: dlpguard serve")


def _ask(end: End, proxies: tuple[str, ...]) -> str | None:
    """What whoever listens says first; None when nobody does, "" when they say nothing."""
    with contextlib.ExitStack() as stack:
        try:
            where = _reachable(end.host), end.port
            connection = stack.enter_context(socket.create_connection(where, PATIENCE))
        except OSError:
            return None
        try:
            _introduce(connection, end, proxies)
            if end.speaks == "smtps":
                connection = stack.enter_context(_blind().wrap_socket(connection))
            return _heard(connection, asks=end.speaks == "http").decode("utf-8", "replace")
        except OSError:  # ssl.SSLError is one too
            return ""


def _heard(connection: socket.socket, *, asks: bool) -> bytes:
    """What comes first; of an answer that was asked for all of it, which may come in pieces."""
    if not asks:
        return connection.recv(ENOUGH)
    connection.sendall(_READY)
    heard = b""
    while len(heard) < ENOUGH and (piece := connection.recv(ENOUGH)):
        heard += piece
    return heard


def _shown(end: End, file: Path, proxies: tuple[str, ...]) -> Iterator[Line]:
    """Whether the certificate that is shown is the one in the file."""
    try:
        mine = x509.load_pem_x509_certificates(file.read_bytes())[0]
        shown = _certificate(end, proxies)
    except (OSError, ValueError):
        return  # what is wrong with the file stands under Certificates
    if shown is None:
        return
    ours = hashlib.sha256(mine.public_bytes(Encoding.DER)).digest()
    if hashlib.sha256(shown).digest() != ours:
        said = f"dlpguard at {_where(end)} shows another certificate than the one in {file}."
        advice = "It was renewed since dlpguard read it: systemctl reload dlpguard (SIGHUP)"
        yield Line(f"Certificate shown at {end.key}", Level.LOOK, said, advice)


def _certificate(end: End, proxies: tuple[str, ...]) -> bytes | None:
    """The certificate (DER) that is shown; None where none is offered."""
    with socket.create_connection((_reachable(end.host), end.port), PATIENCE) as plain:
        _introduce(plain, end, proxies)
        if end.speaks == "smtp":
            plain.recv(ENOUGH)
            plain.sendall(b"EHLO localhost\r\n")
            if b"STARTTLS" not in plain.recv(ENOUGH):
                return None
            plain.sendall(b"STARTTLS\r\n")
            if not plain.recv(ENOUGH).startswith(b"220"):
                return None
        with _blind().wrap_socket(plain) as protected:
            return protected.getpeercert(binary_form=True)


def _introduce(connection: socket.socket, end: End, proxies: tuple[str, ...]) -> None:
    """From where a proxy for mail may be, dlpguard waits to hear for whom it connects: for itself
    (PROXY protocol 2.1, UNKNOWN)."""
    ours = ipaddress.ip_address(str(connection.getsockname()[0]).partition("%")[0])
    if end.speaks != "http" and any(ours in ipaddress.ip_network(one) for one in proxies):
        connection.sendall(b"PROXY UNKNOWN\r\n")


def _blind() -> ssl.SSLContext:
    """TLS with whoever it is: only who answers is asked, and nothing is told."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _reachable(host: str) -> str:
    """Where to connect for an address to listen on: all addresses are reached by our own."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def _where(end: End) -> str:
    host = f"[{end.host}]" if ":" in end.host else end.host
    return f"{host}:{end.port}"
