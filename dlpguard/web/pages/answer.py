"""The page behind the link in a notice: its sender says yes or no.

Whoever has the link has the sender's mailbox; that is the proof, and it works once.  Opening the
page decides nothing: mail scanners follow links.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from dlpguard import policy, review
from dlpguard.audience import Circle
from dlpguard.errors import NotFoundError, StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event
from dlpguard.review import notes
from dlpguard.store import quarantine, questions
from dlpguard.store.database import Transaction
from dlpguard.store.quarantine import Held
from dlpguard.web import session
from dlpguard.web.session import OurForm, cookie_name, site_of
from dlpguard.web.site import page

router = APIRouter(prefix="/answer/{code}", default_response_class=HTMLResponse)

FARTHEST_FIRST = (
    Circle.WEBMAIL,
    Circle.PUBLISHING,
    Circle.EXTERNAL,
    Circle.PARTNER,
    Circle.INTERNAL,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and about what.  `words` are a reviewer's question, "" where a policy asks."""

    held: Held
    by_reviewer: bool
    words: str = field(repr=False)


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
    store, held = site_of(request).store, found.held
    settle = review.confirm if decision == "confirm" else review.cancel
    try:
        done = settle(store, held.id, held.envelope.sender, purpose.strip())
    except StaleError:
        return _over(request)
    html = page(site_of(request), "answered.html", decision=decision, state=str(done.state))
    return HTMLResponse(html)


def _find(request: Request, code: str) -> Question | None:
    store = site_of(request).store
    try:
        id, _sender = review.asked(store, code)
    except NotFoundError:
        return None

    def work(tx: Transaction) -> Question | None:
        held = quarantine.find(tx, id)
        if held is None:
            return None
        asked = [moved for moved in quarantine.history(tx, id) if moved.event is Event.ASK]
        by_reviewer = questions.is_by_reviewer(tx, id)
        return Question(held, by_reviewer, asked[-1].reason if by_reviewer and asked else "")

    return store.database.read_now(work)


def _show(request: Request, code: str, question: Question, *, missing: bool = False) -> Response:
    site, held = site_of(request), question.held
    facts, verdict = held.record.facts, held.record.verdict
    headline, *reasons = policy.for_sender(verdict, facts)
    counted = ((circle, len(facts.audience.receiving(circle))) for circle in FARTHEST_FIRST)
    html = page(
        site,
        "answer.html",
        csrf=session.proof(site, request.cookies.get(cookie_name(site), "")),
        code=code,
        question=question,
        headline=headline,
        # The first says that it waits, which the page does by itself.
        reasons=reasons[1:],
        circles=tuple((circle.value, n) for circle, n in counted if n),
        hidden=_out_of_sight(facts),
        advice=notes.fitting(facts)[0].text,
        missing=missing,
    )
    return HTMLResponse(html, 422 if missing else 200)


def _out_of_sight(facts: Facts) -> tuple[tuple[str, int], ...]:
    """Why something cannot be seen, and how many people's details are there; most people first."""
    people = Counter(person.hidden for person in facts.people.everyone if person.hidden)
    places = {place.why for place in facts.hidden} - notes.EVERYDAY
    counted = {why.value: people.get(why, 0) for why in (*people, *sorted(places))}
    return tuple(sorted(counted.items(), key=lambda one: -one[1]))


def _over(request: Request) -> Response:
    return HTMLResponse(page(site_of(request), "answer-over.html"), 404)
