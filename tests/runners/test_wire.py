from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dlpguard.document import Document, Gap, Hidden, Table, Text, Unread
from dlpguard.evidence import unpack
from dlpguard.facts import Campaign, Facts, HiddenPlace, Tally
from dlpguard.finding import Confidence, Finding
from dlpguard.inspection import Inspection
from dlpguard.people import People, Person
from dlpguard.runners import _wire

SHEET = Table(
    "clients.xlsx › Sheet1",
    ("Name", "Phone"),
    (("Ann Lee", "07700 900123"), ("Bo Day", "")),
    None,
    (4, 9),
    {1: Hidden.ROW},
    {1: Hidden.COLUMN},
    {(0, 1): Hidden.CELL_COMMENT},
)
INSPECTION = Inspection(
    Facts(
        "ann@council.example",
        people=People((Person("Ann Lee", ("phone",), "row 4", listed=True, digest=b"\xff" * 16),)),
        findings={"phone": Tally(1)},
        hidden=(HiddenPlace("clients.xlsx › Sheet1", Hidden.ROW),),
        campaign=Campaign(seen={b"\x00\xff": 3}),
    ),
    Document(
        "message",
        "mail",
        (Text("body", "Dear all", Hidden.HTML), SHEET, Text("body", "")),
        (Gap("x.pdf", Unread.SCAN, "no text"),),
        (Document("clients.xlsx", "xlsx", (SHEET,), inside=(Document("image", "png"),)),),
        ("type-contradiction",),
    ),
    (Finding("phone", "07700900123", "row 4", 0, 12, Confidence.HIGH, hidden=Hidden.CELL_COMMENT),),
)


def there_and_back(inspection: Inspection) -> Inspection:
    said = _wire.decode_said(_wire.pack(7, inspection))
    assert isinstance(said, _wire.Result)
    seen = unpack(said.evidence)
    return Inspection(said.facts, seen.document, seen.findings)


def test_an_inspection_arrives_as_it_was_sent() -> None:
    assert there_and_back(INSPECTION) == INSPECTION


def test_a_lone_surrogate_arrives_as_one_replacement_character() -> None:
    document = Document("a\udc80.txt", "text", (Text("body", "caf\udce9 for Ann"), SHEET))
    arrived = there_and_back(replace(INSPECTION, document=document))
    mended = Document("a\ufffd.txt", "text", (Text("body", "caf\ufffd for Ann"), SHEET))

    assert arrived.document == mended
    assert arrived.facts == INSPECTION.facts


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_a_lie_or_a_message(payload: bytes) -> None:
    try:
        said = _wire.decode_said(bytes(payload))
    except _wire.Lie:
        return
    assert isinstance(said, _wire.Said)


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=4))
def test_an_answer_that_was_tampered_with_is_a_lie_or_an_inspection(
    place: int, noise: bytes
) -> None:
    payload = bytearray(_wire.pack(7, INSPECTION))
    place %= len(payload)
    payload[place : place + len(noise)] = noise
    try:
        said = _wire.decode_said(bytes(payload))
    except _wire.Lie:
        return
    assert isinstance(said, _wire.Said)
