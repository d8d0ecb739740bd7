"""The message is held whole: no recipient gets a copy until somebody releases it."""

from dlpguard.actions._parts import tags, to_sender
from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Plan, Verdict

NAME = "quarantine"
ACTION = Action.QUARANTINE


def plan(envelope: Envelope, verdict: Verdict) -> Plan:
    """Held; its sender is told so."""
    return Plan(Event.HOLD, add_headers=tags(verdict), notices=to_sender(envelope, "held"))
