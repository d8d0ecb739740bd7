"""A release to some recipients: who was left out never gets it, whatever happens afterwards."""

from __future__ import annotations

import asyncio
import email
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from dlpguard import review
from dlpguard.audience import Audience, Circle, Viewer
from dlpguard.errors import RefusedError, StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State
from dlpguard.review import EVERYBODY, INSIDE, Choice, ChoiceError, Decision
from dlpguard.store import audit, choices, quarantine, schema, verdicts
from dlpguard.store.engines import sqlite
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Reason, Verdict
from tests.runners._deliver import LATER, deliver
from tests.runners._hop import Delivery, Hop
from tests.runners._mailing import Mailing, address, mailings
from tests.runners._world import ANN, BIG, HEAD, NODE, SMALL, World, world

READY, HELD, DONE = State.READY, State.QUARANTINED, State.DONE

INA, PAT = "ina@council.example", "pat@nhs.example"
OTTO, WES, WIN = "otto@outside.example", "wes@webmail.example", "win@webmail.example"
CIRCLES = {
    INA: Circle.INTERNAL,
    PAT: Circle.PARTNER,
    OTTO: Circle.EXTERNAL,
    WES: Circle.WEBMAIL,
    WIN: Circle.WEBMAIL,
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[Mailing]:
    with mailings(tmp_path) as made:
        yield made


def hold(
    here: World, approvals: int = 1, content: bytes = SMALL, recipients: tuple[str, ...] = ()
) -> str:
    """A message in quarantine, to one mailbox of each circle and two of webmail."""
    id = here.post(content, *(recipients or CIRCLES))
    [claim] = here.claim(State.RECEIVED, NODE)
    match = Match("lists", "Lists", Action.QUARANTINE, (Reason("3 people"),), approvals)
    viewers = tuple(Viewer(a, c, receives=True, shown=True) for a, c in CIRCLES.items())
    facts = Facts(sender=ANN, plain_subject="the minutes", audience=Audience(viewers))
    record = Record(facts, Verdict(Action.QUARANTINE, (match,)))
    here.do(verdicts.judge, id, claim.fence, record, Plan(Event.HOLD), b"evidence")
    return id


def release_to(
    here: World, id: str, choice: Choice, actor: str = "rita", *, approver: bool = False
) -> Decision:
    return review.release_to(here.store, HEAD, id, actor, choice, "agreed", approver=approver)


def look(here: World, id: str) -> quarantine.Held:
    found = here.store.database.read_now(lambda tx: quarantine.find(tx, id))
    assert found
    return found


def from_clients(hop: Hop) -> list[Delivery]:
    """What the next hop was given that we did not write ourselves."""
    return [mail for mail in hop.deliveries if mail.sender]


def reached(hop: Hop) -> list[str]:
    """Everybody to whom it was given."""
    return sorted(to for mail in from_clients(hop) for to in mail.recipients)


def asked_for(hop: Hop) -> set[str]:
    """Everybody whom the next hop was even asked about."""
    return {c[9:-1] for c in hop.commands if c.startswith("RCPT TO:") and "NOTIFY" not in c}


@pytest.mark.parametrize("content", [SMALL, BIG], ids=["small", "big"])
@pytest.mark.parametrize(
    ("choice", "gets"),
    [
        (INSIDE, {INA}),
        (Choice.of([Circle.INTERNAL, Circle.PARTNER]), {INA, PAT}),
        (Choice.of([], [OTTO, "WES+lists@webmail.example"]), {OTTO, WES}),
        (Choice.of([Circle.WEBMAIL], [INA]), {INA, WES, WIN}),
    ],
    ids=["inside", "circles", "addresses", "both"],
)
def test_only_those_who_were_chosen_get_it_and_it_is_unchanged(
    here: World, content: bytes, choice: Choice, gets: set[str]
) -> None:
    id = hold(here, content=content)
    left_out = len(CIRCLES) - len(gets)
    hop = Hop()

    decision = release_to(here, id, choice)
    waiting = {"pending": len(gets), "returned": left_out}
    assert waiting == here.outcomes(id)
    deliver(here, hop)

    assert Decision(READY, given=len(gets), left_out=left_out) == decision
    assert sorted(gets) == reached(hop)
    assert gets == asked_for(hop) - {ANN}, "the others are not even spoken of"
    [mail] = from_clients(hop)
    assert mail.content.endswith(content)
    assert {"delivered": len(gets), "returned": left_out} == here.outcomes(id)
    assert DONE is here.state(id)


def test_who_is_left_out_stays_left_out_while_the_others_are_tried_again(here: World) -> None:
    id = hold(here)
    release_to(here, id, INSIDE)
    hop = Hop({"RCPT": [LATER] * 2})  # and the notice to its sender

    def later() -> None:
        assert {"pending": 1, "returned": 4} == here.outcomes(id)
        here.clock.time += 300

    deliver(here, hop, then=later)

    assert {INA} == asked_for(hop) - {ANN}
    assert {"delivered": 1, "returned": 4} == here.outcomes(id)


def test_an_undo_brings_back_only_who_was_to_get_it(here: World) -> None:
    id = hold(here)
    release_to(here, id, Choice.of([Circle.INTERNAL, Circle.PARTNER]))
    review.undo(here.store, id, "rita", "wait")
    assert (HELD, {"pending": 2, "returned": 3}) == (here.state(id), here.outcomes(id))
    review.release(here.store, id, "sam")
    hop = Hop()
    deliver(here, hop)

    assert [INA, PAT] == reached(hop)
    assert {"delivered": 2, "returned": 3} == here.outcomes(id)


def test_nobody_is_sent_it_while_it_can_be_taken_back(here: World) -> None:
    id = hold(here)
    review.release_to(here.store, HEAD, id, "rita", INSIDE, wait=20.0)
    hop = Hop()

    def nobody_yet() -> None:
        assert [] == reached(hop)
        here.clock.time += 21

    deliver(here, hop, then=nobody_yet)

    assert [INA] == reached(hop)


def test_what_is_taken_back_in_time_is_sent_to_nobody(here: World) -> None:
    id = hold(here)
    review.release(here.store, id, "rita", wait=20.0)
    hop = Hop()

    def take_back() -> None:
        review.undo(here.store, id, "rita")
        here.clock.time += 60

    deliver(here, hop, then=take_back)

    assert (HELD, {"pending": 5}) == (here.state(id), here.outcomes(id))
    assert [] == reached(hop)


def test_who_was_left_out_cannot_be_chosen_later(here: World) -> None:
    id = hold(here)
    release_to(here, id, INSIDE)
    review.undo(here.store, id, "rita")

    with pytest.raises(ChoiceError, match="would not get it anyway"):
        release_to(here, id, Choice.of([], [OTTO]))
    with pytest.raises(ChoiceError, match="nobody would get it"):
        release_to(here, id, Choice.of([Circle.WEBMAIL]))
    assert {"pending": 1, "returned": 4} == here.outcomes(id)


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice.of([Circle.PUBLISHING]), "nobody would get it"),
        (Choice.of(), "nobody would get it"),
        (Choice.of([Circle.INTERNAL], ["x@outside.example"]), "an address that was chosen"),
        (Choice.of([], ["x@a.example", "y@a.example"]), "2 addresses that were chosen"),
    ],
)
def test_a_choice_that_makes_no_sense_changes_nothing_and_names_nobody(
    here: World, choice: Choice, why: str
) -> None:
    id = hold(here)

    with pytest.raises(ChoiceError, match=why) as caught:
        release_to(here, id, choice)

    assert "@" not in str(caught.value)
    assert (HELD, {"pending": 5}, ()) == (
        here.state(id),
        here.outcomes(id),
        look(here, id).approvals,
    )
    assert [] == here.own_mail()


def test_the_records_say_to_whom_it_went(here: World) -> None:
    id = hold(here)
    release_to(here, id, Choice.of([Circle.INTERNAL], [OTTO]))
    entries = here.store.database.read_now(lambda tx: list(audit.entries(tx, id)))
    history = here.store.database.read_now(lambda tx: list(quarantine.history(tx, id)))
    words = "only inside the organisation and to 1 more chosen recipient (2 of 5): agreed"

    assert [("rita", "release", words)] == [(e.actor, e.act, e.detail) for e in entries]
    assert ("release", "rita", words) == (history[-1].event, history[-1].actor, history[-1].reason)


def test_its_sender_is_told_how_many_get_it_and_none_of_the_data(here: World) -> None:
    release_to(here, hold(here), INSIDE)
    [(to, content)] = here.own_mail()
    message = email.message_from_bytes(content)
    text = message.get_payload(decode=True)

    assert ANN == to
    assert "Your email goes to some of its recipients only" == message["Subject"]
    assert isinstance(text, bytes)
    assert b"it goes to some of its 5 recipients only" in text
    assert b"* It goes to 1 of 5 recipients." in text
    assert b"* 4 do not get it, now or later." in text
    assert b"* The reviewer says: agreed" in text
    assert not any(address.encode() in text for address in CIRCLES)


def test_a_choice_of_everybody_is_an_ordinary_release(here: World) -> None:
    id = hold(here)

    assert Decision(READY) == release_to(here, id, Choice.of(Circle, [OTTO]))
    assert {"pending": 5} == here.outcomes(id)
    assert [] == here.own_mail()


def test_two_people_have_to_approve_the_same_choice(here: World) -> None:
    id = hold(here, approvals=2)
    approve = partial(release_to, here, id, approver=True)

    assert Decision(HELD, 1) == approve(EVERYBODY, "rita")
    assert Decision(HELD, 1) == approve(INSIDE, "sam")
    assert Decision(HELD, 1) == approve(Choice.of([], [OTTO]), "tom")
    assert {"pending": 5} == here.outcomes(id)
    assert [("rita", EVERYBODY), ("sam", INSIDE), ("tom", Choice.of([], [OTTO]))] == [
        (a.actor, a.choice) for a in look(here, id).approvals
    ]
    assert Decision(READY, given=1, left_out=4) == approve(Choice.of(INSIDE.circles, [INA]), "tom")
    assert {"pending": 1, "returned": 4} == here.outcomes(id)


def test_who_changes_their_mind_has_approved_only_the_last(here: World) -> None:
    id = hold(here, approvals=2)
    approve = partial(release_to, here, id, approver=True)
    approve(EVERYBODY, "rita")
    approve(INSIDE, "Rita")

    assert [("Rita", INSIDE)] == [(a.actor, a.choice) for a in look(here, id).approvals]
    assert Decision(HELD, 1) == approve(EVERYBODY, "sam")
    assert Decision(READY, given=1, left_out=4) == approve(INSIDE, "sam")


def test_who_is_no_approver_releases_to_nobody_what_takes_two(here: World) -> None:
    id = hold(here, approvals=2)

    with pytest.raises(RefusedError, match="takes two approvers"):
        release_to(here, id, INSIDE)
    assert (HELD, {"pending": 5}) == (here.state(id), here.outcomes(id))


def test_an_approval_of_some_is_sealed_and_says_nothing_in_a_repr(here: World) -> None:
    id = hold(here, approvals=2)
    release_to(here, id, Choice.of([], [OTTO]), approver=True)
    kept = here.store.database.read_now(
        lambda tx: tx.execute(select(schema.approvals.c.choice)).scalar_one()
    )

    assert kept
    assert b"otto" not in kept
    assert "otto" not in repr(look(here, id).approvals)


def test_one_wins_also_when_they_choose_differently(here: World) -> None:
    id = hold(here)
    release_to(here, id, INSIDE)

    for late in (
        partial(release_to, here, id, Choice.of([Circle.WEBMAIL]), "sam"),
        partial(review.release, here.store, id, "sam"),
        partial(review.return_, here.store, HEAD, id, "sam"),
    ):
        with pytest.raises(StaleError, match=r"it is ready \(rita decided it\)"):
            late()
    assert {"pending": 1, "returned": 4} == here.outcomes(id)


def test_a_mailbox_that_is_a_recipient_twice_is_on_one_side(here: World) -> None:
    id = hold(here, recipients=(OTTO, "Otto@Outside.Example", "otto+x@outside.example", INA))
    release_to(here, id, Choice.of([], [OTTO]))

    assert {"pending": 3, "returned": 1} == here.outcomes(id)


def test_of_copies_each_goes_to_those_of_its_recipients_that_were_chosen(mailing: Mailing) -> None:
    inside = [f"c{n}@council.example" for n in range(3)]
    outside = [address(n) for n in range(12)]
    both = mailing.send(inside[0], *outside[:4], names=["Ann", "Bea", "Cat"])
    only_outside = mailing.send(*outside[4:], names=["Ann", "Bea", "Cat"])
    held = look(mailing.here, both)
    assert {both, only_outside} == set(held.copies)

    decision = review.release_to(mailing.here.store, HEAD, both, "rita", INSIDE)

    assert Decision(READY, messages=2, given=1, left_out=12) == decision
    assert {"pending": 1, "returned": 4} == mailing.here.outcomes(both)
    assert (DONE, {"returned": 8}) == (
        mailing.here.state(only_outside),
        mailing.here.outcomes(only_outside),
    )
    notices = [content for _, content in mailing.here.own_mail()]
    assert 1 == sum(b"1 of 13 recipients" in notice for notice in notices)


def test_a_late_copy_does_not_inherit_a_release_to_some(mailing: Mailing) -> None:
    """The decision was about who got it, not about what it says."""
    for number in range(12):
        mailing.send("ina@council.example", address(number))
    review.release_to(mailing.here.store, HEAD, mailing.sent[0], "rita", INSIDE)
    others = [mailing.send(address(100 + number)) for number in range(10)]

    assert {HELD} == {mailing.here.state(id) for id in others}


def test_who_was_left_out_does_not_count_for_a_mailing(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send("ina@council.example", address(number))
    review.release_to(mailing.here.store, HEAD, mailing.sent[0], "rita", INSIDE)
    late = mailing.send(address(0))

    assert READY is mailing.here.state(late), "nobody outside has got it, and one may"


def test_of_a_released_copy_a_late_one_still_inherits(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    review.release(mailing.here.store, mailing.sent[0], "rita")

    assert READY is mailing.here.state(mailing.send(address(20)))


def test_copies_that_take_two_people_wait_for_approvers(mailing: Mailing) -> None:
    for number in range(12):
        mailing.send(address(number))
    more = mailing.sent[-1]
    mailing.here.change(
        schema.messages.update().where(schema.messages.c.id == more).values(approvals=2)
    )

    assert Decision(READY, messages=11) == review.release(
        mailing.here.store, mailing.sent[0], "rita"
    )
    assert HELD is mailing.here.state(more)


def test_a_message_to_thousands_is_looked_at_and_divided_without_delay(mailing: Mailing) -> None:
    """Its recipients were once compared with its mailboxes, each with each: 2 s of CPU."""
    id = mailing.send("ina@council.example", *map(address, range(4000)))
    began = time.process_time()
    held = look(mailing.here, id)
    looked = time.process_time() - began
    decision = review.release_to(mailing.here.store, HEAD, id, "rita", INSIDE)

    assert 4001 == len(held.envelope.recipients)
    assert looked < 1
    assert Decision(READY, given=1, left_out=4000) == decision
    assert {"pending": 1, "returned": 4000} == mailing.here.outcomes(id)


def test_of_many_who_choose_at_once_one_wins_and_nobody_is_in_two_outcomes(here: World) -> None:
    wishes = [INSIDE, Choice.of([Circle.WEBMAIL]), Choice.of([], [OTTO]), EVERYBODY]
    for _ in range(3):
        id = hold(here)
        won = 0
        for number, choice in enumerate(wishes):
            with suppress(StaleError):
                release_to(here, id, choice, f"r{number}")
                won += 1

        assert 1 == won
        assert 5 == sum(here.outcomes(id).values())


def test_choices_read_as_sentences() -> None:
    assert "to everybody" == EVERYBODY.words == Choice.of(Circle).words
    assert "only inside the organisation" == INSIDE.words
    assert "only to 2 chosen recipients" == Choice.of([], [OTTO, WES]).words
    assert "only to nobody" == Choice.of().words
    more = Choice.of([Circle.PARTNER, Circle.INTERNAL], [OTTO])
    assert "only inside the organisation, to partners and to 1 more chosen recipient" == more.words


def test_a_choice_is_kept_as_it_was(here: World) -> None:
    for choice in (EVERYBODY, INSIDE, Choice.of([Circle.WEBMAIL], [OTTO])):
        sealed = here.do(choices.seal, "m", choice)

        assert choice == here.do(choices.unseal, "m", sealed)
