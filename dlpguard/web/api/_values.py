"""Values that more than one subject has: times, pages, what people write."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LONGEST = 2000
"""Characters that a person writes, as on the pages."""

Time = Annotated[AwareDatetime, Field(description="RFC 3339, UTC.")]

Number = Annotated[
    int, Query(ge=1, le=100_000, description="Which page, from 1. One that is not there is 404.")
]


Words = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")]
"""What a person has to say."""


class Body(BaseModel):
    """What a request says.  A key that is not known is refused: it may have been meant."""

    model_config = ConfigDict(extra="forbid")


def time(seconds: float) -> datetime:
    """A time of the store."""
    return datetime.fromtimestamp(seconds, UTC)


def time_or_none(seconds: float) -> datetime | None:
    """The same; None for 0.0, by which the store says "never"."""
    return time(seconds) if seconds else None


def pages(total: int, size: int) -> int:
    """How many pages of a size there are; one that is empty where there is nothing."""
    return max(1, -(-total // size))
