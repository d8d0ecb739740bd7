"""Names in running text, where their surroundings decide."""

from __future__ import annotations

import pytest

from dlpguard import names


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
