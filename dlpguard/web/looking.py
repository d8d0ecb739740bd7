"""Looking at one message: what a visitor may see of it, and the record that they looked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from dlpguard.document import Document, Table
from dlpguard.errors import NotFoundError
from dlpguard.evidence import Evidence, unpack
from dlpguard.finding import Finding
from dlpguard.policy import words
from dlpguard.store import (
    accounts,
    audit,
    bodies,
    casework,
    messages,
    quarantine,
    returned,
    reveals,
)
from dlpguard.store.casework import Comment
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.quarantine import Held, Moved
from dlpguard.store.returned import Returned
from dlpguard.web.access import Asker, queues
from dlpguard.web.masking import Veil, mask_address, mask_known, mask_person, veil, words_of
from dlpguard.web.message_view import CIRCLES
from dlpguard.web.roles import Right
from dlpguard.web.session import Visitor, site_of
from dlpguard.web.site import page

LOOKED_SECONDS = 3600.0
"""A look is recorded once in this time for one person and message, not for each page of it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a visitor may see of a message.

    `evidence`, `comments` and `before` are empty without the right to content,
    `evidence` also where none was kept.  `before` is the last time that the same was returned,
    `before_by` the full name of whoever did it.  `has_body`: its bytes are still kept.
    """

    held: Held
    history: tuple[Moved, ...] = field(repr=False)
    outcomes: dict[str, int]
    revealed: bool
    owner: str
    rightly: bool | None
    has_body: bool
    may_see_content: bool
    comments: tuple[Comment, ...] = field(default=(), repr=False)
    evidence: Evidence | None = field(default=None, repr=False)
    before: Returned | None = field(default=None, repr=False)
    before_by: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The words of the names of whom it tells about."""
        return words_of(person.name for person in self.held.record.facts.people.everyone)

    @property
    def veil(self) -> Veil | None:
        """What lies on a running text of it; None: nothing is masked."""
        if self.revealed:
            return None
        people = self.held.record.facts.people.everyone
        found = self.evidence.findings if self.evidence else ()
        blocks = _blocks(self.evidence.document) if self.evidence else ()
        return veil((p.name for p in people), {_value(blocks, finding) for finding in found})

    @property
    def text(self) -> Callable[[str], str]:
        """How a file name or a place is shown."""
        return _as_it_is if self.revealed else partial(mask_known, known=self.names)


def look(request: Request, id: str, visitor: Visitor) -> Seen:
    """The message, for this visitor.  That they looked is recorded.

    `NotFoundError` while it has not been inspected.
    """
    return look_in(site_of(request).store, id, visitor)


def look_in(store: Store, id: str, visitor: Asker) -> Seen:
    """The same for whoever asks, at a browser or by a token."""
    content = visitor.may(Right.SEE_CONTENT)

    def work(tx: Transaction) -> tuple[Seen, bytes, bool]:
        held = quarantine.find(tx, id)
        if held is None:
            raise NotFoundError(f"message {id} has not been inspected yet")
        row = messages.get(tx, id)
        has_body = row.body_id is not None
        before = returned.before(tx, id, held.record.facts, queues(visitor)) if content else None
        account = accounts.find(tx, before.actor) if before else None
        seen = Seen(
            held,
            tuple(quarantine.history(tx, id)),
            quarantine.outcomes(tx, id),
            content and reveals.is_revealed(tx, id, visitor.account.id),
            row.owner or "",
            row.rightly,
            has_body,
            content,
            tuple(casework.said(tx, id)) if content else (),
            before=before,
            before_by=(account.full_name if account else before.actor) if before else "",
        )
        packed = bodies.read_evidence(tx, id) if content and has_body else b""
        return seen, packed, tx.now() - audit.last(tx, visitor.name, "show", id) > LOOKED_SECONDS

    seen, packed, is_new = store.database.read_now(work)
    if is_new:
        store.database.write_now(lambda tx: audit.record(tx, visitor.name, "show", id))
    return replace(seen, evidence=unpack(packed)) if packed else seen


def show(
    request: Request, template: str, visitor: Visitor, seen: Seen, **values: object
) -> Response:
    """A page of a message, with what all of them need."""
    site = site_of(request)
    html = page(
        site,
        template,
        visitor=visitor,
        section="queue",
        held=seen.held,
        facts=seen.held.record.facts,
        verdict=seen.held.record.verdict,
        history=seen.history,
        has_content=seen.evidence is not None,
        has_body=seen.has_body,
        revealed=seen.revealed,
        may_see_content=seen.may_see_content,
        shown=seen.text,
        shown_person=str.title if seen.revealed else mask_person,
        shown_address=_as_it_is if seen.revealed else mask_address,
        circle_name=CIRCLES,
        kinds=words.kinds,
        unexplained=request.query_params.get("reason") == "missing",
        here=_here(request, seen.held.id),
        **values,
    )
    return HTMLResponse(html)


def _blocks(document: Document) -> tuple[object, ...]:
    return tuple(block for each in document.walk() for block in each.blocks)


def _value(blocks: tuple[object, ...], finding: Finding) -> str:
    """What was found, as it stood there."""
    block = blocks[finding.block]
    if isinstance(block, Table):
        cell = block.rows[finding.row][finding.column]
        return cell[finding.start : finding.end]
    return str(getattr(block, "text", ""))[finding.start : finding.end]


def _as_it_is(text: str) -> str:
    return text


def _here(request: Request, id: str) -> str:
    """Where to come back to: what a form was sent to has no page of its own."""
    if request.method != "GET":
        return f"/messages/{id}"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
