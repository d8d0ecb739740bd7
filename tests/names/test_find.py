"""Names in running text, where their surroundings decide."""

from __future__ import annotations

import pytest

from dlpguard import names
from dlpguard.names.runs import runs


@pytest.mark.parametrize(
    "text",
    [
        "Our open morning at Victoria Hall is full of ideas.",
        "Saturday 24 August, 10am to 1pm, Victoria Hall, Nelson Street, Plymouth.",
        "We met near Albert Lodge.",
    ],
)
def test_where_something_takes_place_is_no_person(text: str) -> None:
    assert [] == names.find(text)


@pytest.mark.parametrize("text", ["Victoria Hall rang about it.", "I spoke to Victoria Hall."])
def test_the_same_words_are_a_person_where_nothing_takes_place(text: str) -> None:
    assert ["Victoria Hall"] == [text[start:end] for start, end in names.find(text)]


def test_idle_runs_are_only_such_as_no_name_depends_on() -> None:
    text = "The Committee met Ann Bee. On the day I rang SMITH, John."
    every = [[t.text for t in run] for run in runs(text)]
    some = [[t.text for t in run] for run in runs(text, idle=False)]

    assert [["The", "Committee"], ["Ann", "Bee"], ["SMITH"], ["John"]] == some
    assert [["On"], ["I"]] == [run for run in every if run not in some]


def test_a_text_without_a_capital_has_no_runs() -> None:
    assert [] == list(runs("ann bee rang. nobody else did."))
    assert [["Ann"]] == [[t.text for t in run] for run in runs("ann bee rang. Ann did. ")]


def test_what_stands_between_two_words_decides_whether_they_are_one_run() -> None:
    joined = "J. Bee; St. John; Ann van der Bee; Ann's Bee; Ann, Bee; Ann.Bee; A.Bee; Ann\nBee"

    assert [
        ["J", "Bee"], ["St", "John"], ["Ann", "Bee"], ["Ann"], ["Bee"], ["Ann"], ["Bee"],
        ["Ann"], ["Bee"], ["A", "Bee"], ["Ann"], ["Bee"],
    ] == [[t.text for t in run] for run in runs(joined)]  # fmt: skip
