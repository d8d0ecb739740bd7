"""Where accepted mail goes, and how long that is tried: the sections `next_hop` and `queue`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from dlpguard.config._values import Duration, Section


class Tls(StrEnum):
    """How the connection to the next hop is protected."""

    VERIFY = "verify"
    REQUIRE = "require"
    OPPORTUNISTIC = "opportunistic"
    NONE = "none"


class NextHop(Section):
    """Where accepted mail goes."""

    host: str = "127.0.0.1"
    """where accepted mail goes"""
    port: int = Field(1025, gt=0, le=65535)
    """its port"""
    tls: Tls = Tls.VERIFY
    """`verify`: with a valid certificate; `require`: with any; `opportunistic`: where offered;
    `none`"""
    username: str = ""
    """for AUTH, which is used only under TLS"""
    password: str = Field("", repr=False)
    """better in the environment or a file"""
    password_file: str = ""
    """a file with the password, instead of `next_hop.password`"""
    authorities: str = ""
    """a PEM file of those whose certificates are valid, for a certificate of your own making;
    without it the system's"""
    certificate: str = ""
    """a client certificate (PEM)"""
    key: str = ""
    """its key; without it, the key stands in the same file"""
    connections: int = Field(20, gt=0)
    """at a time"""


class Queue(Section):
    """How long and how often delivery is tried (RFC 5321 4.5.4.1)."""

    first_retry: Duration = 60.0
    """after a delivery that failed for now; doubles each time"""
    longest_retry: Annotated[Duration, Field(le=86400)] = 3600.0
    """but not beyond this"""
    give_up: Duration = 5 * 86400.0
    """then the sender gets a notification"""
    tell_delay: Duration = 4 * 3600.0
    """then the sender is told that it takes long, once; `"0s"`: never"""
