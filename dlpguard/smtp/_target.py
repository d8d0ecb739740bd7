"""Where accepted mail goes, and how the way there is protected."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from dlpguard.errors import ConfigurationError


class Tls(StrEnum):
    """How the connection to the next hop is protected."""

    VERIFY = "verify"
    """STARTTLS, with a certificate that is valid for the next hop's name."""
    REQUIRE = "require"
    """STARTTLS, with any certificate."""
    OPPORTUNISTIC = "opportunistic"
    """STARTTLS where it is offered and works, otherwise none."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for each step; the defaults are those of RFC 5321 4.5.3.2.

    That RFC has none for connecting, TLS, RSET, NOOP and QUIT.
    """

    connect: float = 30.0
    tls: float = 60.0
    greeting: float = 300.0
    hello: float = 300.0
    auth: float = 60.0
    mail: float = 300.0
    rcpt: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0
    reset: float = 20.0
    noop: float = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """The next hop.

    `tls` is a word of `Tls`, `hello` our own name for EHLO, `server_name` the name that its
    certificate must have ("": `host`), `authorities` a PEM file of those who may have signed it
    ("": the system's).  `certificate` and `key` are PEM files of a client certificate.
    The password is sent only under TLS.
    """

    host: str
    port: int
    tls: str = Tls.VERIFY
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    certificate: str = ""
    key: str = ""
    hello: str = "localhost"
    server_name: str = ""
    authorities: str = ""
    timeouts: Timeouts = Timeouts()

    def __post_init__(self) -> None:
        Tls(self.tls)


def context(target: Target) -> ssl.SSLContext | None:
    """The TLS context for a next hop, None where TLS is never used."""
    if target.tls == Tls.NONE:
        return None
    try:
        made = ssl.create_default_context(cafile=target.authorities or None)
        if target.certificate:
            made.load_cert_chain(target.certificate, target.key or None)
    except OSError as error:  # ssl.SSLError is one too
        raise ConfigurationError(
            f"next_hop: a certificate or key cannot be used ({error.strerror or error}); "
            "certificate and key name PEM files that belong together"
        ) from None
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if target.tls != Tls.VERIFY:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
