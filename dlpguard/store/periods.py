"""How long what is kept is kept (DESIGN 10), in seconds."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Periods:
    """The retention of one installation.  Every number is measured from the end of the last need:
    delivery, decision, arrival in quarantine."""

    delivered: float = 0.0
    """The content of what was forwarded without anybody looking at it."""
    undecided: float = 14 * DAY
    """How long a held message waits for a reviewer before it is returned."""
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

    @property
    def of_a_key(self) -> float:
        """How long an epoch key outlives its use: as long as the longest of what comes and goes
        by itself.  What lives longer is sealed again under a newer key before (`epochs`)."""
        return max(self.delivered, self.undecided + self.decided, self.metadata)


USUAL = Periods()
"""Those of an installation whose settings say nothing."""
