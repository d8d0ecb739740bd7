"""The message is returned at once: nobody may release it."""

from dlpguard.actions._parts import to_sender
from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Plan, Verdict

NAME = "reject"
ACTION = Action.REJECT


def plan(envelope: Envelope, verdict: Verdict) -> Plan:
    """Ends as returned; its sender is told why."""
    del verdict
    return Plan(Event.REFUSE, notices=to_sender(envelope, "returned"))
