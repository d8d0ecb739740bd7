"""The facts of an incident, for a report to the supervisory authority within 72 hours.

What the ICO's form asks of a personal data breach (UK GDPR Article 33(3)) and dlpguard knows: when,
whose data of which kinds, how many people, who got it, what was done about it, by whom and why; and
the entries of the audit about it, with what proves that they are as they were written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from dlpguard import __version__, policy
from dlpguard.audience import Audience
from dlpguard.casefile.masking import Masked
from dlpguard.errors import NotFoundError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Outcome
from dlpguard.people import Person
from dlpguard.recipients import normalise
from dlpguard.store import audit, checkpoints, copies, messages, quarantine, verification
from dlpguard.store.audit import Entry
from dlpguard.store.database import Transaction
from dlpguard.store.schema import recipients
from dlpguard.store.verdicts import Record
from dlpguard.store.verdicts import find as verdict_of

REPORT_SECONDS = 72 * 3600.0
"""UK GDPR Article 33(1): from when the organisation became aware of it."""

_LOOKS = frozenset({"show", "reveal", "download", "release", "return", "ask", "comment", "alarm"})
"""Acts after which somebody knew of it."""


@dataclass(frozen=True, slots=True)
class Incident:
    """All facts, as data that can be written as JSON; nothing matched is in them unless it was
    asked for."""

    facts: dict[str, Any] = field(repr=False)


def gather(
    tx: Transaction, ids: Sequence[str], organisation: str, masked: Masked, *, content: bool = False
) -> Incident:
    """The facts of an incident that these messages are.

    `content`: with subjects, places and names as they are, for somebody who may see them.
    `NotFoundError` when there is no such message, or no verdict on it.
    """
    shown: Masked = (lambda text: text) if content else masked
    each = [_message(tx, id, masked, shown, content=content) for id in dict.fromkeys(ids)]
    aware = min((one["first_looked_at"] for one in each if one["first_looked_at"]), default="")
    facts = {
        "about": "Facts of an incident, exported by dlpguard for a report",
        "version": __version__,
        "organisation": organisation,
        "made": at(tx.now()),
        "with_content": content,
        "first_looked_at": aware,
        "report_by": _later(aware) if aware else "",
        "totals": _totals(each),
        "messages": each,
        "audit": _chain(tx),
    }
    return Incident(facts)


def at(seconds: float) -> str:
    """A time (UTC), "" for none."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds") if seconds else ""


def _message(
    tx: Transaction, id: str, masked: Masked, shown: Masked, *, content: bool
) -> dict[str, Any]:
    record = verdict_of(tx, id)
    if record is None:
        raise NotFoundError(f"message {id} has no verdict yet: nothing is known of it")
    row, facts = messages.get(tx, id), record.facts
    entries = [_entry(entry, masked) for entry in audit.entries(tx, id)]
    history = [_moved(moved, masked) for moved in quarantine.history(tx, id)]
    said = {
        "id": id,
        "received": at(row.received_at),
        "state": row.state,
        "ended": at(row.done_at or 0.0),
        "held": next((m["at"] for m in history if m["to"] == "quarantined"), ""),
        "sender": facts.sender,
        "size": facts.size,
        "subject": shown(facts.subject),
        "summary": policy.summary(facts),
        "recipients": list(_recipients(tx, id, facts.audience)),
        "people": _people(facts),
        "findings": _findings(facts),
        "special_categories": list(facts.special),
        "attachments": list(facts.formats),
        "hidden": [{"where": shown(h.where), "why": str(h.why)} for h in facts.hidden],
        "not_read": [{"where": shown(g.where), "why": str(g.why)} for g in facts.gaps],
        "addresses_shown": facts.audience.exposure,
        "looks_like_senders_own_mailbox": bool(facts.audience.self_send),
        **_verdict(record),
        "decided_by": row.decided_by or "",
        "rightly_held": row.rightly,
        "content_is_kept": row.body_id is not None,
        "kept_for_an_incident_until": at(row.kept_until or 0.0),
        "copies": [copy for copy in copies.together(tx, id) if copy != id],
        "copies_left_to": copies.left(tx, id),
        "history": history,
        "first_looked_at": next((e["at"] for e in entries if e["act"] in _LOOKS), ""),
        "audit": entries,
    }
    if content:
        said["whose"] = [_person(person) for person in facts.people.everyone]
    return said


def _verdict(record: Record) -> dict[str, Any]:
    verdict = record.verdict
    return {
        "action": verdict.action.label,
        "would_have_been": verdict.observed.label,
        "enforced": record.enforced,
        "policies_digest": verdict.policies,
        "policies": [
            {
                "name": match.policy,
                "title": match.title,
                "action": match.action.label,
                "only_watched": match.observed,
                "because": [reason.text for reason in match.reasons],
                "why": match.why,
            }
            for match in verdict.matches
        ],
    }


def _recipients(tx: Transaction, id: str, audience: Audience) -> Iterator[dict[str, Any]]:
    known = {viewer.address: viewer for viewer in audience.viewers}
    query = select(recipients).where(recipients.c.message_id == id).order_by(recipients.c.position)
    for row in tx.execute(query).all():
        address = messages.recipient(tx, row).address
        viewer = known.get(normalise(address))
        yield {
            "address": address,
            "circle": str(viewer.circle) if viewer else "unknown",
            "written_to_before": not viewer.first_time if viewer and viewer.outside else None,
            "outcome": row.outcome,
            "in_doubt": row.in_doubt,
            "reply": row.reply,
            "at": at(row.settled_at or 0.0),
        }


def _people(facts: Facts) -> dict[str, int]:
    people = facts.people
    return {
        "all": len(people.everyone),
        "visible": people.visible,
        "hidden": people.hidden,
        "private": people.private,
        "listed": people.listed,
        "contact": people.contact,
    }


def _findings(facts: Facts) -> list[dict[str, Any]]:
    """How many of what kind, and of how many people: the kinds of personal data that a form asks
    for."""
    of_people = Counter(kind for person in facts.people.everyone for kind in person.kinds)
    return [
        {
            "kind": kind,
            "distinct": tally.distinct,
            "high": tally.high,
            "medium": tally.medium,
            "low": tally.low,
            "people": of_people[kind],
        }
        for kind, tally in sorted(facts.findings.items())
    ]


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "kinds": list(person.kinds),
        "where": person.where,
        "hidden": str(person.hidden) if person.hidden else "",
        "private": person.private,
        "listed": person.listed,
    }


def _moved(moved: quarantine.Moved, masked: Masked) -> dict[str, str]:
    return {
        "at": at(moved.moved_at),
        "event": str(moved.event),
        "to": str(moved.target),
        "who": moved.actor or moved.who,
        "reason": masked(moved.reason),
    }


def _entry(entry: Entry, masked: Masked) -> dict[str, Any]:
    return {
        "entry": entry.number,
        "at": at(entry.acted_at),
        "who": entry.actor,
        "act": entry.act,
        "about": entry.subject,
        "said": masked(entry.detail),
        "mac": entry.mac.hex(),
    }


def _totals(each: list[dict[str, Any]]) -> dict[str, Any]:
    """Over all messages.  The same person in two messages counts in each."""
    everybody = [recipient for one in each for recipient in one["recipients"]]
    got = [r for r in everybody if r["outcome"] == Outcome.DELIVERED]
    outside = {normalise(r["address"]) for r in everybody if r["circle"] != "internal"}
    return {
        "messages": len(each),
        "people_at_most": sum(one["people"]["all"] for one in each),
        "private_at_most": sum(one["people"]["private"] for one in each),
        "recipients": len({normalise(r["address"]) for r in everybody}),
        "outside": len(outside),
        "got_it": len({normalise(r["address"]) for r in got}),
        "outside_got_it": len({normalise(r["address"]) for r in got} & outside),
        "may_have_it": len([r for r in everybody if r["in_doubt"] and r not in got]),
        "outcomes": dict(Counter(r["outcome"] for r in everybody)),
        "circles": dict(Counter(r["circle"] for r in everybody)),
    }


def _chain(tx: Transaction) -> dict[str, Any]:
    """That the audit is as it was written, and by what anybody can tell later that it was."""
    report = verification.verify(tx)
    head = audit.head(tx)
    return {
        "entries": report.entries,
        "first": report.first,
        "last": report.last,
        "since": at(report.since),
        "until": at(report.until),
        "moves": report.moves,
        "faults": [{"entry": fault.entry, "what": fault.what} for fault in report.faults],
        "checkpoint": checkpoints.take(tx) if head else "",
    }


def _later(aware: str) -> str:
    return at(datetime.fromisoformat(aware).timestamp() + REPORT_SECONDS)
