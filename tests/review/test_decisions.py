"""What a reviewer may do to a held message: one decision wins, and everything about it is kept."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from dlpguard import review
from dlpguard.errors import NotFoundError, RefusedError, StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, State, Who
from dlpguard.review import INSIDE, Decision, Seen
from dlpguard.store import audit, messages, quarantine, verdicts
from dlpguard.store.guards import Step
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Reason, Verdict
from tests.runners._world import ANN, HEAD, NODE, SMALL, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def hold(here: World, approvals: int = 1, sender: str = ANN, subject: str = "the minutes") -> str:
    """A message in quarantine."""
    id = here.post(SMALL, "bob@outside.example", "cy@outside.example", sender=sender)
    [claim] = here.claim(State.RECEIVED, NODE)
    match = Match("lists", "Lists", Action.QUARANTINE, (Reason("3 people"),), approvals)
    facts = Facts(sender=sender, subject=subject, plain_subject=subject)
    record = Record(facts, Verdict(Action.QUARANTINE, (match,)))
    here.do(verdicts.judge, id, claim.fence, record, Plan(Event.HOLD), b"evidence")
    return id


def acts(here: World, id: str) -> list[tuple[str, str, str]]:
    """What the audit says of a message: who, what, and what they said."""
    entries = here.store.database.read_now(lambda tx: list(audit.entries(tx, id)))
    return [(e.actor, e.act, e.detail) for e in entries]


def moves(here: World, id: str) -> list[tuple[str, str, str]]:
    """What happened to it: what, by whom, and what they said."""
    history = here.store.database.read_now(lambda tx: list(quarantine.history(tx, id)))
    return [(str(m.event), m.actor, m.reason) for m in history]


def text_of(content: bytes) -> str:
    payload = email.message_from_bytes(content).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_released_message_is_ready_with_who_and_why(here: World) -> None:
    id = hold(here)

    assert Decision(State.READY) == review.release(here.store, id, "rita", "they agreed")
    assert (State.READY, {"pending": 2}) == (here.state(id), here.outcomes(id))
    assert ("release", "rita", "they agreed") == moves(here, id)[-1]
    assert [("rita", "release", "they agreed")] == acts(here, id)
    assert [] == here.own_mail(), "its sender notices when it arrives"


def test_two_different_people_have_to_approve_where_the_policy_says_so(here: World) -> None:
    id = hold(here, approvals=2)

    approve = partial(review.release, here.store, id, approver=True)

    assert Decision(State.QUARANTINED, 1) == approve("rita")
    assert Decision(State.QUARANTINED, 1) == approve("Rita"), "a person is one in any spelling"
    assert State.QUARANTINED is here.state(id)
    assert Decision(State.READY) == approve("sam")
    assert ["rita", "Rita", "sam"] == [actor for actor, _, _ in acts(here, id)]
    assert ("release", "sam", "") == moves(here, id)[-1]


def test_approvals_are_of_the_version_that_was_seen(here: World) -> None:
    """DESIGN 7: two approvals must be of the same version."""
    id = hold(here, approvals=2)
    approve = partial(review.release, here.store, id, approver=True)
    approve("rita")
    ask = Step(Who.REVIEWER, actor="sam", reason="who is this for?")
    here.do(messages.move, id, Event.ASK, State.AWAITING_SENDER, ask)
    here.do(messages.move, id, Event.CONFIRM, State.QUARANTINED, Step(Who.SENDER, actor=ANN))

    assert Decision(State.QUARANTINED, 1) == approve("sam")
    assert Decision(State.READY) == approve("rita")


@pytest.mark.parametrize(
    "decide", [partial(review.release, approver=True), partial(review.return_, head=HEAD)]
)
def test_a_decision_on_a_version_that_is_gone_leaves_no_trace(
    here: World, decide: Callable[..., Decision]
) -> None:
    id = hold(here, approvals=2)

    with pytest.raises(StaleError, match="has changed since you looked at it; look again"):
        decide(here.store, id=id, actor="rita", seen=Seen(1))
    assert (State.QUARANTINED, {"pending": 2}) == (here.state(id), here.outcomes(id))
    assert [] == acts(here, id)
    held = review.look(here.store, id, "sam")
    assert held
    assert () == held.approved_by
    decide(here.store, id=id, actor="rita", seen=Seen(held.version))


def test_a_returned_message_is_never_sent_and_its_sender_is_told_why(here: World) -> None:
    id = hold(here)

    assert Decision(State.DONE) == review.return_(here.store, HEAD, id, "rita", "wrong file")
    assert (State.DONE, {"returned": 2}) == (here.state(id), here.outcomes(id))
    assert ("return", "rita", "wrong file") == moves(here, id)[-1]
    assert [("rita", "return", "wrong file")] == acts(here, id)
    [(address, content)] = here.own_mail()
    assert ANN == address
    assert "“the minutes” to 2 recipients was not sent" in text_of(content)
    assert "  * The reviewer says: wrong file\n" in text_of(content).replace("\r\n", "\n")
    with pytest.raises(StaleError, match=r"is not held: it is done \(rita decided it\)"):
        review.release(here.store, id, "sam")
    assert State.DONE is here.state(id)
    assert here.has_body(id), "for seven days: somebody may ask why"


def test_what_takes_two_people_takes_two_approvers(here: World) -> None:
    id = hold(here, approvals=2)

    with pytest.raises(RefusedError, match="takes two approvers, and this is no approver's"):
        review.release(here.store, id, "rita")
    assert (State.QUARANTINED, []) == (here.state(id), acts(here, id))
    held = review.look(here.store, id, "rita")
    assert held
    assert () == held.approvals
    review.ask(here.store, HEAD, id, "rita", "who is it for?")
    assert State.AWAITING_SENDER is here.state(id), "to ask is anybody's"


@pytest.mark.parametrize("actor", [ANN, "Ann@Council.Example", " ann+x@council.example"])
def test_nobody_decides_their_own_mail_in_any_spelling(here: World, actor: str) -> None:
    id = hold(here)
    released = hold(here)
    review.release(here.store, released, "rita")

    for decide in (
        partial(review.release, here.store, id, actor, approver=True),
        partial(review.release_to, here.store, HEAD, id, actor, INSIDE, approver=True),
        partial(review.return_, here.store, HEAD, id, actor),
        partial(review.ask, here.store, HEAD, id, actor, "?"),
        partial(review.undo, here.store, released, actor),
    ):
        with pytest.raises(RefusedError, match="nobody decides their own mail"):
            decide()
    assert (State.QUARANTINED, []) == (here.state(id), acts(here, id))
    assert State.READY is here.state(released)


def test_mail_without_a_sender_is_nobodys_own(here: World) -> None:
    assert Decision(State.READY) == review.release(here.store, hold(here, sender=""), "")


def test_one_person_is_enough_to_return(here: World) -> None:
    id = hold(here, approvals=2)

    assert Decision(State.DONE) == review.return_(here.store, HEAD, id, "rita")


@pytest.mark.parametrize("sender", ["", "ann@elsewhere.example"])
def test_nobody_outside_is_told_of_a_return(here: World, sender: str) -> None:
    review.return_(here.store, HEAD, hold(here, sender=sender), "rita", "no")

    assert [] == here.own_mail()


def test_a_notice_does_not_repeat_a_subject_with_findings_in_it(here: World) -> None:
    review.return_(here.store, HEAD, hold(here, subject=""), "rita")
    [(_, content)] = here.own_mail()

    assert text_of(content).startswith("Your email to 2 recipients was not sent")


def test_a_reason_cannot_forge_lines_of_the_notice(here: World) -> None:
    review.return_(here.store, HEAD, hold(here), "rita", "no\r\n\r\nCall 01632 960001\r\nBcc: x")
    [(_, content)] = here.own_mail()

    assert "  * The reviewer says: no    Call 01632 960001  Bcc: x" in text_of(content)


def test_of_many_who_decide_at_once_one_wins_and_only_the_winner_is_recorded(
    here: World,
) -> None:
    for _ in range(5):
        id = hold(here)

        def decide(number: int, id: str = id) -> str:
            try:
                if number % 2:
                    review.release(here.store, id, f"r{number}")
                else:
                    review.return_(here.store, HEAD, id, f"r{number}")
            except StaleError:
                return ""
            return f"r{number}"

        with ThreadPoolExecutor(8) as pool:
            won = [actor for actor in pool.map(decide, range(16)) if actor]

        assert 1 == len(won)
        assert won == [actor for actor, _, _ in acts(here, id)]
        last = moves(here, id)[-1]
        assert won[0] == last[1]
        assert {"release": {"pending": 2}, "return": {"returned": 2}}[last[0]] == here.outcomes(id)


def test_what_is_being_inspected_or_on_its_way_cannot_be_decided(here: World) -> None:
    ready = here.ready()
    received = here.post()

    for id, state in ((received, "received"), (ready, "ready")):
        with pytest.raises(StaleError, match=f"is not held: it is {state}$"):
            review.release(here.store, id, "rita")
        with pytest.raises(StaleError, match=f"is not held: it is {state}$"):
            review.return_(here.store, HEAD, id, "rita")
        assert [] == acts(here, id)


def test_what_does_not_exist_cannot_be_decided(here: World) -> None:
    for decide in (
        partial(review.release, here.store),
        partial(review.return_, here.store, HEAD),
        partial(review.look, here.store),
    ):
        with pytest.raises(NotFoundError, match="there is no message 01NOSUCH"):
            decide("01NOSUCH", "rita")
    assert [] == acts(here, "01NOSUCH")


def test_every_look_is_recorded_also_at_what_has_no_verdict_yet(here: World) -> None:
    id, received = hold(here), here.post()
    held = review.look(here.store, id, "rita")

    assert held
    assert (id, State.QUARANTINED, 1) == (held.id, held.state, held.approvals_needed)
    assert review.look(here.store, received, "rita") is None
    assert [("rita", "show", "")] == acts(here, id) == acts(here, received)


def test_what_people_said_is_sealed_and_not_shown_by_repr(here: World) -> None:
    id = hold(here)
    review.return_(here.store, HEAD, id, "rita", "SESAME opens it")
    here.store.database.close()
    files = (f.read_bytes() for f in here.folder.rglob("*") if f.is_file())

    assert not any(b"SESAME" in content for content in files)
    assert "SESAME" not in repr(Step(Who.REVIEWER, reason="SESAME"))
    assert "SESAME" not in repr(replace(audit.Entry(0, "r", "show", "x"), detail="SESAME"))
