"""Who may sign in, and what they may do: a list, and a page for each account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard.errors import RefusedError
from dlpguard.store import accounts, sessions
from dlpguard.store.accounts import Account
from dlpguard.store.database import Transaction
from dlpguard.web import staff
from dlpguard.web.pages._numbers import IdInPath
from dlpguard.web.roles import Right, Role
from dlpguard.web.session import OurForm, Visitor, may, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(prefix="/accounts", default_response_class=HTMLResponse)

Manager = Annotated[Visitor, Depends(may(Right.MANAGE_ACCOUNTS))]
Name = Annotated[str, Form(max_length=254)]
Roles = Annotated[list[Role], Form(max_length=len(Role))]
Groups = Annotated[str, Form(max_length=400)]

ROLES = {
    Role.REVIEWER: (_("Reviewer"), _("reads held mail, and returns or releases it")),
    Role.APPROVER: (_("Approver"), _("the same; approves what takes two people, and may download")),
    Role.AUDITOR: (_("Auditor"), _("checks the audit log and decisions; reads no mail")),
    Role.POLICY_ADMINISTRATOR: (_("Policy administrator"), _("looks after flows; reads no mail")),
    Role.DUTY_OFFICER: (
        _("Duty officer"),
        _("as a reviewer; releases alone when somebody is at risk"),
    ),
    Role.MAIL_ADMINISTRATOR: (_("Mail administrator"), _("manages accounts; reads no mail")),
}
"""What a role is called, and what it is for."""

DONE = {
    "added": _("The account was added, and its owner was sent a link to set a password."),
    "changed": _("The account was changed."),
    "stop": _("The account was stopped: nobody can sign in with it, or is signed in."),
    "restart": _("The account can be used again."),
    "unlock": _("The account is unlocked."),
    "codes": _("One-time codes are set up again at the next sign-in."),
    "sessions": _("They are signed out everywhere."),
    "link": _("A link was sent. The password until now is not good any more."),
}
"""What is said after a change."""


@router.get("")
def everyone(request: Request, visitor: Manager) -> Response:
    """The list."""
    site = site_of(request)
    found, now = site.store.database.read_now(lambda tx: (tuple(accounts.everyone(tx)), tx.now()))
    html = page(
        site,
        "accounts.html",
        visitor=visitor,
        section="accounts",
        everyone=found,
        now=now,
        roles=ROLES,
    )
    return HTMLResponse(html)


@router.get("/add")
def add_form(request: Request, visitor: Manager) -> Response:
    """The form for somebody new."""
    return _form(request, visitor)


@router.post("/add", dependencies=[OurForm])
def add(
    request: Request,
    visitor: Manager,
    name: Name = "",
    full_name: Name = "",
    roles: Roles = [],  # noqa: B006 - FastAPI copies it
    groups: Groups = "",
) -> Response:
    """Add somebody, and mail them a link to set a password."""
    site = site_of(request)

    def work(tx: Transaction) -> int:
        account = staff.add(tx, visitor.name, name, full_name, roles, groups.split())
        staff.send_link(tx, site.head, visitor.name, account.id)
        return account.id

    given = {"name": name, "full_name": full_name, "roles": roles, "groups": groups}
    try:
        id = site.store.database.write_now(work)
    except RefusedError as error:
        return _form(request, visitor, given, str(error))
    return RedirectResponse(f"/accounts/{id}?done=added", HTTPStatus.SEE_OTHER)


@router.get("/{id}")
def one(request: Request, visitor: Manager, id: IdInPath, done: str = "") -> Response:
    """One account."""
    return _show(request, visitor, id, done=done)


@router.post("/{id}", dependencies=[OurForm])
def change(
    request: Request,
    visitor: Manager,
    id: IdInPath,
    full_name: Name = "",
    roles: Roles = [],  # noqa: B006 - FastAPI copies it
    groups: Groups = "",
) -> Response:
    """Change what somebody is called and may do."""

    def work(tx: Transaction) -> None:
        staff.change(tx, visitor.name, id, full_name, roles, groups.split())

    return _do(request, visitor, id, work, "changed")


ACTS: dict[str, Callable[[Transaction, str, int], object]] = {
    "stop": staff.stop,
    "restart": staff.restart,
    "unlock": staff.unlock,
    "codes": staff.reset_codes,
    "sessions": staff.end_sessions,
}
"""What the buttons of an account's page do."""


@router.post("/{id}/act", dependencies=[OurForm])
def act(
    request: Request,
    visitor: Manager,
    id: IdInPath,
    what: Annotated[str, Form(pattern="^(stop|restart|unlock|codes|sessions|link)$")],
) -> Response:
    """Press a button."""
    head = site_of(request).head

    def work(tx: Transaction) -> None:
        if what == "link":
            staff.send_link(tx, head, visitor.name, id)
        else:
            ACTS[what](tx, visitor.name, id)

    return _do(request, visitor, id, work, what)


def _do(
    request: Request, visitor: Visitor, id: int, work: Callable[[Transaction], None], done: str
) -> Response:
    try:
        site_of(request).store.database.write_now(work)
    except RefusedError as error:
        return _show(request, visitor, id, error=str(error))
    return RedirectResponse(f"/accounts/{id}?done={done}", HTTPStatus.SEE_OTHER)


def _show(
    request: Request, visitor: Visitor, id: int, *, done: str = "", error: str = ""
) -> Response:
    site = site_of(request)

    def work(tx: Transaction) -> tuple[Account, int, float]:
        return accounts.get(tx, id), len(tuple(sessions.of(tx, id))), tx.now()

    account, open_, now = site.store.database.read_now(work)
    html = page(
        site,
        "accounts-one.html",
        visitor=visitor,
        section="accounts",
        account=account,
        sessions=open_,
        now=now,
        roles=ROLES,
        is_own=account.id == visitor.account.id,
        done=DONE.get(done, ""),
        error=error,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)


def _form(
    request: Request, visitor: Visitor, given: Mapping[str, object] | None = None, error: str = ""
) -> Response:
    html = page(
        site_of(request),
        "accounts-add.html",
        visitor=visitor,
        section="accounts",
        given=given or {},
        roles=ROLES,
        error=error,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)
