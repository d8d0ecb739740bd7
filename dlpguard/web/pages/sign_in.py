"""Signing in and out: a password, then a one-time code (TOTP, RFC 6238), or a recovery code."""

from __future__ import annotations

import base64
from http import HTTPStatus
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
from dlpguard.web import session
from dlpguard.web.session import OurForm, Visitor, cookie_name, halfway, signed_in, site_of
from dlpguard.web.site import Site, page

router = APIRouter(default_response_class=HTMLResponse)

_STEP = 30
"""Seconds that a one-time code is for (RFC 6238 5.2); its neighbours are accepted too."""

WRONG = "That name and password do not belong together, or the account is locked for a while."
"""One answer for all: which of them it was is nobody's business who cannot sign in."""

WRONG_CODE = "That code is not right, or it was used before. Wait for the next one and try again."


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
    locked = account is not None and (account.disabled or account.locked_until > now)
    right = passwords.matches(account.password_hash if account else "", password)
    if account is None or locked or not right:
        if account and not locked:
            database.write_now(lambda tx: accounts.failed(tx, account.id))
        return _form(request, after=after, name=name, error=WRONG)
    partial = account.has_second_factor or site.second_factor
    token = database.write_now(lambda tx: _begin(tx, account, request, partial=partial))
    where = "/sign-in/code" if partial else _inside(after)
    if partial and after:
        where += f"?after={quote(_inside(after))}"
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
    if account.locked_until > now or (is_new and secret != _offered(site, visitor)):
        return _code_form(request, visitor, after, error=WRONG_CODE)
    known = account.totp_secret or secret
    codes: tuple[str, ...] = ()

    def work(tx: Transaction) -> str | None:
        nonlocal codes
        step = _step(known, code, now)
        right = bool(step) and (is_new or accounts.use_code(tx, account.id, step))
        if not right and not (not is_new and accounts.use_recovery_code(tx, account.id, code)):
            accounts.failed(tx, account.id)
            return None
        if is_new:
            codes = accounts.set_second_factor(tx, account.id, secret)
            accounts.use_code(tx, account.id, step)
            audit.record(tx, account.name, "second factor", account.name)
        sessions.close(tx, visitor.session.id, account.id)
        return _begin(tx, account, request)

    token = database.write_now(work)
    if token is None:
        return _code_form(request, visitor, after, error=WRONG_CODE)
    if codes:
        html = page(site, "recovery.html", visitor=None, codes=codes, after=_inside(after))
        return _with_cookie(site, HTMLResponse(html), token)
    return _with_cookie(site, RedirectResponse(_inside(after), HTTPStatus.SEE_OTHER), token)


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


def _begin(tx: Transaction, account: Account, request: Request, *, partial: bool = False) -> str:
    if not partial:
        accounts.succeeded(tx, account.id)
        audit.record(tx, account.name, "sign in", account.name)
    client = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")
    return sessions.open_(tx, account.id, client, agent, partial=partial)


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


def _form(request: Request, after: str = "", name: str = "", error: str = "") -> Response:
    site = site_of(request)
    token = request.cookies.get(cookie_name(site), "")
    html = page(
        site,
        "sign-in.html",
        csrf=session.proof(site, token),
        after=after,
        name=name,
        error=error,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)


def _code_form(request: Request, visitor: Visitor, after: str, error: str = "") -> Response:
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
        error=error,
    )
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
