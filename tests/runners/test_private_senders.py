"""Mail of private senders is their group's from the moment of its verdict, whatever comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dlpguard.lifecycle import State
from dlpguard.store import messages, schema, verdicts
from tests.runners._mailing import Mailing, address, mailings
from tests.runners._world import ANN

FIVE = ("Ann", "Bea", "Cat", "Dee", "Eve")


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as made:
        made.judging = replace(made.judging, private={"legal": (ANN,)})
        yield made


def queue(mailing: Mailing, id: str) -> str:
    found: str = mailing.here.store.database.read_now(lambda tx: messages.get(tx, id).queue)
    return found


def test_what_passes_is_asked_about_or_held_is_the_groups(mailing: Mailing) -> None:
    passed = mailing.send("bob@council.example")
    asked = mailing.send(address(0), names=FIVE)
    held = mailing.send(*map(address, range(12)), names=("Fay", "Gus", "Hal"))

    assert [State.READY, State.AWAITING_SENDER, State.QUARANTINED] == mailing.states()
    assert ["legal"] * 3 == [queue(mailing, id) for id in (passed, asked, held)]


def test_copies_that_a_later_one_stops_stay_the_groups(mailing: Mailing) -> None:
    for number in range(10):
        mailing.send(address(number))

    assert {State.QUARANTINED} == set(mailing.states())
    assert {"legal"} == {queue(mailing, id) for id in mailing.sent}


def test_what_is_held_because_nobody_judged_it_again_is_the_groups_too(mailing: Mailing) -> None:
    id = mailing.send(address(0))
    mailing.here.do(verdicts.set_back, (id,))
    mailing.here.clock.time += verdicts.AGAIN_SECONDS + 1
    mailing.here.do(verdicts.recall, id)

    assert State.QUARANTINED is mailing.here.state(id)
    assert "legal" == queue(mailing, id)


def test_both_halves_of_what_is_split_are_the_groups(mailing: Mailing) -> None:
    mailing.send("bob@council.example", address(0), names=FIVE)
    rows = mailing.here.do(
        lambda tx: tx.execute(
            schema.messages.select().where(schema.messages.c.origin == "client")
        ).all()
    )

    assert 2 == len(rows)
    assert {"legal"} == {row.queue for row in rows}


def test_no_policy_is_counted_for_it(mailing: Mailing) -> None:
    mailing.send(address(0), names=FIVE)

    assert [] == mailing.here.do(lambda tx: tx.execute(schema.matches.select()).all())


def test_everybody_elses_is_nobodys(mailing: Mailing) -> None:
    mailing.judging = replace(mailing.judging, private={"legal": ("dan@council.example",)})
    id = mailing.send(address(0), names=FIVE)

    assert "reviewers" == queue(mailing, id)
