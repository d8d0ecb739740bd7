"""The policies in force: what each is for, when it acts and how, how often it did; in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from dlpguard.errors import NotFoundError
from dlpguard.policy import describe
from dlpguard.policy.language import FLOOR, Policies, Policy
from dlpguard.policy.language import Mode as PolicyMode
from dlpguard.store import modes, tallies
from dlpguard.store.database import Transaction
from dlpguard.store.modes import Mode
from dlpguard.store.schema import audit
from dlpguard.store.tallies import What
from dlpguard.verdict import Action
from dlpguard.web.roles import Right
from dlpguard.web.rulebook import Rulebook
from dlpguard.web.session import Visitor, may, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(prefix="/policies", default_response_class=HTMLResponse)

Reader = Annotated[Visitor, Depends(may(Right.SEE_POLICIES))]

DAYS = 30
"""Over so many days it is counted how often a policy acted."""

THEN = {
    Action.REJECT: _("Does not send"),
    Action.QUARANTINE: _("Holds for a reviewer"),
    Action.CONFIRM: _("Asks the sender"),
    Action.TAG: _("Marks"),
}
"""What policies do, the strongest first."""


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force: since when (0.0: not recorded yet), in which mode, and how often each
    policy acted, and would have, in the last days."""

    policies: Policies
    since: float
    enforces: bool
    switched: Mode | None
    acted: Counter[str]
    watched: Counter[str]

    @property
    def days(self) -> tuple[date, date] | None:
        """Of the impact assessment, and of the notice to staff; None where they were not given."""
        mode = self.switched
        if mode is None or not (mode.assessment and mode.notice):
            return None
        return date.fromisoformat(mode.assessment), date.fromisoformat(mode.notice)


@router.get("")
def policies(request: Request, visitor: Reader) -> Response:
    """The list, the strongest first."""
    site = site_of(request)
    rules = site.rules
    if rules is None:
        return HTMLResponse(page(site, "policies.html", visitor=visitor, section="policies"))
    found = site.store.database.read_now(lambda tx: in_force(tx, rules))
    html = page(
        site,
        "policies.html",
        visitor=visitor,
        section="policies",
        found=found,
        groups=_by_action(found.policies),
        floor=found.acted[FLOOR],
        days=DAYS,
        is_as_read=rules.is_as_read(),
        is_own=rules.is_own,
        observes=PolicyMode.OBSERVE,
    )
    return HTMLResponse(html)


@router.get("/{id}")
def policy(request: Request, visitor: Reader, id: str) -> Response:
    """One policy, by its name."""
    site = site_of(request)
    rules = site.rules
    if rules is None:
        raise NotFoundError("no policies are known here")
    one = next((p for p in rules.policies.policies if p.name == id), None)
    if one is None:
        raise NotFoundError(f"there is no policy {id}")
    found = site.store.database.read_now(lambda tx: in_force(tx, rules))
    as_read = rules.is_as_read()
    html = page(
        site,
        "policy.html",
        visitor=visitor,
        section="policies",
        policy=one,
        when=describe.when(one),
        unless=describe.unless(one),
        then=describe.then(one),
        acted=found.acted[id],
        watched=found.watched[id],
        days=DAYS,
        enforces=found.enforces and one.mode is PolicyMode.ENFORCE,
        text=rules.text(id) if as_read else "",
        tests=rules.tests(id) if as_read else (),
    )
    return HTMLResponse(html)


def in_force(tx: Transaction, rules: Rulebook) -> InForce:
    """What is in force now."""
    found = rules.policies
    newest = tx.execute(
        select(audit).where(audit.c.act == "in-force").order_by(audit.c.id.desc()).limit(1)
    ).first()
    today = tallies.today(tx)
    acted: dict[str, Counter[str]] = {What.POLICY: Counter(), What.WATCHED: Counter()}
    for day in tallies.days(tx, today - timedelta(days=DAYS - 1), today):
        for (what, name), number in day.numbers.items():
            if what in acted:
                acted[what][name.partition(" ")[2]] += number
    return InForce(
        found,
        newest.acted_at if newest and newest.subject == found.digest else 0.0,
        modes.current(tx, rules.judging().mode) == "enforce",
        modes.get(tx),
        acted[What.POLICY],
        acted[What.WATCHED],
    )


def _by_action(policies: Policies) -> tuple[tuple[str, tuple[Policy, ...]], ...]:
    by_title = sorted(policies.policies, key=lambda one: (-one.approvals, one.title))
    groups = ((THEN[a], tuple(one for one in by_title if one.then is a)) for a in THEN)
    return tuple(group for group in groups if group[1])
