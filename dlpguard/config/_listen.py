"""Where mail comes in, and from whom: the section `listen`."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from dlpguard.config._values import (
    Domain,
    Duration,
    Endpoint,
    EndpointOrNone,
    Guid,
    LoginName,
    Network,
    PasswordHash,
    Section,
    SenderOrDomain,
    Site,
)


class BareLines(StrEnum):
    """What to do with a bare CR or LF, which is how one message is smuggled inside another."""

    REJECT = "reject"
    NORMALISE = "normalise"


class LoginSection(Section):
    """Who may send from anywhere by name and password; `dlpguard login` writes it."""

    name: LoginName
    """letters, digits and `. _ @ + -`; exactly as the scanner gives it"""
    hash: PasswordHash = Field(repr=False)
    """from `dlpguard login`; never the password itself"""
    senders: tuple[SenderOrDomain, ...] = ()
    """the MAIL FROM addresses or domains that it may use; without it those of `listen.senders`"""


class Microsoft365(Section):
    """Our tenant, and the addresses that Microsoft sends all tenants' mail from."""

    tenant: Guid
    """the tenant's id (Microsoft Entra admin centre, *Overview*)"""
    organisation: Domain
    """what Microsoft writes into `X-OriginatorOrg` of your mail; look at a message that came from
    there. It is a domain of yours, or `….onmicrosoft.com`"""
    networks: tuple[Network, ...] = Field(min_length=1)
    """Exchange Online's addresses, as Microsoft publishes them"""


class Listen(Section):
    """Where mail comes in, and from whom.  Never an open relay."""

    smtp: Endpoint = "127.0.0.1:2525"
    """address and port for mail"""
    smtps: Endpoint | None = None
    """address and port for mail with TLS from the first byte (`"10.0.0.5:465"`)"""
    web: EndpointOrNone = "127.0.0.1:8080"
    """address and port of the review site; `""`: none"""
    site: Site = ""
    """where senders and reviewers reach the site (`https://dlpguard.council.example`); put into
    notices"""
    proxies: tuple[Network, ...] = ()
    """networks of the reverse proxies in front of the site (`["10.0.0.9/32"]`): only what they
    write into `X-Forwarded-For` is believed. Without it, a site behind a proxy sees one client,
    who shares one allowance of wrong passwords"""
    smtp_proxies: tuple[Network, ...] = ()
    """networks of the proxies in front of `smtp` and `smtps` (`["10.0.0.9/32"]`): they must say by
    the [PROXY protocol](deploying.md#the-proxy) who connects, and `clients` is about that address.
    Nobody else may connect from there"""
    name: str = ""
    """how dlpguard greets, and signs its notices; without it the host's name"""
    clients: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """networks that may relay; everybody else is refused, or must [log in](#logins)"""
    senders: tuple[Domain, ...] = ()
    """MAIL FROM domains that may send, exactly these (list subdomains that send); `<>` always may.
    Without it `organisation.domains`"""
    tls_certificate: str = ""
    """a PEM file; switches STARTTLS on (TLS 1.2 or later)"""
    tls_key: str = ""
    """its key"""
    tls_clients: str = ""
    """a PEM file of those who issue your clients' certificates; clients are asked for one"""
    certificates: tuple[Domain, ...] = ()
    """the names in such a certificate that make its owner a client, wherever it is"""
    logins: tuple[LoginSection, ...] = ()
    """who may send from anywhere by name and password: [below](#logins)"""
    microsoft365: Microsoft365 | None = None
    """your tenant, when mail comes from Microsoft 365: [below](#microsoft-365)"""
    bare_lines: BareLines = BareLines.REJECT
    """`"normalise"` for devices that end lines with a bare LF; it breaks DKIM"""
    size: int = Field(150_000_000, gt=0)
    """the largest message, in bytes"""
    recipients: int = Field(1000, gt=0)
    """recipients of a message"""
    connections: int = Field(200, gt=0)
    """clients at a time; when all are taken, the slowest makes room after ten seconds"""
    connections_per_client: int | None = Field(None, gt=0)
    """from one address; without it half of them"""
    idle: Duration = Field(300.0, gt=0)
    """how long a client may take for one command (RFC 5321 4.5.3.2.7 asks for five minutes), or
    be silent in a message"""
    minimum_rate: int = Field(500, ge=0)
    """bytes a second that a message must come with; an upload above it may take hours, one
    below is ended after `listen.idle`. `0`: as slowly as it likes"""
    mistakes: int = Field(20, gt=0)
    """refused commands after which a connection is closed; a message makes up for them"""

    @property
    def most_of_one_client(self) -> int:
        """How many connections one address may have: half of all, where nothing else is said."""
        return self.connections_per_client or max(1, self.connections // 2)

    @field_validator("logins")
    @classmethod
    def _are_different(cls, logins: tuple[LoginSection, ...]) -> tuple[LoginSection, ...]:
        if len({login.name for login in logins}) < len(logins):
            raise ValueError("two logins have the same name")
        return logins

    @model_validator(mode="after")
    def _has_what_tls_needs(self) -> Listen:
        if bool(self.tls_certificate) != bool(self.tls_key):
            raise ValueError("listen.tls_certificate and listen.tls_key go together")
        if bool(self.tls_clients) != bool(self.certificates):
            raise ValueError("listen.tls_clients and listen.certificates go together")
        for key in ("smtps", "tls_clients", "logins"):
            if getattr(self, key) and not self.tls_certificate:
                raise ValueError(f"listen.{key} needs listen.tls_certificate and listen.tls_key")
        return self
