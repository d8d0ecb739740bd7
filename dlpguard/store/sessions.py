"""Who is signed in: a random token in a cookie, its keyed digest here.

A session begins when the password was right.  Until the second factor was, it is `partial` and
opens nothing; then it gets a new token, so that one planted before is worth nothing after.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from dlpguard.store.database import Transaction
from dlpguard.store.schema import sessions

IDLE_SECONDS = 30 * 60.0
"""Without a request for so long, one signs in again: desks are shared, people go to lunch."""

LONGEST_SECONDS = 12 * 3600.0
"""A working day; then one signs in again."""

PARTIAL_SECONDS = 10 * 60.0
"""How long the second factor may take."""

_TOUCH_SECONDS = 60.0
"""How old `used_at` gets before it is written again: not every request is a commit."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in."""

    id: int
    account_id: int
    partial: bool
    opened_at: float
    used_at: float
    client: str
    agent: str = field(repr=False)


def open_(
    tx: Transaction, account_id: int, client: str, agent: str, *, partial: bool = False
) -> str:
    """Begin a session; returns its token."""
    token = secrets.token_urlsafe(32)
    tx.execute(
        insert(sessions).values(
            digest=_digest(tx, token),
            account_id=account_id,
            partial=partial,
            opened_at=tx.now(),
            used_at=tx.now(),
            client=client[:64],
            agent=agent[:200],
        )
    )
    return token


def find(tx: Transaction, token: str) -> Session | None:
    """The session of a token, None when there is none or it has expired."""
    row = tx.execute(select(sessions).where(sessions.c.digest == _digest(tx, token))).first()
    if row is None or _is_over(row, tx.now()):
        return None
    return _session(row)


def needs_touch(session: Session, now: float) -> bool:
    """Whether `touch` should be called for a request at this time."""
    return now - session.used_at > _TOUCH_SECONDS


def touch(tx: Transaction, id: int) -> None:
    """Somebody has used it."""
    tx.execute(update(sessions).where(sessions.c.id == id).values(used_at=tx.now()))


def of(tx: Transaction, account_id: int) -> Iterator[Session]:
    """The sessions of an account that are open, newest first."""
    rows = tx.execute(
        select(sessions).where(sessions.c.account_id == account_id).order_by(sessions.c.id.desc())
    )
    for row in rows:
        if not _is_over(row, tx.now()):
            yield _session(row)


def close(tx: Transaction, id: int, account_id: int) -> bool:
    """End a session of an account; False when it has none of that id."""
    gone = tx.execute(
        delete(sessions).where(sessions.c.id == id, sessions.c.account_id == account_id)
    )
    return bool(gone.rowcount)


def close_all(tx: Transaction, account_id: int, *, but: int = 0) -> int:
    """End all sessions of an account (`but` one); returns how many."""
    gone = tx.execute(
        delete(sessions).where(sessions.c.account_id == account_id, sessions.c.id != but)
    )
    return int(gone.rowcount)


def forget(tx: Transaction) -> None:
    """Remove what has expired."""
    tx.execute(
        delete(sessions).where(
            (sessions.c.used_at < tx.now() - IDLE_SECONDS)
            | (sessions.c.opened_at < tx.now() - LONGEST_SECONDS)
        )
    )


def _is_over(row: Row[Any], now: float) -> bool:
    longest = PARTIAL_SECONDS if row.partial else LONGEST_SECONDS
    return bool(now - row.used_at > IDLE_SECONDS or now - row.opened_at > longest)


def _session(row: Row[Any]) -> Session:
    return Session(
        row.id, row.account_id, row.partial, row.opened_at, row.used_at, row.client, row.agent
    )


def _digest(tx: Transaction, token: str) -> bytes:
    return tx.keys.digest("session", token)
