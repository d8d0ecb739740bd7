"""The section `[retention]`: how long what is kept of mail is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from dlpguard.config._values import Duration, Section

_DAY = 86400.0

_Kept = Annotated[Duration, Field(le=3650 * _DAY)]


class Retention(Section):
    """How long what is kept of mail is kept; then it is deleted, and its keys destroyed."""

    delivered: _Kept = 0.0
    """the content of forwarded mail, from its last recipient's outcome"""
    undecided: Annotated[_Kept, Field(ge=3600)] = 14 * _DAY
    """how long held mail waits for a decision before it is returned"""
    decided: _Kept = 7 * _DAY
    """the content of what was held or asked about, from its return or delivery"""
    incident: _Kept = 365 * _DAY
    """the furthest that `quarantine keep` reaches"""
    # A client may send again what it has had no answer for: its first message must still be known.
    metadata: Annotated[_Kept, Field(ge=2 * _DAY)] = 30 * _DAY
    """envelope, recipients, attempts and verdict of forwarded mail; at least `"2d"`"""
    campaigns: Annotated[_Kept, Field(ge=2 * _DAY)] = 30 * _DAY
    """keyed digests of mailings: contents, people, mailboxes; at least `"2d"`"""
    decisions: Annotated[_Kept, Field(ge=30 * _DAY)] = 730 * _DAY
    """the same as `metadata` of what was held or asked about, the audit, and the numbers of
    each day; at least `"30d"`"""

    @model_validator(mode="after")
    def _the_longest_last(self) -> Retention:
        if self.decisions < self.metadata:
            raise ValueError("decisions cannot be kept for a shorter time than metadata")
        return self
