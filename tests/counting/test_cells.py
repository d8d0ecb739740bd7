"""Columns that are read by shape are read as their detectors read them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard import detectors
from dlpguard.counting import cells
from dlpguard.detectors import Setup

SETUP = Setup(case_references=(r"ILS/\d{4}/\d{5}",))
digits = st.text("0123456789", min_size=6, max_size=6)


@pytest.mark.parametrize("shape", ["07700 {}", "077 {0:.3} {0:.6}", "+44 (0)1632 {}", "01632{}"])
@given(st.lists(digits, min_size=30, max_size=60))
@settings(max_examples=20, deadline=None)
def test_telephones_of_one_shape_are_read_as_the_detector_reads_them(
    shape: str, numbers: list[str]
) -> None:
    column = [shape.format(number) for number in numbers]
    read = cells.reader("phone", SETUP)
    theirs = [detectors.BY_KIND["phone"].read_cell(cell, SETUP) for cell in column]

    for cell, value in zip(column, theirs, strict=True):
        assert read(cell) in (value, *([] if value else [_national(cell)]))


def _national(cell: str) -> str:
    """What a number that is not in service would be if it were."""
    bare = "".join(c for c in cell.replace("+44", "").replace("(0)", "") if c.isdigit())
    return "+44" + bare.lstrip("0")


@given(st.lists(digits, min_size=30, max_size=60))
@settings(max_examples=20, deadline=None)
def test_references_are_read_as_the_detector_reads_them(numbers: list[str]) -> None:
    column = [f"ILS/2013/{number[:5]}" for number in numbers]
    read = cells.reader("case_reference", SETUP)

    assert column == [read(cell) for cell in column]


def test_other_kinds_are_asked_cell_by_cell() -> None:
    read = cells.reader("date_of_birth", SETUP)
    wrong = ["31/02/1984"] * 20

    assert [None] * 20 == [read(cell) for cell in wrong]
    assert "1984-03-02" == read("02/03/1984")
