"""Deciding on a held message: return it, ask its sender, release it; and what goes with that."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dlpguard import review
from dlpguard.review import Seen
from dlpguard.store import messages
from dlpguard.web.access import OnesOwnQueues
from dlpguard.web.roles import Right
from dlpguard.web.session import NotAllowedError, OurForm, Visitor, may, site_of

router = APIRouter(prefix="/messages/{id}", dependencies=[OnesOwnQueues])

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


@router.post("/undo", dependencies=[OurForm])
def undo(request: Request, id: str, visitor: Decider, reason: Reason = "") -> Response:
    """Take a release back, as long as nothing of it has been sent."""
    _not_ones_own(request, id, visitor)
    review.undo(site_of(request).store, id, visitor.name, reason.strip())
    return _after(id, "undone")


@router.post("/owner", dependencies=[OurForm])
def owner(
    request: Request,
    id: str,
    visitor: Decider,
    who: Annotated[str, Form(pattern="^(me|nobody)$")],
) -> Response:
    """Look after a message, or leave it to others."""
    name = visitor.name if who == "me" else ""
    review.assign(site_of(request).store, id, visitor.name, name)
    return _after(id, "assigned")


@router.post("/comment", dependencies=[OurForm])
def comment(request: Request, id: str, visitor: Decider, text: Reason = "") -> Response:
    """Tell the other reviewers something."""
    if text.strip():
        review.comment(site_of(request).store, id, visitor.name, text.strip())
    return RedirectResponse(f"/messages/{id}#comments", HTTPStatus.SEE_OTHER)


@router.post("/mark", dependencies=[OurForm])
def mark(
    request: Request,
    id: str,
    visitor: Decider,
    was: Annotated[str, Form(pattern="^(rightly|wrongly)$")],
) -> Response:
    """Say whether it was rightly held: by this the policies are tuned."""
    review.mark(site_of(request).store, id, visitor.name, rightly=was == "rightly")
    return _after(id, "marked")


def _not_ones_own(request: Request, id: str, visitor: Visitor) -> None:
    """Nobody decides their own mail (DESIGN 9)."""
    store = site_of(request).store
    sender = store.database.read_now(lambda tx: messages.envelope_of(tx, id).sender)
    if sender.casefold() == visitor.name.casefold():
        raise NotAllowedError


def _after(id: str, done: str) -> Response:
    return RedirectResponse(f"/messages/{id}?done={done}", HTTPStatus.SEE_OTHER)
