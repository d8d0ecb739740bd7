"""The mail itself, as its recipients would read it: its texts, its header fields.

HTML is shown in a sandboxed frame with a policy of its own, under which nothing runs and nothing
is loaded: it is a page without scripts, forms, pictures and links, of which even its own style
sheet is known by its digest.
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from dlpguard.errors import NotFoundError
from dlpguard.store import bodies, messages
from dlpguard.store.bodies import Stored
from dlpguard.store.database import Transaction
from dlpguard.web import mail_view
from dlpguard.web.access import OnesOwnQueues
from dlpguard.web.looking import Seen, look, show
from dlpguard.web.mail_view import MOST_READ, Mail
from dlpguard.web.roles import Right
from dlpguard.web.session import Visitor, may, site_of
from dlpguard.web.site import page

router = APIRouter(
    prefix="/messages/{id}", default_response_class=HTMLResponse, dependencies=[OnesOwnQueues]
)

Reader = Annotated[Visitor, Depends(may(Right.SEE_CONTENT))]

STYLE = (
    "html{font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;color:#0b0c0c;"
    "background:#fff}body{margin:12px;overflow-wrap:anywhere}table{border-collapse:collapse}"
    "td,th{border:1px solid #b1b4b6;padding:2px 6px;text-align:left;vertical-align:top}"
    "pre{white-space:pre-wrap}blockquote{margin-left:12px;padding-left:12px;"
    "border-left:3px solid #b1b4b6}"
)
"""How a mail is shown: not as its author styled it, but so that everything in it is seen."""

_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")

FRAME_SECURITY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_DIGEST}'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    )
)
"""The frame's own policy: stricter than the site's, but that our page may have it in a frame."""


@router.get("/mail")
def mail(request: Request, id: str, visitor: Reader, missing: str = "") -> Response:
    """The texts of the mail."""
    seen = look(request, id, visitor)
    found = _read(request, id, seen)
    over = seen.veil
    return show(
        request,
        "mail.html",
        visitor,
        seen,
        mail=found,
        texts={b.number: mail_view.text(b, over) for b in found.bodies if not b.is_html},
        may_download=visitor.may(Right.DOWNLOAD),
        missing_reason=missing == "reason",
    )


@router.get("/mail/{number}")
def frame(request: Request, id: str, number: int, visitor: Reader) -> Response:
    """An HTML text of the mail, for the frame on that page."""
    seen = look(request, id, visitor)
    shown = [b for b in _read(request, id, seen).bodies if b.number == number and b.is_html]
    if not shown:
        raise NotFoundError(f"message {id} has no such text")
    safe = mail_view.html(shown[0], seen.veil)
    made = page(site_of(request), "mail-frame.html", style=STYLE, safe=safe)
    headers = {"Content-Security-Policy": FRAME_SECURITY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(made, headers=headers)


@router.get("/headers")
def headers(request: Request, id: str, visitor: Reader) -> Response:
    """The header fields of the mail as they came, and those that dlpguard adds."""
    seen = look(request, id, visitor)
    store = site_of(request).store

    def work(tx: Transaction) -> tuple[Stored, bytes]:
        row = messages.get(tx, id)
        return bodies.find(tx, id), tx.keys.open(row.trace, f"trace:{id}")

    stored, trace = store.database.read_now(work)
    raw = stored.beginning(store.keys, store.shelf, MOST_READ)
    over = seen.veil
    added = seen.held.record.add_headers
    ours = trace + "".join(f"{name}: {value}\r\n" for name, value in added).encode()
    return show(
        request,
        "headers.html",
        visitor,
        seen,
        fields=mail_view.fields(raw, over),
        ours=mail_view.fields(ours + b"\r\n", over),
    )


def _read(request: Request, id: str, seen: Seen) -> Mail:
    """The mail.  `NotFoundError` when it is not kept any more."""
    store = site_of(request).store
    stored = store.database.read_now(partial(bodies.find, message_id=id))
    raw = stored.beginning(store.keys, store.shelf, MOST_READ)
    return mail_view.mail(raw, is_whole=stored.size <= MOST_READ, evidence=seen.evidence)
