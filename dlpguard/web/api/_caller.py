"""Who asks: the token in the Authorization field, and the account behind it.

There are no cookies here, so nothing that a browser does by itself, on any page, is ever a request
of somebody (no CSRF), and no other site's script may read an answer (no CORS).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from dlpguard.errors import NotFoundError
from dlpguard.store import accounts, tokens
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.tokens import Token
from dlpguard.web.access import only_ones_own
from dlpguard.web.clients import client_network
from dlpguard.web.roles import Right
from dlpguard.web.scopes import SCOPES, granted, scope
from dlpguard.web.session import site_of
from dlpguard.web.throttle import throttle_of

MessageId = Annotated[
    str,
    Path(
        pattern="^[0-9A-HJKMNP-TV-Z]{26}$",
        description="The message, by the id that the queue gives it.",
        examples=["01J5XGQ3ZK8M2N4P6R8T0V2W4Y"],
    ),
]

bearer = HTTPBearer(
    scheme_name="token",
    bearerFormat="dlpg_…",
    description="A personal access token, made on the page *Your account › Tokens*. It may do what "
    "it was made for, and never more than its account may at that moment.",
    auto_error=False,
)


class NoTokenError(Exception):
    """There is no token, or none that works."""


class NotInScopeError(Exception):
    """The token, or its account, does not have the right to do this.  `missing` is its scope."""

    def __init__(self, missing: str, *, account_may: bool) -> None:
        super().__init__(missing)
        self.missing = missing
        self.account_may = account_may


class TooOftenError(Exception):
    """Too many tokens that do not work came from this address."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks by a token.  What is done in `store` says so in the audit."""

    account: Account
    token: Token
    store: Store = field(repr=False)

    @property
    def name(self) -> str:
        """What they are called in records: what is done by a token is done by its owner."""
        return self.account.name

    def may(self, right: Right) -> bool:
        """Whether this token may do this."""
        return right in granted(self.account, self.token)


def caller(
    request: Request,
    needed: SecurityScopes,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """A dependency: whoever asks, if they may.

    `NoTokenError`, `TooOftenError`, or `NotInScopeError`.
    """
    site, throttle = site_of(request), throttle_of(request)
    network = client_network(request, site)
    if wait := throttle.wait(network):
        raise TooOftenError(wait)
    found = _find(site.store, credentials.credentials) if credentials else None
    if found is None:
        if credentials:
            throttle.take(network)
        raise NoTokenError
    for name in needed.scopes:
        if not found.may(SCOPES[name]):
            raise NotInScopeError(name, account_may=name not in found.token.scopes)
    return found


def theirs(id: MessageId, asking: Annotated[Caller, Depends(caller)]) -> Caller:
    """A dependency of everything about a message: the caller, if it is theirs to see.

    `NotFoundError` when it is another group's, as when there is none.
    """
    only_ones_own(asking.store, asking, id)
    return asking


def by(right: Right) -> Any:
    """For an `Annotated`: the caller, if their token may do this."""
    return Security(caller, scopes=[scope(right)])


def about(right: Right) -> Any:
    """The same where it is about the message `id`."""
    return Security(theirs, scopes=[scope(right)])


def _find(store: Store, text: str) -> Caller | None:
    def look(tx: Transaction) -> tuple[Token, Account, bool] | None:
        token = tokens.find(tx, text)
        if token is None:
            return None
        try:
            account = accounts.get(tx, token.account_id)
        except NotFoundError:
            return None
        return None if account.disabled else (token, account, token.needs_touch(tx.now()))

    found = store.database.read_now(look) if tokens.is_whole(text) else None
    if found is None:
        return None
    token, account, stale = found
    if stale:
        store.database.write_now(lambda tx: tokens.touch(tx, token.id))
    marked = replace(store, database=store.database.through(f"token {token.name}"))
    return Caller(account, token, marked)
