from __future__ import annotations

import importlib.resources

from dlpguard.names import build
from dlpguard.names.gazetteer import TABLE, UNKNOWN, look_up
from dlpguard.names.lexicon import lexicon

THREE_MEGABYTES = 3_000_000


def test_the_table_is_in_the_package_and_small() -> None:
    assert TABLE.stat().st_size < THREE_MEGABYTES
    assert importlib.resources.files("dlpguard.names").joinpath("gazetteer.txt").is_file()


def test_words_that_are_also_names_are_told_by_how_often_they_are() -> None:
    assert look_up("Chukwuemeka").first > look_up("Mark").last
    assert look_up("Will").first < look_up("William").first
    assert look_up("House").last < look_up("Smith").last


def test_an_unknown_word_is_unknown() -> None:
    assert UNKNOWN == look_up("Xqzzyv")


def test_accents_and_apostrophes_do_not_matter() -> None:
    assert look_up("Siobhan") == look_up("Siobhán")
    assert look_up("O'Brien") == look_up("O’Brien") == look_up("OBRIEN")


def test_a_tier_is_a_step_of_ten_between_name_and_word() -> None:
    assert [0, 1, 2, 3, 4, 4] == [
        build.tier(name, 10.0) for name in (0.0, 0.5, 5.0, 50.0, 500.0, 50_000.0)
    ]


def test_every_role_of_words_has_some() -> None:
    words = lexicon()

    assert "mr" in words.titles
    assert "street" in words.tails
    assert "monday" in words.never
    assert "van" in words.particles
    assert "st" in words.heads
    assert "dear" in words.greetings
    assert "lord" in words.weak_titles


def test_every_source_has_its_licence_listed() -> None:
    listed = (TABLE.parent / "SOURCES.md").read_text("utf-8").casefold()

    assert [] == [p for p, v in build.VERSIONS.items() if p not in listed or v not in listed]
