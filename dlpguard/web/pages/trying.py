"""A box to try a message on the policies: what would happen to it, and why.  Nothing is kept.

A file can be large and hostile.  So it is read in the sandbox like any mail, it stays in memory
until it has been read (a form's parser would put it on the disk), and one is tried at a time.  What
it says is not shown, to whoever sent it in neither: only counts, kinds and reasons.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import getaddresses
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from dlpguard import policy
from dlpguard.errors import TemporaryError
from dlpguard.facts import Facts
from dlpguard.mail import Envelope
from dlpguard.policy import describe, phrases
from dlpguard.policy.evaluate import Asked, Trace, trace
from dlpguard.policy.language import FLOOR
from dlpguard.runners import trying
from dlpguard.verdict import Action, Verdict
from dlpguard.web.roles import Right
from dlpguard.web.rulebook import Rulebook
from dlpguard.web.session import Visitor, from_our_page, may, site_of
from dlpguard.web.site import page
from dlpguard.web.words import _

router = APIRouter(prefix="/try", default_response_class=HTMLResponse)

Trier = Annotated[Visitor, Depends(may(Right.SEE_POLICIES))]

LARGEST = 25 * 1024 * 1024
"""Bytes of a form with a file: what most mail systems let a message have."""

SLOWEST = 300.0
"""Seconds in which a file has to come: nobody keeps the turn from others by sending slowly."""

MOST_RECIPIENTS = 1000

_LONGEST_FIELD = 200_000
"""Bytes of what is written into the form."""

WOULD = {
    Action.ALLOW: _("It would go"),
    Action.TAG: _("It would go, and be marked"),
    Action.CONFIRM: _("Its sender would be asked whether they meant it"),
    Action.QUARANTINE: _("It would be held for a reviewer"),
    Action.REJECT: _("It would not be sent"),
}
"""What would happen."""

PROBLEMS = {
    "nothing": _("Choose a file, or write a text."),
    "to": f"Give addresses with commas between them, {MOST_RECIPIENTS} at most.",
    "busy": _("Somebody is trying a message at this moment. Try again in a minute."),
    "failed": _("The sandbox that reads mail does not work at the moment. Try again in a minute."),
    "where": _("This site runs without the relay: try it where the relay runs (dlpguard scan)."),
    "long": _("The form could not be read: a file may have 24 MB."),
}
"""What was wrong."""

_turn = threading.Lock()
"""One at a time: each may take as much memory as three times its size, and a worker."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What would happen to a message; nothing of it but counts, kinds and reasons is shown."""

    verdict: Verdict
    facts: Facts = field(repr=False)
    traces: tuple[Trace, ...]

    @property
    def headline(self) -> str:
        """Who would send whose data to whom."""
        return policy.headline(self.facts)

    @property
    def floor(self) -> str:
        """What is held whatever policies say; "" when nothing is."""
        found = (m for m in self.verdict.matches if m.policy == FLOOR)
        return next(("; ".join(r.text for r in m.reasons) for m in found), "")

    @property
    def matched(self) -> tuple[Trace, ...]:
        """The policies that match, the strongest first."""
        by_name = {traced.policy.name: traced for traced in self.traces}
        return tuple(by_name[m.policy] for m in self.verdict.matches if m.policy in by_name)

    @property
    def hidden(self) -> tuple[tuple[str, int], ...]:
        """In what ways something cannot be seen, and in how many places."""
        return tuple(sorted(Counter(str(place.why) for place in self.facts.hidden).items()))

    @property
    def unread(self) -> tuple[str, ...]:
        """What could not be read."""
        return tuple(reason.text for reason in phrases.unread(self.facts.gaps))

    @property
    def others(self) -> tuple[Trace, ...]:
        """Policies that do not match, of which something holds; the nearest first."""
        near = (t for t in self.traces if not t.matches and any(a.reasons for a in t.when))
        return tuple(sorted(near, key=lambda t: (_missing(t), t.policy.title)))


@router.get("")
def form(request: Request, visitor: Trier) -> Response:
    """The box."""
    rules = site_of(request).rules
    return _show(request, visitor, {}, "" if rules and rules.read else "where")


@router.post("")
async def attempt(request: Request, visitor: Trier) -> Response:
    """Read what was sent, judge it, show what came of it, and forget it."""
    if not _turn.acquire(blocking=False):
        return await run_in_threadpool(_show, request, visitor, {}, "busy")
    try:
        return await _attempt(request, visitor)
    finally:
        _turn.release()


async def _attempt(request: Request, visitor: Visitor) -> Response:
    try:
        async with asyncio.timeout(SLOWEST):
            given = await _form(request)
    except (MultiPartException, HTTPException, TimeoutError, ClientDisconnect):
        return await run_in_threadpool(_show, request, visitor, {}, "long")
    try:
        from_our_page(request, _text(given, "csrf"))
        file = given.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
        name = str(file.filename) if isinstance(file, UploadFile) else ""
    finally:
        await given.close()
    return await _answer(request, visitor, given, name, content)


async def _answer(
    request: Request, visitor: Visitor, given: FormData, name: str, content: bytes
) -> Response:
    kept = {name: _text(given, name) for name in ("from", "to", "subject", "text", "new")}

    async def show(problem: str, tried: Tried | None = None) -> Response:
        return await run_in_threadpool(_show, request, visitor, kept, problem, tried)

    rules = site_of(request).rules
    if rules is None or rules.read is None:
        return await show("where")
    to = _addresses(kept["to"])
    if to is None or (kept["from"] and len(_addresses(kept["from"]) or ()) != 1):
        return await show("to")
    sender = (_addresses(kept["from"]) or ("",))[0]
    if content:
        made = partial(trying.message, content, name or "file", sender, to, visitor.name)
    elif kept["text"].strip():
        author = sender or visitor.name
        made = partial(trying.written, kept["text"], kept["subject"], author, to)
    else:
        return await show("nothing")
    try:
        raw, envelope = await asyncio.to_thread(made)
        tried = await _try(rules, raw, envelope, is_new=bool(kept["new"]))
    except TemporaryError:
        return await show("failed")
    return await show("", tried)


async def _try(rules: Rulebook, raw: bytes, envelope: Envelope, *, is_new: bool) -> Tried:
    """Whom somebody has written to before is not looked up: it would tell who writes to whom."""
    assert rules.read
    reading = await rules.read(raw, envelope)
    facts, judging = reading.facts, rules.judging()
    viewers = tuple(replace(v, first_time=is_new) for v in facts.audience.viewers)
    facts = replace(facts, audience=replace(facts.audience, viewers=viewers))
    today = datetime.now(UTC).date()

    def judged() -> Tried:
        gaps = judging.accepted_gaps
        verdict = policy.evaluate(
            judging.policies, facts, enforce=True, accepted_gaps=gaps, today=today
        )
        return Tried(verdict, facts, trace(judging.policies, facts, today))

    return await asyncio.to_thread(judged)


class _InMemory(MultiPartParser):
    """Files stay in memory: what is tried may be what must not be on a disk unencrypted."""

    spool_max_size = 0  # never rolled over


async def _form(request: Request) -> FormData:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        parser = _InMemory(
            request.headers,
            request.stream(),
            max_files=1,
            max_fields=10,
            max_part_size=_LONGEST_FIELD,
        )
        return await parser.parse()
    if int(request.headers.get("content-length", "0")) > _LONGEST_FIELD:
        raise MultiPartException("only a file may be large")
    return await request.form(max_files=0, max_fields=10)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _addresses(text: str) -> tuple[str, ...] | None:
    """The addresses in a text; None when something in it is none, or they are too many."""
    if not text:
        return ()
    found = getaddresses([text.replace("\n", ",").replace(";", ",")])
    addresses = tuple(address for name, address in found if name or address)
    right = all("@" in a and a.isprintable() and " " not in a for a in addresses)
    return addresses if right and len(addresses) <= MOST_RECIPIENTS else None


def _missing(traced: Trace) -> int:
    return sum(not asked.reasons for asked in traced.when)


def _told(asked: Asked) -> tuple[str, str]:
    return describe.condition(asked.condition), "; ".join(r.text for r in asked.reasons)


def _show(
    request: Request,
    visitor: Visitor,
    given: Mapping[str, Any],
    problem: str = "",
    tried: Tried | None = None,
) -> Response:
    status = HTTPStatus.OK
    if problem in {"busy", "failed"}:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    elif problem and request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    html = page(
        site_of(request),
        "try.html",
        visitor=visitor,
        section="policies",
        given=given,
        tried=tried,
        would=WOULD,
        told=_told,
        unknown=trying.UNKNOWN,
        problem=PROBLEMS.get(problem, ""),
        is_off=problem == "where",
    )
    return HTMLResponse(html, status)
