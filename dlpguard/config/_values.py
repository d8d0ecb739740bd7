"""What stands in settings: durations, networks, addresses, patterns; checked as they are read."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

USUAL_REGION = "GB"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Section(BaseModel):
    """A table of the settings file; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def seconds(value: object) -> object:
    """`"60m"` as 3600.0; numbers are seconds already."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)\s?([smhd])", value.strip())
        if not match:
            raise ValueError('a duration is a number and one of s, m, h, d: "20s", "60m", "5d"')
        return float(match[1]) * _UNITS[match[2]]
    return value


def as_duration(seconds: float) -> str:
    """A number of seconds as it is written in settings.

    >>> as_duration(5400.0), as_duration(432000.0), as_duration(0.0)
    ('90m', '5d', '0s')
    """
    for unit, size in reversed(_UNITS.items()):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"


def _network(value: str) -> str:
    ipaddress.ip_network(value)
    return value


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError('an address to listen on is host:port, such as "127.0.0.1:2525"')
    return value


def _host_and_port_or_none(value: str) -> str:
    return value and _host_and_port(value)


def _pattern(value: str) -> str:
    import re2  # noqa: PLC0415 - 20 ms that most commands do not need

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(value, options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace")
        raise ValueError(f"not a pattern that google-re2 takes: {why}") from None
    return value


def _region(value: str) -> str:
    if value != USUAL_REGION:
        from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - 50 ms for the few that need it

        if value not in SUPPORTED_REGIONS:
            raise ValueError('a country by the two letters of ISO 3166, such as "GB" (not "UK")')
    return value


def _domain(value: str) -> str:
    return value.strip().rstrip(".").casefold()


def _sender_or_domain(value: str) -> str:
    if not re.fullmatch(r"(?:[^@\s]{1,64}@)?[^@\s]{1,255}", value):
        raise ValueError("an address or a domain: scanner@council.example, council.example")
    return value


def _guid(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", value.casefold()):
        raise ValueError("a tenant's id looks like 00112233-4455-6677-8899-aabbccddeeff")
    return value.casefold()


def _password_hash(value: str) -> str:
    from dlpguard import passwords  # noqa: PLC0415 - 50 ms for the few

    if not passwords.is_hash(value):
        raise ValueError("not an argon2id hash; dlpguard login NAME makes one")
    return value


def _sender(value: str) -> str:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,255}", value):
        raise ValueError("a sender is an address, * any characters: *@finance.council.example")
    return value


def _site(value: str) -> str:
    if value and not re.fullmatch(r"https?://[!-~]{1,500}", value):
        raise ValueError("must begin with https:// and hold no spaces")
    return value


def _database(value: str) -> str:
    if not re.match(r"[a-z][a-z0-9+]{0,30}://", value):
        raise ValueError(
            'not a database address; examples are "sqlite:///dlpguard.db" and '
            '"postgresql://dlpguard@db.council.example/dlpguard"'
        )
    return value


GroupName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
SenderPattern = Annotated[str, AfterValidator(_sender)]
Duration = Annotated[float, BeforeValidator(seconds), Field(ge=0, allow_inf_nan=False)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Domain = Annotated[str, AfterValidator(_domain), Field(min_length=1)]
Endpoint = Annotated[str, AfterValidator(_host_and_port)]
EndpointOrNone = Annotated[str, AfterValidator(_host_and_port_or_none)]
"""Where to listen; "" does not."""
Network = Annotated[str, AfterValidator(_network)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Region = Annotated[str, AfterValidator(_region)]
Site = Annotated[str, AfterValidator(_site)]
"""Where people reach the review site."""
Guid = Annotated[str, AfterValidator(_guid)]
LoginName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@+-]{1,64}$")]
PasswordHash = Annotated[str, AfterValidator(_password_hash)]
SenderOrDomain = Annotated[str, AfterValidator(_sender_or_domain)]
