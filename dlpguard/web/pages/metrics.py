"""What Prometheus asks a node with the site (`dlpguard.metrics`)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from dlpguard.errors import NotFoundError
from dlpguard.metrics import Asking
from dlpguard.web import clients
from dlpguard.web.session import site_of

router = APIRouter()


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """The metrics, for networks that the settings name and for who has the token."""
    site = site_of(request)
    if site.metrics is None:
        raise NotFoundError("this site has none")
    address, through = clients.client(request, site), clients.came_through_a_stranger(request, site)
    given = request.headers
    asking = Asking(address, given.get("authorization", ""), given.get("accept", ""), through)
    answer = site.metrics.answer(asking)
    headers = {"WWW-Authenticate": answer.authenticate} if answer.authenticate else {}
    return Response(answer.body, answer.status, headers, answer.content_type)
