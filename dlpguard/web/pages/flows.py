"""Registered flows, and those that are suggested: accepted with an agreement, or refused.

Recipients of mail are content, and who looks after policies sees none; but a flow is about who
writes to whom.  So the addresses of a suggestion are shown to whoever may accept it, and nothing
else of the mail that it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard.errors import NotFoundError, RefusedError
from dlpguard.policy import flowwriting, words
from dlpguard.policy.flows import LONGEST, Standing
from dlpguard.store import audit, suggestions
from dlpguard.store.database import Transaction
from dlpguard.store.suggestions import Suggested
from dlpguard.web import registering
from dlpguard.web.access import queues
from dlpguard.web.roles import Right
from dlpguard.web.rulebook import Rulebook
from dlpguard.web.session import OurForm, Visitor, may, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(prefix="/flows", default_response_class=HTMLResponse)

Reader = Annotated[Visitor, Depends(may(Right.SEE_POLICIES))]
Changer = Annotated[Visitor, Depends(may(Right.CHANGE_POLICIES))]
Line = Annotated[str, Form(max_length=200)]

DONE = {
    "accepted": _("The flow is registered, and counts in a moment."),
    "refused": _("It is not suggested any more for a year."),
}
"""What is said after a change."""

STANDING = {
    Standing.IN_FORCE: _("in force"),
    Standing.ENDING: _("ends soon: renew it"),
    Standing.OVER: _("over: nothing passes by it"),
    Standing.COMING: _("to come"),
}
"""Where a flow stands, in words."""


@router.get("")
def flows(request: Request, visitor: Reader, done: str = "") -> Response:
    """Those registered, and for whoever may accept them those suggested."""
    return _show(request, visitor, done=DONE.get(done, ""))


@router.get("/{id}")
def suggestion(request: Request, visitor: Changer, id: str) -> Response:
    """One suggestion, and the form to accept or to refuse it."""
    return _form(request, visitor, _find(request, visitor, id))


@router.post("/{id}/accept", dependencies=[OurForm])
def accept(
    request: Request,
    visitor: Changer,
    id: str,
    name: Line = "",
    agreement: Line = "",
    owner: Line = "",
    until: Line = "",
) -> Response:
    """Register it: from now on nobody is asked about what it covers."""
    site = site_of(request)
    found = _find(request, visitor, id)
    given = {"name": name, "agreement": agreement, "owner": owner, "until": until}
    try:
        rules, entry = _rules(request), _entry(found, given, _today(request))
        told = f"{entry['agreement']}; {entry['owner']}; until {entry['until']}"

        def record() -> None:
            site.store.database.write_now(
                lambda tx: audit.record(tx, visitor.name, "accept flow", entry["name"], told)
            )

        registering.register(rules, entry, record)
    except RefusedError as error:
        return _form(request, visitor, found, given, str(error))
    return RedirectResponse("/flows?done=accepted", HTTPStatus.SEE_OTHER)


@router.post("/{id}/refuse", dependencies=[OurForm])
def refuse(request: Request, visitor: Changer, id: str, reason: Line = "") -> Response:
    """Do not suggest it again for a year; its senders are asked as before."""
    found = _find(request, visitor, id)
    site_of(request).store.database.write_now(
        lambda tx: suggestions.refuse(tx, visitor.name, found, reason.strip())
    )
    return RedirectResponse("/flows?done=refused", HTTPStatus.SEE_OTHER)


def _today(request: Request) -> date:
    now = site_of(request).store.database.read_now(lambda tx: tx.now())
    return datetime.fromtimestamp(now, UTC).date()


def _rules(request: Request) -> Rulebook:
    rules = site_of(request).rules
    if rules is None:
        raise RefusedError("This site was not told which policies are in force.")
    return rules


def _entry(found: Suggested, given: Mapping[str, str], today: date) -> dict[str, Any]:
    """The entry of the file.  `RefusedError` for what is not right (the rest, `register` finds)."""
    name, agreement, owner = (given[key].strip() for key in ("name", "agreement", "owner"))
    if not agreement or not owner:
        raise RefusedError("Say under which agreement, and who answers for it.")
    if any("*" in address for address in (found.flow.sender, *found.flow.to)):
        raise RefusedError("An address has a star in it, which would stand for anybody.")
    last = _until(given["until"], today)
    return flowwriting.entry(found.flow, name, agreement, owner, today, last)


def _until(text: str, today: date) -> date:
    """The last day, as it was given.  `RefusedError` for one that is not to come, or too far."""
    try:
        last = date.fromisoformat(text.strip())
    except ValueError:
        raise RefusedError("Say until when: a day.") from None
    if not today < last <= today + LONGEST:
        raise RefusedError("Its last day is after today, and within twelve months.")
    return last


def _waiting(request: Request, visitor: Visitor) -> tuple[Suggested, ...]:
    site = site_of(request)
    registered = site.rules.policies.flows if site.rules else ()

    def work(tx: Transaction) -> tuple[Suggested, ...]:
        return suggestions.waiting(tx, registered, queues(visitor))

    return site.store.database.read_now(work)


def _find(request: Request, visitor: Visitor, id: str) -> Suggested:
    found = (one for one in _waiting(request, visitor) if one.id == id)
    one = next(found, None)
    if one is None:
        raise NotFoundError("this is not suggested any more")
    return one


def _show(request: Request, visitor: Visitor, *, done: str = "") -> Response:
    site = site_of(request)
    today = _today(request)
    registered = site.rules.policies.flows if site.rules else ()
    html = page(
        site,
        "flows.html",
        visitor=visitor,
        section="policies",
        registered=tuple((flow, flow.standing(today)) for flow in registered),
        standing=STANDING,
        suggested=_waiting(request, visitor) if visitor.may(Right.CHANGE_POLICIES) else (),
        may_change=visitor.may(Right.CHANGE_POLICIES),
        kinds=words.kinds,
        done=done,
    )
    return HTMLResponse(html)


def _form(
    request: Request,
    visitor: Visitor,
    found: Suggested,
    given: dict[str, str] | None = None,
    error: str = "",
) -> Response:
    site = site_of(request)
    today = _today(request)
    latest = today + LONGEST - timedelta(days=1)
    entry = flowwriting.entry(
        found.flow,
        (given or {}).get("name") or "a-name-for-it",
        (given or {}).get("agreement") or "the agreement",
        (given or {}).get("owner") or "who answers for it",
        today,
        latest,
    )
    html = page(
        site,
        "flow.html",
        visitor=visitor,
        section="policies",
        suggested=found,
        kinds=words.kinds,
        given=given or {"until": str(latest)},
        latest=str(latest),
        can_write=site.rules is not None and registering.can_write(site.rules),
        text=flowwriting.text(entry),
        error=error,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK)
