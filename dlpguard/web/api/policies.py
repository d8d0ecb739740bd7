"""The policies and flows in force.  They are changed by people, on the pages or in the files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from dlpguard.errors import NotFoundError
from dlpguard.policy import describe
from dlpguard.policy.flows import Standing
from dlpguard.policy.language import Mode, Policy
from dlpguard.web.api._caller import Caller, by
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import Time, time_or_none
from dlpguard.web.pages.policies import DAYS, InForce, in_force
from dlpguard.web.roles import Right
from dlpguard.web.rulebook import Rulebook
from dlpguard.web.session import site_of

router = APIRouter(tags=["policies"], responses=documented(401, 403, 404, 429, 503))

Reader = Annotated[Caller, by(Right.SEE_POLICIES)]


class PolicyLine(BaseModel):
    """A policy in force."""

    name: str = Field(description="Its name: its file without the ending.")
    title: str
    why: str = Field(description="For the person whose mail was stopped.")
    then: Literal["allow", "tag", "confirm", "quarantine", "reject"]
    approvals: int = Field(ge=1, description="How many people have to release what it holds.")
    severity: Literal["low", "normal", "high", "critical"]
    queue: str = Field(description="In which queue what it holds waits.")
    only_watches: bool = Field(description="It is recorded, and stops nothing.")
    acted: int = Field(ge=0, description=f"Mailings that it acted on in the last {DAYS} days.")
    watched: int = Field(ge=0, description="Mailings that it would have acted on.")


class Policies(BaseModel):
    """What mail is judged by."""

    digest: str = Field(description="SHA-256 of all files, as verdicts and the audit name it.")
    since: Time | None = Field(description="Since when they are in force; null: not recorded yet.")
    enforces: bool = Field(description="False: everything is only watched.")
    policies: list[PolicyLine]


class PolicyWhole(PolicyLine):
    """A policy with its conditions."""

    when: list[str] = Field(description="What has to hold, all of it, in words.")
    unless: list[str] = Field(description="What must not hold, none of it, in words.")
    text: str = Field(
        description="The file; empty where it is not the one that is in force any more."
    )


class Flow(BaseModel):
    """A registered flow: what the organisation rightly sends, so that nobody asks about it."""

    name: str
    senders: list[str] = Field(examples=[["payroll@council.example"]])
    to: list[str] = Field(examples=[["pensions@nhs.example"]])
    kinds: list[str] = Field(description="What may go with a person.")
    max_people: int = Field(ge=0)
    agreement: str
    owner: str = Field(description="Who answers for it.")
    since: date
    until: date
    standing: Standing


class Flows(BaseModel):
    """Every registered flow."""

    flows: list[Flow]


@router.get("/policies", operation_id="list_policies", summary="The policies in force")
def policies(request: Request, asking: Reader) -> Policies:
    """What mail is judged by; 404 where this site was not told."""
    rules = _rules(request)
    found = asking.store.database.read_now(lambda tx: in_force(tx, rules))
    return Policies(
        digest=found.policies.digest,
        since=time_or_none(found.since),
        enforces=found.enforces,
        policies=[PolicyLine(**_line(one, found)) for one in found.policies.policies],
    )


@router.get(
    "/policies/{name}",
    operation_id="get_policy",
    summary="A policy",
    responses=documented(422),
)
def policy(
    request: Request,
    name: Annotated[str, Path(max_length=200, description="Its name.")],
    asking: Reader,
) -> PolicyWhole:
    """A policy with its conditions, in words and as it was written."""
    rules = _rules(request)
    one = next((p for p in rules.policies.policies if p.name == name), None)
    if one is None:
        raise NotFoundError("there is no such policy")
    found = asking.store.database.read_now(lambda tx: in_force(tx, rules))
    return PolicyWhole(
        **_line(one, found),
        when=list(describe.when(one)),
        unless=list(describe.unless(one)),
        text=rules.text(name) if rules.is_as_read() else "",
    )


@router.get("/flows", operation_id="list_flows", summary="The registered flows")
def flows(request: Request, asking: Reader) -> Flows:
    """What the organisation rightly sends; 404 where this site was not told."""
    now = asking.store.database.read_now(lambda tx: tx.now())
    today = datetime.fromtimestamp(now, UTC).date()
    return Flows(
        flows=[
            Flow(
                name=one.name,
                senders=list(one.senders),
                to=list(one.to),
                kinds=sorted(one.kinds),
                max_people=one.max_people,
                agreement=one.agreement,
                owner=one.owner,
                since=one.since,
                until=one.until,
                standing=one.standing(today),
            )
            for one in _rules(request).policies.flows
        ]
    )


def _rules(request: Request) -> Rulebook:
    rules = site_of(request).rules
    if rules is None:
        raise NotFoundError("this site was not told which policies are in force")
    return rules


def _line(one: Policy, found: InForce) -> dict[str, object]:
    return {
        "name": one.name,
        "title": one.title,
        "why": one.why,
        "then": one.then.label,
        "approvals": one.approvals,
        "severity": one.severity,
        "queue": one.queue,
        "only_watches": not found.enforces or one.mode is Mode.OBSERVE,
        "acted": found.acted[one.name],
        "watched": found.watched[one.name],
    }
