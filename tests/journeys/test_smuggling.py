"""What other programs may take for the end of a message, through dlpguard to a real Postfix.

`smtpd_forbid_bare_newline` is at Debian's default.  Each attempt is one message or a refusal: what
stands behind the false end never becomes a message of its own (SEC Consult, 2023).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys._postfix import Postfix, Received, postfix_next_hop
from tests.journeys._programs import DEADLINE, HOST, wait_until
from tests.journeys._relay import Relay, benign, relay
from tests.smtp._clients import authority, trusting

SENDER = "ann.bee@council.example"
ENVELOPE = b"MAIL FROM:<ann.bee@council.example>\r\nRCPT TO:<carol@outside.example>\r\nDATA\r\n"
SMUGGLED = (
    b"MAIL FROM:<boss@council.example>\r\nRCPT TO:<eve@smuggled.example>\r\nDATA\r\n"
    b"Subject: smuggled\r\n\r\nsmuggled\r\n.\r\n"
)

FALSE_ENDS = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "LF.CR": b"\n.\r",
    "CR.LF": b"\r.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CRLF.CR": b"\r\n.\r",
    "CRCRLF.CRCRLF": b"\r\r\n.\r\r\n",
    "LF CRLF.LF": b"\n\r\n.\n",
    "NUL before": b"\r\n\0.\r\n",
    "NUL after": b"\r\n.\0\r\n",
    "NUL and bare LF": b"\n.\0\n",
}
WITH_NUL = {name for name in FALSE_ENDS if "NUL" in name}


@contextlib.contextmanager
def greeted(running: Relay) -> Iterator[socket.socket]:
    """A client's connection after EHLO."""
    with socket.create_connection((HOST, running.port), timeout=DEADLINE) as client:
        client.recv(1000)
        client.sendall(b"EHLO client.example\r\n")
        client.recv(1000)
        yield client


def everything(client: socket.socket) -> str:
    """What still comes until the connection is closed, in codes."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65536):
            said += piece
    return " ".join(line[:3].decode() for line in said.splitlines())


def attempt(running: Relay, name: str) -> str:
    """Codes behind 354 of a message with a false end inside, and another message behind it."""
    with greeted(running) as client:
        client.sendall(ENVELOPE)
        said = b""
        while b"354" not in said:
            said += client.recv(1000)
        outer = f"Subject: {name}\r\n\r\nouter".encode()
        client.sendall(outer + FALSE_ENDS[name] + SMUGGLED + b"QUIT\r\n")
        return everything(client)


@dataclass(frozen=True)
class Line:
    """A relay with TLS in front of a Postfix; `mode` is what it does with bare line ends."""

    mode: str
    running: Relay
    next_hop: Postfix
    trust: Path

    def sent(self) -> int:
        """How many messages the next hop has taken."""
        return self.running.log().count(" delivered id=")

    def arrived(self, before: int, count: int) -> tuple[Received, ...]:
        """So many messages, and no more, after those before."""
        wait_until(lambda: self.sent() == before + count, self.running.log(), 20)
        return self.next_hop.received(before + count)[before:]


@pytest.fixture(scope="module", params=["reject", "normalise"])
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    folder, issued = tmp_path_factory.mktemp("relay"), tmp_path_factory.mktemp("authority")
    issuer = authority(issued)
    certificate, key = issuer.issue("relay.council.example", "relay.council.example")
    with pytest.MonkeyPatch.context() as environment, postfix_next_hop() as next_hop:
        environment.setenv("DLPGUARD_LISTEN__BARE_LINES", request.param)
        environment.setenv("DLPGUARD_LISTEN__TLS_CERTIFICATE", str(certificate))
        environment.setenv("DLPGUARD_LISTEN__TLS_KEY", str(key))
        with relay(folder, next_hop.port, "observe") as running:
            yield Line(request.param, running, next_hop, issuer.certificate)


TAKEN = {"reject": set[str](), "normalise": FALSE_ENDS.keys() - WITH_NUL}
"""Which are taken, each as one message."""


def test_a_false_end_of_data_ends_nothing(line: Line) -> None:
    taken, before = TAKEN[line.mode], line.sent()
    said = {name: attempt(line.running, name) for name in FALSE_ENDS}
    assert {name: "250 221" if name in taken else "550 221" for name in FALSE_ENDS} == said
    line.running.send(benign(), SENDER, ["carol@outside.example"])
    received = line.arrived(before, len(taken) + 1)

    assert ["carol@outside.example"] * (len(taken) + 1) == [
        r for m in received for r in m.recipients
    ]
    outer = [m.content for m in received if b"outer" in m.content]
    assert all(m.count(b"MAIL FROM:<boss@council.example>\r\n") == 1 for m in outer)


def test_commands_that_did_not_wait_for_their_turn_are_not_obeyed(line: Line) -> None:
    """A body before 354, and commands before the handshake of TLS (CVE-2024-34083)."""
    before = line.sent()
    with greeted(line.running) as client:
        client.sendall(ENVELOPE + b"Subject: outer\r\n\r\nouter\r\n.\r\n" + SMUGGLED)
        piped = everything(client)
    with greeted(line.running) as client:
        client.sendall(b"STARTTLS\r\nEHLO injected\r\n" + ENVELOPE)
        client.recv(1000)
        with trusting(line.trust).wrap_socket(client) as protected:
            protected.sendall(b"Subject: smuggled\r\n\r\nsmuggled\r\n.\r\nQUIT\r\n")
            injected = everything(protected)
    line.running.send(benign(), SENDER, ["carol@outside.example"])
    received = line.arrived(before, 1)

    assert "250 250 554" == piped
    assert not {"250", "354"} & set(injected.split())
    assert [benign()] == [m.content[-len(benign()) :] for m in received]


def test_a_bare_line_end_inside_tls_is_one_too(line: Line) -> None:
    before = line.sent()
    with greeted(line.running) as client:
        client.sendall(b"STARTTLS\r\n")
        client.recv(1000)
        with trusting(line.trust).wrap_socket(client) as protected:
            assert isinstance(protected, ssl.SSLSocket)
            protected.sendall(b"EHLO client.example\r\n" + ENVELOPE)
            said = b""
            while b"354" not in said:
                said += protected.recv(1000)
            protected.sendall(b"Subject: outer\r\n\r\nouter\n.\n" + SMUGGLED + b"QUIT\r\n")
            answered = everything(protected)
    received = line.arrived(before, 0 if line.mode == "reject" else 1)

    assert {"reject": "550 221", "normalise": "250 221"}[line.mode] == answered
    assert all(m.recipients == ("carol@outside.example",) for m in received)
