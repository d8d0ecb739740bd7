"""Tables that are no lists of people and speak of people all the same."""

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.document import Document, Hidden, Table
from dlpguard.finding import Finding
from dlpguard.people import People


def read(table: Table) -> tuple[tuple[Finding, ...], People]:
    return counting.count(Document("x.xlsx", "xlsx", (table,)), Participants(), Setup())


PAGE = (
    ("", "Mon 22", "Tue 23"),
    ("9:00", "Mary Jones, DOB 02/03/1984, review", "John Smith, DOB 03/04/1985, review"),
    ("10:00", "Kate Walsh, DOB 04/05/1986, review", "free"),
)


def test_the_cells_of_a_diary_are_about_a_person_each() -> None:
    found = read(Table("x", (), PAGE))[1]

    assert (3, 3) == (found.private, found.listed)


def test_a_finding_points_into_its_cell() -> None:
    findings, _ = read(Table("x", (), PAGE))
    born = next(f for f in findings if f.value == "1985-04-03")

    assert (1, 2, "03/04/1985") == (
        born.row,
        born.column,
        PAGE[born.row][born.column][born.start : born.end],
    )


def test_what_is_hidden_is_hidden() -> None:
    found = read(Table("x", (), PAGE, hidden_columns={2: Hidden.COLUMN}))[1]

    assert (2, 1) == (found.visible, found.hidden)


def test_a_menu_is_about_nobody() -> None:
    menu = (("Dish", "Price"), ("Earl Grey, pot", "£1.20"), ("Victoria sponge", "£0.95"))

    assert () == read(Table("x", (), menu))[1].everyone
