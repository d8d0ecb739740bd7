"""What is held: one line for each mailing, the gravest first."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import State
from dlpguard.store import lines
from dlpguard.store.database import Transaction
from dlpguard.store.lines import Line
from dlpguard.web.access import queues
from dlpguard.web.api._caller import Caller, NotInScopeError, by
from dlpguard.web.api._problems import InvalidError, documented
from dlpguard.web.api._values import Number, Time, pages, time, time_or_none
from dlpguard.web.masking import mask_address, mask_subject
from dlpguard.web.message_view import HAPPENED
from dlpguard.web.pages.queue import STATES, Filters
from dlpguard.web.roles import Right
from dlpguard.web.scopes import scope

router = APIRouter(tags=["queue"], responses=documented(401, 403, 429, 503))


class Show(StrEnum):
    """The lists that there are."""

    HELD = "held"
    ASKED = "asked"
    TODAY = "today"
    WEEK = "week"


Severity = Literal["low", "normal", "high", "critical"]


class QueueLine(BaseModel):
    """One mailing that waits: a message, or all copies of it that one decision covers."""

    id: str = Field(description="Its oldest message.", examples=["01J5XGQ3ZK8M2N4P6R8T0V2W4Y"])
    copies: int = Field(ge=1, description="How many messages it is.", examples=[157])
    summary: str = Field(
        description="Who would get what, in counts.",
        examples=["157 outside recipients would get the names and phone numbers of 40 people"],
    )
    sender: str | None = Field(
        description="Who sends it; null without the scope `see-content`.",
        examples=["Ann Bee (Adult Care)"],
    )
    subject: str | None = Field(
        description="Its subject, masked where something was found in it; null without the scope "
        "`see-content`.",
        examples=["The list for Thursday"],
    )
    first_recipient: str | None = Field(
        description="Whom a reviewer should look at first, masked; null without `see-content`.",
        examples=["j***@webmail.example"],
    )
    urgent: bool = Field(description="Somebody says that a person is at risk while it waits.")
    policies: list[str] = Field(
        description="The titles of the policies that stopped it.",
        examples=[["A list of people does not leave in a mass mailing"]],
    )
    severity: Severity = Field(description="The gravest of those policies.")
    badges: list[str] = Field(
        description="What should catch the eye, in words.", examples=[["hidden people"]]
    )
    people_visible: int = Field(ge=0, description="People in plain sight.", examples=[28])
    people_hidden: int = Field(
        ge=0, description="People whom somebody looking at the files would not see.", examples=[12]
    )
    reach: int = Field(
        ge=0, description="Addresses outside that would get it, of all copies.", examples=[157]
    )
    exposure: int = Field(
        ge=0, description="Addresses outside that its recipients would see.", examples=[0]
    )
    risk: int = Field(
        ge=0, description="By what the list is sorted; only the order means something."
    )
    approvals: int = Field(ge=1, description="How many people have to release it.")
    owner: str | None = Field(
        description="Who looks after it.", examples=["rita.reid@council.example"]
    )
    received: Time = Field(description="Since when it is here.")
    ends: Time = Field(description="When it is returned, if nobody decides.")
    ended: str | None = Field(
        description="What came of it, in words; null while it waits.", examples=["released"]
    )
    ended_at: Time | None = Field(description="When.")
    ended_by: str | None = Field(description="Who decided; null without `see-content`.")


class Queue(BaseModel):
    """A page of what waits."""

    lines: list[QueueLine] = Field(description="The gravest first, then what ends first.")
    total: int = Field(ge=0, description="Lines in the whole list.")
    page: int = Field(ge=1, description="Which page this is.")
    pages: int = Field(ge=1, description="How many there are.")
    held: int = Field(ge=0, description="Mailings that wait for a reviewer, without filters.")
    asked: int = Field(ge=0, description="Mailings that wait for their sender, without filters.")


@router.get(
    "/queue",
    operation_id="list_queue",
    summary="What waits",
    responses=documented(404, 422),
)
def queue(
    asking: Annotated[Caller, by(Right.SEE_QUEUE)],
    show: Annotated[
        Show,
        Query(
            description="What waits for reviewers (held) or for its sender's answer (asked), or "
            "what was decided in the last day or week."
        ),
    ] = Show.HELD,
    owner: Annotated[
        Literal["me", "nobody"] | None, Query(description="Only what I look after, or nobody.")
    ] = None,
    sender: Annotated[
        str,
        Query(
            max_length=254,
            description="Only mail of this sender's address; it takes the scope `see-content`.",
        ),
    ] = "",
    policy: Annotated[
        str, Query(max_length=200, description="Only what the policy of this name stopped.")
    ] = "",
    badge: Annotated[
        str,
        Query(
            max_length=40,
            description="Only what has this badge.",
            json_schema_extra={"enum": ["", *lines.BADGES]},
        ),
    ] = "",
    page: Number = 1,
) -> Queue:
    """The list of what waits in the queues that the account looks after."""
    content = asking.may(Right.SEE_CONTENT)
    if sender and not content:  # who may not see who sends must not be able to ask either
        raise NotInScopeError(scope(Right.SEE_CONTENT), account_may=True)
    if badge and badge not in lines.BADGES:
        raise InvalidError("query.badge", f"one of: {', '.join(lines.BADGES)}")
    filters = Filters(show, owner or "", sender, policy, badge)

    def work(tx: Transaction) -> tuple[tuple[Line, ...], int, dict[State, int]]:
        found, total = lines.page(tx, filters.wanted(asking, tx.now()), page)
        return found, total, lines.counts(tx, tuple(STATES.values()), queues(asking))

    found, total, counts = asking.store.database.read_now(work)
    last = pages(total, lines.PAGE)
    if page > last:
        raise NotFoundError("there is no such page")
    return Queue(
        lines=[_line(line, content=content) for line in found],
        total=total,
        page=page,
        pages=last,
        held=counts[State.QUARANTINED],
        asked=counts[State.AWAITING_SENDER],
    )


def _line(line: Line, *, content: bool) -> QueueLine:
    said = line.said
    subject = said.subject or mask_subject(said.telling_subject)
    return QueueLine(
        id=line.id,
        copies=line.copies,
        summary=said.summary,
        sender=said.sender if content else None,
        subject=subject or None if content else None,
        first_recipient=mask_address(said.first) if said.first and content else None,
        urgent=line.urgent,
        policies=list(said.policies),
        severity=said.severity,
        badges=list(said.badges),
        people_visible=said.visible,
        people_hidden=said.hidden,
        reach=said.reach,
        exposure=said.exposure,
        risk=line.risk,
        approvals=line.approvals,
        owner=line.owner or None,
        received=time(line.received_at),
        ends=time(line.expires_at),
        ended=HAPPENED[line.ended] if line.ended else None,
        ended_at=time_or_none(line.ended_at),
        ended_by=line.ended_by or None if content else None,
    )
