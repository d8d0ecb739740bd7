"""What a check says, and what it is told: the nouns of this family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dlpguard.policy import Policies
from dlpguard.smtp.client import Pool, Target


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
    """A certificate that the settings name: by which key, and its file."""

    key: str
    file: Path


@dataclass(frozen=True, slots=True)
class Around:
    """What the settings say of the machine, and what runs on it.  Without a target the next hop is
    not known; `mode` counts while nobody has switched."""

    target: Target | None = field(default=None, repr=False)
    certificates: tuple[Certificate, ...] = ()
    mode: str = "observe"
    running: Running = field(default_factory=Running)
