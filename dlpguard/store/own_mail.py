"""Mail of our own, queued in the transaction that causes it: notices and DSNs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy.exc import DBAPIError

from dlpguard import dsn, notices, telemetry
from dlpguard.dsn import Status
from dlpguard.errors import ConfigurationError, KeyDestroyedError
from dlpguard.lifecycle import Who
from dlpguard.mail import Envelope, MessageId, Recipient, new_id
from dlpguard.notices import Letter, Letterhead, Subject
from dlpguard.store import alarms, answers, bodies, messages
from dlpguard.store.bodies import Stored
from dlpguard.store.database import Transaction
from dlpguard.store.messages import NewMessage
from dlpguard.store.secrets import Keyring
from dlpguard.store.shelves import Shelf

HEADER_BYTES = 64 * 1024
"""How much of the original's header a DSN quotes at most; longer ones are hostile."""

_CODES = {"asked": answers.code, "held": alarms.code}
"""What the reader of a notice answers with, and by that proves that they have its mailbox."""

_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]{0,20}:")


def tell(
    tx: Transaction, head: Letterhead, to: str, template: str, about: Subject, who: Who
) -> None:
    """Write a notice.  Nobody is told where the address is null or not the organisation's own."""
    if template in _CODES:
        until = messages.get(tx, about.id).expires_at
        about = replace(about, code=_CODES[template](tx, about.id), until=until)
    send(tx, head, to, lambda letter: notices.notice(head, letter, template, about), who)


def send(
    tx: Transaction, head: Letterhead, to: str, write: Callable[[Letter], bytes], who: Who
) -> None:
    """Send a mail that `write` makes.  Nobody outside the organisation is written to."""
    if to and head.may_write_to(to):
        letter = Letter(to, _id(tx), tx.now())
        _issue(tx, to, partial(write, letter), letter.id, who)


def report(
    tx: Transaction,
    head: Letterhead,
    envelope: Envelope,
    statuses: Sequence[Status],
    original: bytes,
    who: Who,
) -> None:
    """Write DSNs about recipients to the sender, one of each action; `original` is what `beginning`
    gave.

    Left out is what the sender did not ask to be told (NOTIFY); nothing is written to a null
    sender, or to one who is not of the organisation's own domains.
    """
    if not envelope.sender or not head.may_write_to(envelope.sender):
        return
    told: dict[str, list[Status]] = {}
    for status in filter(dsn.is_wanted, statuses):
        told.setdefault(status.action, []).append(status)
    for some in told.values():
        id = _id(tx)
        write = partial(dsn.report, head, envelope, some, _header(original), id, tx.now())
        _issue(tx, envelope.sender, write, id, who)


def beginning(body: Stored, keys: Keyring, shelf: Shelf) -> bytes:
    """As much of a message as a DSN may quote; nothing where it is damaged.  Blocks."""
    try:
        return body.beginning(keys, shelf, HEADER_BYTES)
    except (ConfigurationError, KeyDestroyedError) as error:
        telemetry.crashed("read body", error)
        return b""


def _header(content: bytes) -> bytes:
    """The lines that begin a message as header fields, and no line of its body.

    A message may have no header, or nothing between header and body.
    """
    end = 0
    for line in content[:HEADER_BYTES].splitlines(keepends=True):
        is_more = end > 0 and line[:1] in {b" ", b"\t"}
        if not line.endswith(b"\n") or not (is_more or _FIELD.match(line)):
            break
        end += len(line)
    return content[:end]


def _id(tx: Transaction) -> MessageId:
    return new_id(tx.now(), secrets.token_bytes(10))


def _issue(tx: Transaction, to: str, write: Callable[[], bytes], id: MessageId, who: Who) -> None:
    """Write a mail and queue it.

    A fault in writing it must not undo what it tells of: an outcome that is not recorded is a
    message that is sent twice.
    """
    # From the null sender, so that nothing answers it (RFC 3834), and without notices about it.
    options = () if to.isascii() else (("SMTPUTF8", ""),)
    envelope = Envelope("", (Recipient(to, notify=("NEVER",)),), options=options)
    try:
        with tx.connection.begin_nested():
            messages.issue(tx, NewMessage(id, envelope, b"", bodies.in_row(write(), tx.keys)), who)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - logged; what it tells of stands
        telemetry.crashed("notice", error)
