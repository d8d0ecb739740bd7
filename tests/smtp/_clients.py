"""Clients that protect what they say, and what they show of themselves while doing so."""

from __future__ import annotations

import datetime
import smtplib
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def trusting(certificate: Path, shown: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """A client's context that trusts a certificate, whatever its name, and may show its own."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    if shown:
        context.load_cert_chain(*shown)
    return context


def connected(
    port: int, context: ssl.SSLContext | None = None, *, tls_first: bool = False
) -> smtplib.SMTP:
    """A client that has said EHLO, inside TLS where it has a context for it."""
    if tls_first:
        client: smtplib.SMTP = smtplib.SMTP_SSL("127.0.0.1", port, timeout=10, context=context)
    else:
        client = smtplib.SMTP("127.0.0.1", port, timeout=10)
        if context:
            client.starttls(context=context)
    client.ehlo("client.example")
    return client


def mail(client: smtplib.SMTP, sender: str = "ann@council.example") -> tuple[int, bytes]:
    """What MAIL is answered."""
    return client.docmd("MAIL", f"FROM:<{sender}>")


def send(client: smtplib.SMTP, sender: str = "ann@council.example") -> None:
    """A message to somebody."""
    client.sendmail(sender, ["bob@nhs.example"], b"Subject: a\r\n\r\ntext\r\n")


@dataclass(frozen=True)
class Authority:
    """Issues certificates for clients; its own is the file `certificate`."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: Path

    def issue(self, common_name: str, *dns: str) -> tuple[Path, Path]:
        """A certificate and its key, as PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _begun(common_name, "authority.example", key)
        if dns:
            names = x509.SubjectAlternativeName([x509.DNSName(name) for name in dns])
            builder = builder.add_extension(names, critical=False)
        return _written(self.folder, f"{common_name}{len(dns)}", builder, self.key, key)


def authority(folder: Path) -> Authority:
    """A new one."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _begun("authority.example", "authority.example", key).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    certificate, _ = _written(folder, "authority", builder, key, key)
    return Authority(folder, key, certificate)


def _begun(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def _written(
    folder: Path,
    name: str,
    builder: x509.CertificateBuilder,
    signing: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
) -> tuple[Path, Path]:
    certificate, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    signed = builder.sign(signing, hashes.SHA256())
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, key_file
