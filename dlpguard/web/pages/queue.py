"""What is held: one line for each mailing, the gravest first."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard.lifecycle import State
from dlpguard.store import lines
from dlpguard.store.database import Transaction
from dlpguard.store.lines import BADGES, Line, Wanted
from dlpguard.store.periods import DAY
from dlpguard.web.access import Asker, queues
from dlpguard.web.masking import mask_address, mask_subject
from dlpguard.web.message_view import HAPPENED
from dlpguard.web.pages._numbers import PageNumber
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, signed_in, site_of
from dlpguard.web.site import page as render

router = APIRouter(default_response_class=HTMLResponse)

Reader = Annotated[Visitor, Depends(may(Right.SEE_QUEUE))]

STATES = {"held": State.QUARANTINED, "asked": State.AWAITING_SENDER}
"""The lists of what waits, by their name in the address."""

ENDED = {"today": DAY, "week": 7 * DAY}
"""The lists of what was decided, and how many seconds they go back."""

KEYS = "dlpguard-keys"
"""The cookie that says that single keys move through the list (WCAG 2.1.4: off until wanted)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for."""

    show: str = "held"
    owner: str = ""
    sender: str = ""
    policy: str = ""
    badge: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether it is about what was decided."""
        return self.show in ENDED

    @property
    def narrows(self) -> bool:
        """Whether anything but the list is chosen."""
        return any((self.owner, self.sender, self.policy, self.badge))

    @property
    def query(self) -> str:
        """The address again."""
        chosen = {
            "show": self.show,
            "owner": self.owner,
            "sender": self.sender,
            "policy": self.policy,
            "badge": self.badge,
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    def wanted(self, visitor: Asker, now: float) -> Wanted:
        """What is listed for this visitor.  By a sender only those filter who may see senders."""
        return Wanted(
            STATES.get(self.show, State.QUARANTINED),
            queues(visitor),
            {"me": visitor.name, "nobody": ""}.get(self.owner),
            self.sender if visitor.may(Right.SEE_CONTENT) else "",
            self.policy,
            self.badge if self.badge in BADGES else "",
            now - ENDED[self.show] if self.is_ended else None,
        )


def chosen(
    show: Annotated[str, Query(max_length=10)] = "held",
    owner: Annotated[str, Query(max_length=10)] = "",
    sender: Annotated[str, Query(max_length=254)] = "",
    policy: Annotated[str, Query(max_length=200)] = "",
    badge: Annotated[str, Query(max_length=40)] = "",
) -> Filters:
    """A dependency: the filters.  What is filtered stands in the address, so that it can be kept
    and sent on."""
    known = show in STATES or show in ENDED
    return Filters(show if known else "held", owner, sender, policy, badge)


Chosen = Annotated[Filters, Depends(chosen)]


@router.get("/")
def first(visitor: Annotated[Visitor, Depends(signed_in)]) -> Response:
    """To the first place that the visitor may see."""
    places = visitor.places()
    return RedirectResponse(places[0].href if places else "/account", HTTPStatus.SEE_OTHER)


@router.get("/queue")
def queue(request: Request, visitor: Reader, filters: Chosen, page: PageNumber = 1) -> Response:
    """The list, a line for each mailing."""
    site = site_of(request)
    number = max(1, page)

    def work(
        tx: Transaction,
    ) -> tuple[tuple[Line, ...], int, dict[State, int], tuple[str, ...], float]:
        now = tx.now()
        wanted = filters.wanted(visitor, now)
        found, total = lines.page(tx, wanted, number)
        mine = queues(visitor)
        # What the page itself has counted is not counted again.
        counted = {} if filters.is_ended or filters.narrows else {wanted.state: total}
        others = [state for state in STATES.values() if state not in counted]
        counted |= lines.counts(tx, others, mine)
        return found, total, counted, lines.policies(tx, tuple(STATES.values()), mine), now

    found, total, counts, policies, now = site.store.database.read_now(work)
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
        chosen=filters,
        policies=policies,
        badges=BADGES,
        happened=HAPPENED,
        now=now,
        keys=request.cookies.get(KEYS) == "on",
        may_see_content=visitor.may(Right.SEE_CONTENT),
        shown_address=mask_address,
        shown_subject=mask_subject,
    )
    return HTMLResponse(html)


@router.get("/queue/news")
def news(
    request: Request, visitor: Reader, filters: Chosen, since: Annotated[float, Query(ge=0)]
) -> Response:
    """How many have come onto a list since it was shown: they are announced, and nothing moves
    under the pointer of who reads it."""
    site = site_of(request)
    number = site.store.database.read_now(
        lambda tx: lines.newer(tx, filters.wanted(visitor, tx.now()), since)
    )
    return HTMLResponse(render(site, "queue-news.html", number=number, chosen=filters))


@router.post("/queue/keys", dependencies=[OurForm])
def keys(
    request: Request, visitor: Reader, use: Annotated[str, Form(pattern="^(on|off)$")]
) -> Response:
    """Switch the single keys on or off, in this browser."""
    del visitor
    site = site_of(request)
    response = RedirectResponse("/queue", HTTPStatus.SEE_OTHER)
    if use == "on":
        response.set_cookie(
            KEYS, "on", max_age=int(365 * DAY), secure=site.is_secure, httponly=True, samesite="lax"
        )
    else:
        response.delete_cookie(KEYS, secure=site.is_secure, httponly=True, samesite="lax")
    return response
