"""Erasing what is kept about one person, and saying what has to stay, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dlpguard.casefile.finding import Found, Mention
from dlpguard.lifecycle import State
from dlpguard.store import audit, traces
from dlpguard.store.opening import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is not erased: what, and the reason, in words for the answer."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, or would be: ids of messages, digests by what they were for; what stays."""

    messages: tuple[str, ...]
    links: dict[str, int] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()


_LINKS = ("written to or by", "told about", "people of mailings")
"""Digests that are erased, but for what mail under way is counted with."""


def plan(found: Found, now: float) -> Erased:
    """What would be erased."""
    kept = {m.id: why for m in found.mentions if (why := _why_kept(m, now))}
    gone = tuple(m.id for m in found.mentions if m.id not in kept)
    links = {what: found.links.get(what, 0) for what in _LINKS}
    stays = (*(Kept(f"message {id}", why) for id, why in kept.items()), *_elsewhere(found))
    return Erased(gone, links, stays)


def erase(store: Store, found: Found, actor: str, reason: str) -> Erased:
    """Erase it.  Blocks.  The audit says that it was done, by whom and why, and not about whom.

    What was decided, or is kept for an incident, since it was looked for is not erased:
    `StaleError`; what came before it is.
    """
    planned = plan(found, store.database.read_now(lambda tx: tx.now()))
    mark = found.sought.mark(store.keys)
    said = f"{len(planned.messages)} messages: {reason}"
    store.database.write_now(lambda tx: audit.record(tx, actor, "erase person", mark, said))
    traces.erase(store, planned.messages)
    links = store.database.write_now(lambda tx: traces.forget_links(tx, found.known))
    return Erased(planned.messages, links, planned.kept)


def _why_kept(mention: Mention, now: float) -> str:
    if mention.state in {State.QUARANTINED, State.AWAITING_SENDER}:
        return "waits for a decision; decide on it first (dlpguard quarantine), then erase"
    if mention.state is not State.DONE:
        return "is on its way; it is erased when it has ended"
    if mention.copies_wait:
        return "is of a mailing of which copies wait, and are counted with it; decide on them first"
    if mention.kept_until > now:
        day = datetime.fromtimestamp(mention.kept_until, UTC).date().isoformat()
        return f"is kept for an incident until {day} (UK GDPR Article 17(3)(e))"
    return ""


def _elsewhere(found: Found) -> Iterator[Kept]:
    """What is in no message."""
    for name in found.accounts:
        yield Kept(f"the account {name}", "is in use or was; see dlpguard user")
    entries = found.acted + found.told_of
    if entries:
        yield Kept(
            f"{entries} entries of the audit",
            "prove who did what; they end with retention.decisions (UK GDPR Article 17(3)(b))",
        )
    if found.unread:
        yield Kept(f"{found.unread} messages", "could not be read: their keys are destroyed")
