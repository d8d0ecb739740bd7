"""Browsers in which somebody has signed in before.

After wrong passwords an account is locked, and anybody can give wrong passwords: without more, a
stranger keeps a reviewer out for as long as they like.  So the lock is for browsers that are not
known.  A known one has a random token in a cookie of its own, which says nothing and opens nothing;
it may be wrong some times in a row, counted for it alone, and is not known any more after that
(OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

A new password makes all of them unknown: it is part of the digest.
"""

from __future__ import annotations

import secrets

from sqlalchemy import ColumnElement, delete, insert, select, update

from dlpguard.store.accounts import FREE_FAILURES, Account
from dlpguard.store.database import Transaction
from dlpguard.store.schema import devices

LONGEST_SECONDS = 180 * 86400.0
"""Since the last sign-in: half a year away is longer than any leave."""

MOST = 10
"""Known browsers of one account; a further one takes the place of the oldest."""


def is_known(tx: Transaction, account: Account, token: str) -> bool:
    """Whether somebody has signed in to this account in the browser with this token."""
    at = tx.execute(select(devices.c.known_at).where(_is(tx, account, token))).scalar()
    return at is not None and tx.now() - at < LONGEST_SECONDS


def remember(tx: Transaction, account: Account, token: str) -> str:
    """Somebody has signed in: the browser is known from now on by the token that is returned.

    `token` is the one that it had, "" none: a token is used for one sign-in.
    """
    tx.execute(delete(devices).where(_is(tx, account, token)))
    kept = (
        select(devices.c.digest)
        .where(devices.c.account_id == account.id)
        .order_by(devices.c.known_at.desc())
        .limit(MOST - 1)
    )
    mine = devices.c.account_id == account.id
    tx.execute(delete(devices).where(mine, devices.c.digest.not_in(kept)))
    new = secrets.token_urlsafe(24)
    tx.execute(
        insert(devices).values(
            digest=_digest(tx, account, new), account_id=account.id, known_at=tx.now(), failures=0
        )
    )
    return new


def failed(tx: Transaction, account: Account, token: str) -> None:
    """Count a wrong password or code of a known browser; one too many, and it is not known."""
    this = _is(tx, account, token)
    tx.execute(update(devices).where(this).values(failures=devices.c.failures + 1))
    tx.execute(delete(devices).where(this, devices.c.failures > FREE_FAILURES))


def forget(tx: Transaction) -> None:
    """Remove those that nobody has used for long."""
    tx.execute(delete(devices).where(devices.c.known_at < tx.now() - LONGEST_SECONDS))


def _is(tx: Transaction, account: Account, token: str) -> ColumnElement[bool]:
    return devices.c.digest == _digest(tx, account, token)


def _digest(tx: Transaction, account: Account, token: str) -> bytes:
    return tx.keys.digest("device", str(account.id), account.password_hash, token)
