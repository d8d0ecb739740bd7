"""The tables, by what they are about.  Changed only together with a migration.

What could be content (addresses, subjects, file names, reasons) is sealed; what is searched or
counted is a keyed digest.  Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from dlpguard.store.schema._metadata import metadata
from dlpguard.store.schema.decided import alarms, approvals, comments, emergencies, reveals, rounds
from dlpguard.store.schema.judged import (
    HELD,
    contents,
    evidence,
    gaps,
    lines,
    matches,
    tallies,
    verdicts,
)
from dlpguard.store.schema.mail import (
    DECISIONS,
    UNJUDGED,
    attempts,
    bodies,
    body_pieces,
    installation,
    messages,
    modes,
    moves,
    nodes,
    orphans,
    recipients,
    retries,
)
from dlpguard.store.schema.mailings import (
    campaign_keys,
    campaign_mailboxes,
    campaign_people,
    campaign_shown,
    campaigns,
    contacts,
    disclosures,
)
from dlpguard.store.schema.people import accounts, devices, recovery_codes, sessions, tokens
from dlpguard.store.schema.records import audit, sums

__all__ = [
    "DECISIONS",
    "HEAD",
    "HELD",
    "UNJUDGED",
    "accounts",
    "alarms",
    "approvals",
    "attempts",
    "audit",
    "bodies",
    "body_pieces",
    "campaign_keys",
    "campaign_mailboxes",
    "campaign_people",
    "campaign_shown",
    "campaigns",
    "comments",
    "contacts",
    "contents",
    "devices",
    "disclosures",
    "emergencies",
    "evidence",
    "gaps",
    "installation",
    "lines",
    "matches",
    "messages",
    "metadata",
    "modes",
    "moves",
    "nodes",
    "orphans",
    "recipients",
    "recovery_codes",
    "retries",
    "reveals",
    "rounds",
    "sessions",
    "sums",
    "tallies",
    "tokens",
    "verdicts",
]

HEAD = "0015"
"""The newest migration."""
