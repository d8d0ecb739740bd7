"""Scopes: what the rights of `roles` are called in tokens and in the API's description."""

from __future__ import annotations

from collections.abc import Iterable

from dlpguard.store.accounts import Account
from dlpguard.store.tokens import Token
from dlpguard.web.roles import Right, rights


def scope(right: Right) -> str:
    """The name of a right.

    >>> scope(Right.SEE_QUEUE)
    'see-queue'
    """
    return right.name.lower().replace("_", "-")


ONLY_PEOPLE = frozenset({Right.BREAK_GLASS, Right.CHANGE_POLICIES})
"""What no program does: a release by one person's word is a person's, and so is a new rule."""

SCOPES: dict[str, Right] = {scope(right): right for right in Right if right not in ONLY_PEOPLE}
"""Every scope; what it allows stands in words in the right."""


def granted(account: Account, token: Token) -> frozenset[Right]:
    """What a token may do now: what it was made for, of what its account may at this moment."""
    return rights(account.roles) & rights_named(token.scopes)


def rights_named(scopes: Iterable[str]) -> frozenset[Right]:
    """The rights with these names; a name that is none (of a later version) gives nothing."""
    return frozenset(SCOPES[name] for name in scopes if name in SCOPES)
