"""Whose token it is, and what it may do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from dlpguard.web.api._caller import Caller, caller
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import Time, time
from dlpguard.web.scopes import granted, scope

router = APIRouter(tags=["token"], responses=documented(401, 429, 503))


class Me(BaseModel):
    """The token that was sent."""

    account: str = Field(
        description="Whose it is: the address that they sign in with.",
        examples=["rita.reid@council.example"],
    )
    full_name: str = Field(description="What they are called.", examples=["Rita Reid"])
    token: str = Field(description="What the token is called.", examples=["nightly report"])
    scopes: list[str] = Field(
        description="What it may do now: what it was made for, of what its account may.",
        examples=[["see-queue"]],
    )
    expires: Time = Field(description="When it runs out.")


@router.get("/me", operation_id="me", summary="Whose token this is")
def me(asking: Annotated[Caller, Depends(caller)]) -> Me:
    """Whose token was sent, and what it may do now."""
    rights = granted(asking.account, asking.token)
    return Me(
        account=asking.name,
        full_name=asking.account.full_name,
        token=asking.token.name,
        scopes=sorted(map(scope, rights)),
        expires=time(asking.token.expires_at),
    )
