"""One message: who is sending whose data to whom, why it was stopped, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard import policy
from dlpguard.audience import Circle, Viewer
from dlpguard.errors import NotFoundError
from dlpguard.evidence import Evidence, unpack
from dlpguard.lifecycle import State
from dlpguard.people import Person
from dlpguard.policy import words
from dlpguard.store import audit, bodies, casework, messages, quarantine, reveals
from dlpguard.store.casework import Comment
from dlpguard.store.database import Transaction
from dlpguard.store.quarantine import Held, Moved
from dlpguard.web import evidence_view
from dlpguard.web.access import OnesOwnQueues
from dlpguard.web.masking import mask_address, mask_known, mask_person, words_of
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, site_of
from dlpguard.web.site import page as render

T = TypeVar("T")

router = APIRouter(
    prefix="/messages/{id}", default_response_class=HTMLResponse, dependencies=[OnesOwnQueues]
)

Reader = Annotated[Visitor, Depends(may(Right.SEE_QUEUE))]
ContentReader = Annotated[Visitor, Depends(may(Right.SEE_CONTENT))]

FIRST = 10
"""Recipients and people that stand on the page itself; the others are on pages of their own."""

ROWS = 100
"""Recipients or people on such a page."""

LOOKED_SECONDS = 3600.0
"""A look is recorded once in this time for one person and message, not for each page of it."""

CIRCLES = {
    Circle.WEBMAIL: "personal webmail",
    Circle.PUBLISHING: "publishes what it receives",
    Circle.EXTERNAL: "outside",
    Circle.PARTNER: "partner",
    Circle.INTERNAL: "inside",
}
"""What a circle is called; the circles that should worry a reviewer most come first."""


DONE = {
    "returned": "It was returned: it will not be sent, and its sender has been told.",
    "asked": "Its sender has been asked. The answer comes back here.",
    "released": "It was released and is on its way.",
    "approved": "You have approved its release. Another person has to as well.",
    "undone": "The release was taken back: it is held again.",
    "assigned": "Done.",
    "marked": "Thank you: that is how policies get better.",
}
"""What is said after a decision."""

NOTES = (
    "Please take out what its recipients do not need, look for hidden sheets, rows and columns, "
    "and send it again.",
)
"""What a note to a sender begins with."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a visitor may see of a message.  `evidence` is None without the right to content, and
    where none was kept."""

    held: Held
    history: tuple[Moved, ...] = field(repr=False)
    outcomes: dict[str, int]
    evidence: Evidence | None = field(repr=False)
    revealed: bool
    owner: str
    rightly: bool | None
    comments: tuple[Comment, ...] = field(repr=False)


@router.get("")
def message(
    request: Request, id: str, visitor: Reader, done: str = "", missing: str = ""
) -> Response:
    """The page on which one decides."""
    seen = _look(request, id, visitor)
    held = seen.held
    facts, verdict = held.record.facts, held.record.verdict
    headline, *reasons = policy.explain(verdict, facts)
    viewers = _in_order(facts.audience.viewers)
    return _page(
        request,
        "message.html",
        visitor,
        seen,
        done=done if done in DONE else "",
        done_words=DONE,
        missing=missing,
        may_decide=_may_decide(held, visitor),
        notes=NOTES,
        may_undo=_may_undo(held, visitor),
        owner=seen.owner,
        rightly=seen.rightly,
        comments=seen.comments,
        headline=headline,
        reasons=reasons,
        figures=_figures(held),
        circles=_circles(viewers),
        viewers=viewers[:FIRST],
        more_viewers=max(0, len(viewers) - FIRST),
        people=_worst(facts.people.everyone)[:FIRST],
        more_people=max(0, len(facts.people.everyone) - FIRST),
        files=evidence_view.files(seen.evidence) if seen.evidence else (),
    )


@router.get("/files/{file}")
def file(request: Request, id: str, file: int, visitor: ContentReader, page: int = 1) -> Response:
    """What one of its files says, with what was found marked in place."""
    seen = _look(request, id, visitor)
    if seen.evidence is None:
        raise NotFoundError(f"what message {id} says is not kept any more")
    everything = evidence_view.files(seen.evidence)
    passages = evidence_view.page(
        seen.evidence, file, page, None if seen.revealed else _names(seen.held)
    )
    if not 0 <= file < len(everything) or not 1 <= page <= everything[file].pages:
        raise NotFoundError(f"message {id} has no such page")
    return _page(
        request,
        "file.html",
        visitor,
        seen,
        file=everything[file],
        files=everything,
        passages=passages,
        number=page,
        kind=words.kind,
    )


@router.get("/recipients")
def recipients(request: Request, id: str, visitor: ContentReader, page: int = 1) -> Response:
    """Everybody who would get it, or whose address it shows."""
    seen = _look(request, id, visitor)
    viewers = _in_order(seen.held.record.facts.audience.viewers)
    shown, pages = _slice(viewers, page)
    return _page(request, "recipients.html", visitor, seen, viewers=shown, number=page, pages=pages)


@router.get("/people")
def people(request: Request, id: str, visitor: ContentReader, page: int = 1) -> Response:
    """Everybody it tells about."""
    seen = _look(request, id, visitor)
    everyone = _worst(seen.held.record.facts.people.everyone)
    shown, pages = _slice(everyone, page)
    return _page(request, "people.html", visitor, seen, people=shown, number=page, pages=pages)


@router.post("/reveal", dependencies=[OurForm])
def reveal(
    request: Request,
    id: str,
    visitor: ContentReader,
    reason: Annotated[str, Form(max_length=500)] = "",
    back: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Show what was masked, for an hour, to whoever gives a reason."""
    if not reason.strip():
        return RedirectResponse(f"/messages/{id}?reason=missing#reveal", HTTPStatus.SEE_OTHER)

    def work(tx: Transaction) -> None:
        messages.get(tx, id)
        reveals.reveal(tx, id, visitor.account.id, visitor.name, reason.strip())

    site_of(request).store.database.write_now(work)
    inside = back if back.startswith(f"/messages/{id}") and back.isprintable() else ""
    return RedirectResponse(inside or f"/messages/{id}", HTTPStatus.SEE_OTHER)


def _look(request: Request, id: str, visitor: Visitor) -> Seen:
    """The message, for this visitor.  That they looked is recorded."""
    store = site_of(request).store
    content = visitor.may(Right.SEE_CONTENT)

    def work(tx: Transaction) -> tuple[Seen, bytes, bool]:
        held = quarantine.find(tx, id)
        if held is None:
            raise NotFoundError(f"message {id} has not been inspected yet")
        row = messages.get(tx, id)
        packed = bodies.read_evidence(tx, id) if content and row.body_id is not None else b""
        seen = Seen(
            held,
            tuple(quarantine.history(tx, id)),
            quarantine.outcomes(tx, id),
            None,
            content and reveals.is_revealed(tx, id, visitor.account.id),
            row.owner or "",
            row.rightly,
            tuple(casework.said(tx, id)) if content else (),
        )
        return seen, packed, tx.now() - audit.last(tx, visitor.name, "show", id) > LOOKED_SECONDS

    seen, packed, is_new = store.database.read_now(work)
    if is_new:
        store.database.write_now(lambda tx: audit.record(tx, visitor.name, "show", id))
    return replace(seen, evidence=unpack(packed)) if packed else seen


def _page(
    request: Request, template: str, visitor: Visitor, seen: Seen, **values: object
) -> Response:
    site = site_of(request)
    html = render(
        site,
        template,
        visitor=visitor,
        section="queue",
        held=seen.held,
        facts=seen.held.record.facts,
        verdict=seen.held.record.verdict,
        history=seen.history,
        outcomes=seen.outcomes,
        has_content=seen.evidence is not None,
        revealed=seen.revealed,
        may_see_content=visitor.may(Right.SEE_CONTENT),
        shown=_as_it_is if seen.revealed else partial(mask_known, known=_names(seen.held)),
        shown_person=str.title if seen.revealed else mask_person,
        shown_address=_as_it_is if seen.revealed else mask_address,
        circle_name=CIRCLES,
        kinds=words.kinds,
        here=str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        **values,
    )
    return HTMLResponse(html)


def _names(held: Held) -> frozenset[str]:
    """The words of the names of whom it tells about."""
    return words_of(person.name for person in held.record.facts.people.everyone)


def _as_it_is(text: str) -> str:
    return text


def _may_decide(held: Held, visitor: Visitor) -> bool:
    """Whether it waits for reviewers, of whom the visitor is one; nobody decides their own mail."""
    own = held.envelope.sender.casefold() == visitor.name.casefold()
    return held.state is State.QUARANTINED and visitor.may(Right.DECIDE) and not own


def _may_undo(held: Held, visitor: Visitor) -> bool:
    """Whether it was released, waits for its delivery, and this visitor may take that back."""
    own = held.envelope.sender.casefold() == visitor.name.casefold()
    released = held.state is State.READY and bool(held.decided_by)
    return released and visitor.may(Right.DECIDE) and not own


def _in_order(viewers: tuple[Viewer, ...]) -> tuple[Viewer, ...]:
    """Whom a reviewer should look at first comes first."""
    order = {circle: number for number, circle in enumerate(CIRCLES)}
    return tuple(sorted(viewers, key=lambda v: (order[v.circle], not v.receives, not v.first_time)))


def _worst(people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Hidden and private people first, otherwise as they stand in the message."""
    return tuple(sorted(people, key=lambda p: (p.hidden is None, not p.private)))


def _circles(viewers: tuple[Viewer, ...]) -> tuple[tuple[str, int], ...]:
    """How many receive it in each circle; circles without anybody are left out."""
    counted = ((c, sum(v.receives and v.circle is c for v in viewers)) for c in CIRCLES)
    return tuple((CIRCLES[circle], n) for circle, n in counted if n)


def _figures(held: Held) -> tuple[tuple[int, str, bool], ...]:
    """What can be read from across the desk: a number, words, whether it is about the unseen."""
    facts = held.record.facts
    reach = max(facts.campaign.reach, facts.audience.reach)
    figures = [
        (facts.people.visible, "people in plain sight", False),
        (facts.people.hidden, "people out of sight", True),
        (reach, "addresses outside that would get it", False),
        (facts.audience.webmail, "of them personal webmail", False),
    ]
    return tuple(f for f in figures if f[0] or f[1].startswith("people in plain"))


def _slice(everything: tuple[T, ...], page: int) -> tuple[tuple[T, ...], int]:
    """A page (from 1) and how many there are.  `NotFoundError` beyond them."""
    pages = max(1, -(-len(everything) // ROWS))
    if not 1 <= page <= pages:
        raise NotFoundError("there is no such page")
    return everything[(page - 1) * ROWS : page * ROWS], pages
