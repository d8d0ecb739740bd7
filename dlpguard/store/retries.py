"""A client that lost our 250 and sends again gets the stored answer, not a second copy (DESIGN 4).

The same message is: same client (its login, or its address), same envelope, same bytes, within a
day.  Each message that is accepted has a row here, in the commit that accepts it; the row goes
when its client is known to have our answer.  So whatever has a row, and no open connection on
which the answer is still awaited, is a message whose client may not know that we have it: the
connection broke, or we did, by `kill -9` between commit and answer.

Acknowledgements cost no commit of their own: they ride with the next message that is accepted, or
with the janitor's next round.  Those of the last second before a `kill -9` are lost, and such a
message counts as unacknowledged: sent again deliberately, byte for byte, it would be taken for a
retry.  (The other way round a retry would be sent twice.)

A retry may also overtake what it repeats: a node that stands still behind the dot is left by its
client, another node takes the message and is acknowledged, and then the first goes on.  So a row
stays for some minutes after its acknowledgement, for copies that began before it and whose client
is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update

from dlpguard.mail import Envelope, MessageId
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import retries
from dlpguard.store.secrets import Keyring

KEPT_SECONDS = 86400.0
"""A client that has heard nothing tries again within hours (RFC 5321 4.5.4.1); a day is generous.
Longer, and somebody may mean it."""

OVERTAKEN_SECONDS = 1800.0
"""How long a row stays after its acknowledgement: DATA may take ten minutes and longer (RFC 5321
4.5.3.2), and no machine stands still for longer and then goes on as if nothing had been."""

_FIND = Prepared(select(retries).where(retries.c.digest == bindparam("of")))
_ADD = Prepared(
    lambda insert: (
        insert(retries)
        .values(given("digest", "message_id", "accepted_at"))
        .on_conflict_do_nothing(index_elements=["digest"])
        .returning(retries.c.digest)
    )
)

_ACKNOWLEDGE = Prepared(
    update(retries)
    .where(retries.c.message_id == bindparam("of"), retries.c.acknowledged_at.is_(None))
    .values(given("acknowledged_at"))
)

_OF_THE_ENVELOPE = frozenset({"ENVID", "RET"})
"""MAIL parameters that say what is wanted.  Others (SIZE, BODY, …) say how it is sent this time."""


def fingerprint(keys: Keyring, envelope: Envelope, content: bytes) -> bytes:
    """The keyed digest by which a retry is known (32 bytes); `content` is that of the body."""
    wanted = sorted(f"{k}={v}" for k, v in envelope.options if k in _OF_THE_ENVELOPE)
    recipients = sorted(
        f"{r.address}\0{','.join(sorted(r.notify))}\0{r.original}" for r in envelope.recipients
    )
    who = f"login {envelope.login}" if envelope.login else f"client {envelope.client}"
    heading = (who, envelope.sender, str(len(wanted)))
    return keys.digest("retry", *heading, *wanted, *recipients, content)


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that has come: by what it is known, how many seconds ago its DATA began, and
    whether its client has closed its side.  Both are asked in the database's thread."""

    digest: bytes
    age: Callable[[], float]
    is_gone: Callable[[], bool]


def earlier(
    tx: Transaction, copy: Copy, id: MessageId, is_awaited: Callable[[str], bool]
) -> MessageId | None:
    """The message that this one repeats; None when it is new, and from now on the one to repeat.

    `is_awaited` says of an id whether a client is connected that waits for, or was just given,
    the answer to it: a second copy meanwhile is meant.  It is called in the database's thread.
    """
    now, digest = tx.now(), copy.digest
    if tx.first(_ADD, digest=digest, message_id=id, accepted_at=now):
        return None
    row = tx.first(_FIND, of=digest)
    told = row.acknowledged_at
    if told is None:
        repeats = 0 <= now - row.accepted_at < KEPT_SECONDS and not is_awaited(row.message_id)
    else:
        repeats = told < now and now - copy.age() < told and copy.is_gone()
    if repeats:
        return MessageId(row.message_id)
    values = {"message_id": id, "accepted_at": now, "acknowledged_at": None}
    tx.execute(update(retries).where(retries.c.digest == digest).values(values))
    return None


def acknowledge(tx: Transaction, ids: Collection[str]) -> None:
    """Their clients have our answer: what they send from now on is new."""
    now = tx.now()
    tx.change_each(_ACKNOWLEDGE, [{"of": id, "acknowledged_at": now} for id in ids])


def forget(tx: Transaction) -> None:
    """Forget what is too old to be repeated."""
    now = tx.now()
    tx.execute(delete(retries).where(retries.c.accepted_at < now - KEPT_SECONDS))
    tx.execute(delete(retries).where(retries.c.acknowledged_at < now - OVERTAKEN_SECONDS))
