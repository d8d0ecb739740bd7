"""Mail of our own, queued in the transaction that causes it: notices and DSNs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from dlpguard import notices
from dlpguard.lifecycle import Who
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.notices import Failure, Letterhead, Subject
from dlpguard.store import bodies, messages
from dlpguard.store.database import Transaction
from dlpguard.store.messages import NewMessage

HEADER_BYTES = 64 * 1024
"""How much of the original's header a DSN quotes at most; longer ones are hostile."""


def tell(
    tx: Transaction, head: Letterhead, to: str, template: str, about: Subject, who: Who
) -> None:
    """Write a notice.  Nobody is told where the address is null or not the organisation's own."""
    if to and head.may_write_to(to):
        id = _id(tx)
        _issue(tx, to, notices.notice(head, to, template, about, id, tx.now()), id, who)


def report(
    tx: Transaction,
    head: Letterhead,
    envelope: Envelope,
    failures: Sequence[Failure],
    content: bytes,
    who: Who,
) -> None:
    """Write a DSN about failed recipients to the sender; `content` is the original message.

    Left out are recipients with NOTIFY=NEVER; nothing is written to a null sender, or to one who
    is not of the organisation's own domains.
    """
    told = [f for f in failures if notices.wants_failure(f.recipient)]
    if told and envelope.sender and head.may_write_to(envelope.sender):
        id = _id(tx)
        header = content[: content.find(b"\r\n\r\n") + 2][:HEADER_BYTES]
        text = notices.dsn(head, envelope, told, header, id, tx.now())
        _issue(tx, envelope.sender, text, id, who)


def _id(tx: Transaction) -> MessageId:
    return new_id(tx.now(), secrets.token_bytes(10))


def _issue(tx: Transaction, to: str, content: bytes, id: MessageId, who: Who) -> None:
    # From the null sender, so that nothing answers it (RFC 3834), and without notices about it.
    envelope = Envelope("", (Recipient(to, notify=("NEVER",)),))
    messages.issue(tx, NewMessage(id, envelope, b"", bodies.in_row(content, tx.keys)), who)
