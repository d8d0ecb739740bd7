"""A file, page by page: what is in sight beside what is not, and ways to what was found."""

from __future__ import annotations

from dlpguard.document import Document, Hidden, Table, Text
from dlpguard.evidence import Evidence
from dlpguard.finding import Confidence, Finding
from dlpguard.web.evidence_view import PAGE, Only, View, files, view

ROWS = tuple((f"Jane{n} Doe", str(n)) for n in range(250))


def found(row: int, block: int = 1) -> Finding:
    return Finding(
        "person_name", "x", "list.xlsx › A", 0, 5, Confidence.HIGH, block=block, row=row, column=0
    )


def evidence(*findings: Finding, table: Table | None = None) -> Evidence:
    """A mail with a text and one workbook, of which the sheet "B" is hidden."""
    sheet = table or Table(
        "list.xlsx › A", ("Name", "No"), ROWS, hidden_rows={3: Hidden.ROW, 240: Hidden.FILTERED_ROW}
    )
    other = Table("list.xlsx › B", (), (("a", "b"),), hidden=Hidden.SHEET)
    book = Document("list.xlsx", "xlsx", (sheet, other))
    mail = Document("message", "mail", (Text("subject", "hello"),), inside=(book,))
    return Evidence(mail, findings)


def shown(seen: Evidence, page: int = 1, only: Only = Only.ALL) -> View:
    made = view(seen, 1, page, None, only)
    assert made
    return made


def numbers(made: View) -> list[int]:
    return [row.number for passage in made.passages for row in passage.rows]


def test_a_page_is_a_hundred_rows_and_the_next_goes_on() -> None:
    seen = evidence()

    assert list(range(1, PAGE + 1)) == numbers(shown(seen))
    assert list(range(PAGE + 1, 2 * PAGE + 1)) == numbers(shown(seen, 2))
    assert [*range(201, 251), 1] == numbers(shown(seen, 3))
    assert 3 == shown(seen).pages
    assert view(seen, 1, 4, None) is None
    assert view(seen, 2, 1, None) is None
    assert 3 == files(seen)[1].pages


def test_hidden_rows_stand_in_their_place_and_say_why() -> None:
    rows = shown(evidence()).passages[0].rows

    assert [None, Hidden.ROW, None] == [row.hidden for row in rows[2:5]]
    assert shown(evidence()).passages[0].has_hidden_rows


def test_only_what_is_hidden_leaves_the_others_out() -> None:
    made = shown(evidence(), only=Only.HIDDEN)

    assert [4, 241, 1] == numbers(made)
    assert [None, Hidden.SHEET] == [passage.hidden for passage in made.passages]


def test_a_hidden_column_is_shown_with_all_its_rows() -> None:
    table = Table("list.xlsx › A", (), ROWS, hidden_columns={1: Hidden.COLUMN})
    made = shown(evidence(table=table), only=Only.HIDDEN)

    assert 3 == made.pages
    assert (None, Hidden.COLUMN) == made.passages[0].hidden_columns
    assert ("A", "B") == made.passages[0].letters


def test_only_where_something_was_found_leaves_the_others_out() -> None:
    made = shown(evidence(found(7), found(230), found(7)), only=Only.FOUND)

    assert [8, 231] == numbers(made)
    assert 1 == made.pages


def test_the_nearest_pages_with_something_found_are_named() -> None:
    seen = evidence(found(7), found(230))

    assert (0, 3) == (shown(seen).found_before, shown(seen).found_after)
    assert (1, 3) == (shown(seen, 2).found_before, shown(seen, 2).found_after)
    assert (1, 0) == (shown(seen, 3).found_before, shown(seen, 3).found_after)


def test_every_sheet_is_listed_with_where_it_is() -> None:
    sections = shown(evidence(found(7))).sections

    assert [("A", None, True, 1, 1), ("B", Hidden.SHEET, False, 0, 3)] == [
        (s.where, s.hidden, s.has_hidden, s.found, s.page) for s in sections
    ]


def test_a_heading_is_masked_too() -> None:
    table = Table("list.xlsx › A", ("Jane", "No"), ROWS)
    made = view(evidence(table=table), 1, 1, frozenset({"jane"}))

    assert made
    assert ("J***", "No") == made.passages[0].heading


def test_of_a_book_in_a_cell_the_beginning_is_shown_and_that_it_was_cut() -> None:
    table = Table("list.xlsx › A", (), (("x" * 1000,),))
    cell = shown(evidence(table=table)).passages[0].rows[0].cells[0]

    assert cell.cut
    assert 300 == len(cell.pieces[0].text)


def test_texts_are_narrowed_as_a_whole() -> None:
    texts = (Text("a", "Ann Lee"), Text("b", "nobody"), Text("c", "note", Hidden.COMMENT))
    hit = Finding("person_name", "x", "a", 0, 7, Confidence.HIGH, block=0)
    seen = Evidence(Document("message", "mail", texts), (hit,))

    for only, expected in ((Only.FOUND, ["a"]), (Only.HIDDEN, ["c"]), (Only.ALL, ["a", "b", "c"])):
        made = view(seen, 0, 1, None, only)
        assert made
        assert expected == [passage.where for passage in made.passages]
