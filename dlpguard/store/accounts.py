"""People who sign in to the review site: what they are called, what they may do, how they prove it.

A secret for one-time codes is sealed, and sealed again before its epoch is destroyed: accounts
outlive every epoch.  Recovery codes are kept as keyed digests, and each works once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from dlpguard.errors import NotFoundError, StaleError
from dlpguard.store.database import Transaction
from dlpguard.store.schema import accounts, recovery_codes

ORDINARY_QUEUES = ("", "reviewers")
"""Everybody's: the queues of no group."""

FREE_FAILURES = 4
"""Wrong passwords or codes in a row that cost nothing but a new try."""

FIRST_LOCK = 60.0
"""Seconds an account is locked after the failure that follows; doubles with each further one."""

LONGEST_LOCK = 3600.0
"""Seconds.  Longer would let a stranger keep a reviewer out for a day."""

RECOVERY_CODES = 8
"""How many are given out at a time."""


@dataclass(frozen=True, slots=True)
class Account:
    """One person.  `name` is what they sign in with: their address at work.

    `roles` are names of `web.roles.Role`, `groups` the queues that they look after besides the
    ordinary one.
    """

    id: int
    name: str
    full_name: str
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    disabled: bool
    locked_until: float
    created_at: float
    last_seen_at: float
    password_hash: str = field(repr=False)
    totp_secret: str = field(default="", repr=False)
    totp_step: int = field(default=0, repr=False)
    digest: bool = True
    """Whether they want a mail in the morning that says what waits."""

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that they look after: the ordinary ones, and those of their groups."""
        return (*ORDINARY_QUEUES, *self.groups)

    @property
    def has_second_factor(self) -> bool:
        """Whether one-time codes are set up."""
        return bool(self.totp_secret)

    @property
    def has_password(self) -> bool:
        """Whether one is set: a new account has none until its owner has set one."""
        return self.password_hash.startswith("$")


def add(
    tx: Transaction, name: str, full_name: str, password_hash: str, roles: Iterable[str]
) -> Account:
    """A new account.  `StaleError` when there is one of that name."""
    if find(tx, name):
        raise StaleError(f"there is an account {name} already")
    tx.execute(
        insert(accounts).values(
            name=_canonical(name),
            full_name=full_name,
            password_hash=password_hash,
            roles=" ".join(sorted(set(roles))),
            groups="",
            disabled=False,
            failures=0,
            locked_until=0.0,
            created_at=tx.now(),
            last_seen_at=0.0,
            totp_step=0,
        )
    )
    return known(tx, name)


def find(tx: Transaction, name: str) -> Account | None:
    """The account of that name, in any case of letters."""
    row = tx.execute(select(accounts).where(accounts.c.name == _canonical(name))).first()
    return _account(tx, row) if row else None


def known(tx: Transaction, name: str) -> Account:
    """The same; `NotFoundError` when there is none."""
    account = find(tx, name)
    if account is None:
        raise NotFoundError(f"there is no account {name}")
    return account


def get(tx: Transaction, id: int) -> Account:
    """The account with an id.  `NotFoundError` when it was removed."""
    row = tx.execute(select(accounts).where(accounts.c.id == id)).first()
    if row is None:
        raise NotFoundError("that account has been removed")
    return _account(tx, row)


def everyone(tx: Transaction) -> Iterator[Account]:
    """All accounts by name."""
    for row in tx.execute(select(accounts).order_by(accounts.c.name)):
        yield _account(tx, row)


def change(tx: Transaction, id: int, **values: Any) -> None:
    """Set columns (`full_name`, `password_hash`, `disabled`), or `roles`, `groups` as tuples."""
    for name in ("roles", "groups"):
        if name in values:
            values[name] = " ".join(sorted(set(values[name])))
    tx.execute(update(accounts).where(accounts.c.id == id).values(**values))


def failed(tx: Transaction, id: int) -> float:
    """Count a wrong password or code; returns until when the account is locked (0.0: it is not)."""
    row = tx.execute(select(accounts.c.failures).where(accounts.c.id == id)).one()
    failures = row.failures + 1
    over = failures - FREE_FAILURES - 1
    wait = min(LONGEST_LOCK, FIRST_LOCK * 2.0 ** min(over, 30)) if over >= 0 else 0.0
    until = tx.now() + wait if wait else 0.0
    change(tx, id, failures=failures, locked_until=until)
    return until


def succeeded(tx: Transaction, id: int) -> None:
    """Somebody has signed in: earlier failures are forgotten."""
    change(tx, id, failures=0, locked_until=0.0, last_seen_at=tx.now())


def set_second_factor(tx: Transaction, id: int, secret: str) -> tuple[str, ...]:
    """Begin to ask for one-time codes of this secret (base32), or end it with "".

    Returns new recovery codes, which are never shown again.
    """
    sealed = tx.keys.seal(secret.encode(), f"totp:{id}") if secret else None
    change(tx, id, totp_secret=sealed, totp_step=0)
    tx.execute(delete(recovery_codes).where(recovery_codes.c.account_id == id))
    codes = tuple(secrets.token_hex(5) for _ in range(RECOVERY_CODES if secret else 0))
    for code in codes:
        tx.execute(
            insert(recovery_codes).values(account_id=id, digest=tx.keys.digest("recovery", code))
        )
    return codes


def use_code(tx: Transaction, id: int, step: int) -> bool:
    """Record that the one-time code of a time step was used; False: it was before (a replay)."""
    changed = tx.execute(
        update(accounts)
        .where(accounts.c.id == id, accounts.c.totp_step < step)
        .values(totp_step=step)
    )
    return bool(changed.rowcount)


def use_recovery_code(tx: Transaction, id: int, code: str) -> bool:
    """Whether this is a recovery code of the account that has not been used; it is from now on."""
    gone = tx.execute(
        delete(recovery_codes).where(
            recovery_codes.c.account_id == id,
            recovery_codes.c.digest == tx.keys.digest("recovery", code.strip().casefold()),
        )
    )
    return bool(gone.rowcount)


def _canonical(name: str) -> str:
    return name.strip().casefold()


def _account(tx: Transaction, row: Row[Any]) -> Account:
    secret = tx.keys.open(row.totp_secret, f"totp:{row.id}") if row.totp_secret else b""
    return Account(
        row.id,
        row.name,
        row.full_name,
        tuple(row.roles.split()),
        tuple(row.groups.split()),
        row.disabled,
        row.locked_until,
        row.created_at,
        row.last_seen_at,
        row.password_hash,
        secret.decode(),
        row.totp_step,
        row.digest,
    )
