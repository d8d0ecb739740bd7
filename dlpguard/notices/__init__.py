"""Mail that dlpguard writes itself: notices to senders, and letters to those who decide.

(`dsn` has what is said of a delivery.)  It goes only to addresses of the organisation's own
domains, and never repeats what was found.
"""

from dlpguard.notices._letter import Letter, Letterhead, one_line, policy_for, put_header
from dlpguard.notices.to_senders import TEMPLATES, Subject, notice
from dlpguard.notices.to_staff import (
    Digest,
    Waiting,
    alarm,
    digest,
    escalation,
    invitation,
    over_budget,
    reminder,
)

__all__ = [
    "TEMPLATES",
    "Digest",
    "Letter",
    "Letterhead",
    "Subject",
    "Waiting",
    "alarm",
    "digest",
    "escalation",
    "invitation",
    "notice",
    "one_line",
    "over_budget",
    "policy_for",
    "put_header",
    "reminder",
]
