"""So many people in, so many people out, whatever the columns and their order."""

import datetime
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard import counting
from dlpguard.counting import Participants
from dlpguard.detectors import Setup
from dlpguard.document import Block, Document, Hidden, Table, Text
from dlpguard.people import People

SETUP = Setup(case_references=(r"ILS/\d{4}/\d{5}",))
FORENAMES = ("Ann", "Robert", "Carl", "Mary", "Eve", "John", "Kate", "Omar", "Siân", "Agnieszka")
SURNAMES = ("Bee", "Smith", "Jones", "Khan", "Patel", "Brown", "Okafor", "O'Neill", "Nowak", "Chen")
COLUMNS = (
    ("Phone", "Tel no", "Mobile"),
    ("Client ref", "Case ref", "ILS ref"),
    ("DOB", "Date of birth"),
    ("NINO", "NI number"),
    ("Email", "E-mail address"),
    ("Address", "Home address"),
    ("Personal budget", "Budget"),
    ("Town",),
)


def cell(column: str, n: int) -> str:
    """What the n-th person has in a column; unique, but for town and money."""
    match column:
        case "Phone" | "Tel no" | "Mobile":
            return f"07700 900{n:03}" if n < 1000 else f"0798{n:07}"
        case "Client ref" | "Case ref" | "ILS ref":
            return f"ILS/2013/{n:05}"
        case "DOB" | "Date of birth":
            return (datetime.date(1930, 1, 1) + datetime.timedelta(n)).strftime("%d/%m/%Y")
        case "NINO" | "NI number":
            return f"AB{n:06}C"
        case "Email" | "E-mail address":
            return f"client{n}@webmail.example"
        case "Address" | "Home address":
            return f"{n + 1} Station Road, Plymouth PL1 2AB"
        case "Personal budget" | "Budget":
            return f"£{n % 40}50.00"
        case _:
            return "Plymouth"


def name(n: int) -> tuple[str, str]:
    """A different name for the first hundred, then again from the start."""
    return FORENAMES[n % 10], SURNAMES[n // 10 % 10]


def roster(
    people: range, columns: list[str], *, split: bool, hidden: Hidden | None = None
) -> Table:
    def row(n: int) -> tuple[str, ...]:
        forename, surname = name(n)
        cells = {"Name": f"{forename} {surname}", "Forename": forename, "Surname": surname}
        return tuple(cells.get(column) or cell(column, n) for column in columns)

    assert split or "Name" in columns
    return Table("roster", (), (tuple(columns), *map(row, people)), hidden)


def count(*blocks: Block) -> People:
    return counting.count(Document("x", "xlsx", blocks), Participants(), SETUP)[1]


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[str], bool]:
    """Columns in any order, with something that tells namesakes apart."""
    telling = draw(st.lists(st.sampled_from(COLUMNS[:6]), min_size=1, max_size=6, unique=True))
    chosen = [draw(st.sampled_from(headings)) for headings in telling]
    chosen += draw(st.lists(st.sampled_from(["Town", "Personal budget"]), unique=True, max_size=2))
    split = draw(st.booleans())
    chosen += ["Surname", "Forename"] if split else ["Name"]
    return draw(st.permutations(chosen)), split


@given(layouts(), st.sampled_from([1, 3, 10, 40, 130]))
@settings(max_examples=60, deadline=None)
def test_a_table_with_headings_has_as_many_people_as_rows(
    layout: tuple[list[str], bool], n: int
) -> None:
    columns, split = layout

    assert n == len(count(roster(range(n), columns, split=split)).everyone)


@given(layouts(), layouts())
@settings(max_examples=30, deadline=None)
def test_the_same_people_in_two_tables_are_counted_once(
    first: tuple[list[str], bool], second: tuple[list[str], bool]
) -> None:
    people = range(100)  # with different names
    one, two = (roster(people, columns, split=split) for columns, split in (first, second))

    assert 100 == len(count(one, two).everyone)


@pytest.mark.parametrize("n", [1, 3, 10, 40, 400, 10_000])
def test_counts_are_exact_at_any_size(n: int) -> None:
    columns = ["Client ref", "Surname", "Forename", "DOB", "Phone"]

    assert n == len(count(roster(range(n), columns, split=True)).everyone)


def test_visible_and_hidden_people_are_counted_apart() -> None:
    columns = ["Name", "Phone", "Case ref"]
    visible = roster(range(150), columns, split=False)
    hidden = roster(range(150, 1150), columns, split=False, hidden=Hidden.SHEET)
    found = count(visible, hidden)

    assert (150, 1000) == (found.visible, found.hidden)


def test_what_is_seen_and_hidden_too_is_seen() -> None:
    columns = ["Name", "Phone", "Case ref"]
    visible = roster(range(150), columns, split=False)
    everybody = roster(range(1150), columns, split=False, hidden=Hidden.PIVOT_CACHE)
    found = count(visible, everybody)

    assert (150, 1000) == (found.visible, found.hidden)


@pytest.mark.parametrize("between", [", ", "\t", " | ", "   ", ";"])
def test_a_list_pasted_into_the_body_is_counted(between: str) -> None:
    table = roster(range(40), ["Name", "Phone", "Case ref"], split=False)
    lines = "\n".join(between.join(row) for row in table.rows)
    found = count(Text("body", f"Dear all,\n\nsee below.\n\n{lines}\n\nKind regards\nZoe\n"))

    assert (40, 40, 40) == (len(found.everyone), found.private, found.listed)


def test_a_list_in_the_body_and_attached_is_counted_once() -> None:
    table = roster(range(40), ["Name", "Phone", "Case ref"], split=False)
    text = Text("body", "\n".join("\t".join(row) for row in table.rows))

    assert 40 == len(count(text, table).everyone)


def test_ten_thousand_rows_of_eight_columns_take_a_second_or_so() -> None:
    columns = ["Surname", "Forename", "DOB", "NINO", "Phone", "Email", "Address", "Case ref"]
    table = roster(range(10_000), columns, split=True)
    start = time.process_time()
    count(table)

    assert time.process_time() - start < 4  # 1 s when nobody else uses the machine
