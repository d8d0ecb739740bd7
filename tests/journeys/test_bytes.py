"""The bytes that came in are the bytes that go out, and signatures made upstream still verify."""

from __future__ import annotations

from collections.abc import Iterator

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.journeys._postfix import Received, SmtpSink, smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay, benign, relay
from tests.journeys._samples import every_sample
from tests.journeys._watch import watching

ODD = (
    b"Received: from x by y; Fri, 19 Jul 2013 09:30:00 +0100\r\n"
    b"X-DLPGuard-Passed: yes\r\nx-dlpguard-tag: forged\r\n\tfolded\r\n"
    b"From:ann.bee@council.example\r\n"
    b"Subject:   two  spaces\t\r\n"
    b"Subject: twice\r\n"
    b"X-Caf\xe9: latin 1 \xff\r\n"
    b"To: c@outside.example\r\n\r\n"
    b"no MIME here\r\n.\r\n..\r\n...\r\n \r\n" + b"long" * 5000 + b"\r\n\r\n\r\n"
)


@pytest.fixture(scope="module")
def hop() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture(scope="module")
def running(hop: SmtpSink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with relay(tmp_path_factory.mktemp("relay"), hop.port) as started:
        yield started


def test_every_byte_arrives_but_forged_fields_of_ours(running: Relay, hop: SmtpSink) -> None:
    start = ODD.index(b"X-DLPGuard-Passed")
    expected = ODD[:start] + ODD[ODD.index(b"From:") :]
    line = b"%07d" + b" a line of a large message" * 5 + b"\r\n"
    large = benign() + b"".join(line % n for n in range(15_000))
    messages = [expected, large]
    for content in (ODD, large):
        running.send(content, "odd@council.example", ["c@outside.example"])
    received = from_clients(hop, 2, "odd@council.example")

    for message in messages:
        [mail] = [m for m in received if m.content.endswith(message)]
        prepended = mail.before(message)
        names = [line.partition(b":")[0] for line in prepended.split(b"\r\n") if b":" in line[:20]]
        assert {b"Received", b"X-DLPGuard-Id", b"X-DLPGuard-Passed"} >= set(names)
        assert b"forged" not in prepended


def test_a_signature_made_before_sending_verifies_after_it(running: Relay, hop: SmtpSink) -> None:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = "".join(
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
        .splitlines()[1:-1]
    )
    signed = []
    for content in (benign(), every_sample()["mail/ordinary-invoice.eml"].content):
        signature = dkim.sign(
            content, b"s", b"council.example", private, canonicalize=(b"simple", b"simple")
        )
        signed.append(signature + content)
    for content in signed:
        running.send(content, "signer@council.example", ["c@outside.example"])
    received = from_clients(hop, 2, "signer@council.example")

    record = f"v=DKIM1; k=rsa; p={public}".encode()
    assert 2 == len(received)
    for mail in received:
        assert dkim.verify(mail.content, dnsfunc=lambda name, timeout=5: record)
        broken = mail.content.replace(b"bins", b"bans").replace(b"nvoice", b"nvoicf")
        assert not dkim.verify(broken, dnsfunc=lambda name, timeout=5: record)


def test_every_sample_ends_as_the_index_says(running: Relay, hop: SmtpSink) -> None:
    samples = every_sample()
    before = from_clients(hop, 0)
    ids = {n: running.send(m.content, m.sender, m.recipients) for n, m in samples.items()}
    holding = {n for n, m in samples.items() if m.expect == "quarantine"}
    passing = [m for n, m in samples.items() if n not in holding]
    with watching(running) as watch:
        wait_until(lambda: len(watch.held()) >= len(holding), "what is to be held")
        received = from_clients(hop, len(before) + len(passing))[len(before) :]
        held = watch.held()

    assert holding == {n for n, id in ids.items() if id in held}
    assert len(passing) == len(received)
    for mail in passing:
        [copy] = [m for m in received if m.content.endswith(mail.content)]
        assert set(mail.recipients) == set(copy.recipients)
        assert (b"X-DLPGuard-Tag: " in copy.before(mail.content)) == (mail.expect == "tag")


def from_clients(hop: SmtpSink, count: int, sender: str = "") -> list[Received]:
    """What has arrived of clients' mail, from one sender or all: so many at least."""

    def arrived() -> list[Received]:
        return [m for m in hop.received(0) if m.sender and sender in {"", m.sender}]

    wait_until(lambda: len(arrived()) >= count, f"{count} messages")
    return arrived()
