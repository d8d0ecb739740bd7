"""What is kept about one person, for an answer to them (UK GDPR Article 15): as data and as text.

Only their own: what detectors find of others is masked, other people's addresses are not in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dlpguard.casefile.finding import Found, Mention
from dlpguard.casefile.masking import NAMES, Masked, masker
from dlpguard.lifecycle import State
from dlpguard.store.periods import DAY, Periods

PURPOSE = (
    "Outgoing mail is looked through before it leaves, so that data of people is not sent to "
    "somebody whom it is not for."
)

_LINKS = {
    "written to or by": "scrambled addresses by which it is known who has written to whom before",
    "told about": "scrambled marks by which it is known whose data went to one mailbox in a month",
    "in mailings": "scrambled addresses by which copies of a mailing are counted",
    "shown in mailings": "scrambled addresses that a mailing showed to others",
    "people of mailings": "scrambled marks by which people in a mailing are counted",
}

_STATES = {
    State.RECEIVED: "it is being looked at",
    State.SET_ASIDE: "it is being looked at",
    State.READY: "it is on its way",
    State.AWAITING_SENDER: "its sender was asked about it",
    State.QUARANTINED: "it is held, and somebody will decide on it",
    State.DONE: "it was sent, or returned to its sender",
}


def answer(
    found: Found, periods: Periods, now: float, setup: object = None
) -> tuple[dict[str, Any], str]:
    """As data, and as a text to be sent.  `now` in seconds since 1970, `setup` as for `masker`."""
    masked = masker(setup, found.sought)
    in_rows = masker(setup, found.sought, NAMES)
    messages = [_message(mention, masked, in_rows) for mention in found.mentions]
    data = {
        "made": _at(now),
        "purpose": PURPOSE,
        "kept_for": _periods(periods),
        "messages": messages,
        "accounts": list(found.accounts),
        "audit": {"made_by_them": found.acted, "say_something_of_them": found.told_of},
        "scrambled": {_LINKS[what]: number for what, number in found.links.items() if number},
        "could_not_be_read": found.unread,
    }
    return data, "\n".join(_lines(data)) + "\n"


def _message(mention: Mention, masked: Masked, in_rows: Masked) -> dict[str, Any]:
    return {
        "id": mention.id,
        "received": _at(mention.received_at),
        "you_are": list(mention.roles),
        "subject": masked(mention.subject),
        "state": _STATES[mention.state],
        "content_is_kept": mention.has_content,
        "kinds": [kind.removeprefix("gb_").replace("_", " ") for kind in mention.kinds],
        "places": [masked(place) for place in mention.places],
        "rows": [in_rows(row) for row in mention.rows],
        "passages": [masked(passage) for passage in mention.passages],
    }


def _periods(periods: Periods) -> dict[str, str]:
    days = {
        "content of mail that was forwarded": periods.delivered,
        "content of mail that waits for people": periods.undecided,
        "content of mail that was decided on": periods.decided,
        "who wrote to whom, and what was found, of forwarded mail": periods.metadata,
        "the same of mail that was held or asked about; who decided": periods.decisions,
    }
    return {what: f"{seconds / DAY:.0f} days" for what, seconds in days.items()}


def _lines(data: dict[str, Any]) -> list[str]:
    lines = ["What the mail guard keeps about you", f"as of {data['made']} UTC", "", PURPOSE, ""]
    lines += ["How long it is kept:"]
    lines += [f"  {what}: {period}" for what, period in data["kept_for"].items()]
    lines += ["", f"Messages: {len(data['messages'])}"]
    for one in data["messages"]:
        lines += ["", f"  {one['received']} UTC, number {one['id']}"]
        lines.append(f"    you are: {', '.join(one['you_are'])}")
        lines += [f"    subject: {one['subject']}"] if one["subject"] else []
        lines.append(f"    {one['state']}")
        kept = "its content is kept" if one["content_is_kept"] else "its content is not kept"
        lines.append(f"    {kept}")
        if one["kinds"]:
            lines.append(f"    kinds of data about you: {', '.join(one['kinds'])}")
        lines += [f"    in: {place}" for place in one["places"]]
        lines += [f"    a row about you: {row}" for row in one["rows"]]
        lines += [f"    it says: {passage}" for passage in one["passages"]]
    lines += ["", "Elsewhere:"]
    lines += [f"  an account: {name}" for name in data["accounts"]]
    log = data["audit"]
    lines.append(f"  entries of the log that you made: {log['made_by_them']}")
    lines.append(f"  entries of the log that say something of you: {log['say_something_of_them']}")
    lines += [f"  {what}: {number}" for what, number in data["scrambled"].items()]
    if data["could_not_be_read"]:
        lines.append(f"  messages that nobody can read any more: {data['could_not_be_read']}")
    lines += ["", "Other people's data is masked, like this: [phone]."]
    return lines


def _at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
