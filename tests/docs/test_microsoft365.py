"""docs/microsoft365.md: its settings, between a client and a next hop that ask what Microsoft asks.

There is no tenant here.  The next hop is a Postfix that takes mail only from who shows a trusted
certificate, as the inbound connector does; the client writes the fields of Exchange Online.
"""

from __future__ import annotations

import datetime
import re
import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.docs._blocks import blocks
from tests.journeys._postfix import Postfix, postfix_next_hop
from tests.journeys._programs import DEADLINE, HOST
from tests.journeys._relay import Relay, benign

SETTINGS = next(one.text for one in blocks("microsoft365.md") if one.title == "dlpguard.toml")
NAME = "dlpguard.council.example"
SENDER, OUTSIDE = "ann.bee@council.example", "carol@outside.example"

OURS = (
    b"X-OriginatorOrg: council.example\r\n"
    b"X-MS-Exchange-CrossTenant-Id: 00112233-4455-6677-8899-aabbccddeeff\r\n"
)
"""What Exchange Online writes into mail of the tenant that the page names."""


def test_the_page_names_this_tenant_and_this_name() -> None:
    assert OURS.split()[-1].decode() in SETTINGS
    assert f'name = "{NAME}"' in SETTINGS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for dlpguard's name, and for the next hop's here, with its key behind it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), x509.DNSName("localhost")])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    unencrypted = serialization.NoEncryption()
    file = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted)
    )
    file.chmod(0o600)
    return file


@pytest.fixture(scope="module")
def tenant(certificate: Path) -> Iterator[Postfix]:
    """A next hop that takes mail from nobody without a certificate that it trusts."""
    tls = {
        "smtpd_tls_security_level": "encrypt",
        "smtpd_tls_cert_file": str(certificate),
        "smtpd_tls_CAfile": str(certificate),
        "smtpd_tls_req_ccert": "yes",
        "smtpd_tls_received_header": "yes",
    }
    with postfix_next_hop(**tls) as hop:
        yield hop


@pytest.fixture(scope="module")
def relay(
    tenant: Postfix, certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Relay]:
    """dlpguard with the page's settings, except for where things are here."""
    running = Relay(tmp_path_factory.mktemp("relay"), tenant.port)
    here = {
        r"/etc/dlpguard/certificate\.(pem|key)": str(certificate),
        r"0\.0\.0\.0:25\b": f'{HOST}:{running.port}"\nweb = "',
        r"192\.0\.2\.0/24": f"{HOST}/32",
        # Nobody else is a client: what comes from here comes from Microsoft.
        r"^\[listen\]$": '[listen]\nclients = ["192.0.2.1/32"]',
        r"council-example\.mail\.protection\.outlook\.com": "localhost",
        r"^port = 25$": f'port = {tenant.port}\nauthorities = "{certificate}"',
    }
    text = SETTINGS
    for shown, instead in here.items():
        text, count = re.subn(shown, instead, text, flags=re.MULTILINE)
        assert count, shown
    running.config.write_text(text, "utf-8")
    running.start()
    try:
        yield running
    finally:
        running.stop()


def answer(relay: Relay, certificate: Path, message: bytes, sender: str) -> tuple[int, bytes]:
    """What dlpguard says to a message that comes by TLS."""
    trusted = ssl.create_default_context(cafile=str(certificate))
    with smtplib.SMTP("localhost", relay.port, timeout=DEADLINE) as client:
        client.starttls(context=trusted)
        client.ehlo("mail-lo2gbr01.outbound.protection.outlook.com")
        client.mail(sender)
        client.rcpt(OUTSIDE)
        return client.data(message)


def test_mail_of_the_tenant_goes_back_to_it_with_the_certificate_that_it_asks_for(
    relay: Relay, tenant: Postfix, certificate: Path
) -> None:
    said = answer(relay, certificate, OURS + benign(), SENDER)
    [received] = tenant.received(1)

    assert 250 == said[0]
    assert f'Client CN "{NAME}"'.encode() in received.content
    assert b"X-DLPGuard-Passed: yes\r\n" in received.content
    assert received.content.endswith(OURS + benign())


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        (b"", SENDER),
        (OURS.replace(b"eeff", b"0000"), SENDER),
        (OURS.replace(b"council", b"another"), SENDER),
        (OURS, "mallory@another.example"),
    ],
)
def test_mail_of_another_tenant_is_refused(
    relay: Relay, certificate: Path, fields: bytes, sender: str
) -> None:
    code, said = answer(relay, certificate, fields + benign(sender=sender), sender)

    assert (550, b"5.7.64") == (code, said.split()[0])
