"""Where the log goes, and who may read the metrics: the sections `log` and `metrics`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from dlpguard.config._values import EndpointOrNone, Network, Section


class Format(StrEnum):
    """How a line of the log looks."""

    TEXT = "text"
    JSON = "json"


class Destination(StrEnum):
    """Where the log goes."""

    STDERR = "stderr"
    SYSLOG = "syslog"


class Level(StrEnum):
    """From what on something is said."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _syslog(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not value.startswith("/") and not (host and port.isdigit() and int(port) <= 65535):
        raise ValueError('syslog is at a path or at host:port: "/dev/log", "logs.example:514"')
    return value


class Log(Section):
    """What is written down while it runs: ids, counts and names of policies, never content."""

    format: Format = Format.TEXT
    """`"text"` for people, `"json"` for programs: one object a line"""
    destination: Destination = Destination.STDERR
    """`"stderr"`, which systemd and containers keep, or `"syslog"` (facility mail)"""
    syslog: Annotated[str, AfterValidator(_syslog)] = "/dev/log"
    """where syslog is: a socket of this machine, or `host:port` for UDP"""
    level: Level = Level.INFO
    """`"info"`: a few lines about each message; `"warning"`: what is not as usual; `"error"`: only
    failures"""


class Metrics(Section):
    """What Prometheus may ask."""

    listen: EndpointOrNone = ""
    """address and port for `/metrics`, `/healthz` and `/readyz` on a node without the review site,
    which has them too; `""`: none"""
    clients: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """networks that may read `/metrics`"""
    token: str = Field("", repr=False)
    """what lets everybody else read it: `Authorization: Bearer …`, 16 characters or more; better in
    the environment or a file"""
    token_file: str = ""
    """a file with that token, instead of `metrics.token`"""

    @model_validator(mode="after")
    def _has_one_token(self) -> Metrics:
        if self.token and self.token_file:
            raise ValueError("metrics.token and metrics.token_file: give one of them")
        return self
