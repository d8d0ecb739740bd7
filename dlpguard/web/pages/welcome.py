"""The page behind the link that somebody with a new account is sent: they set their password.

Whoever has the link has the mailbox; it works once.  Opening it changes nothing: mail scanners
follow links.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from dlpguard import passwords
from dlpguard.errors import NotFoundError
from dlpguard.store.accounts import Account
from dlpguard.web import session, staff
from dlpguard.web.session import OurForm, cookie_name, site_of
from dlpguard.web.site import page

router = APIRouter(prefix="/welcome/{code}", default_response_class=HTMLResponse)


@router.get("")
def welcome(request: Request, code: str) -> Response:
    """Ask for a password."""
    account = _find(request, code)
    return _show(request, code, account) if account else _over(request)


@router.post("", dependencies=[OurForm])
def set_password(
    request: Request,
    code: str,
    password: Annotated[str, Form(max_length=passwords.LONGEST)] = "",
) -> Response:
    """Keep it, once."""
    account = _find(request, code)
    if not account:
        return _over(request)
    if len(password) < passwords.SHORTEST:
        return _show(request, code, account, short=True)
    hashed = passwords.hashed(password)
    try:
        site_of(request).store.database.write_now(lambda tx: staff.accept(tx, code, hashed))
    except NotFoundError:
        return _over(request)
    return _show(request, code, account, done=True)


def _find(request: Request, code: str) -> Account | None:
    try:
        return site_of(request).store.database.read_now(lambda tx: staff.invited(tx, code))
    except NotFoundError:
        return None


def _show(
    request: Request, code: str, account: Account, *, short: bool = False, done: bool = False
) -> Response:
    site = site_of(request)
    html = page(
        site,
        "welcome.html",
        csrf=session.proof(site, request.cookies.get(cookie_name(site), "")),
        code=code,
        account=account,
        shortest=passwords.SHORTEST,
        short=short,
        done=done,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if short else HTTPStatus.OK)


def _over(request: Request) -> Response:
    html = page(site_of(request), "welcome.html", account=None)
    return HTMLResponse(html, HTTPStatus.NOT_FOUND)
