from __future__ import annotations

from dlpguard.document import Hidden, Table, Text
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._fitting import characters, fitting
from dlpguard.mail import Part

TABLE = Table(
    "a", (), (("Ann", "1"), ("Bob", "2"), ("Cy", "3")), None, (4, 5, 6),
    {0: Hidden.ROW, 2: Hidden.ROW}, {}, {(1, 0): Hidden.CELL_FORMAT, (2, 0): Hidden.CELL_FORMAT},
)  # fmt: skip


def test_a_block_that_fits_stays_as_it_is() -> None:
    assert fitting(TABLE, characters(TABLE)) is TABLE


def test_a_table_keeps_the_rows_that_fit_with_their_numbers_and_hidden_cells() -> None:
    kept = fitting(TABLE, 9)

    assert isinstance(kept, Table)
    assert (("Ann", "1"), ("Bob", "2")) == kept.rows
    assert (4, 5) == kept.numbers
    assert {0: Hidden.ROW} == kept.hidden_rows
    assert {(1, 0): Hidden.CELL_FORMAT} == kept.hidden_cells


def test_a_text_keeps_its_beginning() -> None:
    assert Text("a", "Ann") == fitting(Text("a", "Ann Bee"), 3)


def test_the_beginning_of_a_document_that_is_too_long_is_read() -> None:
    part = Part("1", b"Ann Bee " * 1000, "text/plain", "a.txt")
    document = extract(part, Budget(Limits(characters=100)))

    assert ["Ann Bee " * 12 + "Ann "] == [
        b.text for b in document.blocks[:1] if isinstance(b, Text)
    ]
    assert ["more than 100 characters"] == [gap.detail for gap in document.gaps]
