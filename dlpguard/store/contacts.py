"""Who has written to whom before, as keyed digests: no address is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import bindparam, delete, select

from dlpguard.audience import Audience, Viewer
from dlpguard.lifecycle import Outcome
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared
from dlpguard.store.schema import contacts, messages, recipients

KEPT_SECONDS = 2 * 365 * 86400.0
"""How long an address counts as known after the last mail to it: a yearly letter is no surprise
the second time."""

NOTED_SECONDS = 86400.0
"""How old a note of the last mail may be: who writes to somebody every hour changes it once a day,
and not three pages with each message.  An address is known for so much longer."""

_KNOWN = Prepared(
    select(contacts.c.mailbox)
    .join(recipients, recipients.c.digest == contacts.c.mailbox)
    .where(
        recipients.c.message_id == bindparam("of"),
        contacts.c.sender_digest
        == select(messages.c.sender_digest)
        .where(messages.c.id == bindparam("of"))
        .scalar_subquery(),
    )
)
_DELIVERED = (
    select(messages.c.sender_digest, recipients.c.digest, messages.c.received_at)
    .join(messages, messages.c.id == recipients.c.message_id)
    .where(
        recipients.c.message_id == bindparam("of"),
        recipients.c.outcome == str(Outcome.DELIVERED),
    )
    .distinct()
)
_REMEMBER = Prepared(
    lambda insert: (
        insert(contacts)
        .from_select(["sender_digest", "mailbox", "last_at"], _DELIVERED)
        .on_conflict_do_update(
            index_elements=["sender_digest", "mailbox"],
            set_={"last_at": bindparam("now")},
            where=contacts.c.last_at < bindparam("old"),
        )
    )
)


def look_up(tx: Transaction, id: str, audience: Audience, digests: Mapping[str, bytes]) -> Audience:
    """The same audience; each outside viewer that receives the message knows if it is new.

    New is who this message's sender has not sent to before.  `digests` are those of
    `campaigns.digests`.
    """
    known = {row.mailbox for row in tx.rows(_KNOWN, of=id)}
    # Made anew rather than replaced: of a mailing there are thousands, and `replace` is slow.
    viewers = tuple(
        Viewer(v.address, v.circle, v.receives, v.shown, digests[v.address] not in known)
        if v.outside and v.receives
        else v
        for v in audience.viewers
    )
    return replace(audience, viewers=viewers)


def remember(tx: Transaction, id: str) -> None:
    """From now on those to whom a message was delivered are known to its sender."""
    now = tx.now()
    tx.change(_REMEMBER, of=id, now=now, old=now - NOTED_SECONDS)


def learn(tx: Transaction, id: str, addresses: Collection[str]) -> None:
    """The sender of a message has written to these addresses (normalised) before, as somebody else
    knows."""
    if not addresses:
        return
    sender = tx.execute(select(messages.c.sender_digest).where(messages.c.id == id)).scalar_one()
    rows = [
        {
            "sender_digest": sender,
            "mailbox": tx.keys.digest("address", address),
            "last_at": tx.now(),
        }
        for address in addresses
    ]
    tx.execute(tx.upsert(contacts).on_conflict_do_nothing(), rows)


def forget(tx: Transaction) -> None:
    """Forget those whom nobody has written to for long."""
    before = tx.now() - KEPT_SECONDS - NOTED_SECONDS
    tx.execute(delete(contacts).where(contacts.c.last_at < before))
