"""Headings of those who do something about what a row is about, and are not what it is about."""

from __future__ import annotations

HEADINGS = frozenset({
    "promoter", "assessor", "surveyor", "inspector", "engineer", "officer", "presiding officer",
    "case officer", "planning officer", "returning officer", "budget holder", "manager",
    "project manager", "authorised", "authorised by", "authorised signatory", "approved by",
    "approver", "raised by", "checked by", "signed off by", "prepared by",
})  # fmt: skip
"""As `headings` reads them: words in small letters with a space between."""
