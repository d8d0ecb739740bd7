"""Whose data went to one private mailbox over a month: eleven small mails count as one.

Looked at for what a sender sends to a mailbox that looks like their own, and to a single
personal mailbox.  Digests only; forgotten after the month.
"""

from __future__ import annotations

from sqlalchemy import delete, func, insert, select

from dlpguard.audience import Circle
from dlpguard.facts import Facts, Recent
from dlpguard.lifecycle import State
from dlpguard.store import campaigns, seen
from dlpguard.store.database import Transaction
from dlpguard.store.schema import disclosures, messages

DAYS = 30
"""Long enough for a leaver's last weeks; DESIGN 7."""


def unite(tx: Transaction, id: str, facts: Facts) -> Recent:
    """Record whom a message discloses to a private mailbox, and count them with those before.

    What is held has disclosed nobody yet.  A message about nobody adds nothing, whatever went
    before: one's own payslip is not held for the list of last week.
    """
    mailbox = private_mailbox(facts)
    everyone = [p for p in facts.people.everyone[: seen.MOST_PEOPLE] if not p.addressee]
    if not mailbox:
        return Recent(days=DAYS)
    sender = tx.execute(select(messages.c.sender_digest).where(messages.c.id == id)).scalar_one()
    (digest,) = campaigns.mailboxes(tx, [mailbox])
    time = tx.now()
    merged: dict[bytes, bool] = {}
    for person in everyone:
        key = seen.key_of(tx, person)
        merged[key] = merged.get(key, False) or person.private
    if not merged:
        return Recent(days=DAYS)
    common = {"sender_digest": sender, "mailbox": digest, "message_id": id}
    tx.execute(
        insert(disclosures),
        [
            {**common, "person": person, "private": private, "disclosed_at": time}
            for person, private in merged.items()
        ],
    )
    went = select(messages.c.id).where(
        messages.c.id == disclosures.c.message_id,
        messages.c.state.in_((str(State.READY), str(State.DONE))) | (messages.c.id == id),
    )
    same = (
        went.exists(),
        disclosures.c.sender_digest == sender,
        disclosures.c.mailbox == digest,
        disclosures.c.disclosed_at > time - DAYS * 86400.0,
    )
    people = func.count(disclosures.c.person.distinct())
    return Recent(
        people=tx.execute(select(people).where(*same)).scalar_one(),
        private=tx.execute(select(people).where(*same, disclosures.c.private)).scalar_one(),
        days=DAYS,
    )


def private_mailbox(facts: Facts) -> str:
    """The mailbox of a private person that a message goes to, "" when there is none.

    The sender's own, whoever else gets it; anybody's where nobody else outside does.
    """
    audience = facts.audience
    receiving = [v for v in audience.viewers if v.receives and v.outside]
    if audience.self_send:
        own = audience.self_send.rpartition(" → ")[2]  # its local part
        return next((v.address for v in receiving if v.address.startswith(f"{own}@")), "")
    if len(receiving) == 1 and receiving[0].circle is Circle.WEBMAIL:
        return receiving[0].address
    return ""


def leave(tx: Transaction, id: str) -> None:
    """A message that reached nobody disclosed nobody."""
    if not campaigns.reached(tx, id):
        tx.execute(delete(disclosures).where(disclosures.c.message_id == id))


def forget(tx: Transaction) -> None:
    """Forget what is older than the month."""
    tx.execute(delete(disclosures).where(disclosures.c.disclosed_at < tx.now() - DAYS * 86400.0))
