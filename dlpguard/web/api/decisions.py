"""Deciding on a held message: return it, ask its sender, release it; and what goes with that.

Every decision says what its maker looked at (`version`, `campaign`).  If somebody was quicker, or
there are more copies now, nothing is done and the answer is 409.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from dlpguard import review
from dlpguard.audience import Circle
from dlpguard.lifecycle import State
from dlpguard.review import Choice, ChoiceError, Decision, Seen, notes
from dlpguard.store import choices, quarantine
from dlpguard.store.database import Transaction
from dlpguard.web import deciding
from dlpguard.web.api._caller import Caller, MessageId, about
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import LONGEST, Body, Words
from dlpguard.web.roles import Right
from dlpguard.web.session import site_of

router = APIRouter(
    prefix="/messages/{id}",
    tags=["decisions"],
    responses=documented(401, 403, 404, 413, 422, 429, 503),
)

Decider = Annotated[Caller, about(Right.DECIDE)]

_MOST_RECIPIENTS = 1000
"""As many as a message has (`listen.recipients`)."""


NoteName = Literal[
    "hidden", "unseen", "list", "bcc", "own-mailbox", "special", "unreadable", "purpose"
]
"""Those of `review.notes`, as the API's description has to name them."""


class _Decided(Body):
    version: int = Field(
        ge=1, le=2**31, description="`version` of the message as you looked at it.", examples=[3]
    )
    campaign: int = Field(
        ge=0, le=2**31, description="`campaign` of the message as you looked at it.", examples=[0]
    )

    @property
    def seen(self) -> Seen:
        """What was looked at."""
        return Seen(self.version, self.campaign)


class Return(_Decided):
    """It is not sent."""

    template: NoteName | None = Field(
        None, description="A note that is sent before your own (`notes` of the message)."
    )
    note: str = Field(
        "",
        max_length=LONGEST,
        description="For its sender: why, and how to do better.",
        examples=["The list should not be attached."],
    )


class Ask(_Decided):
    """Its sender is asked."""

    question: Words = Field(
        description="For its sender.", examples=["Who are these people, and who needs the list?"]
    )


class Release(_Decided):
    """It goes."""

    reason: Words = Field(
        description="Why; it stands in the audit.",
        examples=["The trust asked for it; agreement 2019/4."],
    )
    to: Literal["everybody", "inside", "some"] = Field(
        "everybody",
        description="To everybody, inside the organisation only, or to `circles`, `recipients` "
        "and `addresses`. Who is left out never gets it.",
    )
    circles: list[Circle] = Field(
        [], max_length=len(Circle), description="Everybody in these circles."
    )
    recipients: list[str] = Field(
        [],
        max_length=_MOST_RECIPIENTS,
        description="Recipients by their `key` (list_recipients).",
        examples=[["3f9a0c5d7e1b2a4c6d8e"]],
    )
    addresses: list[Annotated[str, Field(min_length=1, max_length=320)]] = Field(
        [],
        max_length=_MOST_RECIPIENTS,
        description="Recipients by their address.",
        examples=[["someone@nhs.example"]],
    )


class Undo(Body):
    """The release is taken back."""

    reason: str = Field("", max_length=LONGEST, description="Why; it stands in the audit.")


class Owner(Body):
    """Who looks after it."""

    who: Literal["me", "nobody"]


class Remark(Body):
    """For the other reviewers."""

    text: Words = Field(
        description="Its sender does not see it.", examples=["I have rung their team; wait."]
    )


class Mark(Body):
    """What you think of its being held: by this the policies are tuned."""

    rightly: bool


class Decided(BaseModel):
    """What came of a decision."""

    stage: Literal["held", "asked", "released", "over"] = Field(
        description="Where the message is now."
    )
    copies: int = Field(ge=0, description="On how many messages it was carried out.")
    approvals_missing: int = Field(
        ge=0, description="How many more people have to approve before it goes; 0: none."
    )
    given: int | None = Field(
        description="Of a release to some: how many mailboxes get it, over all copies."
    )
    left_out: int | None = Field(description="And how many do not, now or later.")


@router.post(
    "/return",
    operation_id="return_message",
    summary="Return it",
    responses=documented(409),
)
def return_(request: Request, id: MessageId, body: Return, asking: Decider) -> Decided:
    """It will not be sent; its sender is told why: the words of a template, your own, or both."""
    head = site_of(request).head
    chosen = notes.named(body.template or "")
    said = " ".join(text for text in (chosen.text if chosen else "", body.note.strip()) if text)
    done = review.return_(asking.store, head, id, asking.name, said, body.seen)
    return _decided(done)


@router.post("/ask", operation_id="ask_sender", summary="Ask its sender", responses=documented(409))
def ask(request: Request, id: MessageId, body: Ask, asking: Decider) -> Decided:
    """Its sender is asked; the answer comes back to the reviewers, in the message's history."""
    head = site_of(request).head
    done = review.ask(asking.store, head, id, asking.name, body.question.strip(), body.seen)
    return _decided(done)


@router.post(
    "/release", operation_id="release_message", summary="Release it", responses=documented(409)
)
def release(request: Request, id: MessageId, body: Release, asking: Decider) -> Decided:
    """It goes, to everybody or to some; where two people have to agree, this is one's approval."""
    choice = asking.store.database.read_now(lambda tx: _choice(tx, id, body))
    done = review.release_to(
        asking.store,
        site_of(request).head,
        id,
        asking.name,
        choice,
        body.reason.strip(),
        body.seen,
        approver=asking.may(Right.APPROVE),
        wait=site_of(request).undo,
    )
    return _decided(done)


@router.post(
    "/undo", operation_id="undo_release", summary="Take a release back", responses=documented(409)
)
def undo(id: MessageId, body: Undo, asking: Decider) -> Decided:
    """Held again, as long as nothing of it has been sent; of several copies those still here."""
    return _decided(review.undo(asking.store, id, asking.name, body.reason.strip()))


@router.post("/owner", operation_id="set_owner", summary="Say who looks after it", status_code=204)
def owner(id: MessageId, body: Owner, asking: Decider) -> None:
    """Look after a mailing, or leave it to others."""
    name = asking.name if body.who == "me" else ""
    review.assign(asking.store, id, asking.name, name)


@router.post("/comments", operation_id="add_comment", summary="Tell the others", status_code=204)
def comment(id: MessageId, body: Remark, asking: Decider) -> None:
    """Tell the other reviewers something about a message."""
    review.comment(asking.store, id, asking.name, body.text.strip())


@router.post(
    "/mark", operation_id="mark_message", summary="Say whether it was rightly held", status_code=204
)
def mark(id: MessageId, body: Mark, asking: Decider) -> None:
    """Say whether it was rightly held."""
    review.mark(asking.store, id, asking.name, rightly=body.rightly)


def _choice(tx: Transaction, id: str, body: Release) -> Choice:
    """To whom it goes; `ChoiceError` where that names nobody, or somebody who is no recipient."""
    named = bool(body.circles or body.recipients or body.addresses)
    if named != (body.to == "some"):
        raise ChoiceError("name circles, recipients or addresses with “some”, and only with it")
    if body.to == "everybody":
        return review.EVERYBODY
    if body.to == "inside":
        return review.INSIDE
    by_key = _by_key(tx, id) if body.recipients else {}
    if unknown := [key for key in body.recipients if key not in by_key]:
        raise ChoiceError(f"{len(unknown)} of the keys belong to nobody who waits")
    return Choice.of(body.circles, [*(by_key[key] for key in body.recipients), *body.addresses])


def _by_key(tx: Transaction, id: str) -> dict[str, str]:
    """The mailboxes that wait, of all copies, by what stands for them (`deciding.token_of`)."""
    held = quarantine.find(tx, id)
    copies = held.copies if held else ()
    boxes = {box for copy in copies for box in choices.waiting(tx, copy)}
    return {deciding.token_of(tx.keys, id, box): box for box in boxes}


def _decided(done: Decision) -> Decided:
    stages = {State.QUARANTINED: "held", State.AWAITING_SENDER: "asked", State.READY: "released"}
    divided = bool(done.given or done.left_out)
    return Decided(
        stage=stages.get(done.state, "over"),
        copies=done.messages,
        approvals_missing=done.missing,
        given=done.given if divided else None,
        left_out=done.left_out if divided else None,
    )
