"""Moves: only those of the table, only with their guards, each with its record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from dlpguard.errors import NotFoundError, StaleError
from dlpguard.facts import Facts
from dlpguard.lifecycle import TABLE, Event, Outcome, State, Who
from dlpguard.store import deliveries, messages, quarantine, schema, verdicts, work
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Answer
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store
from dlpguard.store.verdicts import Record
from dlpguard.store.work import Claim
from dlpguard.verdict import Action, Plan, Verdict
from tests.store._world import Clock, Poster, do


def claim(store: Store, state: State = State.RECEIVED) -> Claim:
    [claimed] = do(store, work.claim, state, "node", 10, 60.0)
    return claimed


def judge(store: Store, event: Event = Event.HOLD) -> str:
    """Claim the one message that is RECEIVED and judge it."""
    action = {Event.HOLD: Action.QUARANTINE, Event.REFUSE: Action.REJECT}.get(event, Action.ALLOW)
    claimed = claim(store)
    record = Record(Facts(sender="ann@council.example"), Verdict(action))
    do(store, verdicts.judge, claimed.id, claimed.fence, record, Plan(event))
    return claimed.id


def state(store: Store, id: str) -> str:
    return str(store.database.read_now(lambda tx: messages.get(tx, id).state))


def outcomes(store: Store, id: str) -> dict[str, int]:
    return store.database.read_now(lambda tx: quarantine.outcomes(tx, id))


def test_an_accepted_message_is_received_with_its_envelope(store: Store, post: Poster) -> None:
    id = post(b"x\r\n", "a@x.example", "b@x.example", sender="")
    envelope = store.database.read_now(lambda tx: messages.envelope_of(tx, id))

    assert State.RECEIVED == state(store, id)
    assert ("", ("a@x.example", "b@x.example")) == (envelope.sender, envelope.addresses)


def test_a_message_is_claimed_by_one_runner_until_its_lease_runs_out(
    store: Store, post: Poster, clock: Clock
) -> None:
    post()
    first = claim(store)

    assert () == do(store, work.claim, State.RECEIVED, "other", 10, 60.0)
    clock.time += 61
    second = claim(store)
    assert (first.fence + 1, 2) == (second.fence, second.claims)


def test_a_verdict_under_an_old_fence_changes_nothing(
    store: Store, post: Poster, clock: Clock
) -> None:
    id = post()
    old = claim(store)
    clock.time += 61
    claim(store)
    record = Record(Facts(sender=""), Verdict(Action.ALLOW))

    with pytest.raises(StaleError):
        do(store, verdicts.judge, id, old.fence, record, Plan(Event.PASS))
    assert State.RECEIVED == state(store, id)
    assert store.database.read_now(lambda tx: verdicts.find(tx, id)) is None


@pytest.mark.parametrize("event", [e for e in Event if e is not Event.PASS])
def test_a_move_that_the_table_does_not_have_is_refused(
    store: Store, post: Poster, event: Event
) -> None:
    id = post()
    judge(store, Event.PASS)
    allowed = {m.event for m in TABLE if m.source is State.READY and Who.SENDER in m.who}

    assert event not in allowed
    with pytest.raises(StaleError):
        do(store, messages.move, id, event, State.DONE, Step(Who.SENDER))
    assert State.READY == state(store, id)


def test_every_move_is_recorded_with_who_made_it(store: Store, post: Poster) -> None:
    post()
    id = judge(store)
    step = Step(Who.REVIEWER, actor="rita", reason="fine")
    do(store, messages.move, id, Event.RELEASE, State.READY, step)
    history = store.database.read_now(lambda tx: list(quarantine.history(tx, id)))

    assert [
        (Event.ACCEPT, State.RECEIVED, "edge", "", ""),
        (Event.HOLD, State.QUARANTINED, "inspector", "", ""),
        (Event.RELEASE, State.READY, "reviewer", "rita", "fine"),
    ] == [(m.event, m.target, m.who, m.actor, m.reason) for m in history]


def test_of_a_hundred_releases_and_returns_at_once_exactly_one_wins(
    store: Store, post: Poster
) -> None:
    for _ in range(5):
        post()
        id = judge(store)

        def decide(number: int, id: str = id) -> str:
            release = number % 2
            event, target = (Event.RELEASE, State.READY) if release else (Event.RETURN, State.DONE)

            def work_(tx: Transaction) -> None:
                if not release:
                    messages.settle(tx, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)
                step = Step(Who.REVIEWER, actor=f"r{number}")
                messages.move(tx, id, event, target, step)

            try:
                store.database.write_now(work_)
            except StaleError:
                return "lost"
            return str(target)

        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(decide, range(40)))

        [won] = [r for r in results if r != "lost"]
        assert won == state(store, id)
        assert ({"returned": 1} if won == State.DONE else {"pending": 1}) == outcomes(store, id)


def test_a_returned_message_cannot_be_sent(store: Store, post: Poster) -> None:
    post()
    id = judge(store)
    step = Step(Who.REVIEWER, actor="rita")
    do(store, messages.move, id, Event.RETURN, State.DONE, step)
    do(store, messages.settle, id, Outcome.RETURNED, in_doubt=Outcome.EXPIRED)

    with pytest.raises(StaleError):
        do(store, deliveries.open_attempt, id, "n", 1, [0], with_dot=True)


def test_a_message_with_an_open_attempt_cannot_be_taken_back(store: Store, post: Poster) -> None:
    post()
    id = judge(store)
    reviewer = Step(Who.REVIEWER, actor="rita")
    do(store, messages.move, id, Event.RELEASE, State.READY, reviewer)
    sending = claim(store, State.READY)
    attempt = do(store, deliveries.open_attempt, id, "node", sending.fence, [0], with_dot=False)
    undo = (messages.move, id, Event.UNDO, State.QUARANTINED, reviewer)

    with pytest.raises(StaleError, match="being sent"):
        do(store, *undo)
    do(store, work.close, attempt, in_doubt=False)
    do(store, *undo)
    assert State.QUARANTINED == state(store, id)


def test_a_crash_before_the_dot_is_no_doubt_and_after_it_is(store: Store, post: Poster) -> None:
    ids = [post(), post()]
    for _ in ids:
        [c] = do(store, work.claim, State.RECEIVED, "node", 1, 60.0)
        record = Record(Facts(sender=""), Verdict(Action.ALLOW))
        do(store, verdicts.judge, c.id, c.fence, record, Plan(Event.PASS))
    for c in do(store, work.claim, State.READY, "node", 2, 60.0):
        do(
            store,
            deliveries.open_attempt,
            c.id,
            "node",
            c.fence,
            [0],
            with_dot=c.id == ids[1],
        )
    do(store, work.recover, "node")

    assert {"pending": 1} == outcomes(store, ids[0])
    assert {"pending": 1, "in doubt": 1} == outcomes(store, ids[1])
    assert 2 == len(do(store, work.claim, State.READY, "node", 9, 60.0)), "both are sent again"


def test_the_dot_is_not_sent_when_the_message_is_no_longer_ours(
    store: Store, post: Poster, clock: Clock
) -> None:
    post()
    id = judge(store, Event.PASS)
    mine = claim(store, State.READY)
    attempt = do(store, deliveries.open_attempt, id, "node", mine.fence, [0], with_dot=False)
    clock.time += 61
    claim(store, State.READY)

    assert not do(store, deliveries.record_dot, id, mine.fence, attempt)


def test_a_final_outcome_never_changes(store: Store, post: Poster) -> None:
    post()
    id = judge(store, Event.PASS)
    for outcome in (Outcome.DELIVERED, Outcome.BOUNCED):
        do(store, deliveries.answer, id, [Answer(0, outcome, "250 2.0.0")])

    assert {"delivered": 1} == outcomes(store, id)


def test_a_message_is_not_done_while_a_recipient_is_pending(store: Store, post: Poster) -> None:
    post()
    judge(store, Event.PASS)
    mine = claim(store, State.READY)

    with pytest.raises(StaleError, match="pending"):
        do(store, deliveries.finish, mine.id, mine.fence)


def test_a_delivered_body_is_forgotten_at_once_and_a_decided_one_is_kept(
    store: Store, post: Poster
) -> None:
    post()
    post()
    passed, held = judge_both(store)
    for _ in (passed, held):
        [c] = do(store, work.claim, State.READY, "node", 1, 60.0)
        do(store, deliveries.answer, c.id, [Answer(0, Outcome.DELIVERED)])
        do(store, deliveries.finish, c.id, c.fence)
    kept = {id: do(store, messages.get, id).body_id for id in (passed, held)}

    assert kept[passed] is None
    assert kept[held] is not None


def judge_both(store: Store) -> tuple[str, str]:
    """Pass one message, hold and release another."""
    record = Record(Facts(sender=""), Verdict(Action.ALLOW))
    first, second = do(store, work.claim, State.RECEIVED, "node", 2, 60.0)
    for claimed, event in ((first, Event.PASS), (second, Event.HOLD)):
        do(store, verdicts.judge, claimed.id, claimed.fence, record, Plan(event))
    step = Step(Who.REVIEWER, actor="rita")
    do(store, messages.move, second.id, Event.RELEASE, State.READY, step)
    return first.id, second.id


def test_a_refused_message_is_returned_to_everybody(store: Store, post: Poster) -> None:
    post(b"x\r\n", "a@x.example", "b@x.example")
    id = judge(store, Event.REFUSE)

    assert State.DONE == state(store, id)
    assert {"returned": 2} == outcomes(store, id)


def test_an_unknown_id_says_where_to_look(store: Store) -> None:
    with pytest.raises(NotFoundError, match="quarantine list"):
        store.database.read_now(lambda tx: messages.complete(tx, "01ABC"))


def test_the_sum_of_outcomes_is_the_number_of_recipients(store: Store, post: Poster) -> None:
    post(b"x\r\n", *(f"r{n}@x.example" for n in range(9)))
    id = judge(store, Event.PASS)
    mine = claim(store, State.READY)
    answers = [Answer(n, list(Outcome)[n % 3]) for n in range(9)]
    do(store, deliveries.answer, id, answers)
    store.database.write_now(
        lambda tx: tx.execute(
            update(schema.messages)
            .where(schema.messages.c.id == id)
            .values(lease_until=0.0, fence=mine.fence)
        )
    )
    do(store, deliveries.expire, id)

    assert 9 == sum(outcomes(store, id).values())
    assert {"delivered": 3, "bounced": 3, "expired": 3} == outcomes(store, id)
