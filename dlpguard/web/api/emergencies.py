"""When somebody is at risk: the alarm, and what was released by one person's word.

The release itself is not here: it is one person's word, and a program is nobody.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from dlpguard.review import urgency
from dlpguard.store import emergencies as kept
from dlpguard.store.database import Transaction
from dlpguard.store.emergencies import Emergency as Found
from dlpguard.web.access import queues
from dlpguard.web.api._caller import Caller, MessageId, about, by
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import LONGEST, Body, Time, Words, time, time_or_none
from dlpguard.web.roles import Right
from dlpguard.web.said import masker
from dlpguard.web.session import site_of

router = APIRouter(tags=["emergencies"], responses=documented(401, 403, 422, 429, 503))

Reader = Annotated[Caller, by(Right.LOOK_INTO)]


class Alarm(Body):
    """Somebody is at risk as long as this message is held."""

    said: str = Field("", max_length=LONGEST, description="For the duty officer: who, and why.")


class Raised(BaseModel):
    """What came of an alarm."""

    is_first: bool = Field(description="Nobody had raised one about this mailing.")
    told: int = Field(
        ge=0, description="To how many addresses it was mailed; 0: somebody has to ring."
    )


class Emergency(BaseModel):
    """A release by one person's word."""

    id: str = Field(description="The message.")
    released: Time = Field(description="When.")
    by: str = Field(description="Who.")
    reason: str = Field(description="Why; masked for who may not see content.")
    looked_at: Time | None = Field(description="When another person did; null: nobody yet.")
    looked_at_by: str | None
    justified: bool | None = Field(description="What they thought of it.")
    found: str | None = Field(description="And what they said.")


class Emergencies(BaseModel):
    """First what nobody has looked at yet, the oldest first; then the others, the newest first."""

    emergencies: list[Emergency]


class LookInto(Body):
    """What somebody found who looked at such a release."""

    justified: bool
    found: Words = Field(description="What there was to it; it stands in the audit.")


@router.post(
    "/messages/{id}/alarm",
    operation_id="raise_alarm",
    summary="Somebody is at risk",
    responses=documented(404, 409, 413),
)
def alarm(
    request: Request, id: MessageId, body: Alarm, asking: Annotated[Caller, about(Right.DECIDE)]
) -> Raised:
    """Tell who is on duty, now, that somebody is at risk as long as this message is held."""
    site = site_of(request)
    raised = urgency.raise_alarm(
        asking.store, site.head, site.offices, id, body.said.strip(), asking.name
    )
    return Raised(is_first=raised.is_first, told=raised.told)


@router.get(
    "/emergencies", operation_id="list_emergencies", summary="What was released in emergencies"
)
def emergencies(request: Request, asking: Reader) -> Emergencies:
    """What one person released alone because somebody was at risk."""
    theirs = queues(asking)

    def work(tx: Transaction) -> tuple[Found, ...]:
        return (*kept.to_review(tx, theirs), *kept.reviewed(tx, theirs))

    found = asking.store.database.read_now(work)
    content = asking.may(Right.SEE_CONTENT)
    said = str if content or not found else masker(site_of(request).detection)
    return Emergencies(
        emergencies=[
            Emergency(
                id=one.id,
                released=time(one.released_at),
                by=one.actor,
                reason=said(one.reason),
                looked_at=time_or_none(one.reviewed_at),
                looked_at_by=one.reviewer or None,
                justified=one.justified,
                found=said(one.found) if one.found else None,
            )
            for one in found
        ]
    )


@router.post(
    "/emergencies/{id}",
    operation_id="look_into_emergency",
    summary="Say what you found",
    status_code=204,
    responses=documented(404, 409, 413),
)
def look_into(id: MessageId, body: LookInto, asking: Reader) -> None:
    """Record that somebody looked at such a release, and what they found; not who released it."""
    urgency.look_into(
        asking.store, queues(asking), id, asking.name, body.found.strip(), justified=body.justified
    )
