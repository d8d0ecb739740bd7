import pytest

from dlpguard.document import Block, Table, Text
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.mail import Part


def read(content: str | bytes, filename: str = "", declared: str = "text/csv") -> Block:
    raw = content.encode() if isinstance(content, str) else content
    return extract(Part("1", raw, declared, filename)).blocks[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_makes_a_table(delimiter: str) -> None:
    rows = [["Name", "Phone"], ["Ann Bee", "07700 900123"], ["Bob Cee", "07700 900124"]]
    text = "\n".join(delimiter.join(row) for row in rows)

    assert read(text) == Table("part 1", (), tuple(map(tuple, rows)))


def test_quoted_cells_keep_their_delimiters_and_lines() -> None:
    table = read('name,address\n"Bee, Ann","1 High St\nPlymouth"\n"say ""hi""",x\n')

    assert isinstance(table, Table)
    assert table.rows[1:] == (("Bee, Ann", "1 High St\nPlymouth"), ('say "hi"', "x"))


def test_amounts_with_commas_do_not_hide_semicolons() -> None:
    table = read("name;amount\nAnn;1,50\nBob;2,50\nCat;3,5\n")

    assert isinstance(table, Table)
    assert table.rows[1] == ("Ann", "1,50")


def test_rows_keep_their_numbers_when_empty_ones_are_left_out() -> None:
    table = read("a,b\n\n,\nc,d\n")

    assert isinstance(table, Table)
    assert table.numbers == (1, 4)
    assert table.row_place(1) == "part 1 › row 4"


def test_a_line_that_announces_the_delimiter_is_believed() -> None:
    table = read("sep=|\na,x|b\n")

    assert isinstance(table, Table)
    assert table.rows == (("a,x", "b"),)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_character_set_is_read(encoding: str) -> None:
    table = read("name,town\nJosé Núñez,Málaga\n".encode(encoding))

    assert isinstance(table, Table)
    assert table.rows[1] == ("José Núñez", "Málaga")


def test_a_quote_that_never_closes_swallows_nothing() -> None:
    table = read('a,b\n"open,x\n' + "Ann,1\n" * 50_000)

    assert isinstance(table, Table)
    assert len(table.rows) == 50_002
    assert table.rows[-1] == ("Ann", "1")


def test_a_list_without_columns_is_text() -> None:
    assert read("Ann Bee\nBob Cee\n", "names.csv") == Text("names.csv", "Ann Bee\nBob Cee")


def test_an_attached_text_that_is_plainly_a_table_is_one() -> None:
    text = "name\tphone\nAnn\t1\nBob\t2\n"

    assert isinstance(read(text, "a.txt", "text/plain"), Table)


def test_a_body_with_tabs_stays_text() -> None:
    part = Part("1", b"a\tb\nc\td\n", "text/plain", is_body=True)

    assert isinstance(extract(part).blocks[0], Text)


def test_prose_is_no_table() -> None:
    text = "Dear Ann, dear Bob,\nthank you, and sorry for the delay.\nBest wishes,\nCarl\n"

    assert isinstance(read(text, "a.txt", "text/plain"), Text)


def test_cells_beyond_the_limit_are_a_gap() -> None:
    part = Part("1", b"a,b\n" * 100, "text/csv")

    assert "cells" in extract(part, Budget(Limits(cells=100))).gaps[0].detail


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["," * 2_000_000, "a,b\n" + "x" * 3_000_000, '"' * 2_000_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    assert extract(Part("1", text.encode(), "text/csv")).format == "csv"


def test_a_file_is_charged_once_for_its_characters() -> None:
    content = "name,phone\n" + "Ann Bee,07700 900123\n" * 40
    budget = Budget(Limits(characters=len(content)))
    document = extract(Part("1", content.encode(), "", "list.csv"), budget)

    assert () == document.gaps
    assert [41] == [len(b.rows) for b in document.blocks if isinstance(b, Table)]
