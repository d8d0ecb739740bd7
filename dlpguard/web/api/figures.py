"""How much was forwarded, asked about, held and decided; nothing about one person."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from dlpguard.document import Unread
from dlpguard.store import figures as numbers
from dlpguard.store.figures import Figures as Found
from dlpguard.store.tallies import What
from dlpguard.web.api._caller import Caller, by
from dlpguard.web.api._problems import documented
from dlpguard.web.pages.figures import COUNTED
from dlpguard.web.roles import Right

router = APIRouter(tags=["figures"], responses=documented(401, 403, 422, 429, 503))


class Day(BaseModel):
    """The numbers of a day (UTC)."""

    day: date
    counts: dict[str, int] = Field(
        description="Messages that were forwarded; mailings that were asked about, held, refused, "
        "released, returned, confirmed, cancelled, expired; and `would-…` while only observing.",
        examples=[{"forwarded": 812, "held": 3, "released": 2}],
    )


class OfPolicy(BaseModel):
    """What a policy did, in mailings by action."""

    policy: str = Field(description="Its name.")
    did: dict[str, int] = Field(examples=[{"quarantine": 3}])
    watched: dict[str, int] = Field(description="What it would have done, had it not only watched.")
    rightly: int = Field(ge=0, description="Marked as rightly held.")
    wrongly: int = Field(ge=0, description="Marked as wrongly held.")


class Waits(BaseModel):
    """How long held mailings waited until a reviewer decided."""

    decisions: int = Field(ge=0, description="How many there were.")
    median: int | None = Field(
        description="Within so many seconds half were decided.", examples=[900]
    )
    nine_in_ten: int | None = Field(description="Within so many seconds nine in ten were.")


class Figures(BaseModel):
    """The figures of some days, today the last of them."""

    days: list[Day]
    since: date | None = Field(description="Before this day nothing was counted.")
    policies: list[OfPolicy]
    waits: Waits
    unreadable: dict[Unread, int] = Field(
        description="Messages with something that could not be read, by why."
    )
    rightly: int = Field(ge=0, description="Mailings marked as rightly held.")
    wrongly: int = Field(ge=0, description="Mailings marked as wrongly held.")
    daily_budget: int = Field(ge=0, description="More holds than that on a day raise an alert.")


@router.get("/figures", operation_id="get_figures", summary="Numbers, day by day")
def figures(
    asking: Annotated[Caller, by(Right.SEE_FIGURES)],
    days: Annotated[int, Query(ge=1, le=90, description="How many days, today the last.")] = 30,
) -> Figures:
    """What was forwarded, asked about, held and decided on each of the last days."""
    found = asking.store.database.read_now(lambda tx: numbers.of(tx, days))
    return _figures(found, asking.store.periods.patience.daily_budget)


def _figures(found: Found, budget: int) -> Figures:
    waited = found.waited
    return Figures(
        days=[
            Day(day=one.day, counts={w: one.of(What(w)) for w, _ in COUNTED}) for one in found.days
        ],
        since=found.since,
        policies=[
            OfPolicy(
                policy=one.name,
                did=dict(one.did),
                watched=dict(one.watched),
                rightly=one.rightly,
                wrongly=one.wrongly,
            )
            for one in found.policies
        ],
        waits=Waits(decisions=waited.number, median=waited.median, nine_in_ten=waited.most),
        unreadable={Unread(why): number for why, number in found.gaps},
        rightly=found.rightly,
        wrongly=found.wrongly,
        daily_budget=budget,
    )
