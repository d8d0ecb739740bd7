"""The audit log: who did and looked at what, and whether the record is whole."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.store import audit as log
from dlpguard.store import checkpoints
from dlpguard.store.database import Transaction
from dlpguard.store.verification import Report
from dlpguard.web.acts import Kind
from dlpguard.web.api._caller import Caller, by
from dlpguard.web.api._problems import InvalidError, documented
from dlpguard.web.api._values import Body, Time, time
from dlpguard.web.pages.audit import LOOKED_SECONDS, PAGE, Filter, Line, shown, verified
from dlpguard.web.roles import Right
from dlpguard.web.session import site_of

router = APIRouter(prefix="/audit", tags=["audit"], responses=documented(401, 403, 422, 429, 503))

Auditor = Annotated[Caller, by(Right.SEE_AUDIT)]
Text = Annotated[str, Query(max_length=254)]


class Entry(BaseModel):
    """Something that was done or looked at."""

    number: int = Field(ge=1, description="Its place in the chain.")
    at: Time = Field(description="When.")
    by: str = Field(description="Who: an account, or `dlpguard` itself.")
    act: str = Field(examples=["release"])
    about: str = Field(description="A message, an account, or another matter.")
    words: str = Field(
        description="Act and matter for people.", examples=["released message 01J5…, or approved …"]
    )
    said: str = Field(description="What they said; what detectors find in it may be masked.")
    withheld: bool = Field(description="Something was said that is another group's.")


class Entries(BaseModel):
    """Entries, the newest first."""

    entries: list[Entry]
    before: int | None = Field(
        description="For the next page: `before`. Null where there are no older ones."
    )


class Verify(Body):
    """What to compare the record with."""

    checkpoints: str = Field(
        "",
        max_length=20_000,
        description="Checkpoints that were kept elsewhere, one a line. Without any it is checked "
        "against itself, which does not show that all of it was put back to an earlier day.",
        examples=[""],
    )


class Fault(BaseModel):
    """Something that is not as it was written."""

    entry: int = Field(description="The first entry concerned.")
    what: str


class Verified(BaseModel):
    """What was looked at, and what is wrong with it."""

    whole: bool = Field(description="Every entry and every move is as it was written.")
    entries: int = Field(ge=0)
    first: int = Field(ge=0, description="The number of the first entry that is kept.")
    last: int = Field(ge=0)
    moves: int = Field(ge=0, description="Moves of messages that were looked at.")
    faults: list[Fault]


@router.get("", operation_id="list_audit", summary="Who did and looked at what")
def entries(
    request: Request,
    asking: Auditor,
    who: Annotated[Text, Query(description="Only what this account did.")] = "",
    what: Annotated[Kind | None, Query(description="Only acts of this kind.")] = None,
    about: Annotated[Text, Query(description="Only about this; the beginning is enough.")] = "",
    since: Annotated[date | None, Query(description="From this day on (UTC).")] = None,
    until: Annotated[date | None, Query(description="Until this day, itself included.")] = None,
    before: Annotated[
        int, Query(ge=0, lt=1 << 60, description="Only entries before this one; 0: the newest.")
    ] = 0,
) -> Entries:
    """The newest entries, or those before one.  Reading it is an entry too, once an hour."""
    chosen = Filter(
        who.strip(),
        what or "",
        about.strip(),
        str(since) if since else "",
        str(until) if until else "",
    )

    def work(tx: Transaction) -> tuple[tuple[Line, ...], bool]:
        found = log.newest(tx, chosen.wanted, PAGE + 1, before)
        lately = log.last(tx, asking.name, "read audit", "audit")
        lines = shown(tx, site_of(request), asking, found)
        return lines, tx.now() - lately > LOOKED_SECONDS

    found, is_new = asking.store.database.read_now(work)
    if is_new:
        asking.store.database.write_now(
            lambda tx: log.record(tx, asking.name, "read audit", "audit")
        )
    return Entries(
        entries=[_entry(line) for line in found[:PAGE]],
        before=found[PAGE - 1].entry.number if len(found) > PAGE else None,
    )


@router.post(
    "/verify",
    operation_id="verify_audit",
    summary="Whether the record is whole",
    responses=documented(413),
)
def verify(asking: Auditor, body: Verify) -> Verified:
    """Whether every entry and every move is as it was written; 503 while another check goes on."""
    try:
        heads = checkpoints.parse(body.checkpoints)
    except ConfigurationError as error:
        raise InvalidError("body.checkpoints", "not what “checkpoint” gave") from error
    report = verified(asking.store, asking.name, heads)
    if report is None:
        raise TemporaryError("another check goes on")
    return _verified(report)


def _entry(line: Line) -> Entry:
    entry = line.entry
    before, mark, behind = line.words
    return Entry(
        number=entry.number,
        at=time(entry.acted_at),
        by=entry.actor,
        act=entry.act,
        about=entry.subject,
        words=f"{before}{line.about if mark else ''}{behind}",
        said=line.said,
        withheld=line.withheld,
    )


def _verified(report: Report) -> Verified:
    return Verified(
        whole=not report.faults,
        entries=report.entries,
        first=report.first,
        last=report.last,
        moves=report.moves,
        faults=[Fault(entry=fault.entry, what=fault.what) for fault in report.faults],
    )
