"""An incident as a page to read and to print: no scripts, nothing fetched."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from dlpguard.casefile.incident import Incident
from dlpguard.lifecycle import Event

SHOWN_RECIPIENTS = 200
"""Recipients of a message that are listed; all of them are in the data."""

_CIRCLES = {
    "internal": "inside the organisation",
    "partner": "at a partner",
    "external": "outside",
    "webmail": "personal webmail",
    "publishing": "publishes what it gets",
    "unknown": "not known",
}

_OUTCOMES = {
    "pending": "has not got it",
    "delivered": "got it",
    "bounced": "refused by their server",
    "returned": "never sent to them",
    "expired": "given up",
}

_STATES = {
    "received": "being looked at",
    "set-aside": "being looked at again",
    "ready": "on its way",
    "awaiting-sender": "waiting for its sender",
    "quarantined": "held",
    "done": "ended",
}

_EVENTS = {
    Event.ACCEPT: "received",
    Event.ISSUE: "written by dlpguard",
    Event.PASS: "let go by the policies",
    Event.ASK: "its sender was asked",
    Event.HOLD: "stopped by a policy",
    Event.REFUSE: "refused by a policy",
    Event.SPLIT: "split: its recipients fare differently",
    Event.CRASH: "could not be looked at",
    Event.RETRY: "looked at again",
    Event.RECALL: "called back before it left",
    Event.FINISH: "sent to everybody who was to get it",
    Event.STOP: "stopped",
    Event.EXPIRE: "its time was over",
    Event.UNDO: "a release was taken back",
    Event.CONFIRM: "its sender meant it",
    Event.CANCEL: "its sender took it back",
    Event.ESCALATE: "stopped with a copy of it",
    Event.RELEASE: "released",
    Event.RETURN: "returned to its sender, not sent",
}
"""Every move in words."""

_ENDS = frozenset({Event.FINISH, Event.RETURN, Event.CANCEL, Event.ACCEPT})
"""Moves whose words say where it is."""


def page(incident: Incident) -> str:
    """The page, as HTML."""
    made_of = Environment(
        loader=PackageLoader("dlpguard.casefile"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made_of.filters["when"] = _when
    made_of.filters["kind"] = _kind
    made_of.filters["count"] = _count
    facts = incident.facts
    return made_of.get_template("incident.html").render(
        facts=facts,
        totals=facts["totals"],
        headline=_headline(facts),
        circles=_CIRCLES,
        outcomes=_OUTCOMES,
        states=_STATES,
        events={str(event): words for event, words in _EVENTS.items()},
        ends=_ENDS,
        most=SHOWN_RECIPIENTS,
    )


def _headline(facts: dict[str, Any]) -> str:
    """Who got what, in two sentences."""
    totals = facts["totals"]
    people = totals["people_at_most"]
    whose = _count(people, "person", "people")
    went = _count(totals["outside"], "outside address", "outside addresses")
    got = totals["outside_got_it"]
    if got:
        reached = f"{got:,} of them got it."
    elif totals["may_have_it"]:
        reached = f"{totals['may_have_it']:,} of them may have got it; nobody knows."
    else:
        reached = "None of them got it."
    return f"Data of {whose} was about to go, or went, to {went}. {reached}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _when(time: str) -> str:
    """A time as one reads it."""
    return f"{time[:19]} UTC" if time else "–"


def _kind(name: str) -> str:
    return name.removeprefix("gb_").replace("_", " ")
