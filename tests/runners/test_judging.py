import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from dlpguard.audience import Circle
from dlpguard.errors import StaleError
from dlpguard.facts import Content
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.policy import load
from dlpguard.store import (
    bodies,
    campaigns,
    deliveries,
    messages,
    modes,
    returning,
    schema,
    verdicts,
    work,
)
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.shelves import Files
from dlpguard.verdict import Action
from tests.runners._mailing import Mailing, address, judging, unsettled
from tests.runners._world import World, world

READY, HELD, ASKED = State.READY, State.QUARANTINED, State.AWAITING_SENDER


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


@pytest.fixture
def mailing(here: World, tmp_path: Path) -> Mailing:
    folder = tmp_path / "some-policies"
    folder.mkdir()
    return Mailing(here, judging(folder))


def test_a_list_that_goes_out_one_by_one_is_held_as_a_whole_when_ten_have_it(
    mailing: Mailing,
) -> None:
    for number in range(9):
        mailing.send(address(number))

    assert [READY] * 9 == mailing.states()

    mailing.send(address(9))

    assert [HELD] * 10 == mailing.states()


def test_a_list_that_a_mail_server_splits_is_held_as_a_whole(mailing: Mailing) -> None:
    mailing.send(*map(address, range(6)))
    mailing.send(*map(address, range(6, 12)))

    assert [HELD, HELD] == mailing.states()
    facts = mailing.here.record(mailing.sent[0]).facts
    assert (2, 12) == (facts.campaign.messages, facts.campaign.reach)


def test_the_same_mailbox_twice_is_one_mailbox(mailing: Mailing) -> None:
    for _ in range(12):
        mailing.send(address(1))

    assert [READY] * 12 == mailing.states()


def test_letters_that_each_concern_their_own_addressee_disclose_nobody(mailing: Mailing) -> None:
    for number in range(30):
        names = [f"client {number}"]
        mailing.send(address(number), names=names, addressee=True)

    assert [READY] * 30 == mailing.states()


def test_different_content_is_no_campaign(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number), content=Content(b"%d" % number, (b"%d" % number,)))

    assert [READY] * 12 == mailing.states()


def test_what_shares_a_body_with_one_and_a_file_with_another_makes_them_one(
    mailing: Mailing,
) -> None:
    mailing.send(*map(address, range(5)), content=Content(b"1", (b"body",)))
    mailing.send(*map(address, range(5, 9)), content=Content(b"2", (b"file",)))
    mailing.send(address(9), content=Content(b"3", (b"body", b"file")))

    assert [HELD, HELD, HELD] == mailing.states()


def test_after_the_window_a_campaign_is_over(mailing: Mailing) -> None:
    mailing.send(*map(address, range(9)))
    mailing.here.clock.time += 3601
    mailing.send(address(9))

    assert [READY, READY] == mailing.states()


def test_another_sender_has_another_campaign(mailing: Mailing) -> None:
    mailing.send(*map(address, range(9)))
    id = mailing.here.post(b"Subject: x\r\n\r\nlist\r\n", address(9), sender="bob@council.example")
    mailing.judge(id, mailing.facts(address(9)))

    assert State.READY is mailing.here.state(id)


def test_a_sibling_about_other_people_is_left_alone(mailing: Mailing) -> None:
    other = mailing.send(address(50), names=["Xia", "Yve", "Zoe"])
    mailing.send(*map(address, range(12)))

    assert State.READY is mailing.here.state(other)
    assert State.QUARANTINED is mailing.here.state(mailing.sent[1])


def test_addresses_shown_in_batches_add_up(mailing: Mailing) -> None:
    first = list(map(address, range(15)))
    second = list(map(address, range(15, 30)))
    mailing.send(*first, shown=first, names=[])
    mailing.send(*second, shown=second, names=[])

    assert [HELD, HELD] == mailing.states()


def test_an_address_that_is_shown_only_to_itself_is_not_exposed(mailing: Mailing) -> None:
    for number in range(30):
        mailing.send(address(number), shown=[address(number)], names=[])

    assert [READY] * 30 == mailing.states()


def test_what_awaits_its_sender_is_escalated(mailing: Mailing) -> None:
    mailing.names = ["Ann", "Bea", "Cat", "Dee", "Eve"]
    mailing.send(address(0))
    before = mailing.states()
    mailing.send(*map(address, range(1, 10)))

    assert [ASKED] == before
    assert [HELD, HELD] == mailing.states()


def test_what_is_held_takes_more_people_when_the_campaign_does(mailing: Mailing) -> None:
    folder = mailing.here.folder / "some-policies"
    strict = folder / "list-seen-by-many.yaml"
    strict.write_text(strict.read_text() + "approvals: 2\n")
    (folder / "few.yaml").write_text(strict.read_text().replace("reach: 10", "reach: 2")[:-13])
    mailing.judging = replace(mailing.judging, policies=load(folder))
    first = mailing.send(address(0), address(1))
    before = mailing.here.record(first).verdict.approvals, column(mailing, first, "version")
    mailing.send(*map(address, range(2, 12)))
    after = mailing.here.record(first).verdict.approvals, column(mailing, first, "version")

    assert [HELD, HELD] == mailing.states()
    assert ((1, 2), (2, 3)) == (before, after)


def test_the_sender_is_told_once_for_all_copies(mailing: Mailing) -> None:
    for number in range(14):
        mailing.send(address(number))

    assert 1 == len(mailing.here.own_mail())


def test_what_has_left_stays_and_counts(mailing: Mailing) -> None:
    first = mailing.send(*map(address, range(9)))
    mailing.here.clock.time += 30
    deliver(mailing, first)
    mailing.send(address(9))

    assert [State.DONE, HELD] == mailing.states()


def test_a_copy_with_an_open_attempt_follows_when_it_is_closed(mailing: Mailing) -> None:
    first = mailing.send(*map(address, range(9)))
    mailing.here.clock.time += 30
    (claim,) = mailing.here.claim(READY)
    mailing.here.do(deliveries.open_attempt, first, "another", claim.fence, range(9), with_dot=True)
    mailing.send(address(9))

    assert [READY, HELD] == mailing.states()
    assert "quarantined" == column(mailing, first, "recall")


def test_nothing_is_sent_before_its_siblings_are_inspected(mailing: Mailing) -> None:
    id = mailing.send(address(0))
    sibling = mailing.arrive(address(1))

    def wait() -> float:
        return mailing.here.do(unsettled, id)

    assert wait() == 20.0
    mailing.here.clock.time += 21
    assert wait() > 0
    mailing.judge(sibling, mailing.facts(address(1)))
    assert wait() == 0


def test_what_arrives_after_the_settle_time_holds_nothing_up(mailing: Mailing) -> None:
    id = mailing.send(address(0))
    mailing.here.clock.time += 21
    mailing.arrive(address(1))

    assert mailing.here.do(unsettled, id) == 0


def test_a_mailing_without_people_waits_for_nobody(mailing: Mailing) -> None:
    id = mailing.send(address(0), names=[])
    mailing.arrive(address(1))

    assert mailing.here.do(unsettled, id) == 0


def test_while_observing_nothing_waits(here: World, tmp_path: Path) -> None:
    mailing = Mailing(here, judging(tmp_path, mode="observe"))
    for number in range(12):
        mailing.send(address(number))

    assert [READY] * 12 == mailing.states()
    assert {0.0} == {here.do(unsettled, id) for id in mailing.sent}
    assert Action.QUARANTINE is here.record(mailing.sent[-1]).verdict.observed


def test_internal_recipients_of_a_held_message_get_theirs(mailing: Mailing) -> None:
    mailing.names = ["Ann", "Bea", "Cat", "Dee", "Eve"]
    mailing.send(address(0), "bob@council.example", address(1))
    rows = mailing.here.store.database.read_now(everything)

    assert [
        (ASKED, (address(0), address(1)), b"list"),
        (READY, ("bob@council.example",), b"list"),
    ] == rows


def test_what_was_returned_counts_no_more(mailing: Mailing) -> None:
    mailing.send(*map(address, range(12)))
    mailing.here.do(returning.give_back, mailing.sent[0], Event.RETURN, Step(Who.REVIEWER, "bob"))
    mailing.send(address(0))

    assert [State.DONE, READY] == mailing.states()


def test_eleven_small_mails_to_one_private_mailbox_are_one(mailing: Mailing) -> None:
    for number in range(6):
        mailing.send(
            "ann@homemail.example",
            names=[f"client {number}"],
            content=Content(b"%d" % number, (b"%d" % number,)),
            circle=Circle.WEBMAIL,
        )

    assert [READY, READY, READY, READY, HELD, HELD] == mailing.states()
    assert (5, 5) == recent(mailing, 4)


def test_what_goes_to_ones_own_mailbox_is_united_whoever_else_gets_it(mailing: Mailing) -> None:
    facts = mailing.facts("smitha@homemail.example", address(1), names=["x", "y"])
    audience = replace(facts.audience, self_send="a.smith → smitha")
    first = mailing.arrive("smitha@homemail.example", address(1))
    mailing.judge(first, replace(facts, audience=audience))

    assert (2, 2) == recent(mailing, 0)


def test_what_is_held_has_disclosed_nobody_yet(mailing: Mailing) -> None:
    names = [f"client {n}" for n in range(40)]
    to = "ann@homemail.example"
    mailing.send(to, names=names, content=Content(b"1", (b"1",)), circle=Circle.WEBMAIL)
    mailing.send(to, names=["one"], content=Content(b"2", (b"2",)), circle=Circle.WEBMAIL)

    assert [HELD, READY] == mailing.states()
    assert (1, 1) == recent(mailing, 1)


def test_a_mail_about_nobody_is_not_held_for_those_before(mailing: Mailing) -> None:
    names = [f"client {n}" for n in range(40)]
    to = "ann@homemail.example"
    first = mailing.send(to, names=names, content=Content(b"1", (b"1",)), circle=Circle.WEBMAIL)
    release = Step(Who.REVIEWER, "rita")
    mailing.here.do(messages.move, first, Event.RELEASE, READY, release)
    mailing.send(to, names=[], content=Content(b"2", (b"2",)), circle=Circle.WEBMAIL)
    mailing.send(to, names=["one"], content=Content(b"3", (b"3",)), circle=Circle.WEBMAIL)

    assert [READY, READY, HELD] == mailing.states()
    assert [(0, 0), (41, 41)] == [recent(mailing, 1), recent(mailing, 2)]


def test_after_a_month_small_mails_are_forgotten(mailing: Mailing) -> None:
    for number in range(6):
        mailing.here.clock.time += 10 * 86400
        content = Content(b"%d" % number, (b"%d" % number,))
        names = [f"client {number}"]
        mailing.send("a@homemail.example", names=names, content=content, circle=Circle.WEBMAIL)

    assert [READY] * 6 == mailing.states()
    assert (3, 3) == recent(mailing, 5)


def test_who_was_written_to_before_is_known(mailing: Mailing) -> None:
    deliver(mailing, mailing.send(address(0), names=[]))
    mailing.send(address(0), address(1), names=[])
    viewers = mailing.here.record(mailing.sent[1]).facts.audience.viewers

    assert {address(0): False, address(1): True} == {v.address: v.first_time for v in viewers}


def everything(tx: Transaction) -> list[tuple[State, tuple[str, ...], bytes]]:
    """State, recipients and content of each client's message."""
    rows = tx.execute(
        select(schema.messages).where(schema.messages.c.origin == "client").order_by("received_at")
    )
    return [
        (
            State(row.state),
            messages.envelope_of(tx, row.id).addresses,
            bodies.find(tx, row.id).read(tx.keys, Files(Path()))[-6:].strip(),
        )
        for row in rows
    ]


def recent(mailing: Mailing, number: int) -> tuple[int, int]:
    found = mailing.here.record(mailing.sent[number]).facts.recent
    return found.people, found.private


def column(mailing: Mailing, id: str, name: str) -> object:
    return getattr(mailing.here.store.database.read_now(lambda tx: messages.get(tx, id)), name)


def deliver(mailing: Mailing, id: str) -> None:
    (claim,) = (c for c in mailing.here.claim(READY) if c.id == id)
    mailing.here.do(messages.settle, id, Outcome.DELIVERED, in_doubt=Outcome.EXPIRED)
    mailing.here.do(deliveries.finish, id, claim.fence)


def test_after_a_day_its_keys_and_after_a_month_all_digests_of_a_campaign_are_forgotten(
    mailing: Mailing,
) -> None:
    mailing.send(*map(address, range(12)))
    found = []
    for days in (0, 1, 1, 27, 2):
        mailing.here.clock.time += days * 86400
        mailing.here.do(campaigns.forget)
        found.append(rows(mailing))

    assert [[1, 3, 12]] * 2 + [[0, 3, 12]] * 2 + [[0, 0, 0]] == found
    assert HELD is mailing.here.state(mailing.sent[0])


def rows(mailing: Mailing) -> list[int]:
    tables = (schema.campaign_keys, schema.campaign_people, schema.campaign_mailboxes)

    def count(tx: Transaction) -> list[int]:
        return [len(tx.execute(select(table)).all()) for table in tables]

    return mailing.here.store.database.read_now(count)


def test_unlike_mails_that_share_a_leaflet_expose_nobody_to_each_other(mailing: Mailing) -> None:
    for number in range(15):
        both = [address(2 * number), address(2 * number + 1)]
        content = Content(b"text %d" % number, (b"leaflet", b"%d" % number))
        mailing.send(*both, shown=both, names=[], content=content)

    assert [READY] * 15 == mailing.states()


def test_a_recall_outlives_the_node_that_was_sending(mailing: Mailing) -> None:
    first = mailing.send(*map(address, range(9)))
    mailing.here.clock.time += 30
    (claim,) = mailing.here.claim(READY)
    open_attempt = partial(deliveries.open_attempt, id=first, node="another", positions=range(9))
    mailing.here.do(open_attempt, fence=claim.fence, with_dot=False)
    mailing.send(address(9))
    mailing.here.do(work.recover, "another")
    claim = next(c for c in mailing.here.claim(READY) if c.id == first)

    with pytest.raises(StaleError, match="a copy of it was stopped"):
        mailing.here.do(open_attempt, fence=claim.fence, with_dot=True)
    assert mailing.here.do(verdicts.recall, first)
    assert HELD is mailing.here.state(first)


def test_recipients_whom_no_policy_is_for_get_theirs_outside_too(mailing: Mailing) -> None:
    shipped(mailing, "strangers", "people: {private: true, at_least: 3}", "quarantine", "external")
    id = mailing.arrive(address(0), "p@nhs.example")
    facts = mailing.facts(address(0), "p@nhs.example")
    viewers = tuple(
        replace(v, circle=Circle.PARTNER) if "nhs" in v.address else v
        for v in facts.audience.viewers
    )
    mailing.judge(id, replace(facts, audience=replace(facts.audience, viewers=viewers)))
    rows = mailing.here.store.database.read_now(everything)

    assert [(HELD, (address(0),)), (READY, ("p@nhs.example",))] == [row[:2] for row in rows]


def test_a_policy_that_is_for_nobody_here_stops_nobody(mailing: Mailing) -> None:
    shipped(mailing, "webmail", "people: {private: true, at_least: 3}", "quarantine", "webmail")
    mailing.send(address(0))

    assert [READY] == mailing.states()


def test_what_passed_while_observing_is_not_judged_again(mailing: Mailing) -> None:
    mailing.here.do(modes.set, "observe", "root", "a trial")
    first = mailing.send(*map(address, range(9)))
    mailing.here.do(modes.set, "enforce", "root")
    mailing.send(address(9))

    assert [READY, HELD] == mailing.states()
    assert Action.ALLOW is mailing.here.record(first).verdict.action


def test_observing_waits_for_nobody(mailing: Mailing) -> None:
    id = mailing.send(address(0))
    mailing.arrive(address(1))
    mailing.here.do(modes.set, "observe", "root", "an emergency")

    assert mailing.here.do(unsettled, id) == 0


def test_whom_it_reached_before_it_was_recalled_still_counts(mailing: Mailing) -> None:
    first = mailing.send(*map(address, range(9)))
    answers = [deliveries.Answer(n, Outcome.DELIVERED, "250") for n in range(8)]
    mailing.here.do(deliveries.answer, first, answers)
    mailing.send(address(9))
    mailing.here.do(returning.give_back, first, Event.RETURN, Step(Who.REVIEWER, "rita"))
    mailing.here.do(returning.give_back, mailing.sent[1], Event.RETURN, Step(Who.REVIEWER, "rita"))
    mailing.send(address(20), address(21))

    assert HELD is mailing.here.state(mailing.sent[2])
    assert 10 == mailing.here.record(mailing.sent[2]).facts.campaign.reach


def shipped(mailing: Mailing, name: str, when: str, then: str, applies_to: str) -> None:
    """One policy and no other."""
    folder = mailing.here.folder / "one-policy"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(
        f"title: t\nwhy: w\nwhen:\n  - {when}\nthen: {then}\napplies_to: {applies_to}\n"
    )
    mailing.judging = replace(mailing.judging, policies=load(folder))
