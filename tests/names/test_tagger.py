"""What the whole text says about a word, and what large and hostile texts cost."""

from __future__ import annotations

import time

import pytest

from dlpguard import names
from dlpguard.names import model, tagger
from dlpguard.names.gazetteer import TABLE

PROSE = (
    "The Committee met on Monday and agreed that the report of the Planning Department should go "
    "to Cabinet in March.  Ann Bee said that residents of Victoria Road had not been asked.\n"
)


def found(text: str, known: frozenset[str] = frozenset()) -> list[str]:
    return [text[a:b] for a, b in names.find(text, known)]


def test_a_word_of_a_full_name_is_a_name_in_the_rest_of_the_text() -> None:
    alone = "Table 4: Carter, 12 points"

    assert [] == found(alone)
    assert ["Ann Carter", "Carter"] == found(f"Ann Carter came.\n{alone}")


def test_a_surname_known_from_another_part_of_the_message_is_a_name() -> None:
    alone = "Table 4: Carter, 12 points"

    assert ["Carter"] == found(alone, known=names.known_words(["ann carter", "bob"]))


def test_only_full_names_make_words_known() -> None:
    assert {"ann", "bee", "o'neill", "siân"} == names.known_words(
        ["Ann Bee", "O’NEILL, Siân", "Mr Lee", "J"]
    )


def test_the_same_text_gives_the_same_names() -> None:
    assert names.find(PROSE * 5) == names.find(PROSE * 5)


def test_a_text_too_large_for_the_model_is_read_by_the_rules() -> None:
    text = PROSE * (tagger.LARGEST // len(PROSE) + 1)
    spans = names.find(text)

    assert {"Ann Bee"} == {text[a:b] for a, b in spans}
    assert text.count("Ann Bee") == len(spans)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit",
    [
        "A", "Ann ", "Ann, ", "Ann Bee, ", "Ann\n", "Mr ", "Mr van der ", "O'", "J.", "Zażółć-",
        "SMITH, John and ", "a.b(", "::", "class A", "12 Rose ",
    ],
)  # fmt: skip
def test_hostile_text_takes_time_in_proportion(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * (length // len(unit) + 1))[:length]
        begin = time.process_time()
        names.find(text)
        return time.process_time() - begin

    seconds(2_000)

    assert seconds(40_000) < 16 * (seconds(5_000) + 0.05)


def test_what_the_package_ships_is_small() -> None:
    assert 5_000_000 > TABLE.stat().st_size + model.MODEL.stat().st_size


def test_what_the_model_was_trained_on_is_listed_with_its_licence() -> None:
    listed = (TABLE.parent / "SOURCES.md").read_text("utf-8")

    assert [] == [
        source
        for source in ("wnut17", "btc", "ewt_dev", "re3d", "litbank", "gum", "examples.txt")
        if source not in listed
    ]
