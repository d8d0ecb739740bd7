"""What a check says, and what it is told: the nouns of this family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from dlpguard.policy import Policies
from dlpguard.smtp.client import Pool, Target

if TYPE_CHECKING:
    from dns.resolver import Resolver


class Level(StrEnum):
    """How something is.  UNKNOWN: it cannot be told from where the question was asked."""

    FINE = "fine"
    LOOK = "look at it"
    BROKEN = "broken"
    UNKNOWN = "not known here"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked: how it is, in a sentence, and what to do ("" nothing)."""

    about: str
    level: Level
    said: str
    advice: str = ""


def _no_policies() -> Policies | None:
    return None


def _no_protections() -> tuple[str, ...] | None:
    return None


def _no_pool() -> Pool | None:
    return None


@dataclass(frozen=True, slots=True)
class Running:
    """What the process that asks runs itself, as it is at the moment of asking.

    Each gives None where that role runs elsewhere.  `protections` is () until a worker has started.
    """

    policies: Callable[[], Policies | None] = _no_policies
    protections: Callable[[], tuple[str, ...] | None] = _no_protections
    pool: Callable[[], Pool | None] = _no_pool


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that the settings name: by which key, and its file.

    `private` is the file of its key, None for a list of authorities; `name` is one that it should
    have, "" where any will do.  `domains` are the domains of which, or below which, Microsoft 365
    expects a name on it; () where it is for somebody else.
    """

    key: str
    file: Path
    private: Path | None = None
    name: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """What the settings say of the machine, and what runs on it.  Without a target the next hop is
    not known; `mode` counts while nobody has switched; `groups` are those of reviewers that mail
    of private senders goes to."""

    target: Target | None = field(default=None, repr=False)
    certificates: tuple[Certificate, ...] = ()
    mode: str = "observe"
    running: Running = field(default_factory=Running)
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """An address that dlpguard listens on by the settings; `speaks` is smtp, smtps or http."""

    key: str
    host: str
    port: int
    speaks: str


@dataclass(frozen=True, slots=True)
class Machine:
    """What probes are told: all that the settings say of the machine and of who is around it.

    `name` is how dlpguard greets, `domains` are our own, `largest` is the largest message in bytes
    that is taken; `proxies` are networks from which only proxies for mail connect.  `sender` writes
    to `recipient` when the next hop is asked whether it takes mail; a message is sent only to
    `send_to`, where there is one.  `database` is the file of an embedded one.  `resolver` asks DNS
    (None: as the system is set up).
    """

    around: Around
    name: str = "localhost"
    domains: tuple[str, ...] = ()
    site: str = ""
    ends: tuple[End, ...] = ()
    proxies: tuple[str, ...] = ()
    largest: int = 0
    sender: str = field(default="", repr=False)
    recipient: str = field(default="", repr=False)
    send_to: str = field(default="", repr=False)
    database: Path | None = None
    key_file: Path | None = None
    resolver: Resolver | None = field(default=None, repr=False)
