"""One's tokens for the API: made for some rights and some time, shown once, revoked at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard import passwords
from dlpguard.errors import StaleError
from dlpguard.store import tokens
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.store.tokens import Token
from dlpguard.web import attempts
from dlpguard.web.pages._numbers import IdInForm
from dlpguard.web.roles import Right, rights
from dlpguard.web.scopes import SCOPES, granted, scope
from dlpguard.web.session import OurForm, Visitor, signed_in, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(prefix="/account/tokens", default_response_class=HTMLResponse)

Anybody = Annotated[Visitor, Depends(signed_in)]

DAYS = (30, 90, tokens.LONGEST_DAYS)
"""How long a token can be made for; the shortest is offered first."""

PROBLEMS = {
    "name": _("Give it a name: letters, figures and spaces, 60 at most."),
    "scopes": _("Choose at least one thing that it may do."),
    "days": _("Choose how long it is for."),
    "password": _("Your password is not right."),
}
"""What is wrong with a form, by the field that it is about."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form says."""

    name: str = ""
    scopes: tuple[str, ...] = ()
    days: int = DAYS[0]


@dataclass(frozen=True, slots=True)
class Listed:
    """A token in the list, with what it may do now, in words."""

    token: Token
    may: tuple[Right, ...]
    is_over: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong: the field, and words."""

    name: str
    text: str = field(default="")


@router.get("")
def mine(request: Request, visitor: Anybody) -> Response:
    """One's tokens, and the form for a new one."""
    return _show(request, visitor)


@router.post("", dependencies=[OurForm])
def make(
    request: Request,
    visitor: Anybody,
    name: Annotated[str, Form(max_length=200)] = "",
    scopes: Annotated[list[str], Form(max_length=len(Right))] = [],  # noqa: B006 - never changed
    days: int = Form(0),
    password: Annotated[str, Form(max_length=passwords.LONGEST)] = "",
) -> Response:
    """Make a token and show it, once.  It takes the password: a session may have been left open."""
    site, account = site_of(request), visitor.account
    mine = {scope(right) for right in rights(account.roles)}
    wanted = Wanted(" ".join(name.split()), tuple(s for s in scopes if s in mine), days)
    if problem := _problem(wanted) or _wrong_password(request, account, password):
        return _show(request, visitor, wanted, Problem(problem, PROBLEMS[problem]))

    def work(tx: Transaction) -> str:
        return tokens.make(tx, account, wanted.name, wanted.scopes, wanted.days)[0]

    try:
        made = site.store.database.write_now(work)
    except StaleError as error:
        text = str(error)
        return _show(request, visitor, wanted, Problem("name", f"{text[0].upper()}{text[1:]}."))
    return _show(request, visitor, made=made, made_name=wanted.name)


@router.post("/revoke", dependencies=[OurForm])
def revoke(request: Request, visitor: Anybody, token: IdInForm) -> Response:
    """End a token at once."""
    site_of(request).store.database.write_now(
        lambda tx: tokens.revoke(tx, token, visitor.account, visitor.name)
    )
    return RedirectResponse("/account/tokens", HTTPStatus.SEE_OTHER)


def _wrong_password(request: Request, account: Account, password: str) -> str:
    """The field, when it is not right or may not be tried now: a session that was left open is
    no place to guess either."""
    database, attempt = site_of(request).store.database, attempts.begin(request, account)
    if attempt.wait or attempt.is_locked(database.read_now(lambda tx: tx.now())):
        return "password"
    if not passwords.matches(account.password_hash, password):
        database.write_now(attempt.failed)
        return "password"
    attempt.was_right()
    return ""


def _problem(wanted: Wanted) -> str:
    """The first field that is wrong, "" when none is."""
    if not re.fullmatch(tokens.NAME, wanted.name):
        return "name"
    if not wanted.scopes:
        return "scopes"
    return "" if wanted.days in DAYS else "days"


def _show(
    request: Request,
    visitor: Visitor,
    wanted: Wanted = Wanted(),
    problem: Problem | None = None,
    *,
    made: str = "",
    made_name: str = "",
) -> Response:
    site, account = site_of(request), visitor.account

    def work(tx: Transaction) -> tuple[tuple[Token, ...], float]:
        return tuple(tokens.of(tx, account.id)), tx.now()

    found, now = site.store.database.read_now(work)
    mine = rights(account.roles)
    html = page(
        site,
        "tokens.html",
        visitor=visitor,
        tokens=[
            Listed(one, tuple(r for r in Right if r in granted(account, one)), one.expires_at < now)
            for one in found
        ],
        scopes={name: right for name, right in SCOPES.items() if right in mine},
        days=DAYS,
        wanted=wanted,
        problem=problem,
        made=made,
        made_name=made_name,
        now=now,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)
