import pytest

from dlpguard.counting.layout import grids
from dlpguard.counting.spans import Spans
from dlpguard.document import Text


def found(text: str) -> list[tuple[tuple[str, ...], int]]:
    """The heading of each grid and how many rows it has."""
    return [(grid.heading, len(grid.rows)) for _, _, grid in grids(Text("body", text))]


def test_lines_with_the_same_commas_are_a_table() -> None:
    assert [(("Name", "Phone", "Ref"), 2)] == found("Name,Phone,Ref\nAnn,1,2\nBob,3,4\n")


def test_quoted_commas_separate_nothing() -> None:
    assert [(("Name", "Phone", "Ref"), 2)] == found(
        'Name,Phone,Ref\n"Bee, Ann",1,2\n"Lee, Bob",3,4\n'
    )


def test_aligned_columns_are_a_table() -> None:
    assert [(("Name", "Phone"), 2)] == found("Name        Phone\nAnn Bee     1\nBob Lee     2\n")


def test_bars_around_rows_are_no_cells() -> None:
    assert [(("Name", "Phone"), 2)] == found("| Name | Phone |\n| Ann | 1 |\n| Bob | 2 |\n")


def test_spots_are_offsets_into_the_text() -> None:
    text = 'x\nName;Phone;Ref\n "Bee, Ann" ; 1; 2\nBob;3;4\n'
    _, _, grid = next(grids(Text("body", text)))
    start, end = grid.spot(0, 0)

    assert "Bee, Ann" == text[start:end] == grid.rows[0][0]


def test_prose_with_commas_is_no_table() -> None:
    assert [] == found("Dear Ann, dear Bob,\nthanks, all is well.\nYours, Carl, and Dora\n")


def test_two_lines_are_no_table() -> None:
    assert [] == found("a,b,c\nd,e,f\n")


def test_labels_are_a_form() -> None:
    assert [(("Name", "DOB"), 1)] == found("Name: Ann Bee\nDOB: 02/03/1984\n")


def test_a_label_that_comes_again_begins_the_next_record() -> None:
    assert [(("Name", "DOB"), 2)] == found("Name: Ann\nDOB: 1\n\nName: Bob\nDOB: 2\n")


def test_a_second_number_belongs_to_the_same_record() -> None:
    assert [(("Name", "Phone", "Phone"), 1)] == found("Name: Ann\nPhone: 1\nPhone: 2\n")


def test_unknown_labels_are_no_form() -> None:
    assert [] == found("Warning: the door\nColour of it: blue\nhttp://x.example: y\n")


def test_a_comma_too_many_does_not_end_a_table() -> None:
    text = "Name,DOB,Job\nAnn,1,Cook\nBob,2,Press, punch and cut\nCarl,3,Clerk\n"

    assert [(("Name", "DOB", "Job"), 3)] == found(text)


def test_short_lines_below_each_other_are_a_column() -> None:
    text = (
        "Coming on Monday:\n- Ann Bee\n- Bob Lee\n- Carl Dee\n- Dora Fay\n- Eve Gee\nThat is all.\n"
    )

    assert [(("",), 5)] == found(text)


def test_lines_of_white_space_are_no_entries() -> None:
    assert [] == found("Ann Bee\n   \n\u2003\u2003\u2003\n\t\t\t\nBob Lee\n")


@pytest.mark.parametrize("blank", ["  ", "\u00a0\u00a0\u00a0", " \t  "])
def test_lines_of_blanks_are_nothing(blank: str) -> None:
    assert [] == found(f"Dear all,\n{blank}\nThe bins.\n{blank}\n")


@pytest.mark.parametrize("gap", [2, 40, 41, 100, 1000])
def test_columns_may_be_any_number_of_spaces_apart(gap: int) -> None:
    rows = (("Name", "Phone"), ("Ann Bee", "1"), ("Bob Lee", "2"))

    assert [(("Name", "Phone"), 2)] == found("\n".join((" " * gap).join(row) for row in rows))


def test_words_and_values_in_one_order_are_a_table() -> None:
    text = "ann bee 02/03/1984 07700 900001\nbob lee 03/04/1985 07700 900002\n" * 2

    assert [(("", "", ""), 4)] == found(text)


def test_lines_that_were_no_table_in_one_way_may_be_in_another() -> None:
    text = "Bed 1   Bee, A   x,y\nBed 2   Lee, B   x,y\nBed 3   Fay, D   x,y\n"
    candidates = [len(grid.heading) for _, _, grid in grids(Text("body", text), Spans())]

    assert {3} == set(candidates)
    assert len(candidates) > 1


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\x0b", "\u2028"])
def test_a_list_is_found_behind_any_text_and_at_its_very_end(ending: str) -> None:
    prose = f"{'nobody said anything that had not been said before ' * 2}.{ending}"
    names = ending.join(("Ann Bee", "Bob Lee", "Cy Dee", "Eve Fay", "Al"))

    assert [5] == [rows for _, rows in found(prose * 40 + names)]


def test_a_line_of_sixty_letters_may_be_an_entry_and_a_longer_one_is_none() -> None:
    lines = [letter * 60 for letter in "abcde"]

    assert [5] == [rows for _, rows in found("\r\n".join(lines) + "\r\n")]
    assert [] == found("\r\n".join((*lines[:2], "f" * 61, *lines[2:])))
