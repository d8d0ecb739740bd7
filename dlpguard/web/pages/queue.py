"""What is held: one line for each mailing, the gravest first."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard.store import quarantine
from dlpguard.web.roles import Right
from dlpguard.web.session import Visitor, may, signed_in, site_of
from dlpguard.web.site import page

router = APIRouter(default_response_class=HTMLResponse)


@router.get("/")
def first(visitor: Annotated[Visitor, Depends(signed_in)]) -> Response:
    """To the first place that the visitor may see."""
    places = visitor.places()
    return RedirectResponse(places[0].href if places else "/account", HTTPStatus.SEE_OTHER)


@router.get("/queue")
def queue(request: Request, visitor: Annotated[Visitor, Depends(may(Right.SEE_QUEUE))]) -> Response:
    """The list."""
    site = site_of(request)
    held, now = site.store.database.read_now(lambda tx: (tuple(quarantine.held(tx)), tx.now()))
    return HTMLResponse(
        page(site, "queue.html", visitor=visitor, section="queue", held=held, now=now)
    )
