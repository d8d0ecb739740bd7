"""What happens to a message: one module per action.

An action says what should happen (`Plan`); the runner makes it happen, in one transaction.
"""

from __future__ import annotations

from typing import Protocol

from dlpguard.actions import allow, confirm, quarantine, reject, tag
from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Plan, Verdict


class Member(Protocol):
    """What a module of this family has."""

    NAME: str
    ACTION: Action

    def plan(self, envelope: Envelope, verdict: Verdict) -> Plan:
        """What should happen to a message with this verdict."""


ACTIONS: tuple[Member, ...] = (allow, tag, confirm, quarantine, reject)
"""Every action, weakest first."""

BY_ACTION: dict[Action, Member] = {member.ACTION: member for member in ACTIONS}


def plan(envelope: Envelope, verdict: Verdict) -> Plan:
    """What should happen to a message, as its verdict's action has it."""
    return BY_ACTION[verdict.action].plan(envelope, verdict)


__all__ = ["ACTIONS", "BY_ACTION", "Member", "plan"]
