"""How the installation is, and who may sign in: for those who run it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from dlpguard import health as checks
from dlpguard.health import Level
from dlpguard.store import accounts, tokens
from dlpguard.store.accounts import Account as Found
from dlpguard.store.database import Transaction
from dlpguard.web.api._caller import Caller, by
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import Time, time_or_none
from dlpguard.web.roles import Right
from dlpguard.web.session import site_of

router = APIRouter(tags=["system"], responses=documented(401, 403, 429, 503))


class Check(BaseModel):
    """One thing that was looked at."""

    about: str = Field(examples=["Disk"])
    level: Level
    said: str = Field(description="How it is, in a sentence.")
    advice: str = Field(description="What to do; empty: nothing.")


class Health(BaseModel):
    """What all checks say."""

    level: Level = Field(description="The worst of them; what is not known here does not count.")
    checks: list[Check]


class Account(BaseModel):
    """Somebody who may sign in."""

    name: str = Field(description="What they sign in with.", examples=["rita.reid@council.example"])
    full_name: str
    roles: list[str] = Field(examples=[["reviewer"]])
    groups: list[str] = Field(description="The queues that they look after besides the usual one.")
    disabled: bool
    locked: bool = Field(description="For a while, after wrong passwords.")
    second_factor: bool = Field(description="One-time codes are set up.")
    tokens: int = Field(ge=0, description="How many tokens work.")
    last_seen: Time | None = Field(description="When they signed in last.")


class Accounts(BaseModel):
    """Everybody who may sign in, by name."""

    accounts: list[Account]


_WORST = (Level.BROKEN, Level.LOOK)


@router.get("/health", operation_id="get_health", summary="How the installation is")
def health(request: Request, asking: Annotated[Caller, by(Right.SEE_HEALTH)]) -> Health:
    """Every check that the page of health shows, and what to do."""
    lines = checks.look(asking.store, site_of(request).around)
    levels = {line.level for line in lines}
    return Health(
        level=next((level for level in _WORST if level in levels), Level.FINE),
        checks=[
            Check(about=line.about, level=line.level, said=line.said, advice=line.advice)
            for line in lines
        ],
    )


@router.get("/accounts", operation_id="list_accounts", summary="Who may sign in")
def everyone(asking: Annotated[Caller, by(Right.MANAGE_ACCOUNTS)]) -> Accounts:
    """Everybody who may sign in.  Accounts are changed on the pages, by a person."""

    def work(tx: Transaction) -> list[tuple[Found, int]]:
        return [(one, tokens.count(tx, one.id)) for one in accounts.everyone(tx)]

    found = asking.store.database.read_now(work)
    now = asking.store.database.read_now(lambda tx: tx.now())
    return Accounts(
        accounts=[
            Account(
                name=one.name,
                full_name=one.full_name,
                roles=list(one.roles),
                groups=list(one.groups),
                disabled=one.disabled,
                locked=one.locked_until > now,
                second_factor=one.has_second_factor,
                tokens=number,
                last_seen=time_or_none(one.last_seen_at),
            )
            for one, number in found
        ]
    )
