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
    hash: PasswordHash = Field(repr=False)
    senders: tuple[SenderOrDomain, ...] = ()


class Microsoft365(Section):
    """Our tenant, and the addresses that Microsoft sends all tenants' mail from."""

    tenant: Guid
    organisation: Domain
    networks: tuple[Network, ...] = Field(min_length=1)


class Listen(Section):
    """Where mail comes in, and from whom.  Never an open relay."""

    smtp: Endpoint = "127.0.0.1:2525"
    smtps: Endpoint | None = None
    web: EndpointOrNone = "127.0.0.1:8080"
    site: Site = ""
    proxies: tuple[Network, ...] = ()
    name: str = ""
    clients: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    senders: tuple[Domain, ...] = ()
    tls_certificate: str = ""
    tls_key: str = ""
    tls_clients: str = ""
    certificates: tuple[Domain, ...] = ()
    logins: tuple[LoginSection, ...] = ()
    microsoft365: Microsoft365 | None = None
    bare_lines: BareLines = BareLines.REJECT
    size: int = Field(150_000_000, gt=0)
    recipients: int = Field(1000, gt=0)
    connections: int = Field(200, gt=0)
    connections_per_client: int | None = Field(None, gt=0)
    idle: Duration = Field(300.0, gt=0)
    minimum_rate: int = Field(500, ge=0)
    mistakes: int = Field(20, gt=0)

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
