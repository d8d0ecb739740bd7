"""The notes for senders: those that fit what was found come first, and none repeats anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.document import Gap, Hidden, Unread
from dlpguard.facts import Facts, HiddenPlace
from dlpguard.people import People, Person
from dlpguard.review import notes

PLAIN = Facts(sender="ann@council.example")


def names(facts: Facts) -> list[str]:
    return [note.name for note in notes.fitting(facts)]


def person(hidden: Hidden | None = None, *, listed: bool = False) -> Person:
    kinds = ("person_name", "phone")
    return Person("Joan Ash", kinds, "list.xlsx", hidden, listed, private=True, digest=b"1")


def shown(number: int) -> Audience:
    return Audience(
        tuple(
            Viewer(f"p{n}@outside.example", Circle.EXTERNAL, receives=True, shown=True)
            for n in range(number)
        )
    )


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        (replace(PLAIN, hidden=(HiddenPlace("a.xlsx", Hidden.SHEET),)), "hidden"),
        (replace(PLAIN, people=People((person(Hidden.COLUMN),))), "hidden"),
        (replace(PLAIN, people=People((person(Hidden.TRACKED_CHANGE),))), "unseen"),
        (replace(PLAIN, people=People((person(Hidden.PROPERTY),))), "unseen"),
        (replace(PLAIN, hidden=(HiddenPlace("a.xlsx", Hidden.PROPERTY),)), "purpose"),
        (replace(PLAIN, people=People((person(listed=True),))), "list"),
        (replace(PLAIN, audience=shown(5)), "bcc"),
        (replace(PLAIN, audience=Audience(self_send="a.bee → annbee")), "own-mailbox"),
        (replace(PLAIN, special=("health",)), "special"),
        (replace(PLAIN, gaps=(Gap("a.zip", Unread.ENCRYPTED),)), "unreadable"),
        (replace(PLAIN, gaps=(Gap("a.pdf", Unread.SCAN),)), "purpose"),
        (replace(PLAIN, audience=shown(4)), "purpose"),
        (PLAIN, "purpose"),
    ],
)
def test_what_was_found_chooses_the_note_that_comes_first(facts: Facts, first: str) -> None:
    assert first == names(facts)[0]
    assert "purpose" == names(facts)[-1]


def test_several_findings_have_several_notes_what_nobody_sees_first() -> None:
    people = People((person(Hidden.ROW, listed=True), person(listed=True)))
    facts = replace(PLAIN, people=people, audience=shown(12), special=("health",))

    assert ["hidden", "list", "bcc", "special", "purpose"] == names(facts)


def test_where_people_are_hidden_other_hidden_things_do_not_matter() -> None:
    places = (HiddenPlace("a.docx", Hidden.PROPERTY),)
    facts = replace(PLAIN, people=People((person(Hidden.SHEET),)), hidden=places)

    assert ["hidden", "purpose"] == names(facts)


def test_every_note_can_be_found_and_fits_something() -> None:
    fitting = {note for note, _ in notes._FITS}

    assert fitting == set(notes.NOTES)
    assert len(notes.NOTES) == len({note.name for note in notes.NOTES})
    assert all(notes.named(note.name) is note for note in notes.NOTES)
    assert notes.named("no such note") is None


def test_notes_stand_in_a_notice_as_they_are_and_in_its_form() -> None:
    for note in notes.NOTES:
        assert note.text.isprintable(), "a notice has each reason on one line"
        assert len(note.text) < 1000, "half of what a form takes, so that words can be added"
        assert "@" not in note.text


def test_notes_do_not_blame() -> None:
    blame = ("you have failed", "you must", "mistake", "breach", "wrong of you")

    for note in notes.NOTES:
        assert not any(word in note.text.casefold() for word in blame), note.name


def test_choosing_notes_is_pure() -> None:
    source = Path(notes.__file__).read_text("utf-8")

    assert "store" not in source
    assert "import time" not in source
