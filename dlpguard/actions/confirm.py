"""The sender is asked, who knows best whether it was meant."""

from dlpguard.actions._parts import tags, to_sender
from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Plan, Verdict

NAME = "confirm"
ACTION = Action.CONFIRM


def plan(envelope: Envelope, verdict: Verdict) -> Plan:
    """Waits for its sender.  Mail of the null sender has nobody to ask: a reviewer decides."""
    if not envelope.sender:
        return Plan(Event.HOLD, add_headers=tags(verdict))
    return Plan(Event.ASK, add_headers=tags(verdict), notices=to_sender(envelope, "asked"))
