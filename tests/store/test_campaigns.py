"""Which messages are one mailing, and up to which version somebody has seen it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dlpguard import review
from dlpguard.facts import Content
from dlpguard.lifecycle import Event, State, Who
from dlpguard.review import Decision, Seen
from dlpguard.store import campaigns, quarantine, returning, schema
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.periods import DAY
from tests.runners._mailing import Mailing, address, mailings

READY, HELD = State.READY, State.QUARANTINED
MINUTE = 60.0


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as made:
        yield made


def look(mailing: Mailing, number: int) -> Seen:
    """What a reviewer sees who looks at a copy."""
    found = mailing.here.store.database.read_now(
        lambda tx: quarantine.find(tx, mailing.sent[number])
    )
    assert found
    return Seen(found.version, found.campaign_version)


@pytest.mark.parametrize("decided", [0, 12])
def test_a_decision_covers_nothing_of_a_mailing_that_was_merged_later(
    mailing: Mailing, decided: int
) -> None:
    body = Content(b"whole", (b"body",))
    for number in range(12):
        mailing.send(address(number), content=body)
    others = ["Xia", "Yve", "Zoe"]
    mailing.send(
        *map(address, range(12, 24)), names=others, content=Content(b"whole", (b"other body",))
    )
    seen = look(mailing, decided)
    bridge = Content(b"bridge", (b"body", b"other body"))
    mailing.send(address(30), names=["Ann"], content=bridge)
    store = mailing.here.store
    released = review.release(store, mailing.sent[decided], "rita", seen=seen)

    assert Decision(READY) == released
    expected = [HELD] * 13
    expected[decided] = READY
    assert expected == mailing.states()[:13]
    again = 1 - min(decided, 1)
    whole = review.release(store, mailing.sent[again], "rita", seen=look(mailing, again))
    assert Decision(READY, messages=12) == whole


def test_a_drip_with_pauses_shorter_than_the_window_adds_up(mailing: Mailing) -> None:
    for number in range(10):
        mailing.send(address(number))
        mailing.here.clock.time += 50 * MINUTE

    assert HELD is mailing.states()[-1]


def test_what_is_attached_to_everything_makes_no_mailing_of_more_than_a_day(
    mailing: Mailing,
) -> None:
    reach = []
    for number in range(60):
        id = mailing.send(address(number), names=[])
        reach.append(mailing.here.record(id).facts.campaign.reach)
        mailing.here.clock.time += 50 * MINUTE

    assert 29 == max(reach)


def test_no_key_is_forgotten_by_which_a_mailing_can_still_be_joined(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "_ROWS", 1)
    reach, kept = [], 0
    for number in range(60):
        id = mailing.send(address(number), content=Content(b"whole", (b"card", b"%d" % number)))
        reach.append(mailing.here.record(id).facts.campaign.reach)
        mailing.here.clock.time += 50 * MINUTE
        while mailing.here.do(campaigns.forget):
            pass
        kept = max(kept, mailing.here.do(keys_of_campaigns))

    assert 29 == max(reach)
    assert kept <= 30


def keys_of_campaigns(tx: Transaction) -> int:
    return int(tx.execute(select(func.count()).select_from(schema.campaign_keys)).scalar_one())


def test_whom_a_mailing_was_about_that_nobody_got_is_forgotten_too(mailing: Mailing) -> None:
    id = mailing.send(*map(address, range(10)))
    mailing.here.do(
        returning.give_back, id, Event.RETURN, Step(Who.REVIEWER, actor="rita", reason="no")
    )
    mailing.here.do(campaigns.forget)
    before = mailing.here.do(people_of_campaigns)
    mailing.here.clock.time += 31 * DAY
    mailing.here.do(campaigns.forget)

    assert (3, 0) == (before, mailing.here.do(people_of_campaigns))


def people_of_campaigns(tx: Transaction) -> int:
    return int(tx.execute(select(func.count()).select_from(schema.campaign_people)).scalar_one())
