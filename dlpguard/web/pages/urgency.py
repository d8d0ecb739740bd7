"""When somebody is at risk: the alarm, by the link in a notice or from the page of a message; the
release by one person; and the list of those releases, at which another looks afterwards.

Whoever has the link has the sender's mailbox.  It does one thing: tell the duty officer; opening
the page does nothing, because mail scanners follow links.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard import policy
from dlpguard.errors import NotFoundError, StaleError
from dlpguard.review import Seen, urgency
from dlpguard.review.urgency import Raised
from dlpguard.store import alarms, emergencies, quarantine
from dlpguard.store.alarms import Alarm
from dlpguard.store.database import Transaction
from dlpguard.store.emergencies import Emergency
from dlpguard.store.quarantine import Held
from dlpguard.web import session
from dlpguard.web.access import OnesOwnQueues, queues
from dlpguard.web.roles import Right
from dlpguard.web.said import masker
from dlpguard.web.session import OurForm, Visitor, cookie_name, may, site_of
from dlpguard.web.site import page

router = APIRouter(default_response_class=HTMLResponse)

Words = Annotated[str, Form(max_length=2000)]
Reader = Annotated[Visitor, Depends(may(Right.LOOK_INTO))]


@router.get("/urgent")
def to_look_into(request: Request, visitor: Reader, done: bool = False) -> Response:
    """What was released by one person: first what nobody else has looked at yet."""
    return _list(request, visitor, done=done)


@router.post("/urgent", dependencies=[OurForm])
def look_into(
    request: Request,
    visitor: Reader,
    id: Annotated[str, Form(min_length=1, max_length=26)],
    verdict: Annotated[str, Form(pattern="^(justified|unjustified|)$")] = "",
    found: Words = "",
) -> Response:
    """Record that one was looked at, and what was found."""
    if not (verdict and found.strip()):
        return _list(request, visitor, missing=id, verdict=verdict, found=found)
    urgency.look_into(
        site_of(request).store,
        queues(visitor),
        id,
        visitor.name,
        found.strip(),
        justified=verdict == "justified",
    )
    return RedirectResponse("/urgent?done=true", HTTPStatus.SEE_OTHER)


@router.get("/urgent/{code}")
def question(request: Request, code: str) -> Response:
    """What it is about, in counts, and a button."""
    site = site_of(request)
    try:
        held, alarm = site.store.database.read_now(lambda tx: _by_code(tx, code))
    except NotFoundError:
        return _over(request)
    headline = policy.for_sender(held.record.verdict, held.record.facts)[0]
    html = page(
        site,
        "urgency-code.html",
        csrf=session.proof(site, request.cookies.get(cookie_name(site), "")),
        code=code,
        headline=headline,
        since=site.head.when(held.received_at),
        until=site.head.when(held.expires_at),
        raised=site.head.when(alarm.raised_at) if alarm else "",
        told=alarm.told if alarm else 0,
    )
    return HTMLResponse(html)


@router.post("/urgent/{code}", dependencies=[OurForm])
def by_code(request: Request, code: str, said: Words = "") -> Response:
    """The alarm of whoever has the link; pressing again says that the duty officer knows."""
    site = site_of(request)
    try:
        id = urgency.by_code(site.store, code)
        raised = urgency.raise_alarm(site.store, site.head, site.offices, id, said.strip())
    except (NotFoundError, StaleError):
        return _over(request)
    return HTMLResponse(page(site, "urgency-raised.html", raised=raised))


@router.post("/messages/{id}/urgent", dependencies=[OurForm, OnesOwnQueues])
def by_reviewer(
    request: Request,
    id: str,
    visitor: Annotated[Visitor, Depends(may(Right.DECIDE))],
    said: Words = "",
) -> Response:
    """The alarm of a reviewer."""
    site = site_of(request)
    raised = urgency.raise_alarm(
        site.store, site.head, site.offices, id, said.strip(), visitor.name
    )
    return RedirectResponse(f"/messages/{id}?done={_done(raised)}", HTTPStatus.SEE_OTHER)


@router.post("/messages/{id}/break-glass", dependencies=[OurForm, OnesOwnQueues])
def break_glass(
    request: Request,
    id: str,
    visitor: Annotated[Visitor, Depends(may(Right.BREAK_GLASS))],
    version: Annotated[int, Form(ge=1)],
    campaign: Annotated[int, Form(ge=0)],
    reason: Words = "",
) -> Response:
    """It goes, to everybody, by this visitor's word alone."""
    if not reason.strip():
        return RedirectResponse(f"/messages/{id}?missing=emergency#urgent", HTTPStatus.SEE_OTHER)
    store, seen = site_of(request).store, Seen(version, campaign)
    urgency.break_glass(store, id, visitor.name, reason.strip(), seen)
    return RedirectResponse(f"/messages/{id}?done=emergency", HTTPStatus.SEE_OTHER)


def _done(raised: Raised) -> str:
    """By what name the page of a message says what came of an alarm."""
    if not raised.is_first:
        return "alarm-again"
    return "alarm" if raised.told else "alarm-untold"


def _by_code(tx: Transaction, code: str) -> tuple[Held, Alarm | None]:
    id = alarms.find(tx, code)
    held = quarantine.find(tx, id)
    if held is None:
        raise NotFoundError(f"message {id} has not been judged")
    return held, alarms.about(tx, id)


def _over(request: Request) -> Response:
    html = page(site_of(request), "urgency-over.html")
    return HTMLResponse(html, HTTPStatus.NOT_FOUND)


def _list(
    request: Request,
    visitor: Visitor,
    *,
    done: bool = False,
    missing: str = "",
    verdict: str = "",
    found: str = "",
) -> Response:
    site, theirs = site_of(request), queues(visitor)

    def work(tx: Transaction) -> tuple[tuple[Emergency, ...], tuple[Emergency, ...]]:
        return emergencies.to_review(tx, theirs), emergencies.reviewed(tx, theirs)

    waiting, looked_at = site.store.database.read_now(work)
    sees_content = visitor.may(Right.SEE_CONTENT)
    html = page(
        site,
        "urgency.html",
        visitor=visitor,
        section="urgent",
        waiting=waiting,
        looked_at=looked_at,
        said=str if sees_content or not (waiting or looked_at) else masker(site.detection),
        may_see=visitor.may(Right.SEE_QUEUE),
        done=done,
        missing=missing,
        verdict=verdict,
        found=found,
    )
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if missing else HTTPStatus.OK)
