"""How the installation is, for those who run it; and whether it is ready, for programs."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from dlpguard import health as checks
from dlpguard.errors import NotFoundError
from dlpguard.health import Level, next_hop, readiness
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, site_of
from dlpguard.web.site import page

router = APIRouter(default_response_class=HTMLResponse)

Keeper = Annotated[Visitor, Depends(may(Right.SEE_HEALTH))]


@router.get("/readyz", response_class=PlainTextResponse, include_in_schema=False)
def ready(request: Request) -> Response:
    """Whether the database and the policies are there: 200, or 503 with what is missing."""
    site = site_of(request)
    found = readiness.look(site.store, site.around)
    status = HTTPStatus.OK if found.ready else HTTPStatus.SERVICE_UNAVAILABLE
    first = "ready" if found.ready else "not ready"
    return PlainTextResponse("\n".join((first, *found.said)) + "\n", status)


@router.get("/health")
def health(request: Request, visitor: Keeper, done: str = "") -> Response:
    """Every check, and what to do."""
    site = site_of(request)
    lines = checks.look(site.store, site.around)
    numbers = Counter(line.level for line in lines)
    html = page(
        site,
        "health.html",
        visitor=visitor,
        section="health",
        lines=lines,
        broken=[line for line in lines if line.level is Level.BROKEN],
        look=[line for line in lines if line.level is Level.LOOK],
        numbers=numbers,
        Level=Level,
        may_try=site.around.target is not None,
        tried=done == "tried",
    )
    return HTMLResponse(html)


@router.post("/health/next-hop", dependencies=[OurForm])
def try_next_hop(request: Request, visitor: Keeper) -> Response:
    """Connect to the next hop now, as for mail, and send none.  What came of it is recorded."""
    site = site_of(request)
    target = site.around.target
    if target is None:
        raise NotFoundError("the settings name no next hop")
    next_hop.record(site.store, visitor.name, next_hop.try_now(target))
    return RedirectResponse("/health?done=tried#next-hop", HTTPStatus.SEE_OTHER)
