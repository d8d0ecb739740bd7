"""The bytes that came in are the bytes that go out, and signatures made upstream still verify."""

from __future__ import annotations

import time
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.journeys._postfix import smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import benign, relay
from tests.journeys._samples import every_sample

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


def test_every_byte_arrives_but_forged_fields_of_ours(tmp_path: Path) -> None:
    start = ODD.index(b"X-DLPGuard-Passed")
    expected = ODD[:start] + ODD[ODD.index(b"From:") :]
    large = benign() + b"".join(b"%07d a line of a large message\r\n" % n for n in range(60_000))
    messages = [expected, large]
    with smtp_sink() as hop, relay(tmp_path, hop.port) as running:
        for content in (ODD, large):
            running.send(content, "ann.bee@council.example", ["c@outside.example"])
        received = [m for m in hop.received(2) if m.sender]

    for message in messages:
        [mail] = [m for m in received if m.content.endswith(message)]
        prepended = mail.before(message)
        names = [line.partition(b":")[0] for line in prepended.split(b"\r\n") if b":" in line[:20]]
        assert {b"Received", b"X-DLPGuard-Id", b"X-DLPGuard-Passed"} >= set(names)
        assert b"forged" not in prepended


def test_a_signature_made_before_sending_verifies_after_it(tmp_path: Path) -> None:
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
    with smtp_sink() as hop, relay(tmp_path, hop.port) as running:
        for content in signed:
            running.send(content, "ann.bee@council.example", ["c@outside.example"])
        received = [m for m in hop.received(2) if m.sender]

    record = f"v=DKIM1; k=rsa; p={public}".encode()
    assert 2 == len(received)
    for mail in received:
        assert dkim.verify(mail.content, dnsfunc=lambda name, timeout=5: record)
        broken = mail.content.replace(b"bins", b"bans").replace(b"nvoice", b"nvoicf")
        assert not dkim.verify(broken, dnsfunc=lambda name, timeout=5: record)


def test_every_sample_ends_as_the_index_says(tmp_path: Path) -> None:
    samples = every_sample()
    with smtp_sink() as hop, relay(tmp_path, hop.port) as running:
        ids = {n: running.send(m.content, m.sender, m.recipients) for n, m in samples.items()}
        holding = {n for n, m in samples.items() if m.expect == "quarantine"}
        wait_until(lambda: len(running.held()) >= len(holding), "what is to be held")
        held = {h["id"] for h in running.held()}
        passing = [m for n, m in samples.items() if n not in holding]
        deadline = time.monotonic() + 60
        while len(received := [m for m in hop.received(0) if m.sender]) < len(passing):
            assert time.monotonic() < deadline
            time.sleep(0.1)

    assert holding == {n for n, id in ids.items() if id in held}
    assert len(passing) == len(received)
    for mail in passing:
        [copy] = [m for m in received if m.content.endswith(mail.content)]
        assert set(mail.recipients) == set(copy.recipients)
        assert (b"X-DLPGuard-Tag: " in copy.before(mail.content)) == (mail.expect == "tag")
