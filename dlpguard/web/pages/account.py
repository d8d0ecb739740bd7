"""One's own account: password, one-time codes, and where one is signed in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard import passwords
from dlpguard.store import accounts, audit, sessions
from dlpguard.store.database import Transaction
from dlpguard.web.pages._numbers import IdInForm
from dlpguard.web.roles import Right, rights
from dlpguard.web.session import OurForm, Visitor, signed_in, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(prefix="/account", default_response_class=HTMLResponse)

Anybody = Annotated[Visitor, Depends(signed_in)]
Password = Annotated[str, Form(max_length=passwords.LONGEST)]

PROBLEMS = {
    "old": _("Your password until now is not right."),
    "short": f"The new password is too short: it takes {passwords.SHORTEST} characters. "
    "Three words do.",
    "same": _("The new password is the one that you have."),
}
"""What is wrong with a change of password."""


DONE = {
    "password": _("Your password is changed. Everywhere else you are signed out."),
    "digest": _("You will get a mail in the morning, when there is something to say."),
    "no-digest": _("You will get no mail in the morning any more."),
}
"""What is said after a change."""


@router.get("")
def account(request: Request, visitor: Anybody, done: str = "") -> Response:
    """What one may do, and where one is signed in."""
    return _show(request, visitor, done=DONE.get(done, ""))


@router.post("/password", dependencies=[OurForm])
def password(
    request: Request, visitor: Anybody, old: Password = "", new: Password = ""
) -> Response:
    """Set a new password.  Everywhere else one is signed out."""
    site, account = site_of(request), visitor.account
    if not passwords.matches(account.password_hash, old):
        site.store.database.write_now(lambda tx: accounts.failed(tx, account.id))
        return _show(request, visitor, problem="old")
    if len(new) < passwords.SHORTEST:
        return _show(request, visitor, problem="short")
    if new == old:
        return _show(request, visitor, problem="same")
    hashed = passwords.hashed(new)

    def work(tx: Transaction) -> None:
        accounts.change(tx, account.id, password_hash=hashed)
        sessions.close_all(tx, account.id, but=visitor.session.id)
        audit.record(tx, visitor.name, "change password", visitor.name)

    site.store.database.write_now(work)
    return RedirectResponse("/account?done=password", HTTPStatus.SEE_OTHER)


@router.post("/digest", dependencies=[OurForm])
def digest(
    request: Request, visitor: Anybody, wanted: Annotated[str, Form(pattern="^(yes|no)$")]
) -> Response:
    """Whether one gets a mail in the morning that says what waits."""
    change = {"digest": wanted == "yes"}
    store = site_of(request).store
    store.database.write_now(lambda tx: accounts.change(tx, visitor.account.id, **change))
    done = "digest" if wanted == "yes" else "no-digest"
    return RedirectResponse(f"/account?done={done}", HTTPStatus.SEE_OTHER)


@router.post("/sessions", dependencies=[OurForm])
def end_session(request: Request, visitor: Anybody, session: IdInForm) -> Response:
    """Sign out elsewhere."""

    def work(tx: Transaction) -> None:
        if sessions.close(tx, session, visitor.account.id):
            audit.record(tx, visitor.name, "end session", visitor.name)

    site_of(request).store.database.write_now(work)
    return RedirectResponse("/account", HTTPStatus.SEE_OTHER)


def _show(request: Request, visitor: Visitor, *, problem: str = "", done: str = "") -> Response:
    site = site_of(request)
    open_ = site.store.database.read_now(lambda tx: tuple(sessions.of(tx, visitor.account.id)))
    html = page(
        site,
        "account.html",
        visitor=visitor,
        sessions=open_,
        rights=sorted(rights(visitor.account.roles)),
        error=PROBLEMS.get(problem, ""),
        wrong={"old": "old"}.get(problem, "new") if problem else "",
        done=done,
        digest=visitor.account.digest if visitor.may(Right.SEE_QUEUE) else None,
        shortest=passwords.SHORTEST,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)
