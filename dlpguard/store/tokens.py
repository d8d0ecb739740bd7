"""Personal access tokens: by which somebody's programs ask the API, with some of their rights.

A token is `dlpg_`, forty random letters and figures, and six that are a checksum: a secret scanner
finds one that was published by mistake and, without asking us, tells it from what only looks like
one.  Only its keyed digest is kept.  It is worth nothing once it has run out or was revoked, or its
account is disabled; what it may do is never more than its account may at that moment.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from dlpguard.errors import StaleError
from dlpguard.store import audit
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.store.schema import tokens

PREFIX = "dlpg_"
"""What every token begins with."""

PATTERN = r"dlpg_[0-9A-Za-z]{46}"
"""For secret scanners (docs/api.md)."""

NAME = r"[\w .,-]{1,60}"
"""What a token may be called: it stands in the audit in brackets."""

LONGEST_DAYS = 365
"""A token that is still needed after a year is made again: who uses it for what gets looked at."""

MOST = 20
"""Tokens of one account: somebody with more does not know what each is for."""

SHOWN_SECONDS = 30 * 86400.0
"""How long one that has run out is still listed, so that its owner sees why a program stopped."""

_TOUCH_SECONDS = 60.0
"""How old `used_at` gets before it is written again: not every request is a commit."""

_FIGURES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 40, 6
_WHOLE = re.compile(PATTERN + r"\Z")


@dataclass(frozen=True, slots=True)
class Token:
    """One token.  `scopes` are names of rights (`web.roles`); `used_at` is 0.0 before its first
    use."""

    id: int
    account_id: int
    name: str
    scopes: tuple[str, ...]
    made_at: float
    expires_at: float
    used_at: float

    def needs_touch(self, now: float) -> bool:
        """Whether `touch` should be called for a use at this time."""
        return now - self.used_at > _TOUCH_SECONDS


def make(
    tx: Transaction, account: Account, name: str, scopes: Iterable[str], days: int
) -> tuple[str, Token]:
    """A new token for somebody, and the token itself, which is never shown again.

    `StaleError` when they have one of that name, or as many as one may have; `ValueError` when the
    name is none, there are no scopes, or `days` is beyond a year.
    """
    wanted = tuple(sorted(set(scopes)))
    if not re.fullmatch(NAME, name) or not wanted or not 1 <= days <= LONGEST_DAYS:
        raise ValueError("a token has a name, scopes, and an end within a year")
    mine = select(tokens.c.name).where(tokens.c.account_id == account.id)
    names = tx.execute(mine).scalars().all()
    if name in names:
        raise StaleError(f"you have a token called {name} already")
    if len(names) >= MOST:
        raise StaleError(f"you have {MOST} tokens; revoke one that is not used any more")
    text = _new()
    made = tx.execute(
        insert(tokens)
        .values(
            digest=_digest(tx, text),
            account_id=account.id,
            name=name,
            scopes=" ".join(wanted),
            made_at=tx.now(),
            expires_at=tx.now() + days * 86400.0,
            used_at=0.0,
        )
        .returning(tokens)
    ).one()
    audit.record(tx, account.name, "make token", account.name, f"{name}: {', '.join(wanted)}")
    return text, _token(made)


def find(tx: Transaction, text: str) -> Token | None:
    """The token that this is, None when it is none of ours, was revoked, or has run out."""
    if not is_whole(text):
        return None
    row = tx.execute(select(tokens).where(tokens.c.digest == _digest(tx, text))).first()
    return _token(row) if row and row.expires_at > tx.now() else None


def is_whole(text: str) -> bool:
    """Whether a text has the shape of a token and its checksum is right; costs no query.

    >>> is_whole("dlpg_" + "0" * 46)
    False
    """
    return bool(_WHOLE.match(text)) and _check(text[len(PREFIX) : -_CHECK]) == text[-_CHECK:]


def touch(tx: Transaction, id: int) -> None:
    """It has been used."""
    tx.execute(update(tokens).where(tokens.c.id == id).values(used_at=tx.now()))


def of(tx: Transaction, account_id: int) -> Iterator[Token]:
    """The tokens of an account, those that have run out lately too, newest first."""
    rows = tx.execute(
        select(tokens).where(tokens.c.account_id == account_id).order_by(tokens.c.id.desc())
    )
    yield from (_token(row) for row in rows)


def revoke(tx: Transaction, id: int, account: Account, actor: str) -> bool:
    """End a token of an account at once; False when it has none of that id."""
    gone = tx.execute(
        delete(tokens)
        .where(tokens.c.id == id, tokens.c.account_id == account.id)
        .returning(tokens.c.name)
    ).scalar()
    if gone is not None:
        audit.record(tx, actor, "revoke token", account.name, gone)
    return gone is not None


def revoke_all(tx: Transaction, account: Account, actor: str) -> int:
    """End all tokens of an account; returns how many."""
    ids = [token.id for token in of(tx, account.id)]
    return sum(revoke(tx, id, account, actor) for id in ids)


def count(tx: Transaction, account_id: int) -> int:
    """How many tokens of an account work."""
    mine = tokens.c.account_id == account_id, tokens.c.expires_at > tx.now()
    return int(tx.execute(select(func.count()).select_from(tokens).where(*mine)).scalar_one())


def forget(tx: Transaction) -> None:
    """Remove what has run out and been listed as such for long enough."""
    tx.execute(delete(tokens).where(tokens.c.expires_at < tx.now() - SHOWN_SECONDS))


def _new() -> str:
    body = "".join(secrets.choice(_FIGURES) for _ in range(_RANDOM))
    return f"{PREFIX}{body}{_check(body)}"


def _check(body: str) -> str:
    """The CRC-32 of the random part, in base 62."""
    rest, figures = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        rest, figure = divmod(rest, len(_FIGURES))
        figures = _FIGURES[figure] + figures
    return figures


def _token(row: Row[Any]) -> Token:
    return Token(
        row.id,
        row.account_id,
        row.name,
        tuple(row.scopes.split()),
        row.made_at,
        row.expires_at,
        row.used_at,
    )


def _digest(tx: Transaction, text: str) -> bytes:
    return tx.keys.digest("token", text)
