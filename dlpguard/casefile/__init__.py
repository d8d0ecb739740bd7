"""What an organisation has to be able to say about one person, or about one incident.

A person asks what is kept about them, or wants it erased (UK GDPR, Articles 15 and 17); a breach
is reported within 72 hours (Article 33).  Every look, export and erasure is in the audit.
"""

from __future__ import annotations

from dlpguard.casefile.answer import answer
from dlpguard.casefile.erasing import Erased, Kept, erase, plan
from dlpguard.casefile.finding import Found, Mention, find
from dlpguard.casefile.incident import Incident, gather
from dlpguard.casefile.pack import pack
from dlpguard.casefile.page import page
from dlpguard.casefile.person import Sought

__all__ = [
    "Erased",
    "Found",
    "Incident",
    "Kept",
    "Mention",
    "Sought",
    "answer",
    "erase",
    "find",
    "gather",
    "pack",
    "page",
    "plan",
]
