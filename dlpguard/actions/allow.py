"""The message goes on as it is."""

from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Plan, Verdict

NAME = "allow"
ACTION = Action.ALLOW


def plan(envelope: Envelope, verdict: Verdict) -> Plan:
    """Passed on; nobody is told."""
    del envelope, verdict
    return Plan(Event.PASS)
