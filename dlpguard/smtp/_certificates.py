"""TLS towards clients: our certificate, and theirs."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dlpguard.errors import ConfigurationError


def server_context(certificate: Path, key: Path, authorities: Path | None = None) -> ssl.SSLContext:
    """The context for clients that connect: TLS 1.2 or later with our certificate.

    With `authorities` (a PEM file) clients are asked for a certificate, and one that they show
    must be valid by it; those that show none are let in as before.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one too
        raise ConfigurationError(
            f"{certificate}, {key}: cannot be used for STARTTLS ({error.strerror or error}); "
            "listen.tls_certificate and listen.tls_key name PEM files that belong together"
        ) from None
    if authorities:
        try:
            context.load_verify_locations(authorities)
        except OSError as error:
            raise ConfigurationError(
                f"{authorities}: cannot be used ({error.strerror or error}); listen.tls_clients "
                "names a PEM file with the certificates of those who issue your clients' ones"
            ) from None
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def is_known(connection: Mapping[str, Any] | None, names: Iterable[str]) -> bool:
    """Whether the client on a TLS connection showed a certificate with one of these names.

    The names of a certificate are its DNS names; where it has none at all, its common name.
    """
    shown = connection["ssl_object"].getpeercert() if connection else None
    if not shown:
        return False
    others = [name for kind, name in shown.get("subjectAltName", ()) if kind == "DNS"]
    if not others:
        subject = [pair for part in shown.get("subject", ()) for pair in part]
        others = [value for key, value in subject if key == "commonName"]
    wanted = {name.casefold() for name in names}
    return any(name.casefold() in wanted for name in others)
