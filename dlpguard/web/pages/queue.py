"""What is held: one line for each mailing, the gravest first."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard.lifecycle import State
from dlpguard.store import lines
from dlpguard.store.database import Transaction
from dlpguard.store.lines import Line, Wanted
from dlpguard.web.access import queues
from dlpguard.web.masking import mask_address
from dlpguard.web.roles import Right
from dlpguard.web.session import Visitor, may, signed_in, site_of
from dlpguard.web.site import page as render

router = APIRouter(default_response_class=HTMLResponse)

STATES = {"held": State.QUARANTINED, "asked": State.AWAITING_SENDER}
"""The lists that there are, by their name in the address."""


@router.get("/")
def first(visitor: Annotated[Visitor, Depends(signed_in)]) -> Response:
    """To the first place that the visitor may see."""
    places = visitor.places()
    return RedirectResponse(places[0].href if places else "/account", HTTPStatus.SEE_OTHER)


@router.get("/queue")
def queue(
    request: Request,
    visitor: Annotated[Visitor, Depends(may(Right.SEE_QUEUE))],
    show: str = "held",
    owner: str = "",
    sender: str = "",
    page: int = 1,
) -> Response:
    """The list.  What is filtered stands in the address, so that it can be kept and sent on."""
    site = site_of(request)
    number = max(1, page)
    wanted = Wanted(
        STATES.get(show, State.QUARANTINED),
        queues(visitor),
        {"me": visitor.name, "nobody": ""}.get(owner),
        sender,
    )

    def work(tx: Transaction) -> tuple[tuple[Line, ...], int, dict[State, int], float]:
        found, total = lines.page(tx, wanted, number)
        return found, total, lines.counts(tx, tuple(STATES.values()), wanted.queues), tx.now()

    found, total, counts, now = site.store.database.read_now(work)
    chosen = {"show": show, "owner": owner, "sender": sender}
    kept = {name: value for name, value in chosen.items() if value}
    html = render(
        site,
        "queue.html",
        visitor=visitor,
        section="queue",
        lines=found,
        total=total,
        number=number,
        pages=max(1, -(-total // lines.PAGE)),
        counts={name: counts[state] for name, state in STATES.items()},
        chosen=chosen,
        query=urlencode(kept),
        now=now,
        may_see_content=visitor.may(Right.SEE_CONTENT),
        shown_address=mask_address,
    )
    return HTMLResponse(html)
