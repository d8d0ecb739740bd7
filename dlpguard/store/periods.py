"""How long what is kept is kept, and what waits may wait (DESIGN 9, 10), in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlpguard.working_time import USUAL as USUAL_CALENDAR
from dlpguard.working_time import Calendar

DAY = 86400.0
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long people may take, in seconds of working time; 0.0: for ever."""

    calendar: Calendar = USUAL_CALENDAR
    remind: float = HOUR
    """After which those who may decide are told that something waits."""
    escalate: float = 4 * HOUR
    """After which those above them are."""
    give_back: float = 2 * USUAL_CALENDAR.day
    """After which it is returned, undecided."""
    answer: float = USUAL_CALENDAR.day
    """After which a question to a sender counts as answered with no."""
    daily_budget: int = 25
    """How many mailings a day people can look at; 0: any number."""


@dataclass(frozen=True, slots=True)
class Periods:
    """The retention of one installation.  Every number is measured from the end of the last need:
    delivery, decision, arrival in quarantine."""

    delivered: float = 0.0
    """The content of what was forwarded without anybody looking at it."""
    undecided: float = 14 * DAY
    """The longest that a message waits for people, from its arrival; most are returned earlier
    (`Patience.give_back`)."""
    decided: float = 7 * DAY
    """The content of what was held or asked about, after it was returned, or released and
    delivered."""
    incident: float = 365 * DAY
    """The furthest that somebody may have content kept for an incident."""
    metadata: float = 30 * DAY
    """Envelope, recipients, attempts, moves and verdict of what nobody had to decide on."""
    campaigns: float = 30 * DAY
    """Digests of contents, people and mailboxes of campaigns."""
    decisions: float = 730 * DAY
    """The audit, and envelope, recipients, moves and verdict of what was held or asked about."""
    patience: Patience = field(default_factory=Patience)
    """How long people may take to decide."""

    @property
    def of_a_key(self) -> float:
        """How long an epoch key outlives its use: as long as the longest of what comes and goes
        by itself.  What lives longer is sealed again under a newer key before (`epochs`)."""
        return max(self.delivered, self.undecided + self.decided, self.metadata)


USUAL = Periods()
"""Those of an installation whose settings say nothing."""
