"""Lives that are over: each is told once, by whichever node, with what is committed about it."""

from __future__ import annotations

import pytest

from dlpguard.document import Unread
from dlpguard.lifecycle import Event, Outcome
from dlpguard.store import lives
from dlpguard.store.lives import Span
from dlpguard.store.opening import Store
from dlpguard.verdict import Action
from tests.store._lives import BOB, CY, Desk, held_by
from tests.store._world import Clock, Poster, do


@pytest.fixture
def desk(store: Store, clock: Clock, post: Poster) -> Desk:
    return Desk(store, clock, post)


def test_mail_that_passes(desk: Desk) -> None:
    id = desk.judged(recipients=(BOB, CY))
    desk.deliver(id, Outcome.DELIVERED, Outcome.BOUNCED)
    [life] = desk.told()

    assert (id, "client", "courier", "mixed") == (life.id, life.origin, life.by, life.outcome)
    assert ("allow", "", (), ()) == (life.action, life.observed, life.policies, life.gaps)
    assert {"delivered": 1, "bounced": 1, "returned": 0, "expired": 0} == life.recipients
    assert 100 == life.size
    stages = {"reading": 2.0, "asked": 0.0, "held": 0.0, "sending": 1.0, "total": 3.0}
    assert stages == life.seconds


def test_mail_that_was_held_and_released(desk: Desk) -> None:
    id = desk.judged(Event.HOLD, Action.QUARANTINE, held_by("lists"), unread=(Unread.SCAN,))
    desk.clock.time += 3600
    desk.release(id)
    desk.deliver(id, Outcome.DELIVERED)
    [life] = desk.told()

    assert ("delivered", "quarantine") == (life.outcome, life.action)
    assert (("lists",), ("scan",)) == (life.policies, life.gaps)
    assert (3600.0, 1.0, 3603.0) == tuple(life.seconds[s] for s in ("held", "sending", "total"))


def test_mail_that_was_returned_names_who_ended_it_but_nobody(desk: Desk) -> None:
    desk.return_(desk.judged(Event.HOLD, Action.QUARANTINE, held_by("lists")))
    [life] = desk.told()

    assert ("returned", "reviewer") == (life.outcome, life.by)
    assert "rita" not in repr(life)


def test_of_a_named_groups_mail_no_policy_and_no_gap_is_told(desk: Desk) -> None:
    matched = held_by("lists", "members")
    id = desk.judged(Event.HOLD, Action.QUARANTINE, matched, queue="members", unread=(Unread.SCAN,))
    desk.return_(id)
    [life] = desk.told()

    assert ("quarantine", (), ()) == (life.action, life.policies, life.gaps)


def test_what_has_not_ended_is_not_told(desk: Desk) -> None:
    desk.judged(Event.HOLD, Action.QUARANTINE, held_by("lists"))
    desk.judged()

    assert () == desk.told()


def test_each_life_is_told_once(desk: Desk) -> None:
    first = desk.judged()
    desk.deliver(first, Outcome.DELIVERED)
    before = desk.told()
    second = desk.judged()
    desk.deliver(second, Outcome.DELIVERED)
    after = desk.told()

    assert [[first], [second], []] == [
        [life.id for life in told] for told in (before, after, desk.told())
    ]


def test_more_than_a_page_is_told_whole_and_in_order(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "PAGE", 2)
    ids = []
    for _ in range(5):  # all at the same moment, as a mailing that is returned
        ids.append(desk.judged(Event.HOLD, Action.QUARANTINE, held_by("lists")))
    for id in ids:
        desk.return_(id)

    assert sorted(ids) == [life.id for life in desk.told()]


def test_what_ended_a_moment_ago_may_not_be_visible_yet(desk: Desk) -> None:
    id = desk.judged()
    desk.deliver(id, Outcome.DELIVERED)

    assert () == desk.told(lag=15.0)
    desk.clock.time += 15.5
    assert [id] == [life.id for life in desk.told(lag=15.0)]


def test_nobody_asks_for_time_in_which_nothing_ended(desk: Desk) -> None:
    id = desk.judged()
    idle = do(desk.store, lives.is_due, 0.0)
    desk.deliver(id, Outcome.DELIVERED)
    desk.clock.time += 1

    assert [False, True] == [idle, do(desk.store, lives.is_due, 0.0)]


def test_a_clock_that_was_ahead_silences_nothing(desk: Desk) -> None:
    desk.clock.time += 1e6
    desk.told()
    desk.clock.time -= 1e6
    id = desk.judged()
    desk.told()  # takes the time back to now
    desk.deliver(id, Outcome.DELIVERED)

    assert [id] == [life.id for life in desk.told()]


def test_a_new_installation_has_no_past(store: Store) -> None:
    assert do(store, lives.is_due, 0.0)
    assert do(store, lives.take, 0.0) is None
    assert () == do(store, lives.ended, Span(0.0, 1.0))
