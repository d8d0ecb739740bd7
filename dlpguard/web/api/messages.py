"""One message: who sends whose data to whom, why it was stopped, and what may be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from dlpguard import policy
from dlpguard.audience import Circle
from dlpguard.document import Hidden, Unread
from dlpguard.facts import Facts
from dlpguard.lifecycle import Outcome, Who
from dlpguard.store import alarms
from dlpguard.store.alarms import Alarm
from dlpguard.store.database import Transaction
from dlpguard.store.quarantine import Moved
from dlpguard.web import deciding, evidence_view, said
from dlpguard.web.api._caller import Caller, MessageId, about
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import Time, time
from dlpguard.web.deciding import Deciding
from dlpguard.web.looking import Seen, look_in
from dlpguard.web.masking import mask_address, veiled
from dlpguard.web.message_view import ANSWERS, HAPPENED, headline
from dlpguard.web.roles import Right
from dlpguard.web.session import site_of

router = APIRouter(
    prefix="/messages/{id}", tags=["messages"], responses=documented(401, 403, 404, 422, 429, 503)
)

Reader = Annotated[Caller, about(Right.SEE_QUEUE)]
Stage = Literal["held", "asked", "released", "over"]


class PeopleCounts(BaseModel):
    """How many people it tells about."""

    visible: int = Field(ge=0, description="In plain sight.", examples=[28])
    hidden: int = Field(ge=0, description="Only where nobody would see them.", examples=[12])
    private: int = Field(ge=0, description="With something that is nobody else's business.")
    listed: int = Field(ge=0, description="One of at least three alike.")
    contact: int = Field(ge=0, description="With contact details only.")


class Found(BaseModel):
    """How many different values of a kind were found, by how certain that is."""

    high: int = Field(ge=0)
    medium: int = Field(ge=0)
    low: int = Field(ge=0)


class Reach(BaseModel):
    """Who would get it or be shown, in numbers of mailboxes; over all copies where it says so."""

    reach: int = Field(ge=0, description="Mailboxes outside, of all copies.", examples=[157])
    exposure: int = Field(ge=0, description="Outside addresses in To and Cc, of all copies.")
    circles: dict[Circle, int] = Field(
        description="Recipients of this message by circle; circles without any are left out.",
        examples=[{"webmail": 150, "external": 7}],
    )
    first_time: int = Field(
        ge=0, description="Recipients outside to whom the sender has never written."
    )
    to_oneself: bool = Field(
        description="Whether it goes to what looks like the sender's own private mailbox."
    )
    left: int = Field(
        ge=0, description="Mailboxes outside to which copies were delivered before it was stopped."
    )


class Reason(BaseModel):
    """A policy that applies, and why."""

    policy: str = Field(description="Its name.", examples=["mass-mailing-with-list"])
    title: str = Field(description="Its title.")
    action: Literal["allow", "tag", "confirm", "quarantine", "reject"]
    because: list[str] = Field(description="The reasons; empty without the scope `see-content`.")
    severity: Literal["low", "normal", "high", "critical"]
    observed: bool = Field(description="It only watches: it changed nothing.")


class Unreadable(BaseModel):
    """Something that could not be read."""

    why: Unread
    format: str = Field(description='What its bytes say it is; "" when that is unknown.')


class Approved(BaseModel):
    """Somebody's approval of a release."""

    by: str = Field(description="Who.")
    at: Time = Field(description="When.")
    to: str = Field(description="To whom.", examples=["only inside the organisation"])


class File(BaseModel):
    """A file of a message, or the message itself."""

    file: int = Field(ge=0, description="Its number, from 0: the message itself.")
    name: str = Field(description="What it is called; masked. Empty: the message itself.")
    format: str = Field(description="What its bytes say it is.", examples=["xlsx"])
    depth: int = Field(ge=0, description="How many files it is inside of.")
    found_visible: int = Field(ge=0, description="What was found in plain sight in it.")
    found_hidden: int = Field(ge=0, description="What was found where nobody would see it.")
    hidden: list[Hidden] = Field(description="Why parts of it would not be seen.")
    unreadable: list[Unread] = Field(description="Why parts of it could not be read.")
    defects: list[str] = Field(description="Contradictions.", examples=[["type-contradiction"]])
    pages: int = Field(ge=1, description="Pages of what it says.")


class Comment(BaseModel):
    """What a reviewer told the others."""

    by: str = Field(description="Who.")
    at: Time = Field(description="When.")
    text: str


class Note(BaseModel):
    """A note for its sender that fits what was found."""

    name: str = Field(description="For `template` of a return.", examples=["hidden"])
    title: str
    text: str


class Content(BaseModel):
    """What can be content, for who has the scope `see-content`; masked until it is revealed."""

    revealed: bool = Field(description="Whether nothing is masked, because a reason was given.")
    subject: str = Field(description="Its subject.", examples=["Clients of J*** S****"])
    sender: str = Field(description="The address that it comes from.")
    author: str = Field(description="The name in From.")
    kept: bool = Field(description="Whether what it says is still kept; else there are no files.")
    files: list[File]
    comments: list[Comment]
    returned_before: Time | None = Field(
        description="When the same was returned last; null where it never was."
    )


class Message(BaseModel):
    """A message that was stopped."""

    id: str = Field(description="Which message.", examples=["01J5XGQ3ZK8M2N4P6R8T0V2W4Y"])
    stage: Stage = Field(
        description="It waits for a reviewer (held) or for its sender (asked), is on its way "
        "(released), or nothing can be done about it any more (over)."
    )
    version: int = Field(ge=1, description="For decisions: what you looked at.")
    campaign: int = Field(ge=0, description="For decisions: of its mailing.")
    copies: int = Field(ge=1, description="How many messages a decision covers.")
    headline: str = Field(
        description="Who sends whose data to whom, in sentences; who, with `see-content`."
    )
    reasons: list[Reason] = Field(description="The policies that apply.")
    people: PeopleCounts
    reach: Reach
    found: dict[str, Found] = Field(
        description="What was found, by kind.",
        examples=[{"phone": {"high": 40, "medium": 0, "low": 0}}],
    )
    special: list[str] = Field(
        description="Special categories that are spoken of; empty without `see-content`.",
        examples=[["health"]],
    )
    hidden: list[Hidden] = Field(description="Why parts of it would not be seen.")
    unreadable: list[Unreadable] = Field(description="What could not be read.")
    formats: list[str] = Field(description="Of what is attached, at any depth.")
    size: int = Field(ge=0, description="Bytes.")
    received: Time = Field(description="When it came.")
    ends: Time = Field(description="When it is returned, or its content forgotten.")
    owner: str | None = Field(description="Who looks after it.")
    decided_by: str | None = Field(description="Who decided.")
    rightly_held: bool | None = Field(description="What a reviewer thought of its being held.")
    approvals_needed: int = Field(ge=1, description="How many people have to release it.")
    approvals_missing: int = Field(ge=0, description="How many of them have not yet.")
    approved: list[Approved]
    may_decide: bool = Field(description="Whether this token may decide on it now.")
    may_release: bool = Field(
        description="Whether deciding may be releasing: some takes approvers."
    )
    may_undo: bool = Field(description="Whether this token may take the release back.")
    notes: list[Note] = Field(description="Notes for its sender, the best first.")
    urgent: bool = Field(description="Somebody says that a person is at risk while it waits.")
    outcomes: list[str] = Field(
        description="What became of how many recipients, in words.", examples=[["7 delivered"]]
    )
    content: Content | None = Field(description="Null without the scope `see-content`.")


class Move(BaseModel):
    """Something that happened to a message."""

    at: Time = Field(description="When.")
    event: str = Field(description="What.", examples=["release"])
    words: str = Field(description="The same for people.", examples=["released"])
    state: str = Field(description="Where it was after that.", examples=["ready"])
    by: str = Field(description="Who: an account, or a part of dlpguard.")
    reason: str | None = Field(
        description="What they said; without `see-content` only what its sender answered, masked."
    )


class History(BaseModel):
    """What happened to a message, oldest first."""

    moves: list[Move]


@router.get("", operation_id="get_message", summary="A message")
def message(id: MessageId, asking: Reader) -> Message:
    """A message, in counts; with what can be content where the token may see that.

    That it was looked at is recorded, as its owner, by this token; once an hour.
    """
    seen = look_in(asking.store, id, asking)

    def work(tx: Transaction) -> tuple[Deciding, Alarm | None]:
        return deciding.look(tx, seen.held, asking), alarms.about(tx, id)

    return _message(seen, *asking.store.database.read_now(work))


@router.get("/history", operation_id="get_history", summary="What happened to a message")
def history(request: Request, id: MessageId, asking: Reader) -> History:
    """Every move, oldest first."""
    seen = look_in(asking.store, id, asking)
    masked = said.masker(site_of(request).detection)
    return History(
        moves=[
            Move(
                at=time(one.moved_at),
                event=one.event,
                words=HAPPENED.get(one.event, one.event),
                state=one.target,
                by=_actor(seen, one),
                reason=_reason(seen, one, masked),
            )
            for one in seen.history
        ]
    )


def _actor(seen: Seen, move: Moved) -> str:
    """Who did it; senders are named to who sees content."""
    named = seen.may_see_content or move.who == str(Who.REVIEWER)
    return move.actor if move.actor and named else move.who


def _reason(seen: Seen, move: Moved, masked: Callable[[str], str]) -> str | None:
    """What was said: who sees no content sees what its sender answered, without what detectors
    find in it, as on the page."""
    if seen.may_see_content:
        return move.reason or None
    return masked(move.reason) if move.event in ANSWERS else None


def _message(seen: Seen, choice: Deciding, alarm: Alarm | None) -> Message:
    held, facts, verdict = seen.held, seen.held.record.facts, seen.held.record.verdict
    content = seen.may_see_content
    return Message(
        id=held.id,
        stage=choice.stage,
        version=held.version,
        campaign=held.campaign_version,
        copies=max(1, len(held.copies)),
        headline=_headline(seen),
        reasons=[
            Reason(
                policy=match.policy,
                title=match.title,
                action=match.action.label,
                because=[reason.text for reason in match.reasons] if content else [],
                severity=match.severity,
                observed=match.observed,
            )
            for match in verdict.matches
        ],
        people=PeopleCounts(
            visible=facts.people.visible,
            hidden=facts.people.hidden,
            private=facts.people.private,
            listed=facts.people.listed,
            contact=facts.people.contact,
        ),
        reach=_reach(held.left, facts),
        found={
            kind: Found(high=tally.high, medium=tally.medium, low=tally.low)
            for kind, tally in facts.findings.items()
        },
        special=list(facts.special) if content else [],
        hidden=sorted({place.why for place in facts.hidden}),
        unreadable=[Unreadable(why=gap.why, format=gap.format) for gap in facts.gaps],
        formats=list(facts.formats),
        size=facts.size,
        received=time(held.received_at),
        ends=time(held.expires_at),
        owner=seen.owner or None,
        decided_by=held.decided_by or None,
        rightly_held=seen.rightly,
        approvals_needed=held.approvals_needed,
        approvals_missing=max(0, choice.missing),
        approved=[
            Approved(by=one.actor, at=time(one.approved_at), to=one.choice.words)
            for one in held.approvals
        ],
        may_decide=choice.may_decide,
        may_release=choice.may_decide and choice.may_release,
        may_undo=choice.may_undo,
        notes=[Note(name=one.name, title=one.title, text=one.text) for one in choice.notes],
        urgent=alarm is not None,
        outcomes=list(choice.outcomes),
        content=_content(seen) if content else None,
    )


def _headline(seen: Seen) -> str:
    """Who sends what to whom; for who sees no content without the sender, as on the page."""
    if seen.may_see_content:
        return headline(seen.held, seen.outcomes.get(str(Outcome.DELIVERED), 0))
    summary = policy.summary(seen.held.record.facts)
    return f"{summary[:1].upper()}{summary[1:]}."


def _reach(left: int, facts: Facts) -> Reach:
    audience, campaign = facts.audience, facts.campaign
    circles = {circle: len(audience.receiving(circle)) for circle in Circle}
    return Reach(
        reach=max(campaign.reach, audience.reach),
        exposure=max(campaign.exposure, audience.exposure),
        circles={circle: number for circle, number in circles.items() if number},
        first_time=sum(bool(v.receives and v.outside and v.first_time) for v in audience.viewers),
        to_oneself=bool(audience.self_send),
        left=left,
    )


def _content(seen: Seen) -> Content:
    facts, evidence, over = seen.held.record.facts, seen.evidence, seen.veil
    sender = seen.held.envelope.sender
    return Content(
        revealed=seen.revealed,
        subject=veiled(facts.subject, over) if over else facts.subject,
        sender=sender if seen.revealed else mask_address(sender),
        author=seen.text(facts.author),
        kept=evidence is not None,
        files=[_file(seen, one) for one in evidence_view.files(evidence)] if evidence else [],
        comments=[
            Comment(by=one.actor, at=time(one.said_at), text=one.text) for one in seen.comments
        ],
        returned_before=time(seen.before.returned_at) if seen.before else None,
    )


def _file(seen: Seen, file: evidence_view.File) -> File:
    return File(
        file=file.index,
        name=seen.text(file.name),
        format=file.format,
        depth=file.depth,
        found_visible=file.visible,
        found_hidden=file.hidden,
        hidden=list(file.hidden_why),
        unreadable=[gap.why for gap in file.gaps],
        defects=list(file.defects),
        pages=file.pages,
    )
