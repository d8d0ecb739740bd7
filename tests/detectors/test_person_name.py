from __future__ import annotations

from dlpguard.detectors import Setup, person_name
from dlpguard.document import Text
from dlpguard.finding import Confidence


def found(text: str) -> list[tuple[str, Confidence]]:
    return [(f.value, f.confidence) for f in person_name.find(Text("body", text), Setup())]


def test_titles_and_labels_make_a_name_sure() -> None:
    assert [("bee", Confidence.HIGH)] == found("we saw Mrs Bee today")
    assert [("ann bee", Confidence.HIGH)] == found("Service user: Ann Bee")
    assert [("ann bee", Confidence.MEDIUM)] == found("we saw Ann Bee today")
    assert [("ann", Confidence.LOW)] == found("we saw Ann today")


def test_two_spellings_have_one_value() -> None:
    assert {"ann bee"} == {value for value, _ in found("Ann Bee\nBEE, Ann\nMrs Ann Bee\n")}


def test_a_cell_is_read_as_a_name() -> None:
    assert "john smith" == person_name.read_cell("SMITH, John", Setup())
    assert person_name.read_cell("Station Road", Setup()) is None


def test_each_heading_says_which_part_of_the_name_it_heads() -> None:
    parts = (
        person_name.FORENAME_HEADINGS,
        person_name.SURNAME_HEADINGS,
        person_name.FULL_NAME_HEADINGS,
    )

    assert sum(len(p) for p in parts) == len(person_name.HEADINGS)
