from __future__ import annotations

import pytest

from dlpguard.detectors import Setup, date_of_birth
from dlpguard.document import Text


def values(text: str, setup: Setup | None = None) -> list[str]:
    return [f.value for f in date_of_birth.find(Text("body", text), setup or Setup())]


@pytest.mark.parametrize(
    "text",
    [
        "DOB 02/03/1984", "D.O.B.: 2.3.84", "Date of birth: 2 March 1984", "born on 2nd March 1984",
        "date of birth (dd/mm/yyyy): 02-03-1984", "Ann Bee (02/03/1984 DOB)", "b. 2 Mar 1984",
        "born March 2, 1984", "DOB: 1984-03-02", "dob\n02/03/84", "Dyddiad geni: 02/03/1984",
        "she was born 2nd of March, 1984",
    ],
)  # fmt: skip
def test_a_date_with_a_word_for_birth_beside_it_is_one(text: str) -> None:
    assert ["1984-03-02"] == values(text)


@pytest.mark.parametrize(
    "text",
    [
        "We met on 02/03/1984.", "Invoice of 2 March 1984", "DOB unknown, seen 12 times",
        "born in Plymouth and moved in a hurry with all her things on 02/03/1984",
        "DOB 31/02/1984", "DOB 12.34", "reborn 02/03/1984", "version 2.3.84",
    ],
)  # fmt: skip
def test_every_other_date_is_left_alone(text: str) -> None:
    assert [] == values(text)


def test_the_date_after_a_birth_date_is_not_one() -> None:
    assert ["1984-03-02"] == values("DOB 02/03/1984, referred 12/11/2013")


def test_day_and_month_stand_as_the_region_writes_them() -> None:
    assert ["1984-03-02"] == values("DOB 02/03/1984", Setup("GB"))
    assert ["1984-02-03"] == values("DOB 02/03/1984", Setup("US"))
    assert ["1982-03-29"] == values("DOB 3/29/1982", Setup("GB"))


def test_two_figures_mean_the_last_hundred_years() -> None:
    assert ["2019-03-02", "1934-03-02"] == values("DOB 02/03/19; DOB 02/03/34")


@pytest.mark.parametrize(
    "cell",
    [
        "1984-03-02", "02/03/1984", "2 March 1984", "1984-03-02 00:00:00", "2-Mar-84", "02.03.84",
        "1984-03-02T00:00:00",
    ],
)  # fmt: skip
def test_a_cell_holds_a_date_as_spreadsheets_write_it(cell: str) -> None:
    assert "1984-03-02" == date_of_birth.read_cell(cell, Setup())


@pytest.mark.parametrize("cell", ["30742", "2 marching 1984", "02/13/2013/1", "10:30", "1984", ""])
def test_a_cell_with_anything_else_holds_none(cell: str) -> None:
    assert date_of_birth.read_cell(cell, Setup()) is None
