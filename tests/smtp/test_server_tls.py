"""TLS from the first byte, and clients that are known by their certificates."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import uvloop

from dlpguard.errors import ConfigurationError
from dlpguard.smtp.server import server_context
from tests.smtp._clients import Authority, authority, connected, mail, send, trusting
from tests.smtp.conftest import codes

if TYPE_CHECKING:
    from tests.smtp.conftest import Certificate, Guarded, OpenEdge

T = TypeVar("T")


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def talk(request: pytest.FixtureRequest, open_edge: OpenEdge) -> Callable[..., Any]:
    """Let a client talk with an edge that listens on a port with TLS from the first byte too."""

    def whole(conversation: Callable[[Guarded, int, int], T], **rules: Any) -> T:
        async def trip() -> T:
            async with open_edge(**rules) as guarded:
                plain = guarded.edge.port
                await guarded.edge.start("127.0.0.1", 0, tls_first=True)
                protected = guarded.edge.port
                return await asyncio.to_thread(conversation, guarded, plain, protected)

        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(asyncio.wait_for(trip(), 30))

    return whole


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def context(certificate: Certificate, issuer: Authority) -> ssl.SSLContext:
    return server_context(certificate.certificate, certificate.key, issuer.certificate)


def test_tls_from_the_first_byte(talk: Callable[..., Any], certificate: Certificate) -> None:
    def conversation(guarded: Guarded, _: int, port: int) -> list[Any]:
        with connected(port, trusting(certificate.certificate), tls_first=True) as client:
            offered, again = client.has_extn("starttls"), client.docmd("STARTTLS")[0]
            client.ehlo("client.example")
            content = b"Subject: a\r\n\r\n" + b"text\r\n" * 100_000
            client.sendmail("ann@council.example", ["bob@nhs.example"], content)
        [taken] = guarded.arrivals
        return [offered, again, taken.envelope.tls, taken.content == content, taken.trace]

    offered, again, tls, same, trace = talk(conversation, tls=certificate.context())

    assert [False, 503, True, True] == [offered, again, tls, same]
    assert b"with ESMTPS " in trace.replace(b"\r\n", b"")


def test_a_client_from_elsewhere_is_turned_away_before_the_handshake(
    talk: Callable[..., Any], certificate: Certificate
) -> None:
    def conversation(_: Guarded, plain: int, protected: int) -> bytes:
        with socket.create_connection(("127.0.0.1", protected), timeout=10) as client:
            return client.recv(1000)

    assert b"" == talk(conversation, tls=certificate.context(), clients=("10.0.0.0/8",))


def test_no_handshake_is_no_conversation_and_harms_nobody(
    talk: Callable[..., Any], certificate: Certificate
) -> None:
    def conversation(guarded: Guarded, _: int, port: int) -> list[int]:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"EHLO a\r\n" * 10)
            while client.recv(1000):
                pass
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"\x16\x03\x01")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            while client.recv(1000):  # it says nothing, and is closed all the same
                pass
        with connected(port, trusting(certificate.certificate), tls_first=True) as client:
            send(client)
        end = time.monotonic() + 5
        while guarded.edge._callers and time.monotonic() < end:
            time.sleep(0.01)
        return [len(guarded.arrivals), len(guarded.edge._from)]

    assert [1, 0] == talk(conversation, tls=certificate.context(), idle_seconds=0.5)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls_are_refused(
    talk: Callable[..., Any], certificate: Certificate
) -> None:
    def conversation(_: Guarded, plain: int, protected: int) -> list[str]:
        said = []
        for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            old = trusting(certificate.certificate)
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = version
            try:
                with connected(protected, old, tls_first=True) as client:
                    said.append(client.sock.version())  # type: ignore[union-attr]
            except (ssl.SSLError, ConnectionError):
                said.append("refused")
        return said

    tls = server_context(certificate.certificate, certificate.key)
    assert ["refused", "TLSv1.2", "TLSv1.3"] == talk(conversation, tls=tls)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("mail.council.example", "mail.council.example"), 250),
        (("whatever", "other.example", "Mail.Council.Example"), 250),
        (("mail.council.example",), 250),
        (("mail.council.example", "other.example"), 530),
        (("other.example",), 530),
    ],
)
@pytest.mark.parametrize("tls_first", [True, False])
def test_a_certificate_with_a_listed_name_makes_a_client(
    talk: Callable[..., Any],
    certificate: Certificate,
    issuer: Authority,
    names: tuple[str, ...],
    code: int,
    tls_first: bool,
) -> None:
    """Where it has DNS names, its common name does not count."""
    shown = issuer.issue(*names)

    def conversation(_: Guarded, plain: int, protected: int) -> int:
        port = protected if tls_first else plain
        trust = trusting(certificate.certificate, shown)
        with connected(port, trust, tls_first=tls_first) as client:
            return mail(client)[0]

    assert code == talk(
        conversation,
        tls=context(certificate, issuer),
        clients=("10.0.0.0/8",),
        certificates=("mail.council.example",),
    )


def test_a_client_without_certificate_is_let_in_and_may_not_send(
    talk: Callable[..., Any], certificate: Certificate, issuer: Authority
) -> None:
    def conversation(_: Guarded, plain: int, protected: int) -> int:
        with connected(plain, trusting(certificate.certificate)) as client:
            return mail(client)[0]

    assert 530 == talk(
        conversation,
        tls=context(certificate, issuer),
        clients=("10.0.0.0/8",),
        certificates=("mail.council.example",),
    )


def test_a_certificate_that_somebody_else_issued_is_no_good(
    talk: Callable[..., Any],
    certificate: Certificate,
    issuer: Authority,
    tmp_path: Path,
) -> None:
    shown = authority(tmp_path).issue("mail.council.example", "mail.council.example")

    def conversation(_: Guarded, plain: int, protected: int) -> str:
        try:
            with connected(plain, trusting(certificate.certificate, shown)) as client:
                return str(mail(client)[0])
        except (ssl.SSLError, ConnectionError, smtplib.SMTPServerDisconnected):
            return "refused"

    assert "refused" == talk(
        conversation,
        tls=context(certificate, issuer),
        clients=("10.0.0.0/8",),
        certificates=("mail.council.example",),
    )


def test_without_tls_a_client_of_elsewhere_is_told_to_log_in(
    open_edge: OpenEdge, certificate: Certificate, issuer: Authority
) -> None:
    async def trip() -> list[str]:
        tls = context(certificate, issuer)
        async with open_edge(
            clients=("10.0.0.0/8",), tls=tls, certificates=("mail.council.example",)
        ) as guarded:
            return await guarded.says(b"EHLO a\r\n", b"MAIL FROM:<ann@council.example>\r\n")

    assert "530 5.7.0" == codes(asyncio.run(trip()))[-1]


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path, certificate: Certificate) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")

    with pytest.raises(ConfigurationError, match=r"broken\.pem.*listen\.tls_clients"):
        server_context(certificate.certificate, certificate.key, broken)
    with pytest.raises(ConfigurationError, match=r"missing\.pem.*listen\.tls_clients"):
        server_context(certificate.certificate, certificate.key, tmp_path / "missing.pem")


@pytest.mark.parametrize("command", ["MAIL FROM:<ann@council.example>", "RCPT TO:<b@c.example>"])
def test_after_starttls_a_client_has_to_greet_again(
    talk: Callable[..., Any], certificate: Certificate, command: str
) -> None:
    def conversation(_: Guarded, plain: int, protected: int) -> list[int]:
        with smtplib.SMTP("127.0.0.1", plain, timeout=10) as client:
            client.ehlo("client.example")
            client.mail("ann@council.example")
            client.rcpt("bob@nhs.example")
            wrong = client.docmd("STARTTLS", "now")[0]
            client.starttls(context=trusting(certificate.certificate))
            return [wrong, client.docmd(command)[0], client.docmd("DATA")[0], client.quit()[0]]

    assert [501, 503, 503, 221] == talk(conversation, tls=certificate.context())


def test_a_port_that_should_be_protected_is_not_opened_without_certificate(
    open_edge: OpenEdge,
) -> None:
    async def trip() -> None:
        async with open_edge() as guarded:
            await guarded.edge.start("127.0.0.1", 0, tls_first=True)

    with pytest.raises(ValueError, match="needs a certificate"):
        asyncio.run(trip())


def test_a_new_certificate_is_shown_from_the_next_connection_on(
    talk: Callable[..., Any], issuer: Authority
) -> None:
    shown = [server_context(*issuer.issue(name, name)) for name in ("old.example", "new.example")]

    def converse(guarded: Guarded, plain: int, protected: int) -> list[str]:
        trust = trusting(issuer.certificate)
        with connected(protected, trust, tls_first=True) as before:
            guarded.edge.follow(replace(guarded.edge.rules, tls=shown[1]))
            names = [_name_shown(before)]
            send(before)
        for tls_first, port in ((True, protected), (False, plain)):
            with connected(port, trust, tls_first=tls_first) as after:
                names.append(_name_shown(after))
                send(after)
        return names

    assert ["old.example", "new.example", "new.example"] == talk(converse, tls=shown[0])


def test_the_certificate_of_a_port_that_needs_it_is_not_taken_away(
    talk: Callable[..., Any], certificate: Certificate
) -> None:
    def converse(guarded: Guarded, plain: int, protected: int) -> None:
        with pytest.raises(ValueError, match="needs a certificate"):
            guarded.edge.follow(replace(guarded.edge.rules, tls=None))

    talk(converse, tls=certificate.context())


def _name_shown(client: smtplib.SMTP) -> str:
    assert isinstance(client.sock, ssl.SSLSocket)
    shown = client.sock.getpeercert()
    assert shown
    return str(shown["subjectAltName"][0][1])
