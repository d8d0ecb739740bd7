"""Signing in and out: a password, then a one-time code (TOTP, RFC 6238), or a recovery code."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Annotated
from urllib.parse import quote

import pyotp
import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard import passwords
from dlpguard.store import accounts, audit, sessions
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.web import attempts, session
from dlpguard.web.attempts import Attempt
from dlpguard.web.clients import client
from dlpguard.web.session import OurForm, Visitor, cookie_name, halfway, signed_in, site_of
from dlpguard.web.site import Site, page
from dlpguard.web.words import _

router = APIRouter(default_response_class=HTMLResponse)

_STEP = 30
"""Seconds that a one-time code is for (RFC 6238 5.2); its neighbours are accepted too."""

WRONG = _("That name and password do not belong together, or the account is locked for a while.")
"""One answer for all: which of them it was is nobody's business who cannot sign in."""

WRONG_CODE = _(
    "That code is not right, or it was used before. Wait for the next one and try again."
)

TOO_OFTEN = _("There have been too many tries from your network. Wait a minute, then try again.")


@router.get("/sign-in")
def form(request: Request, after: str = "") -> Response:
    """The form; who is signed in already goes on."""
    if session.anybody(request):
        return RedirectResponse(_inside(after), HTTPStatus.SEE_OTHER)
    return _form(request, after=after)


@router.post("/sign-in", dependencies=[OurForm])
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=passwords.LONGEST)] = "",
    after: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Check the password, and go on to the second factor."""
    site = site_of(request)
    database = site.store.database
    account, now = database.read_now(lambda tx: (accounts.find(tx, name), tx.now()))
    attempt = attempts.begin(request, account)
    if attempt.wait:
        return _form(request, after=after, name=name, wait=attempt.wait)
    right = passwords.matches(account.password_hash if account else "", password)
    if account is None or attempt.is_locked(now) or not right:
        if account:
            database.write_now(attempt.failed)
        return _form(request, after=after, name=name, error=WRONG)
    attempt.was_right()
    if not (account.has_second_factor or site.second_factor):
        begun = database.write_now(lambda tx: _begin(tx, attempt, account))
        return _signed_in(RedirectResponse(_inside(after), HTTPStatus.SEE_OTHER), attempt, begun)
    token = database.write_now(lambda tx: _open(tx, request, account, partial=True))
    where = "/sign-in/code" + (f"?after={quote(_inside(after))}" if after else "")
    return _with_cookie(site, RedirectResponse(where, HTTPStatus.SEE_OTHER), token)


@router.get("/sign-in/code")
def code_form(
    request: Request, visitor: Annotated[Visitor, Depends(halfway)], after: str = ""
) -> Response:
    """Ask for a one-time code; who has none set up sets it up now."""
    if not visitor.session.partial:
        return RedirectResponse(_inside(after), HTTPStatus.SEE_OTHER)
    return _code_form(request, visitor, after)


@router.post("/sign-in/code", dependencies=[OurForm])
def check_code(
    request: Request,
    visitor: Annotated[Visitor, Depends(halfway)],
    code: Annotated[str, Form(max_length=40)] = "",
    secret: Annotated[str, Form(max_length=64)] = "",
    after: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Check the code; a new secret is kept once a code of it was right."""
    site, account = site_of(request), visitor.account
    database = site.store.database
    now = database.read_now(lambda tx: tx.now())
    if not visitor.session.partial:
        return RedirectResponse(_inside(after), HTTPStatus.SEE_OTHER)
    is_new = not account.has_second_factor
    attempt = attempts.begin(request, account)
    if attempt.wait:
        return _code_form(request, visitor, after, wait=attempt.wait)
    if attempt.is_locked(now) or (is_new and secret != _offered(site, visitor)):
        return _code_form(request, visitor, after, error=WRONG_CODE)
    known = account.totp_secret or secret
    codes: tuple[str, ...] = ()

    def work(tx: Transaction) -> _Begun | None:
        nonlocal codes
        step = _step(known, code, now)
        right = bool(step) and (is_new or accounts.use_code(tx, account.id, step))
        if not right and not (not is_new and accounts.use_recovery_code(tx, account.id, code)):
            attempt.failed(tx)
            return None
        if is_new:
            codes = accounts.set_second_factor(tx, account.id, secret)
            accounts.use_code(tx, account.id, step)
            audit.record(tx, account.name, "second factor", account.name)
        sessions.close(tx, visitor.session.id, account.id)
        return _begin(tx, attempt, account)

    begun = database.write_now(work)
    if begun is None:
        return _code_form(request, visitor, after, error=WRONG_CODE)
    attempt.was_right()
    if codes:
        html = page(site, "recovery.html", visitor=None, codes=codes, after=_inside(after))
        return _signed_in(HTMLResponse(html), attempt, begun)
    return _signed_in(RedirectResponse(_inside(after), HTTPStatus.SEE_OTHER), attempt, begun)


@router.post("/sign-out", dependencies=[OurForm])
def sign_out(request: Request, visitor: Annotated[Visitor, Depends(signed_in)]) -> Response:
    """End this session."""
    site = site_of(request)

    def work(tx: Transaction) -> None:
        sessions.close(tx, visitor.session.id, visitor.account.id)
        audit.record(tx, visitor.name, "sign out", visitor.name)

    site.store.database.write_now(work)
    response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
    response.delete_cookie(cookie_name(site), path="/", secure=site.is_secure, httponly=True)
    return response


@dataclass(frozen=True, slots=True)
class _Begun:
    """A session that has begun: whose, its token, and by what the browser is known from now on."""

    account: Account
    token: str = field(repr=False)
    device: str = field(repr=False)


def _begin(tx: Transaction, attempt: Attempt, account: Account) -> _Begun:
    device = attempt.succeeded(tx, account)
    audit.record(tx, account.name, "sign in", account.name)
    return _Begun(account, _open(tx, attempt.request, account), device)


def _open(tx: Transaction, request: Request, account: Account, *, partial: bool = False) -> str:
    address = client(request, site_of(request))
    agent = request.headers.get("user-agent", "")
    return sessions.open_(tx, account.id, address, agent, partial=partial)


def _signed_in(response: Response, attempt: Attempt, begun: _Begun) -> Response:
    attempt.remember(response, begun.account, begun.device)
    return _with_cookie(site_of(attempt.request), response, begun.token)


def _step(secret: str, code: str, now: float) -> int:
    """The time step that a code is right for (0: none): now, the one before or the one after."""
    totp = pyotp.TOTP(secret)
    digits = code.replace(" ", "")
    for step in (int(now // _STEP) + shift for shift in (0, -1, 1)):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return 0


def _offered(site: Site, visitor: Visitor) -> str:
    """The secret that this half-open session is offered: nobody can have another one kept."""
    seed = site.store.keys.digest("totp offer", str(visitor.session.id), visitor.proof)
    return base64.b32encode(seed[:20]).decode("ascii")


def _form(
    request: Request, after: str = "", name: str = "", error: str = "", wait: float = 0.0
) -> Response:
    site = site_of(request)
    token = request.cookies.get(cookie_name(site), "")
    html = page(
        site,
        "sign-in.html",
        csrf=session.proof(site, token),
        after=after,
        name=name,
        error=TOO_OFTEN if wait else error,
    )
    return _answer(html, error, wait)


def _code_form(
    request: Request, visitor: Visitor, after: str, error: str = "", wait: float = 0.0
) -> Response:
    site = site_of(request)
    secret = picture = ""
    if not visitor.account.has_second_factor:
        secret = _offered(site, visitor)
        address = pyotp.TOTP(secret).provisioning_uri(
            name=visitor.name, issuer_name=f"dlpguard {site.organisation}".strip()
        )
        picture = segno.make(address).svg_inline(scale=5, border=4, omitsize=False)
    html = page(
        site,
        "code.html",
        csrf=visitor.proof,
        after=after,
        secret=secret,
        picture=picture,
        error=TOO_OFTEN if wait else error,
    )
    return _answer(html, error, wait)


def _answer(html: str, error: str, wait: float) -> Response:
    if wait:
        seconds = {"Retry-After": str(ceil(wait))}
        return HTMLResponse(html, HTTPStatus.TOO_MANY_REQUESTS, seconds)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)


def _with_cookie(site: Site, response: Response, token: str) -> Response:
    response.set_cookie(
        cookie_name(site), token, path="/", secure=site.is_secure, httponly=True, samesite="lax"
    )
    return response


def _inside(after: str) -> str:
    """Where to go after signing in: a path of ours, never another site."""
    if after.startswith("/") and not after.startswith(("//", "/\\")) and after.isprintable():
        return after
    return "/"
