"""A yes lets go what its sender was asked about, and every copy that waits has a question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlpguard import review
from dlpguard.audience import Circle
from dlpguard.errors import NotFoundError
from dlpguard.lifecycle import State
from dlpguard.review import Decision
from tests.runners._mailing import Mailing, address, mailings
from tests.runners._world import ANN, HEAD

READY, HELD, ASKED, DONE = State.READY, State.QUARANTINED, State.AWAITING_SENDER, State.DONE
WEBMAIL = Circle.WEBMAIL


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as made:
        made.rule("any", "people: {private: true, at_least: 1}", "confirm")
        yield made


def codes(mailing: Mailing) -> list[str]:
    """The codes in all notices, in any order."""
    mails = [content.replace(b"=\r\n", b"") for _, content in mailing.here.own_mail()]
    return [c.decode() for m in mails for c in re.findall(rb"[0-9A-Z]{26}-[A-Z2-7]{24}", m)]


def answerable(mailing: Mailing) -> list[int]:
    """The copies that a code which was sent answers for."""
    found = []
    for code in codes(mailing):
        try:
            found.append(mailing.sent.index(review.asked(mailing.here.store, code)[0]))
        except NotFoundError:
            continue
    return sorted(found)


def yes(mailing: Mailing, number: int) -> Decision:
    return review.confirm(mailing.here.store, mailing.sent[number], ANN, "yes")


def test_what_still_waits_after_an_escalation_is_asked_about_again(mailing: Mailing) -> None:
    three = "people: {private: true, at_least: 3, reach: 3}"
    mailing.rule("webmail", f"{three}|circle: {{of: webmail}}", "quarantine")
    mailing.send("x@homemail.example", circle=WEBMAIL)
    mailing.send(address(1))
    mailing.send(address(2))
    before = answerable(mailing)
    mailing.send("y@homemail.example", circle=WEBMAIL)

    assert [HELD, ASKED, ASKED, HELD] == mailing.states()
    assert ([0], [1]) == (before, answerable(mailing))
    assert Decision(READY, messages=2) == yes(mailing, 1)


def test_an_escalation_asks_nobody_twice(mailing: Mailing) -> None:
    three = "people: {private: true, at_least: 3, reach: 3}"
    mailing.rule("webmail", f"{three}|circle: {{of: webmail}}", "quarantine")
    mailing.send(address(1), names=["Xia"])
    mailing.send("x@homemail.example", circle=WEBMAIL)
    mailing.send(address(2), address(3))
    mailing.send("y@homemail.example", circle=WEBMAIL)

    assert [ASKED, HELD, ASKED, HELD] == mailing.states()
    assert [0, 2] == answerable(mailing)
    assert 3 == len(codes(mailing)), "one of them is void"


def test_a_yes_covers_no_copy_about_other_people(mailing: Mailing) -> None:
    mailing.send(address(0), names=["Ann", "Bea", "Cat"])
    mailing.send(address(1), names=["Xia", "Yve", "Zoe"])
    asked = answerable(mailing)

    assert Decision(READY) == yes(mailing, 0)
    assert [READY, ASKED] == mailing.states()
    assert [0, 1] == asked


def test_a_yes_covers_copies_about_some_of_the_same_people(mailing: Mailing) -> None:
    mailing.send(address(0), names=["Ann", "Bea", "Cat"])
    mailing.send(address(1), names=["Bea"])

    assert [0] == answerable(mailing)
    assert Decision(READY, messages=2) == yes(mailing, 0)


def test_a_yes_covers_no_copy_that_another_policy_stops(mailing: Mailing) -> None:
    one = "people: {private: true, at_least: 1}|circle: {of: publishing}"
    mailing.rule("published", one, "confirm")
    mailing.send(address(0))
    mailing.send("foi@publish.example", circle=Circle.PUBLISHING)

    assert [0, 1] == answerable(mailing)
    assert Decision(READY) == yes(mailing, 0)
    assert [READY, ASKED] == mailing.states()


def test_a_letter_to_somebody_about_themselves_covers_none_to_a_stranger(
    mailing: Mailing,
) -> None:
    mailing.rule("any", "reach: {at_least: 1}", "confirm")
    mailing.send(address(0), names=["Ann"], addressee=True)
    mailing.send(address(1), names=["Ann"])

    assert [0, 1] == answerable(mailing)
    yes(mailing, 0)
    assert [READY, ASKED] == mailing.states()


def test_a_no_takes_back_what_was_asked_about(mailing: Mailing) -> None:
    mailing.send(address(0))
    mailing.send(address(1))
    mailing.send(address(2), names=["Xia"])
    decision = review.cancel(mailing.here.store, mailing.sent[0], ANN)

    assert Decision(DONE, messages=2) == decision
    assert [DONE, DONE, ASKED] == mailing.states()


def test_the_answer_to_a_policy_is_none_to_a_reviewer(mailing: Mailing) -> None:
    mailing.rule("many", "people: {private: true, at_least: 3}", "quarantine")
    mailing.send(address(0))
    review.ask(mailing.here.store, HEAD, mailing.sent[0], "rita", "why?")
    mailing.rule("many", "people: {private: true, at_least: 4}", "quarantine")
    mailing.send(address(1))

    assert [0, 1] == answerable(mailing)
    assert Decision(READY) == yes(mailing, 1)
    assert [ASKED, READY] == mailing.states()
