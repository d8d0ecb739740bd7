"""What a message says, about whom, and to whom: masked until a reason was given for seeing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from dlpguard.audience import Circle
from dlpguard.document import Hidden
from dlpguard.errors import NotFoundError
from dlpguard.store import audit, bodies, reveals
from dlpguard.store.bodies import Stored
from dlpguard.store.database import Transaction
from dlpguard.web import deciding, evidence_view
from dlpguard.web.api._caller import Caller, MessageId, about
from dlpguard.web.api._problems import documented
from dlpguard.web.api._values import Body, Number, Time, Words, time
from dlpguard.web.evidence_view import Passage, Piece
from dlpguard.web.looking import Seen, look_in
from dlpguard.web.masking import mask_address, mask_person
from dlpguard.web.message_view import in_order, one_page, worst_first
from dlpguard.web.pages.download import stored_name
from dlpguard.web.roles import Right

router = APIRouter(
    prefix="/messages/{id}", tags=["content"], responses=documented(401, 403, 404, 422, 429, 503)
)

_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

ContentReader = Annotated[Caller, about(Right.SEE_CONTENT)]


class Person(BaseModel):
    """Somebody whom a message tells about."""

    name: str = Field(description="Their name; masked.", examples=["J*** S****"])
    kinds: list[str] = Field(
        description="What it tells about them.", examples=[["person_name", "phone"]]
    )
    where: str = Field(description="Where; masked.", examples=["clients.xlsx › Sheet2 › row 14"])
    hidden: Hidden | None = Field(description="Why somebody looking would not see them.")
    private: bool = Field(description="With something that is nobody else's business.")
    listed: bool = Field(description="One of at least three alike.")


class People(BaseModel):
    """A page of the people whom a message tells about: hidden and private ones first."""

    people: list[Person]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    pages: int = Field(ge=1)


class Recipient(BaseModel):
    """Somebody who would get a message, or whose address it shows."""

    key: str = Field(
        description="Stands for the address in a release of this message.",
        examples=["3f9a0c5d7e1b2a4c6d8e"],
    )
    address: str = Field(description="Masked.", examples=["j***@webmail.example"])
    circle: Circle
    receives: bool = Field(description="They would get it.")
    shown: bool = Field(description="Their address stands in To or Cc.")
    first_time: bool | None = Field(
        description="The sender has never written to them; null where that is not known."
    )


class Recipients(BaseModel):
    """A page of a message's recipients: personal mailboxes first, colleagues last."""

    recipients: list[Recipient]
    total: int = Field(ge=0)
    page: int = Field(ge=1)
    pages: int = Field(ge=1)


class Part(BaseModel):
    """A part of a text.  `kind` names what was found in it; null: nothing."""

    text: str
    kind: str | None = None


class Cell(BaseModel):
    """A cell of a table."""

    parts: list[Part]
    hidden: Hidden | None = None


class Row(BaseModel):
    """A row of a table."""

    number: int = Field(description="The number that it has in its file.")
    cells: list[Cell]
    hidden: Hidden | None = None


class Shown(BaseModel):
    """A text, or some rows of a table."""

    where: str = Field(description="Where it stands; masked.", examples=["clients.xlsx › Sheet2"])
    hidden: Hidden | None = Field(description="Why somebody looking at the file would not see it.")
    parts: list[Part] = Field(description="The text; empty for a table.")
    heading: list[str] = Field(description="What the format marks as heading.")
    rows: list[Row] = Field(description="The rows; empty for a text.")
    hidden_columns: list[Hidden | None] = Field(description="Why columns would not be seen.")


class FilePage(BaseModel):
    """A page of what a file says, with what was found in its place."""

    revealed: bool = Field(description="Whether nothing is masked.")
    passages: list[Shown]
    page: int = Field(ge=1)
    pages: int = Field(ge=1)


class Reason(Body):
    """Why it has to be seen, or taken."""

    reason: Annotated[Words, Field(max_length=500)] = Field(
        description="It stands in the audit for good.",
        examples=["Are they our clients, or theirs?"],
    )


class Revealed(BaseModel):
    """Nothing of the message is masked for this account for a while, here and on the pages."""

    until: Time = Field(description="Until then.")


@router.get("/people", operation_id="list_people", summary="Whom it tells about")
def people(id: MessageId, asking: ContentReader, page: Number = 1) -> People:
    """Everybody it tells about: hidden and private people first."""
    seen = look_in(asking.store, id, asking)
    everyone = worst_first(seen.held.record.facts.people.everyone)
    shown, last = one_page(everyone, page)
    return People(
        people=[
            Person(
                name=one.name.title() if seen.revealed else mask_person(one.name),
                kinds=list(one.kinds),
                where=seen.text(one.where),
                hidden=one.hidden,
                private=one.private,
                listed=one.listed,
            )
            for one in shown
        ],
        total=len(everyone),
        page=page,
        pages=last,
    )


@router.get("/recipients", operation_id="list_recipients", summary="To whom it goes")
def recipients(id: MessageId, asking: ContentReader, page: Number = 1) -> Recipients:
    """Everybody who would get this message, or whose address it shows."""
    seen = look_in(asking.store, id, asking)
    everyone = in_order(seen.held.record.facts.audience.viewers)
    shown, last = one_page(everyone, page)
    return Recipients(
        recipients=[
            Recipient(
                key=deciding.token_of(asking.store.keys, id, one.address),
                address=one.address if seen.revealed else mask_address(one.address),
                circle=one.circle,
                receives=one.receives,
                shown=one.shown,
                first_time=one.first_time,
            )
            for one in shown
        ],
        total=len(everyone),
        page=page,
        pages=last,
    )


@router.get("/files/{file}", operation_id="get_file", summary="What a file says")
def file(
    id: MessageId,
    file: Annotated[int, Path(ge=0, le=100_000, description="Which file, from 0.")],
    asking: ContentReader,
    page: Number = 1,
) -> FilePage:
    """A page of what one of its files says, with what was found in its place."""
    seen = look_in(asking.store, id, asking)
    if seen.evidence is None:
        raise NotFoundError(f"what message {id} says is not kept any more")
    everything = evidence_view.files(seen.evidence)
    if file >= len(everything) or page > everything[file].pages:
        raise NotFoundError(f"message {id} has no such page")
    masked = None if seen.revealed else seen.names
    return FilePage(
        revealed=seen.revealed,
        passages=[
            _shown(seen, one) for one in evidence_view.page(seen.evidence, file, page, masked)
        ],
        page=page,
        pages=everything[file].pages,
    )


@router.post(
    "/reveal",
    operation_id="reveal_message",
    summary="See what is masked",
    responses=documented(413),
)
def reveal(id: MessageId, body: Reason, asking: ContentReader) -> Revealed:
    """Show what was masked, for an hour, to whoever gives a reason."""

    def work(tx: Transaction) -> float:
        reveals.reveal(tx, id, asking.account.id, asking.name, body.reason.strip())
        return tx.now()

    return Revealed(until=time(asking.store.database.write_now(work) + reveals.SECONDS))


@router.post(
    "/download",
    operation_id="download_message",
    summary="The message, as it came",
    response_class=StreamingResponse,
    responses=documented(413) | {200: {"description": "Its bytes.", "content": _BYTES}},
)
def download(
    id: MessageId, body: Reason, asking: Annotated[Caller, about(Right.DOWNLOAD)]
) -> StreamingResponse:
    """The message's bytes, exactly as they came.  Who took them, and why, is in the audit."""

    def work(tx: Transaction) -> Stored:
        stored = bodies.find(tx, id)
        audit.record(tx, asking.name, "download", id, body.reason.strip())
        return stored

    stored = asking.store.database.write_now(work)
    return StreamingResponse(
        stored.pieces(asking.store.keys, asking.store.shelf),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{stored_name(id)}"',
            "Content-Length": str(stored.size),
        },
    )


def _shown(seen: Seen, passage: Passage) -> Shown:
    return Shown(
        where=seen.text(passage.where),
        hidden=passage.hidden,
        parts=_parts(passage.pieces),
        heading=[seen.text(head) for head in passage.heading],
        rows=[
            Row(
                number=row.number,
                cells=[Cell(parts=_parts(cell.pieces), hidden=cell.hidden) for cell in row.cells],
                hidden=row.hidden,
            )
            for row in passage.rows
        ],
        hidden_columns=list(passage.hidden_columns),
    )


def _parts(pieces: tuple[Piece, ...]) -> list[Part]:
    return [Part(text=piece.text, kind=piece.kind or None) for piece in pieces]
