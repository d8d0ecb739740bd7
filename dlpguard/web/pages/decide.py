"""Deciding on a held message: return it, ask its sender, release it; and what goes with that."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from dlpguard import review
from dlpguard.review import ChoiceError, Seen, notes
from dlpguard.web import deciding
from dlpguard.web.access import OnesOwnQueues
from dlpguard.web.deciding import NOTHING, Written
from dlpguard.web.pages import message
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, site_of

router = APIRouter(prefix="/messages/{id}", dependencies=[OnesOwnQueues])


def _seen(version: Annotated[int, Form(ge=1)], campaign: Annotated[int, Form(ge=0)]) -> Seen:
    """What the form's page showed when it was made."""
    return Seen(version, campaign)


Decider = Annotated[Visitor, Depends(may(Right.DECIDE))]
AsSeen = Annotated[Seen, Depends(_seen)]
Words = Annotated[str, Form(max_length=2000)]
Several = Annotated[list[str] | None, Form(max_length=deciding.MOST_SINGLES)]


@router.post("/return", dependencies=[OurForm])
def return_(
    request: Request,
    id: str,
    visitor: Decider,
    seen: AsSeen,
    template: Words = "",
    note: Words = "",
) -> Response:
    """It will not be sent; its sender is told why: the words of a note, one's own, or both."""
    site = site_of(request)
    chosen = notes.named(template)
    said = " ".join(text for text in (chosen.text if chosen else "", note.strip()) if text)
    review.return_(site.store, site.head, id, visitor.name, said, seen)
    return _after(id, "returned")


@router.post("/ask", dependencies=[OurForm])
def ask(
    request: Request, id: str, visitor: Decider, seen: AsSeen, question: Words = ""
) -> Response:
    """Its sender is asked; the answer comes back to the reviewers."""
    site = site_of(request)
    if not question.strip():
        return _again(request, id, visitor, "question")
    review.ask(site.store, site.head, id, visitor.name, question.strip(), seen)
    return _after(id, "asked")


@router.post("/release", dependencies=[OurForm])
def release(
    request: Request,
    id: str,
    visitor: Decider,
    seen: AsSeen,
    reason: Words = "",
    to: Annotated[str, Form(max_length=300)] = "everybody",
    circle: Several = None,
    recipient: Several = None,
    addresses: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """It goes, to everybody or to some; or this visitor approves that, where two people have to."""
    site = site_of(request)
    written = Written(
        reason=reason,
        to=to,
        circles=tuple(circle or ()),
        recipients=tuple(recipient or ()),
        addresses=addresses,
    )
    if not reason.strip():
        return _again(request, id, visitor, "reason", written)
    try:
        choice = site.store.database.read_now(lambda tx: deciding.chosen(tx, id, written))
        decision = review.release_to(
            site.store,
            site.head,
            id,
            visitor.name,
            choice,
            reason.strip(),
            seen,
            approver=visitor.may(Right.APPROVE),
            wait=site.undo,
        )
    except ChoiceError:
        return _again(request, id, visitor, "recipients", replace(written, to="some"))
    if decision.missing:
        return _after(id, "approved")
    return _after(id, "partly" if decision.left_out else "released")


@router.post("/undo", dependencies=[OurForm])
def undo(request: Request, id: str, visitor: Decider, reason: Words = "") -> Response:
    """Take a release back, as long as nothing of it is being sent."""
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
def comment(request: Request, id: str, visitor: Decider, text: Words = "") -> Response:
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


def _again(
    request: Request, id: str, visitor: Visitor, missing: str, written: Written = NOTHING
) -> Response:
    """The page with the form as it was, and what is missing in it."""
    response = message.with_form(request, id, visitor, missing=missing, written=written)
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return response


def _after(id: str, done: str) -> Response:
    return RedirectResponse(f"/messages/{id}?done={done}", HTTPStatus.SEE_OTHER)
