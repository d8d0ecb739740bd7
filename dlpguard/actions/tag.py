"""The message goes on, marked for the next hop and for statistics."""

from dlpguard.actions._parts import tags
from dlpguard.lifecycle import Event
from dlpguard.mail import Envelope
from dlpguard.verdict import Action, Plan, Verdict

NAME = "tag"
ACTION = Action.TAG


def plan(envelope: Envelope, verdict: Verdict) -> Plan:
    """Passed on with a header field for every policy that marks it."""
    del envelope
    return Plan(Event.PASS, add_headers=tags(verdict))
