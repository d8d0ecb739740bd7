"""Whom a row is about when the row does not say it."""

import pytest

from dlpguard.counting import naming
from dlpguard.counting.grids import Grid
from dlpguard.document import Table


def grid(where: str) -> Grid:
    return Grid(Table(where, (), (("Need", "dementia"),)), ("Need",), (("dementia",),))


def test_a_sheet_may_be_named_after_somebody() -> None:
    assert "Margaret Thompson" == naming.of_sheet(grid("clients.xlsx › Margaret Thompson"))


@pytest.mark.parametrize(
    "where", ["clients.xlsx › Sheet1", "clients.xlsx › Price List", "Margaret Thompson.csv"]
)
def test_other_sheets_are_nobody_s(where: str) -> None:
    assert "" == naming.of_sheet(grid(where))
