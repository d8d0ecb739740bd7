"""Who is asking: the cookie, the account behind it, and proof that a form came from our pages."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, Request

from dlpguard.errors import NotFoundError
from dlpguard.store import accounts, sessions
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.store.sessions import Session
from dlpguard.web.roles import Right, rights
from dlpguard.web.site import Site
from dlpguard.web.words import _


class SignInFirstError(Exception):
    """Nobody is signed in; they are sent to sign in, and back."""


class NotAllowedError(Exception):
    """Whoever is signed in may not do this."""


class ForgedError(Exception):
    """A form that our own page did not send, or one from before the last sign-in."""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation."""

    name: str
    href: str
    title: str
    right: Right


PLACES = (
    Place("queue", "/queue", _("Held mail"), Right.SEE_QUEUE),
    Place("urgent", "/urgent", _("Emergencies"), Right.LOOK_INTO),
    Place("figures", "/figures", _("Figures"), Right.SEE_FIGURES),
    Place("policies", "/policies", _("Policies"), Right.SEE_POLICIES),
    Place("audit", "/audit", _("Audit log"), Right.SEE_AUDIT),
    Place("accounts", "/accounts", _("Accounts"), Right.MANAGE_ACCOUNTS),
    Place("health", "/health", _("System"), Right.SEE_HEALTH),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in.  `proof` goes into every form (`csrf`)."""

    account: Account
    session: Session
    proof: str

    @property
    def name(self) -> str:
        """What they are called in records."""
        return self.account.name

    def may(self, right: Right) -> bool:
        """Whether they may do this."""
        return right in rights(self.account.roles)

    def places(self) -> tuple[Place, ...]:
        """Where they can go."""
        return tuple(place for place in PLACES if self.may(place.right))


def site_of(request: Request) -> Site:
    """The site that a request is for."""
    site: Site = request.app.state.site
    return site


def cookie_name(site: Site) -> str:
    """`__Host-` binds a cookie to this host and to TLS (RFC 6265bis 4.1.3.2)."""
    return "__Host-dlpguard" if site.is_secure else "dlpguard"


def anybody(request: Request) -> Visitor | None:
    """Whoever is signed in, with both factors; None when nobody is."""
    visitor = _visitor(request)
    return None if visitor is None or visitor.session.partial else visitor


def halfway(request: Request) -> Visitor:
    """Somebody whose password was right and whose second factor is to come."""
    visitor = _visitor(request)
    if visitor is None:
        raise SignInFirstError
    return visitor


def may(right: Right) -> Callable[[Request], Visitor]:
    """A dependency: the visitor, if they may do this."""

    def check(request: Request) -> Visitor:
        visitor = signed_in(request)
        if not visitor.may(right):
            raise NotAllowedError
        return visitor

    return check


def signed_in(request: Request) -> Visitor:
    """A dependency: the visitor, whoever they are."""
    visitor = anybody(request)
    if visitor is None:
        raise SignInFirstError
    return visitor


def from_our_page(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """A dependency of every POST: its form has the proof that only our pages for this session have.

    Browsers also say where a request comes from; one that says "another site" is refused at once.
    """
    origin = request.headers.get("origin", "")
    elsewhere = origin and urlsplit(origin).netloc != request.headers.get("host")
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    if elsewhere or fetched not in {"same-origin", "none"}:
        raise ForgedError
    site = site_of(request)
    token = request.cookies.get(cookie_name(site), "")
    if not hmac.compare_digest(csrf.encode(), proof(site, token).encode()):
        raise ForgedError


OurForm = Depends(from_our_page)


def proof(site: Site, token: str) -> str:
    """What a form of the session with this token carries; for nobody's, that of no session."""
    return site.store.keys.digest("form", token).hex()[:32]


def _visitor(request: Request) -> Visitor | None:
    site = site_of(request)
    token = request.cookies.get(cookie_name(site), "")
    if not token:
        return None

    def look(tx: Transaction) -> tuple[Session, Account, bool] | None:
        session = sessions.find(tx, token)
        if session is None:
            return None
        try:
            account = accounts.get(tx, session.account_id)
        except NotFoundError:
            return None
        if account.disabled:
            return None
        return session, account, sessions.needs_touch(session, tx.now())

    found = site.store.database.read_now(look)
    if found is None:
        return None
    session, account, stale = found
    if stale:
        site.store.database.write_now(lambda tx: sessions.touch(tx, session.id))
    return Visitor(account, session, proof(site, token))
