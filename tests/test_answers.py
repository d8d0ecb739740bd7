"""Mailings in many copies, and the question to their sender: one decision is for all of them."""

from __future__ import annotations

import asyncio
import email
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from dlpguard import review
from dlpguard.errors import NotFoundError, StaleError
from dlpguard.lifecycle import State
from dlpguard.policy import load
from dlpguard.review import Decision, Seen
from dlpguard.runners.janitor import Janitor, Waits
from dlpguard.store import messages, quarantine, schema
from dlpguard.store.database import Transaction
from tests.runners._mailing import Mailing, address, judging
from tests.runners._world import ANN, HEAD, World, world

READY, HELD, ASKED, DONE = State.READY, State.QUARANTINED, State.AWAITING_SENDER, State.DONE
FIVE = ("Ann", "Bea", "Cat", "Dee", "Eve")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


@pytest.fixture
def mailing(here: World, tmp_path: Path) -> Mailing:
    folder = tmp_path / "some-policies"
    folder.mkdir()
    return Mailing(here, judging(folder))


def held(mailing: Mailing) -> list[quarantine.Held]:
    return mailing.here.store.database.read_now(lambda tx: list(quarantine.held(tx)))


def test_copies_of_a_mailing_are_one_line(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    [line] = held(mailing)

    assert tuple(mailing.sent) == line.copies
    assert 12 == line.record.facts.campaign.reach


def test_a_mailing_is_opened_once_for_the_list(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        mailing.send(address(number))
    opened: list[str] = []
    find = quarantine.find

    def watched(tx: Transaction, id: str) -> quarantine.Held | None:
        opened.append(id)
        return find(tx, id)

    monkeypatch.setattr(quarantine, "find", watched)

    assert 1 == len(held(mailing))
    assert [mailing.sent[0]] == opened


def test_one_decision_releases_all_copies(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))

    assert Decision(READY, messages=12) == review.release(mailing.here.store, mailing.sent[3], "r")
    assert [READY] * 12 == mailing.states()


def test_one_decision_returns_all_copies_and_the_sender_is_told_once(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    before = len(mailing.here.own_mail())
    decision = review.return_(mailing.here.store, HEAD, mailing.sent[3], "rita", "no")

    assert Decision(DONE, messages=12) == decision
    assert [DONE] * 12 == mailing.states()
    assert 1 == len(mailing.here.own_mail()) - before


def test_a_decision_does_not_cover_what_came_after_the_reviewer_looked(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    seen = Seen(campaign=held(mailing)[0].campaign_version)
    mailing.names = [*mailing.names, "Dee"]
    mailing.send(address(12))
    review.release(mailing.here.store, mailing.sent[0], "rita", seen=seen)

    assert [READY] * 12 + [HELD] == mailing.states()


def test_a_late_copy_about_nobody_new_follows_a_release(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    review.release(mailing.here.store, mailing.sent[0], "rita")
    late = mailing.send(address(12))
    record = mailing.here.record(late)

    assert READY is mailing.here.state(late)
    assert mailing.sent[0] == record.verdict.inherits
    assert record.verdict.matches


def test_a_late_copy_about_somebody_new_is_held(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    review.release(mailing.here.store, mailing.sent[0], "rita")
    late = mailing.send(address(12), names=["Ann", "Bea", "Cat", "Dee"])

    assert HELD is mailing.here.state(late)


def test_a_late_copy_of_what_was_returned_is_judged_for_itself(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    review.return_(mailing.here.store, HEAD, mailing.sent[0], "rita")
    late = mailing.send(address(0))

    assert READY is mailing.here.state(late)


def test_two_people_approve_each_copy(mailing: Mailing) -> None:
    policy = mailing.here.folder / "some-policies" / "list-seen-by-many.yaml"
    policy.write_text(policy.read_text() + "approvals: 2\n")
    mailing.judging = replace(mailing.judging, policies=load(policy.parent))
    for number in range(11):
        mailing.send(address(number))
    first = review.release(mailing.here.store, mailing.sent[0], "rita", approver=True)
    late = mailing.send(address(11))
    second = review.release(mailing.here.store, mailing.sent[0], "sam", approver=True)

    assert (Decision(HELD, 1), Decision(READY, messages=11)) == (first, second)
    assert HELD is mailing.here.state(late), "only sam has seen it"


def test_a_sender_confirms_by_the_code_in_the_notice(mailing: Mailing) -> None:
    id = mailing.send(address(0), names=FIVE)
    before = mailing.here.state(id)
    code = code_in_notice(mailing)
    asked = review.asked(mailing.here.store, code)
    decision = review.confirm(mailing.here.store, *asked, "our solicitor, for the hearing")

    assert (ASKED, (id, ANN), Decision(READY)) == (before, asked, decision)
    assert READY is mailing.here.state(id)


def test_a_code_works_once(mailing: Mailing) -> None:
    id = mailing.send(address(0), names=FIVE)
    code = code_in_notice(mailing)
    review.cancel(mailing.here.store, *review.asked(mailing.here.store, code))

    assert DONE is mailing.here.state(id)
    with pytest.raises(NotFoundError, match="answered already"):
        review.asked(mailing.here.store, code)
    with pytest.raises(StaleError, match="not waiting for its sender"):
        review.confirm(mailing.here.store, id, ANN, "still")


@pytest.mark.parametrize("change", [0, -1])
def test_a_code_that_was_changed_is_none(mailing: Mailing, change: int) -> None:
    mailing.send(address(0), names=FIVE)
    id, _, proof = code_in_notice(mailing).partition("-")
    letters = list(proof)
    letters[change] = "A" if letters[change] != "A" else "B"

    with pytest.raises(NotFoundError):
        review.asked(mailing.here.store, f"{id}-{''.join(letters)}")


def test_a_late_copy_follows_its_senders_yes(mailing: Mailing) -> None:
    first = mailing.send(address(0), names=FIVE)
    review.confirm(mailing.here.store, first, ANN, "yes")
    late = mailing.send(address(1), names=FIVE)

    assert READY is mailing.here.state(late)


def test_a_senders_yes_does_not_cover_what_a_reviewer_has_to_decide(mailing: Mailing) -> None:
    first = mailing.send(address(0), names=FIVE)
    review.confirm(mailing.here.store, first, ANN, "yes")
    late = mailing.send(*map(address, range(1, 12)), names=FIVE)

    assert HELD is mailing.here.state(late)


def test_a_senders_yes_releases_no_copy_that_a_reviewer_asked_about(mailing: Mailing) -> None:
    store = mailing.here.store
    mailing.names = FIVE
    held = mailing.send(*map(address, range(10)))
    mailing.judging = replace(mailing.judging, window=0.0)
    review.ask(store, HEAD, held, "rita", "why?")
    other = mailing.send(address(50))
    mailing.here.do(same_campaign, held, other)
    assert [ASKED, ASKED] == mailing.states()

    assert Decision(READY) == review.confirm(store, other, ANN, "yes")
    assert [ASKED, READY] == mailing.states()
    assert Decision(HELD) == review.confirm(store, held, ANN, "because")


def same_campaign(tx: Transaction, one: str, other: str) -> None:
    campaign = messages.get(tx, one).campaign_id
    rows = schema.messages
    tx.execute(update(rows).where(rows.c.id == other).values(campaign_id=campaign))


def test_a_release_covers_no_copy_that_takes_more(mailing: Mailing) -> None:
    folder = mailing.here.folder / "some-policies"
    first = mailing.send(*map(address, range(12)))
    review.release(mailing.here.store, first, "rita")
    strict = folder / "strict.yaml"
    strict.write_text(
        "title: t\nwhy: w\nwhen:\n  - people: {at_least: 3, reach: 13}\n"
        "then: quarantine\napprovals: 2\n"
    )
    mailing.judging = replace(mailing.judging, policies=load(folder))
    late = mailing.send(address(12))

    assert HELD is mailing.here.state(late)


def test_a_second_question_has_a_code_of_its_own(mailing: Mailing) -> None:
    first = mailing.send(address(0), names=FIVE)
    review.cancel(mailing.here.store, first, ANN)
    second = mailing.send(address(0), names=FIVE)

    assert ASKED is mailing.here.state(second)
    assert 2 == len(mailing.here.own_mail())


def test_one_yes_covers_all_copies(mailing: Mailing) -> None:
    for number in range(4):
        mailing.send(address(number), names=FIVE)

    decision = review.confirm(mailing.here.store, mailing.sent[0], ANN, "yes")
    assert Decision(READY, messages=4) == decision
    assert 1 == len(mailing.here.own_mail())


def test_a_reviewers_question_leads_back_with_the_answer(mailing: Mailing) -> None:
    id = mailing.send(*map(address, range(12)))
    store = mailing.here.store
    asked = review.ask(store, HEAD, id, "rita", "Who are these people?")
    confirmed = review.confirm(store, id, ANN, "the panel")
    history = store.database.read_now(lambda tx: list(quarantine.history(tx, id)))

    assert (Decision(ASKED), Decision(HELD)) == (asked, confirmed)
    assert ["Who are these people?", "the panel"] == [m.reason for m in history[-2:]]
    assert Decision(READY) == review.release(store, id, "rita")


@pytest.mark.parametrize(("copies", "state"), [(4, ASKED), (10, HELD)])
def test_copies_that_nobody_decides_on_end_together_and_their_sender_is_told_once(
    mailing: Mailing, copies: int, state: State
) -> None:
    for number in range(copies):
        mailing.send(address(number), names=FIVE)
    before = mailing.states()
    mailing.here.clock.time += 20 * 86400.0
    janitor = Janitor(mailing.here.store, HEAD, Waits(1e9))
    mailing.here.run(janitor.round())
    ends = {ASKED: b"no answer came in time", HELD: b"nobody took one in time"}
    expired = [c for _, c in mailing.here.own_mail() if ends[state] in c]

    assert [state] * copies == before
    assert [DONE] * copies == mailing.states()
    assert 1 == len(expired)


def code_in_notice(mailing: Mailing) -> str:
    [(to, content)] = mailing.here.own_mail()
    payload = email.message_from_bytes(content).get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert to == ANN
    found = re.search(r"[0-9A-Z]{26}-[A-Z2-7]{24}", payload.decode())
    assert found, payload
    return found[0]
