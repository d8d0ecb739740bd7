"""What everybody saw: clients, the next hop, reviewers.  The checker compares it with the store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults._mail import Mail


class Said(StrEnum):
    """What a client knows of one attempt to send."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """After the final dot; nothing of it may be kept."""
    UNANSWERED = "unanswered"
    """The final dot was sent and no answer came: only the relay knows."""
    UNSENT = "unsent"
    """The final dot was never sent, so there is no message."""


@dataclass(frozen=True)
class Attempt:
    """One attempt of a client; `id` is the one in the 250."""

    number: int
    said: Said
    reply: str = ""
    id: str = ""


@dataclass(frozen=True)
class Arrival:
    """A message that the next hop took.  `answered`: it said so before the connection was gone.

    `is_whole`: behind the fields that dlpguard prepends stand exactly the bytes that a client sent.
    `id` and `number` are None for what is not a client's message.
    """

    at: float
    id: str | None
    number: int | None
    sender: str
    recipients: tuple[str, ...]
    answered: bool
    is_whole: bool
    content: bytes = field(repr=False, default=b"")
    """Of our own mail only."""


@dataclass(frozen=True)
class Cut:
    """A message of which some bytes came, and never the dot."""

    at: float
    id: str | None


@dataclass(frozen=True)
class Decision:
    """What somebody wanted, and what they were told: "done", "stale", "failed", "" (nothing:
    they, or the database, died)."""

    id: str
    act: str
    actor: str
    told: str = ""


@dataclass
class History:
    """All of it."""

    mails: dict[int, Mail] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    """What was done to the relay and by the next hop, by name."""
