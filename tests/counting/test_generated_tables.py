"""Messages with tables of so many people: exact with headings, within five in a hundred without."""

from collections.abc import Callable

import pytest

from dlpguard.people import People
from tests.counting import _files
from tests.counting._generated import COMMUNITIES, HEADING, Invented, people
from tests.counting._sent import sent

WRITERS: dict[str, Callable[[_files.Rows], bytes]] = {
    "people.xlsx": _files.xlsx,
    "people.csv": _files.delimited,
    "people.docx": _files.word,
    "people.html": _files.webpage,
    "people.pdf": _files.pdf,
}
SHEETS = ("hidden", "veryHidden")


def attached(filename: str, rows: _files.Rows) -> People:
    return sent(attachments={filename: WRITERS[filename](rows)}).facts.people


def rows(those: list[Invented], heading: tuple[str, ...] = HEADING) -> list[tuple[str, ...]]:
    return [heading, *(one.row for one in those)] if heading else [one.row for one in those]


@pytest.mark.parametrize("n", [1, 3, 10, 40, 400])
@pytest.mark.parametrize("filename", WRITERS)
def test_a_table_with_headings_holds_exactly_its_people(filename: str, n: int) -> None:
    found = attached(filename, rows(people(n)))

    assert (n, n, 0) == (found.visible, found.private, found.hidden)


@pytest.mark.parametrize("n", [3, 10, 40, 400])
@pytest.mark.parametrize("filename", WRITERS)
def test_a_table_without_headings_holds_its_people(filename: str, n: int) -> None:
    found = attached(filename, rows(people(n), ()))

    assert pytest.approx(n, rel=0.05) == found.visible
    assert pytest.approx(n, rel=0.05) == found.private


@pytest.mark.parametrize("filename", WRITERS)
def test_one_row_without_headings_is_somebody(filename: str) -> None:
    assert 1 == attached(filename, rows(people(1), ())).private


@pytest.mark.parametrize("filename", ["people.xlsx", "people.csv"])
def test_ten_thousand_people_are_counted_exactly(filename: str) -> None:
    found = attached(filename, rows(people(10_000)))

    assert (10_000, 10_000) == (found.visible, found.private)


@pytest.mark.parametrize("community", COMMUNITIES)
def test_a_bare_list_of_names_of_any_community_is_so_many_people(community: str) -> None:
    those = people(60, communities=[community])
    found = attached("people.csv", [(one.name,) for one in those])

    assert pytest.approx(60, rel=0.05) == found.visible


@pytest.mark.parametrize("community", COMMUNITIES)
def test_split_names_of_any_community_need_no_heading(community: str) -> None:
    those = people(60, communities=[community])
    found = attached("people.xlsx", [(one.surname, one.forename, one.phone) for one in those])

    assert pytest.approx(60, rel=0.05) == found.visible


@pytest.mark.parametrize("community", COMMUNITIES)
def test_a_table_of_one_community_with_headings_is_exact(community: str) -> None:
    those = people(144, communities=[community])
    found = attached("people.xlsx", [("Name", "DOB"), *((p.name, str(p.born)) for p in those)])

    assert (144, 144) == (found.visible, found.private)


@pytest.mark.parametrize("state", SHEETS)
@pytest.mark.parametrize(("visible", "hidden"), [(1, 3), (40, 400), (150, 1864)])
def test_a_hidden_sheet_is_counted_apart(state: str, visible: int, hidden: int) -> None:
    more = {"Data": rows(people(hidden, start=visible))}
    book = _files.xlsx(rows(people(visible)), more=more, state=state)
    found = sent(attachments={"people.xlsx": book}).facts.people

    assert (visible, hidden) == (found.visible, found.hidden)


@pytest.mark.parametrize(("visible", "hidden"), [(1, 3), (10, 40), (40, 400)])
def test_hidden_rows_are_counted_apart(visible: int, hidden: int) -> None:
    numbers = range(visible + 2, visible + hidden + 2)
    book = _files.xlsx(rows(people(visible + hidden)), hidden_rows=numbers)
    found = sent(attachments={"people.xlsx": book}).facts.people

    assert (visible, hidden) == (found.visible, found.hidden)


@pytest.mark.parametrize(("visible", "white"), [(1, 3), (10, 40), (40, 400)])
def test_white_rows_are_counted_apart(visible: int, white: int) -> None:
    numbers = range(visible + 2, visible + white + 2)
    book = _files.xlsx(rows(people(visible + white)), white_rows=numbers)
    found = sent(attachments={"people.xlsx": book}).facts.people

    assert (visible, white) == (found.visible, found.hidden)


@pytest.mark.parametrize("n", [1, 3, 10, 40, 400])
def test_people_whose_private_columns_are_hidden_are_hidden(n: int) -> None:
    table = [
        ("Name", "NINO", "DOB"),
        *((p.name, f"AB{i:06}C", str(p.born)) for i, p in enumerate(people(n))),
    ]
    book = _files.xlsx(table, hidden_columns="BC")
    found = sent(attachments={"people.xlsx": book}).facts.people

    assert (0, n, n) == (found.visible, found.hidden, found.private)


@pytest.mark.parametrize("n", [1, 3, 10, 40, 400])
def test_everybody_in_hidden_columns_is_hidden(n: int) -> None:
    table = [("Ward", *HEADING), *(("Drake", *p.row) for p in people(n))]
    book = _files.xlsx(table, hidden_columns="BCDEFG")
    found = sent(attachments={"people.xlsx": book}).facts.people

    assert (0, n) == (found.visible, found.hidden)
