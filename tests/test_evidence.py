"""Evidence: what was packed is what is unpacked; anything else is a clear error."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard import evidence
from dlpguard.document import Document, Gap, Hidden, Table, Text, Unread
from dlpguard.evidence import Evidence
from dlpguard.finding import Confidence, Finding

SHEET = Table(
    "clients.xlsx › Sheet1",
    ("Name", "Phone"),
    (("Ann Lee", "07700 900123"), ("Bo", "")),
    numbers=(1, 3),
    hidden_rows={1: Hidden.ROW},
    hidden_columns={0: Hidden.COLUMN},
    hidden_cells={(0, 1): Hidden.CELL_FORMAT},
)
SEEN = Evidence(
    Document(
        "message",
        "mail",
        (Text("body", "Dear all", Hidden.HTML), SHEET),
        (Gap("x.pdf", Unread.SCAN, "no text"),),
        (Document("clients.xlsx", "xlsx", (SHEET,), inside=(Document("image", "png"),)),),
        ("type-contradiction",),
    ),
    (Finding("phone", "+447700900123", "row 1", 0, 12, Confidence.HIGH, row=0, column=1),),
)


def test_what_was_packed_is_unpacked() -> None:
    assert SEEN == evidence.unpack(evidence.pack(SEEN))


@given(st.binary(max_size=300))
def test_other_bytes_are_an_error_that_does_not_quote_them(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^\w+Error$"):
        evidence.unpack(data)


@pytest.mark.parametrize("block", [[None, None], [["body", "x", None], ["t", [], []]]])
def test_a_block_that_is_neither_text_nor_table_is_an_error(block: object) -> None:
    forged = msgspec.msgpack.encode([["message", "mail", [block], [], [], []], []])

    with pytest.raises(ValueError, match=r"."):
        evidence.unpack(forged)


def test_documents_nested_without_end_are_an_error() -> None:
    data = b"\x92" + (b"\x96\xa0\xa0\x90\x90\x91") * 5000

    with pytest.raises(ValueError, match=r"^\w+Error$"):
        evidence.unpack(data)
