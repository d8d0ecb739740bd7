"""One message: who is sending whose data to whom, why it was stopped, and what it says."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import Outcome
from dlpguard.policy import words
from dlpguard.review import notes
from dlpguard.store import messages, reveals
from dlpguard.store.database import Transaction
from dlpguard.web import deciding, evidence_view, message_view, said, urgent_panel
from dlpguard.web.access import OnesOwnQueues
from dlpguard.web.deciding import NOTHING, Written
from dlpguard.web.evidence_view import Only
from dlpguard.web.looking import look, show
from dlpguard.web.message_view import FIRST, HAPPENED, in_order, one_page, worst_first
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, site_of
from dlpguard.web.words import _

router = APIRouter(
    prefix="/messages/{id}", default_response_class=HTMLResponse, dependencies=[OnesOwnQueues]
)

Reader = Annotated[Visitor, Depends(may(Right.SEE_QUEUE))]
ContentReader = Annotated[Visitor, Depends(may(Right.SEE_CONTENT))]

DONE = {
    "returned": _("It was returned: it will not be sent, and its sender has been told."),
    "asked": _("Its sender has been asked. The answer comes back here."),
    "released": _("It was released and is on its way."),
    "partly": _("It was released to those whom you chose. Its sender is told about the others."),
    "approved": _("You have approved its release. Another approver has to as well."),
    "alarm": _("The duty officer has been told, and it is at the top of the list."),
    "alarm-again": _("The duty officer had been told before."),
    "alarm-untold": _(
        "It is at the top of the list, but there is nobody here whom an email could be "
        "sent: ring whoever is on duty."
    ),
    "emergency": _("It was released and is on its way. Another person looks at that afterwards."),
    "undone": _("The release was taken back: it is held again."),
    "assigned": _("Done."),
    "marked": _("Thank you: that is how policies get better."),
}
"""What is said after a decision."""


@router.get("")
def message(
    request: Request, id: str, visitor: Reader, done: str = "", missing: str = "", note: str = ""
) -> Response:
    """The page on which one decides."""
    return with_form(request, id, visitor, done=done, missing=missing, note=note)


def with_form(
    request: Request,
    id: str,
    visitor: Visitor,
    *,
    done: str = "",
    missing: str = "",
    note: str = "",
    written: Written = NOTHING,
) -> Response:
    """The same, with what somebody had written in a form in which something was missing."""
    seen = look(request, id, visitor)
    held, site = seen.held, site_of(request)
    facts = held.record.facts
    viewers = in_order(facts.audience.viewers)
    chosen_note = notes.named(note)
    counts = message_view.counts(held, seen.history)
    content = seen.may_see_content
    return show(
        request,
        "message.html",
        visitor,
        seen,
        done=done if done in DONE else "",
        done_words=DONE,
        missing=missing,
        deciding=site.store.database.read_now(lambda tx: deciding.look(tx, held, visitor)),
        note=chosen_note.text if chosen_note else "",
        written=written,
        urgent=site.store.database.read_now(lambda tx: urgent_panel.look(tx, held, visitor)),
        owner=seen.owner,
        rightly=seen.rightly,
        comments=seen.comments,
        before=seen.before,
        before_by=seen.before_by,
        counts=counts,
        # What its sender answers may repeat some of it.
        said=str if content else said.masker(site.detection),
        happened_words=HAPPENED,
        headline=message_view.headline(held, seen.outcomes.get(str(Outcome.DELIVERED), 0)),
        reasons=message_view.reasons(held),
        figures=message_view.figures(facts),
        circles=counts.circles,
        viewers=viewers[:FIRST],
        more_viewers=max(0, len(viewers) - FIRST),
        people=worst_first(facts.people.everyone)[:FIRST],
        more_people=max(0, len(facts.people.everyone) - FIRST),
        files=evidence_view.files(seen.evidence) if seen.evidence else (),
    )


@router.get("/files/{file}")
def file(
    request: Request, id: str, file: int, visitor: ContentReader, page: int = 1, only: str = ""
) -> Response:
    """What one of its files says, with what was found marked in place; `only` what was found, or
    what is hidden."""
    seen = look(request, id, visitor)
    if seen.evidence is None:
        raise NotFoundError(f"what message {id} says is not kept any more")
    narrowed = Only(only) if only in set(Only) else Only.ALL
    masked = None if seen.revealed else seen.names
    view = evidence_view.view(seen.evidence, file, page, masked, narrowed)
    if view is None:
        raise NotFoundError(f"message {id} has no such page")
    everything = evidence_view.files(seen.evidence)
    return show(
        request,
        "file.html",
        visitor,
        seen,
        file=everything[file],
        files=everything,
        view=view,
        only=narrowed.value,
        number=page,
        kind=words.kind,
    )


@router.get("/recipients")
def recipients(request: Request, id: str, visitor: ContentReader, page: int = 1) -> Response:
    """Everybody who would get it, or whose address it shows."""
    seen = look(request, id, visitor)
    viewers = in_order(seen.held.record.facts.audience.viewers)
    shown, pages = one_page(viewers, page)
    return show(request, "recipients.html", visitor, seen, viewers=shown, number=page, pages=pages)


@router.get("/people")
def people(request: Request, id: str, visitor: ContentReader, page: int = 1) -> Response:
    """Everybody it tells about."""
    seen = look(request, id, visitor)
    everyone = worst_first(seen.held.record.facts.people.everyone)
    shown, pages = one_page(everyone, page)
    return show(request, "people.html", visitor, seen, people=shown, number=page, pages=pages)


@router.post("/reveal", dependencies=[OurForm])
def reveal(
    request: Request,
    id: str,
    visitor: ContentReader,
    reason: Annotated[str, Form(max_length=500)] = "",
    back: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Show what was masked, for an hour, to whoever gives a reason."""
    inside = back if back.startswith(f"/messages/{id}") and back.isprintable() else ""
    if not reason.strip():
        path = (inside or f"/messages/{id}").partition("?")[0]
        return RedirectResponse(f"{path}?reason=missing#reveal", HTTPStatus.SEE_OTHER)

    def work(tx: Transaction) -> None:
        messages.get(tx, id)
        reveals.reveal(tx, id, visitor.account.id, visitor.name, reason.strip())

    site_of(request).store.database.write_now(work)
    return RedirectResponse(inside or f"/messages/{id}", HTTPStatus.SEE_OTHER)
