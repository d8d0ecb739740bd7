"""The page behind the link in a notice: its sender says yes or no.

Whoever has the link has the sender's mailbox; that is the proof, and it works once.  Opening the
page decides nothing: mail scanners follow links.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from dlpguard import policy, review
from dlpguard.audience import Circle
from dlpguard.errors import NotFoundError, StaleError
from dlpguard.store import quarantine
from dlpguard.store.quarantine import Held
from dlpguard.web import session
from dlpguard.web.session import OurForm, cookie_name, site_of
from dlpguard.web.site import page

router = APIRouter(prefix="/answer/{code}", default_response_class=HTMLResponse)

WORDS = {
    Circle.WEBMAIL: "personal mailboxes",
    Circle.PUBLISHING: "addresses that publish what they receive",
    Circle.EXTERNAL: "other outside addresses",
    Circle.PARTNER: "addresses of partners",
    Circle.INTERNAL: "colleagues",
}


@router.get("")
def question(request: Request, code: str) -> Response:
    """What it is about, in counts and circles, and the two buttons."""
    found = _find(request, code)
    return _show(request, code, found) if found else _over(request)


@router.post("", dependencies=[OurForm])
def answer(
    request: Request,
    code: str,
    decision: Annotated[str, Form(pattern="^(confirm|cancel)$")],
    purpose: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take the answer, once."""
    found = _find(request, code)
    if not found:
        return _over(request)
    if decision == "confirm" and not purpose.strip():
        return _show(request, code, found, missing=True)
    store = site_of(request).store
    sender = found.envelope.sender
    try:
        if decision == "confirm":
            done = str(review.confirm(store, found.id, sender, purpose.strip()).state)
        else:
            done = str(review.cancel(store, found.id, sender, purpose.strip()).state)
    except StaleError:
        return _over(request)
    html = page(site_of(request), "answered.html", decision=decision, state=done, held=found)
    return HTMLResponse(html)


def _find(request: Request, code: str) -> Held | None:
    store = site_of(request).store
    try:
        id, _sender = review.asked(store, code)
    except NotFoundError:
        return None
    return store.database.read_now(lambda tx: quarantine.find(tx, id))


def _show(request: Request, code: str, held: Held, *, missing: bool = False) -> Response:
    site = site_of(request)
    facts, verdict = held.record.facts, held.record.verdict
    said = policy.for_sender(verdict, facts)
    circles = ((WORDS[c], len(facts.audience.receiving(c))) for c in WORDS)
    html = page(
        site,
        "answer.html",
        csrf=session.proof(site, request.cookies.get(cookie_name(site), "")),
        code=code,
        held=held,
        headline=said[0],
        reasons=said[1:],
        circles=tuple((name, n) for name, n in circles if n),
        hidden=sorted({place.why for place in facts.hidden}),
        people=facts.people,
        missing=missing,
    )
    return HTMLResponse(html, 422 if missing else 200)


def _over(request: Request) -> Response:
    return HTMLResponse(page(site_of(request), "answer-over.html"), 404)
