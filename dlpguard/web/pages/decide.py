"""Deciding on a held message: return it, ask its sender, release it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dlpguard import review
from dlpguard.review import Seen
from dlpguard.store import messages
from dlpguard.web.roles import Right
from dlpguard.web.session import NotAllowedError, OurForm, Visitor, may, site_of

router = APIRouter(prefix="/messages/{id}")

Decider = Annotated[Visitor, Depends(may(Right.DECIDE))]
Reason = Annotated[str, Form(max_length=2000)]
Version = Annotated[int, Form(ge=1)]


@router.post("/return", dependencies=[OurForm])
def return_(
    request: Request,
    id: str,
    visitor: Decider,
    version: Version,
    campaign: Annotated[int, Form(ge=0)],
    note: Reason = "",
) -> Response:
    """It will not be sent; its sender is told why, in the words of the note."""
    site = site_of(request)
    _not_ones_own(request, id, visitor)
    seen = Seen(version, campaign)
    review.return_(site.store, site.head, id, visitor.name, note.strip(), seen)
    return _after(id, "returned")


@router.post("/ask", dependencies=[OurForm])
def ask(
    request: Request,
    id: str,
    visitor: Decider,
    version: Version,
    campaign: Annotated[int, Form(ge=0)],
    question: Reason = "",
) -> Response:
    """Its sender is asked; the answer comes back to the reviewers."""
    site = site_of(request)
    _not_ones_own(request, id, visitor)
    if not question.strip():
        return RedirectResponse(f"/messages/{id}?missing=question#decide", HTTPStatus.SEE_OTHER)
    review.ask(site.store, site.head, id, visitor.name, question.strip(), Seen(version, campaign))
    return _after(id, "asked")


@router.post("/release", dependencies=[OurForm])
def release(
    request: Request,
    id: str,
    visitor: Decider,
    version: Version,
    campaign: Annotated[int, Form(ge=0)],
    reason: Reason = "",
) -> Response:
    """It goes; or is approved by this visitor, where two people have to."""
    site = site_of(request)
    _not_ones_own(request, id, visitor)
    if not reason.strip():
        return RedirectResponse(f"/messages/{id}?missing=reason#decide", HTTPStatus.SEE_OTHER)
    decision = review.release(site.store, id, visitor.name, reason.strip(), Seen(version, campaign))
    return _after(id, "approved" if decision.missing else "released")


def _not_ones_own(request: Request, id: str, visitor: Visitor) -> None:
    """Nobody decides their own mail (DESIGN 9)."""
    store = site_of(request).store
    sender = store.database.read_now(lambda tx: messages.envelope_of(tx, id).sender)
    if sender.casefold() == visitor.name.casefold():
        raise NotAllowedError


def _after(id: str, done: str) -> Response:
    return RedirectResponse(f"/messages/{id}?done={done}", HTTPStatus.SEE_OTHER)
