"""A message as a file, exactly as it came: for incidents, by whoever has the role, with a reason.

The file is called by dlpguard's id, so nothing of the mail is in its name, and it has a type that
no browser opens.  Attachments are not served by themselves.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from dlpguard.store import audit, bodies
from dlpguard.store.bodies import Stored
from dlpguard.store.database import Transaction
from dlpguard.web.access import OnesOwnQueues
from dlpguard.web.roles import Right
from dlpguard.web.session import OurForm, Visitor, may, site_of

router = APIRouter(prefix="/messages/{id}", dependencies=[OnesOwnQueues])


@router.post("/download", dependencies=[OurForm])
def download(
    request: Request,
    id: str,
    visitor: Annotated[Visitor, Depends(may(Right.DOWNLOAD))],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """The message's bytes.  Who took them, and why, is in the audit log for good."""
    if not reason.strip():
        return RedirectResponse(f"/messages/{id}/mail?missing=reason", HTTPStatus.SEE_OTHER)
    store = site_of(request).store

    def work(tx: Transaction) -> Stored:
        stored = bodies.find(tx, id)
        audit.record(tx, visitor.name, "download", id, reason.strip())
        return stored

    stored = store.database.write_now(work)
    return StreamingResponse(
        stored.pieces(store.keys, store.shelf),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{stored_name(id)}"',
            "Content-Length": str(stored.size),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


def stored_name(id: str) -> str:
    """What the file is called: letters and digits of an id, whatever was asked for.

    >>> stored_name('01J5XG"; filename=x')
    'message-01J5XGfilenamex.eml'
    """
    return f"message-{''.join(c for c in id if c.isascii() and c.isalnum())}.eml"
