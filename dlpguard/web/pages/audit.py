"""The audit log: who did and looked at what, whether the record is whole, and copies of it.

Reasons are shown to whoever may see the log, because a decision without its reason cannot be
checked.  People write them while they read a message, so what detectors find in them is masked for
those who may not see content, as `dlpguard audit show` does; those about another group's mail are
left out for everybody else.  That somebody looked, exported or verified is an entry itself.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from sqlalchemy import select

from dlpguard.errors import ConfigurationError
from dlpguard.store import accounts, audit, checkpoints, verification
from dlpguard.store.audit import Entry, Head, Wanted
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.schema import messages
from dlpguard.store.verification import Report
from dlpguard.web import acts, csv_export, said
from dlpguard.web.access import Asker, queues
from dlpguard.web.acts import Kind
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, site_of
from dlpguard.web.site import Site, page
from dlpguard.web.words import _

router = APIRouter(prefix="/audit", default_response_class=HTMLResponse)

Auditor = Annotated[Visitor, Depends(may(Right.SEE_AUDIT))]
Text = Annotated[str, Query(max_length=254)]

PAGE = 100
"""Entries on a page."""

PIECE = 1000
"""Entries that an export reads in one transaction."""

LOOKED_SECONDS = 3600.0
"""A look is recorded once in this time for one person, not for each page."""

KINDS = {
    Kind.DECISIONS: _("decisions on messages"),
    Kind.LOOKS: _("looking at messages and at this log"),
    Kind.ACCOUNTS: _("signing in, and accounts"),
    Kind.POLICIES: _("policies and flows"),
    Kind.SYSTEM: _("keys and the log itself"),
}
"""What a kind of acts is called in the filter."""

COLUMNS = ("entry", "time (UTC)", "who", "act", "about", "said")

ABOUT_ACCOUNTS = frozenset(acts.of(Kind.ACCOUNTS))
"""What is said in these is a role, a group or a number, and nothing of a message."""

_MESSAGE = re.compile(r"[0-9A-Z]{26}")

_verifying = threading.Lock()
"""One at a time: it reads all that was ever written."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry for showing.  `href` is the message's page, "" where it is not for this visitor."""

    entry: Entry
    who: str
    words: tuple[str, str, str]
    about: str
    href: str = ""
    said: str = field(default="", repr=False)
    withheld: bool = False
    """Whether something was said that is not for this visitor."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What was chosen, as it stands in the address."""

    who: str = ""
    what: str = ""
    about: str = ""
    since: str = ""
    until: str = ""

    @property
    def wanted(self) -> Wanted:
        """The same for the store; what makes no sense does not matter."""
        start, end = _day(self.since), _day(self.until)
        return Wanted(
            self.who,
            acts.of(self.what),
            self.about,
            start.timestamp() if start else 0.0,
            (end + timedelta(days=1)).timestamp() if end else 0.0,
        )

    @property
    def query(self) -> str:
        """As it stands in an address."""
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: value for name, value in chosen.items() if value})


def filtered(
    who: Text = "", what: Text = "", about: Text = "", since: Text = "", until: Text = ""
) -> Filter:
    """A dependency: what the address says."""
    return Filter(who.strip(), what, about.strip(), since, until)


Chosen = Annotated[Filter, Depends(filtered)]


@router.get("")
def log(
    request: Request,
    visitor: Auditor,
    chosen: Chosen,
    before: Annotated[int, Query(ge=0, lt=1 << 60)] = 0,
) -> Response:
    """The newest entries, or those before one."""
    database = site_of(request).store.database

    def work(tx: Transaction) -> tuple[tuple[Line, ...], bool]:
        found = audit.newest(tx, chosen.wanted, PAGE + 1, before)
        lately = audit.last(tx, visitor.name, "read audit", "audit")
        return _lines(tx, request, visitor, found), tx.now() - lately > LOOKED_SECONDS

    found, is_new = database.read_now(work)
    if is_new:
        database.write_now(lambda tx: audit.record(tx, visitor.name, "read audit", "audit"))
    html = page(
        site_of(request),
        "audit.html",
        visitor=visitor,
        section="audit",
        days=_by_day(found[:PAGE]),
        older=found[PAGE - 1].entry.number if len(found) > PAGE else 0,
        is_first=not before,
        chosen=chosen,
        kinds=KINDS,
    )
    return HTMLResponse(html)


@router.post("/export", dependencies=[OurForm])
def export(request: Request, visitor: Auditor, chosen: Chosen) -> Response:
    """What is filtered, as CSV, the newest first."""
    database = site_of(request).store.database
    told = chosen.query or "everything"
    newest = database.write_now(
        lambda tx: audit.record(tx, visitor.name, "export audit", "audit", told)
    )

    def piece(before: int) -> tuple[Line, ...]:
        def work(tx: Transaction) -> tuple[Line, ...]:
            found = audit.newest(tx, chosen.wanted, PIECE, before)
            return _lines(tx, request, visitor, found)

        return database.read_now(work)

    def pieces() -> Iterator[list[tuple[str | int, ...]]]:
        found = piece(newest + 1)
        while found:
            yield [_cells(line) for line in found]
            found = piece(found[-1].entry.number)

    headers = {"Content-Disposition": 'attachment; filename="dlpguard-audit.csv"'}
    lines = csv_export.pieces(COLUMNS, pieces())
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/checkpoint", dependencies=[OurForm])
def checkpoint(request: Request, visitor: Auditor) -> Response:
    """How long the chain is now, to be kept elsewhere."""

    def work(tx: Transaction) -> str:
        line = checkpoints.take(tx)
        audit.record(tx, visitor.name, "checkpoint", "audit")
        return line

    try:
        line = site_of(request).store.database.write_now(work)
    except ConfigurationError:
        return _verify(request, visitor, "")
    headers = {"Content-Disposition": 'attachment; filename="dlpguard-checkpoint.json"'}
    return Response(line + "\n", media_type="application/json", headers=headers)


@router.post("/verify", dependencies=[OurForm])
def verify(
    request: Request,
    visitor: Auditor,
    known: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Whether every entry and every move is as it was written; `known` are checkpoints."""
    return _verify(request, visitor, known)


def _verify(request: Request, visitor: Visitor, known: str) -> Response:
    site, values = site_of(request), {"visitor": visitor, "section": "audit"}
    try:
        heads = checkpoints.parse(known)
    except ConfigurationError:
        html = page(site, "audit-verified.html", problem="known", known=known, **values)
        return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY)
    report = verified(site.store, visitor.name, heads)
    if report is None:
        html = page(site, "audit-verified.html", problem="busy", **values)
        return HTMLResponse(html, HTTPStatus.SERVICE_UNAVAILABLE)
    html = page(site, "audit-verified.html", report=report, checkpoints=len(heads), **values)
    return HTMLResponse(html)


def verified(store: Store, actor: str, heads: tuple[Head, ...]) -> Report | None:
    """What verifying finds, which is recorded; None while somebody else's goes on."""
    if not _verifying.acquire(blocking=False):
        return None
    try:
        report = store.database.read_now(lambda tx: verification.verify(tx, heads))
    finally:
        _verifying.release()
    found = f"entry {report.faults[0].entry} {report.faults[0].what}" if report.faults else "whole"
    told = f"{report.entries} entries: {found}"
    store.database.write_now(lambda tx: audit.record(tx, actor, "verify audit", "audit", told))
    return report


def _lines(
    tx: Transaction, request: Request, visitor: Visitor, found: tuple[Entry, ...]
) -> tuple[Line, ...]:
    return shown(tx, site_of(request), visitor, found)


def shown(
    tx: Transaction, site: Site, visitor: Asker, found: tuple[Entry, ...]
) -> tuple[Line, ...]:
    """Entries as whoever asks may see them."""
    names = {account.name: account.full_name for account in accounts.everyone(tx)}
    ids = {entry.subject for entry in found if _MESSAGE.fullmatch(entry.subject)}
    rows = tx.execute(select(messages.c.id, messages.c.queue).where(messages.c.id.in_(ids)))
    in_queue = {row.id: row.queue for row in rows}
    ones_own = queues(visitor)
    masked = said.masker(site.detection)

    def line(entry: Entry) -> Line:
        is_message = entry.subject in ids
        theirs = in_queue.get(entry.subject) in ones_own
        told = entry.detail if theirs or not is_message else ""
        if not (theirs and visitor.may(Right.SEE_CONTENT)) and entry.act not in ABOUT_ACCOUNTS:
            told = masked(told)
        about = names.get(entry.subject, entry.subject)
        return Line(
            entry,
            "" if entry.actor == audit.OURSELVES else names.get(entry.actor, entry.actor),
            acts.sentence(entry.act),
            f"message {about}" if is_message else about,
            f"/messages/{entry.subject}" if theirs else "",
            told,
            bool(entry.detail and not told),
        )

    return tuple(map(line, found))


def _cells(line: Line) -> tuple[str | int, ...]:
    entry = line.entry
    at = datetime.fromtimestamp(entry.acted_at, UTC).isoformat(" ", "seconds")
    who, at = entry.actor, at.removesuffix("+00:00")
    return entry.number, at, who, entry.act, entry.subject, line.said


def _by_day(lines: tuple[Line, ...]) -> tuple[tuple[date, tuple[Line, ...]], ...]:
    days: dict[date, list[Line]] = {}
    for line in lines:
        at = datetime.fromtimestamp(line.entry.acted_at, UTC)
        days.setdefault(at.date(), []).append(line)
    return tuple((day, tuple(some)) for day, some in days.items())


def _day(text: str) -> datetime | None:
    """The beginning of a day (YYYY-MM-DD, UTC); None for anything else."""
    try:
        day = datetime.combine(date.fromisoformat(text.strip()), datetime.min.time(), UTC)
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None
