"""Messages that speak of so many people in sentences, in lists, and in the files beside them."""

from collections.abc import Callable

import pytest

from tests.counting import _files
from tests.counting._generated import HEADING, Invented, people
from tests.counting._sent import sent


def sentence(one: Invented) -> str:
    """A line of a list."""
    return f"{one.name}, born {one.born:%d/%m/%Y}, of {one.address}, rang about the ramp."


def bullet(one: Invented) -> str:
    return f" - {one.surname.upper()}, {one.forename} (DOB {one.born:%d.%m.%y}) tel {one.phone}"


def paragraph(one: Invented) -> str:
    born = f"{one.born.day} {one.born:%B %Y}"
    return (
        f"We visited {one.name} on Tuesday. The date of birth that we have is {born} and the\n"
        f"home address is {one.address}. The reference is {one.reference}; nothing else was\n"
        "said, and the next visit is in the autumn.\n"
    )


def record(one: Invented) -> str:
    """A form, turned sideways."""
    return (
        f"Name: {one.name}\nDOB: {one.born:%d/%m/%Y}\nAddress: {one.address}\n"
        f"Phone: {one.phone}\nOur ref: {one.reference}\n"
    )


def two_lines(one: Invented) -> str:
    return f"{one.name}\n    {one.reference}  {one.born:%d/%m/%Y}\n"


LAYOUTS = (sentence, bullet, paragraph, record, two_lines)


@pytest.mark.parametrize("n", [1, 3, 10, 40, 400])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_people_in_running_text_are_counted(layout: Callable[[Invented], str], n: int) -> None:
    body = "Hello,\n\nhere is what I have.\n\n" + "\n".join(map(layout, people(n))) + "\nAnn Bee\n"
    found = sent(body).facts.people

    assert pytest.approx(n, rel=0.05) == found.visible
    assert pytest.approx(n, rel=0.05) == found.private


@pytest.mark.parametrize("n", [3, 10, 40, 400])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_people_in_the_paragraphs_of_a_word_file_are_counted(
    layout: Callable[[Invented], str], n: int
) -> None:
    lines = "\n".join(map(layout, people(n))).splitlines()
    found = sent(attachments={"notes.docx": _files.word((), lines)}).facts.people

    assert pytest.approx(n, rel=0.05) == found.private


def test_people_of_the_text_and_of_the_table_are_counted_once() -> None:
    body = "Hello,\n\nplease ring " + ", ".join(p.name for p in people(3)) + " first.\n\nAnn Bee\n"
    table = [HEADING, *(one.row for one in people(40))]
    found = sent(body, attachments={"people.xlsx": _files.xlsx(table)}).facts.people

    assert (40, 40) == (found.visible, found.private)


def test_people_of_the_text_who_are_in_no_table_are_counted_too() -> None:
    body = "Hello,\n\n" + "\n".join(map(sentence, people(5, start=40))) + "\n\nAnn Bee\n"
    table = [HEADING, *(one.row for one in people(40))]
    found = sent(body, attachments={"people.csv": _files.delimited(table)}).facts.people

    assert (45, 45) == (found.visible, found.private)


def test_the_same_people_in_five_files_are_counted_once() -> None:
    table = [HEADING, *(one.row for one in people(40))]
    files = {
        "a.xlsx": _files.xlsx(table),
        "b.csv": _files.delimited(table, ";"),
        "c.docx": _files.word(table),
        "d.html": _files.webpage(table),
        "e.pdf": _files.pdf(table),
    }

    assert 40 == sent(attachments=files).facts.people.private


def test_hidden_people_whom_the_text_names_are_hidden_still() -> None:
    """What makes them private stands in the hidden sheet only."""
    visible = [("Ward", "Visits"), ("Drake", 7), ("Ham", 11)]
    data = [HEADING, *(one.row for one in people(20))]
    body = "Hello,\n\nthe first in it is " + people(1)[0].name + ".\n\nAnn Bee\n"
    found = sent(body, attachments={"wards.xlsx": _files.xlsx(visible, more={"Data": data})})

    assert (0, 20) == (found.facts.people.visible, found.facts.people.hidden)


def test_text_in_html_that_is_not_displayed_is_counted_apart() -> None:
    shown, concealed = (
        "".join(f"<p>{sentence(one)}</p>" for one in some)
        for some in (people(3), people(10, start=3))
    )
    html = f"<html><body>{shown}<div style='display:none'>{concealed}</div></body></html>"
    found = sent("\n".join(map(sentence, people(3))), html=html).facts.people

    assert (3, 10) == (found.visible, found.hidden)


def test_whoever_writes_and_receives_is_not_counted() -> None:
    body = (
        "Dear Priyanka,\n\n" + "\n".join(map(sentence, people(3, start=100))) + "\n\nKind regards\n"
        "Ann Bee\nReviewing Officer\n01632 960001\n"
    )
    to = ("Priyanka Venkatesan <priyanka.venkatesan@firm.example>", "office@charity.example")

    assert 3 == len(sent(body, to=to).facts.people.everyone)
