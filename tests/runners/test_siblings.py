"""What the verdict on a copy does to those that have not left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from dlpguard import review
from dlpguard.audience import Circle
from dlpguard.errors import StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Outcome, State
from dlpguard.runners import judging
from dlpguard.runners.judging import FollowUp
from dlpguard.store import deliveries, messages, modes, overdue, schema, verdicts, work
from dlpguard.store.database import Transaction
from tests.runners._mailing import Mailing, address, mailings, unsettled
from tests.runners._world import HEAD

READY, HELD, ASKED, DONE = State.READY, State.QUARANTINED, State.AWAITING_SENDER, State.DONE
BOB = "bob@council.example"
WEBMAIL = Circle.WEBMAIL
FIVE = ("Ann", "Bea", "Cat", "Dee", "Eve")


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as made:
        yield made


def rows(mailing: Mailing) -> dict[tuple[str, ...], State]:
    """The state of each client's message, by its recipients."""

    def look(tx: Transaction) -> dict[tuple[str, ...], State]:
        columns = schema.messages.c
        found = tx.execute(select(columns.id, columns.state).where(columns.origin == "client"))
        return {messages.envelope_of(tx, r.id).addresses: State(r.state) for r in found}

    return mailing.here.store.database.read_now(look)


def test_a_mailing_that_is_refused_is_refused_as_a_whole(mailing: Mailing) -> None:
    mailing.rule("refused", "people: {private: true, at_least: 3, reach: 10}", "reject")
    mailing.send(*map(address, range(9)))
    mailing.send(address(9))

    assert [DONE, DONE] == mailing.states()
    assert {"returned": 9} == mailing.here.outcomes(mailing.sent[0])
    assert 1 == len(mailing.here.own_mail())


def test_what_was_refused_reaches_nobody(mailing: Mailing) -> None:
    mailing.rule("refused", "people: {private: true, at_least: 3, reach: 10}", "reject")
    mailing.send(*map(address, range(9)))
    mailing.send(address(9))
    mailing.send(address(20))

    assert READY is mailing.states()[-1]
    assert 1 == mailing.here.record(mailing.sent[-1]).facts.campaign.reach


def test_what_is_refused_once_its_attempt_is_closed_reaches_nobody(mailing: Mailing) -> None:
    mailing.rule("refused", "people: {private: true, at_least: 3, reach: 10}", "reject")
    first = mailing.send(*map(address, range(9)))
    mailing.here.clock.time += 30
    (claim,) = mailing.here.claim(READY)
    opened = partial(deliveries.open_attempt, fence=claim.fence, positions=range(9))
    mailing.here.do(opened, first, "another", with_dot=False)
    mailing.send(address(9))
    mailing.here.do(work.recover, "another")
    recalled = mailing.here.do(verdicts.recall, first)
    mailing.send(address(20))

    assert recalled
    assert [DONE, DONE, READY] == mailing.states()
    assert 1 == mailing.here.record(mailing.sent[-1]).facts.campaign.reach


def test_colleagues_in_a_copy_that_is_recalled_get_theirs(mailing: Mailing) -> None:
    when = "people: {private: true, at_least: 3, reach: 10}"
    mailing.rule("many", when, "quarantine", "outside")
    first = mailing.send(*map(address, range(9)), BOB)
    mailing.send(address(9))
    outside = tuple(map(address, range(9)))

    assert {outside: HELD, (BOB,): READY, (address(9),): HELD} == rows(mailing)
    review.return_(mailing.here.store, HEAD, first, "rita")
    assert {"returned": 9} == mailing.here.outcomes(first)


def test_colleagues_of_a_recalled_copy_are_sent_to_at_once(mailing: Mailing) -> None:
    when = "people: {private: true, at_least: 3, reach: 10}"
    mailing.rule("many", when, "quarantine", "outside")
    mailing.send(*map(address, range(9)), BOB)
    mailing.send(address(9))
    (heir,) = (c.id for c in mailing.here.claim(READY) if c.origin == "client")

    assert ["split"] == mailing.here.events(heir)
    assert 0 == mailing.here.do(unsettled, heir)
    load = mailing.here.do(lambda tx: deliveries.load(tx, messages.get(tx, heir)))
    assert (BOB,) == tuple(p.recipient.address for p in load.pending)
    assert b"list" in load.body.read(mailing.here.store.keys, mailing.here.store.shelf)


def test_colleagues_who_are_being_sent_to_are_not_split_off(mailing: Mailing) -> None:
    when = "people: {private: true, at_least: 3, reach: 10}"
    mailing.rule("many", when, "quarantine", "outside")
    first = mailing.send(*map(address, range(9)), BOB)
    mailing.here.clock.time += 30
    (claim,) = mailing.here.claim(READY)
    opened = partial(deliveries.open_attempt, fence=claim.fence, positions=range(10))
    mailing.here.do(opened, first, "another", with_dot=True)
    mailing.send(address(9))

    assert [READY, HELD] == list(rows(mailing).values())


def test_recipients_outside_whom_nothing_is_for_stay_members(mailing: Mailing) -> None:
    when = "people: {private: true, at_least: 3, reach: 10}"
    mailing.rule("many", when, "quarantine", "webmail")
    private = [f"p{n}@homemail.example" for n in range(8)]
    id = mailing.arrive(*private, address(50))
    mailing.judge(id, circles(mailing.facts(*private, address(50)), WEBMAIL, "homemail"))
    last = mailing.arrive("x@homemail.example")
    mailing.judge(last, mailing.facts("x@homemail.example", circle=WEBMAIL))

    assert [HELD, HELD] == mailing.states()
    assert READY is rows(mailing)[(address(50),)]
    assert 10 == mailing.here.record(last).facts.campaign.reach


def test_what_was_asked_about_everyone_is_asked_about_colleagues_still(mailing: Mailing) -> None:
    mailing.rule("any", "people: {private: true, at_least: 5}", "confirm")
    many = "people: {private: true, at_least: 5, reach: 10}"
    mailing.rule("many", many, "quarantine", "outside")
    mailing.names = FIVE
    mailing.send(*map(address, range(9)), BOB)
    mailing.send(address(9))

    assert ASKED is rows(mailing)[(BOB,)]
    assert [HELD, HELD] == mailing.states()


def test_a_policy_for_nobody_in_a_copy_stops_no_sibling(mailing: Mailing) -> None:
    mailing.rule("webmail", "people: {private: true, at_least: 3}", "quarantine", "webmail")
    id = mailing.arrive(address(0))
    decided = mailing.judge(id, mailing.facts(address(0)))

    assert "allow" == decided.verdict.action.label


def test_the_mode_of_the_settings_ends_waiting_and_recalls_too(mailing: Mailing) -> None:
    first = mailing.send(*map(address, range(9)))
    mailing.arrive(address(9))

    def wait(mode: str) -> float:
        return mailing.here.do(unsettled, first, mode)

    assert (True, False) == (wait("enforce") > 0, wait("observe") > 0)
    mailing.here.do(modes.set, "enforce", "root")
    assert wait("observe") > 0, "who has switched has the last word"


def test_what_was_stopped_while_it_was_sent_goes_out_when_only_observing(
    mailing: Mailing,
) -> None:
    first = mailing.send(*map(address, range(9)))
    mailing.here.clock.time += 30
    (claim,) = mailing.here.claim(READY)
    opened = partial(deliveries.open_attempt, fence=claim.fence, positions=range(9))
    attempt = mailing.here.do(opened, first, "another", with_dot=False)
    mailing.send(address(9))
    dot = partial(deliveries.record_dot, id=first, fence=claim.fence, attempt_id=attempt)

    assert (False, True) == (mailing.here.do(dot), mailing.here.do(dot, mode="observe"))
    row = mailing.here.do(messages.get, first)
    assert mailing.here.do(deliveries.is_recalled, row)
    assert not mailing.here.do(deliveries.is_recalled, row, "observe")


def circles(facts: Facts, circle: Circle, domain: str) -> Facts:
    """The same with the addresses of a domain in another circle."""
    viewers = tuple(
        replace(v, circle=circle) if domain in v.address else v for v in facts.audience.viewers
    )
    return replace(facts, audience=replace(facts.audience, viewers=viewers))


def test_a_recipient_who_has_it_stays_where_they_are(mailing: Mailing) -> None:
    when = "people: {private: true, at_least: 3, reach: 10}"
    mailing.rule("many", when, "quarantine", "outside")
    first = mailing.send(*map(address, range(9)), BOB, "eve@council.example")
    delivered = [deliveries.Answer(9, Outcome.DELIVERED, "250")]
    mailing.here.do(deliveries.answer, first, delivered)
    mailing.send(address(9))

    assert READY is rows(mailing)[("eve@council.example",)]
    assert {"delivered": 1, "pending": 9} == mailing.here.outcomes(first)


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction judges one copy again."""
    monkeypatch.setattr(judging, "MOST_AGAIN", 0)


@pytest.fixture
def half_judged(mailing: Mailing, one_by_one: None) -> FollowUp:
    """Ten copies of a list; the transaction that judged the last has come to the first."""
    for number in range(9):
        mailing.send(address(number))
    mailing.here.clock.time += 30
    last = mailing.arrive(address(9))
    return mailing.judge_alone(last, mailing.facts(address(9))).then


def attempt(mailing: Mailing, number: int) -> None:
    """Begin to send a copy, whoever has claimed it."""
    id = mailing.sent[number]
    fence = mailing.here.store.database.read_now(lambda tx: messages.get(tx, id).fence)
    mailing.here.do(deliveries.open_attempt, id, "node", fence, [0], with_dot=True)


def test_one_transaction_judges_some_copies_and_the_others_wait(
    mailing: Mailing, half_judged: FollowUp
) -> None:
    assert [HELD, *[READY] * 8, HELD] == mailing.states()
    assert tuple(mailing.sent[1:9]) == half_judged.others
    assert not [c for c in mailing.here.claim(READY) if c.origin == "client"]
    with pytest.raises(StaleError, match="a copy of it was stopped"):
        attempt(mailing, 5)


def test_those_that_follow_judge_the_rest(mailing: Mailing, half_judged: FollowUp) -> None:
    work = half_judged
    while work.others:
        work = mailing.here.do(judging.follow_up, work, mailing.judging)

    assert [HELD] * 10 == mailing.states()
    assert 1 == len(mailing.here.own_mail())
    released = review.release(mailing.here.store, mailing.sent[0], "rita")
    assert 10 == released.messages
    attempt(mailing, 5)


def test_what_nobody_judges_again_is_held(mailing: Mailing, half_judged: FollowUp) -> None:
    assert mailing.here.do(verdicts.recall, mailing.sent[5]), "it is not known yet"
    assert READY is mailing.states()[5]
    mailing.here.clock.time += verdicts.AGAIN_SECONDS + 1
    claimed = {c.id for c in mailing.here.claim(READY)}

    assert set(half_judged.others) <= claimed
    assert mailing.here.do(verdicts.recall, mailing.sent[5])
    assert HELD is mailing.states()[5]
    due = mailing.here.store.database.read_now(lambda tx: overdue.find(tx, 1e6, 0.0).undecided)
    assert () == due


def test_what_was_judged_again_and_may_go_goes(mailing: Mailing, one_by_one: None) -> None:
    for number in range(8):
        mailing.send(address(number))
    mailing.send(address(50), names=["Ann"])
    mailing.here.clock.time += 30
    mailing.send(address(8), address(9))

    assert [*[HELD] * 8, READY, HELD] == mailing.states()
    attempt(mailing, 8)


def test_what_is_refused_counts_until_all_copies_have_been_judged(
    mailing: Mailing, one_by_one: None
) -> None:
    mailing.rule("refused", "people: {private: true, at_least: 3, reach: 10}", "reject")
    for number in range(10):
        mailing.send(address(number))
    mailing.send(address(20))

    assert [*[DONE] * 10, READY] == mailing.states()
    assert 1 == mailing.here.record(mailing.sent[-1]).facts.campaign.reach
