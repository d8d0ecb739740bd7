"""What is counted on each day, whoever counts and how often; and for how long it is kept."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, select, update

from dlpguard.document import Gap, Unread
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import (
    casework,
    deliveries,
    figures,
    matches,
    messages,
    retention,
    returning,
    schema,
    tallies,
    verdicts,
    waits,
    work,
)
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store
from dlpguard.store.tallies import What
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Match, Plan, Verdict
from tests.store._world import Clock, Poster, do, facts

DAY = 86400.0
MONDAY = 1_700_438_400.0  # 2023-11-20, 00:00 UTC
EVENTS = {
    Action.ALLOW: Event.PASS,
    Action.TAG: Event.PASS,
    Action.CONFIRM: Event.ASK,
    Action.QUARANTINE: Event.HOLD,
    Action.REJECT: Event.REFUSE,
}


def by(policy: str, action: Action, *, watched: bool = False, queue: str = "reviewers") -> Match:
    return Match(policy, policy, action, (), queue=queue, observed=watched)


class Relay:
    """Messages judged, decided on and delivered when a test wants it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.post = Poster(store)
        clock.time = MONDAY + 10 * 3600

    def judged(self, verdict: Verdict, *unread: Unread) -> str:
        id = self.post(b"x")
        seen = replace(facts(), gaps=tuple(Gap("file", why) for why in unread))
        plan = Plan(EVENTS[verdict.action])
        fence = self._claim(id, State.RECEIVED)
        do(self.store, verdicts.judge, id, fence, Record(seen, verdict), plan, b"evidence")
        return id

    def held(self, policy: str = "lists") -> str:
        return self.judged(Verdict(Action.QUARANTINE, (by(policy, Action.QUARANTINE),)))

    def forwarded_later(self) -> str:
        """Let through, and still to be delivered."""
        return self.judged(Verdict(Action.ALLOW))

    def forwarded(self) -> str:
        id = self.forwarded_later()
        self.deliver(id)
        return id

    def deliver(self, id: str) -> None:
        fence = self._claim(id, State.READY)
        answers = [deliveries.Answer(0, Outcome.DELIVERED, "250")]
        do(self.store, deliveries.answer, id, answers)
        do(self.store, deliveries.finish, id, fence)

    def release(self, id: str) -> None:
        step = Step(Who.REVIEWER, actor="rita")
        do(self.store, messages.move, id, Event.RELEASE, State.READY, step)

    def return_(self, id: str) -> None:
        do(self.store, returning.give_back, id, Event.RETURN, Step(Who.REVIEWER, actor="rita"))

    def copies(self, *ids: str) -> None:
        """Make messages copies of one mailing."""

        def join(tx: Transaction) -> None:
            sender = schema.campaigns.insert().values(sender_digest=b"x", opened_at=tx.now())
            key = tx.execute(sender).inserted_primary_key
            mine = update(schema.messages).where(schema.messages.c.id.in_(ids))
            tx.execute(mine.values(campaign_id=key[0] if key else 0, content=b"the same"))

        self.store.database.write_now(join)

    def later(self, seconds: float) -> None:
        self.clock.time += seconds

    def day(self, number: int = 0) -> tallies.Day:
        """The numbers of a day of that week, 0 Monday."""
        when = date(2023, 11, 20 + number)
        return do(self.store, tallies.days, when, when)[0]

    def close(self) -> int:
        """Count all days that can be; how many there were."""
        count = 0
        while do(self.store, tallies.close):
            count += 1
        return count

    def figures(self, days: int = 30) -> figures.Figures:
        return do(self.store, figures.of, days)

    def _claim(self, id: str, state: State) -> int:
        claims = do(self.store, work.claim, state, "node", 100, 60.0)
        return next(claim.fence for claim in claims if claim.id == id)


@pytest.fixture
def relay(store: Store, clock: Clock) -> Relay:
    return Relay(store, clock)


def test_what_came_of_each_message_is_counted_on_the_day_of_its_arrival(relay: Relay) -> None:
    relay.forwarded()
    relay.forwarded()
    relay.judged(Verdict(Action.TAG, (by("scans", Action.TAG),)))
    relay.judged(Verdict(Action.CONFIRM, (by("few", Action.CONFIRM),)))
    relay.held()
    relay.judged(Verdict(Action.REJECT, (by("never", Action.REJECT),)))

    monday, tuesday = relay.day(), relay.day(1)

    assert (3, 1, 1, 1) == (
        monday.of(What.FORWARDED),
        monday.of(What.ASKED),
        monday.of(What.HELD),
        monday.of(What.REFUSED),
    )
    assert {} == dict(tuesday.numbers)


def test_a_mailing_that_is_held_counts_once(relay: Relay) -> None:
    relay.copies(*(relay.held() for _ in range(3)))
    relay.held()

    assert 2 == relay.day().of(What.HELD)
    assert 2 == relay.day().numbers[What.POLICY, "quarantine lists"]


def test_what_would_have_been_is_counted_while_observing(relay: Relay) -> None:
    seen = (by("lists", Action.QUARANTINE), by("few", Action.CONFIRM))
    relay.judged(Verdict(Action.ALLOW, seen, observed=Action.QUARANTINE))
    relay.judged(Verdict(Action.ALLOW, seen[1:], observed=Action.CONFIRM))

    day = relay.day()

    assert 2 == day.of(What.FORWARDED)
    assert (1, 1) == (day.of(What.WOULD_HOLD), day.of(What.WOULD_ASK))
    assert (1, 1) == (
        day.numbers[What.WATCHED, "quarantine lists"],
        day.numbers[What.WATCHED, "confirm few"],
    )
    assert 0 == day.of(What.HELD)


def test_a_policy_that_only_observes_is_counted_as_watching(relay: Relay) -> None:
    found = (by("few", Action.CONFIRM), by("new", Action.QUARANTINE, watched=True))
    relay.judged(Verdict(Action.CONFIRM, found))

    [few, new] = relay.figures().policies

    assert ("few", 1, 0) == (few.name, few.did["confirm"], few.watched.total())
    assert ("new", 0, 1) == (new.name, new.did.total(), new.watched["quarantine"])


def test_only_the_policies_that_decided_are_counted(relay: Relay) -> None:
    found = (by("lists", Action.QUARANTINE), by("few", Action.CONFIRM), by("scans", Action.TAG))
    relay.judged(Verdict(Action.QUARANTINE, found))

    assert ["lists"] == [one.name for one in relay.figures().policies]


def test_a_copy_of_what_was_released_is_forwarded_by_no_policy(relay: Relay) -> None:
    verdict = Verdict(Action.ALLOW, (by("lists", Action.QUARANTINE),), inherits="another")
    relay.judged(verdict)

    assert 1 == relay.day().of(What.FORWARDED)
    assert () == relay.figures().policies


def test_a_policy_counts_anew_when_a_copy_makes_it_stronger(relay: Relay) -> None:
    id = relay.judged(Verdict(Action.CONFIRM, (by("few", Action.CONFIRM),)))
    stronger = Verdict(Action.QUARANTINE, (by("lists", Action.QUARANTINE),))
    do(relay.store, verdicts.strengthen, id, Record(facts(), stronger), Plan(Event.HOLD))

    day = relay.day()

    assert (0, 1) == (day.of(What.ASKED), day.of(What.HELD))
    assert [(What.POLICY, "quarantine lists")] == [k for k in day.numbers if k[0] == What.POLICY]


def test_mail_of_a_private_group_is_in_totals_only(relay: Relay) -> None:
    queue = "whistleblowing"
    verdict = Verdict(Action.QUARANTINE, (by("lists", Action.QUARANTINE, queue=queue),))
    id = relay.judged(verdict, Unread.ENCRYPTED)
    do(relay.store, casework.mark, id, rightly=True)

    found = relay.figures()

    assert 1 == found.total(What.HELD)
    assert ((), ()) == (found.policies, found.gaps)
    assert (1, 0) == (found.rightly, found.wrongly)


def test_gaps_are_counted_by_kind_once_for_each_message(relay: Relay) -> None:
    relay.judged(Verdict(Action.ALLOW), Unread.SCAN, Unread.SCAN, Unread.ENCRYPTED)
    relay.judged(Verdict(Action.ALLOW), Unread.SCAN)

    assert (("scan", 2), ("encrypted", 1)) == relay.figures().gaps


def test_decisions_are_of_the_day_on_which_they_were_made(relay: Relay) -> None:
    first, second = relay.held(), relay.held()
    relay.later(DAY)
    relay.release(first)
    relay.return_(second)

    assert (0, 0) == (relay.day(0).of(What.RELEASED), relay.day(0).of(What.RETURNED))
    assert (1, 1) == (relay.day(1).of(What.RELEASED), relay.day(1).of(What.RETURNED))


def test_one_decision_on_many_copies_is_one(relay: Relay) -> None:
    ids = [relay.held() for _ in range(3)]
    relay.copies(*ids)
    for id in ids:
        relay.release(id)

    assert 1 == relay.day().of(What.RELEASED)
    assert 1 == relay.figures().waited.number


def test_a_release_that_was_taken_back_is_none(relay: Relay) -> None:
    id = relay.held()
    relay.release(id)
    do(relay.store, messages.move, id, Event.UNDO, State.QUARANTINED, Step(Who.REVIEWER, "rita"))

    assert 0 == relay.day().of(What.RELEASED)
    relay.return_(id)
    assert (0, 1) == (relay.day().of(What.RELEASED), relay.day().of(What.RETURNED))


def test_answers_of_senders_and_what_ran_out_are_counted(relay: Relay) -> None:
    asked = Verdict(Action.CONFIRM, (by("few", Action.CONFIRM),))
    yes, no, silent = (relay.judged(asked) for _ in range(3))
    ann = Step(Who.SENDER, actor="ann@council.example")
    do(relay.store, messages.move, yes, Event.CONFIRM, State.READY, ann)
    do(relay.store, returning.give_back, no, Event.CANCEL, ann)
    do(relay.store, returning.give_back, silent, Event.EXPIRE, Step(Who.JANITOR))

    day = relay.day()

    assert (1, 1, 1) == (
        day.of(What.CONFIRMED),
        day.of(What.CANCELLED),
        day.of(What.EXPIRED),
    )
    assert 0 == relay.figures().waited.number  # no reviewer decided


def test_the_time_to_a_decision_counts_from_the_first_hold(relay: Relay) -> None:
    for minutes in (4, 14, 14, 600):
        id = relay.held()
        relay.later(minutes * 60)
        relay.release(id)
        relay.later(-minutes * 60)

    waited = relay.figures().waited

    assert (15 * 60, 12 * 3600) == (waited.median, waited.most)
    assert 3 == waited.between(0, 15 * 60)


def test_a_day_is_counted_for_good_when_it_has_been_over_for_a_day(relay: Relay) -> None:
    relay.forwarded()
    relay.held()
    before = dict(relay.day().numbers)

    assert 0 == relay.close()
    relay.later(DAY)
    assert 0 == relay.close()
    relay.later(DAY)
    assert 1 == relay.close()

    assert relay.day().closed
    assert before == {k: n for k, n in relay.day().numbers.items() if k[0] != tallies.MARK}


def test_counting_a_day_twice_changes_nothing(relay: Relay) -> None:
    """As two nodes do that look at the same moment."""
    relay.forwarded()
    relay.later(3 * DAY)
    do(relay.store, tallies.close)
    once = dict(relay.day().numbers)
    gone = schema.tallies.delete().where(schema.tallies.c.what == tallies.MARK)
    relay.store.database.write_now(lambda tx: tx.execute(gone))
    do(relay.store, tallies.close)

    assert once == dict(relay.day().numbers)


def test_days_that_nobody_counted_for_a_while_are_made_up_for(relay: Relay) -> None:
    for _ in range(3):
        relay.forwarded()
        relay.later(DAY)
    relay.later(10 * DAY)

    assert 12 == relay.close()
    assert [1, 1, 1, 0] == [relay.day(n).of(What.FORWARDED) for n in range(4)]


def test_a_day_waits_for_what_nobody_could_judge(relay: Relay) -> None:
    id = relay.post(b"x")
    relay.later(4 * DAY)

    assert 0 == relay.close()
    fence = relay._claim(id, State.RECEIVED)
    record = Record(facts(), Verdict(Action.ALLOW))
    do(relay.store, verdicts.judge, id, fence, record, Plan(Event.PASS))
    assert relay.close()
    assert 1 == relay.day().of(What.FORWARDED)


def test_numbers_outlive_the_rows_that_they_are_about(relay: Relay) -> None:
    relay.forwarded()
    relay.judged(Verdict(Action.TAG, (by("scans", Action.TAG),)), Unread.SCAN)
    relay.later(40 * DAY)
    retention.forget(relay.store)
    found = relay.figures(90)

    assert 2 == found.total(What.FORWARDED)
    assert ["scans"] == [one.name for one in found.policies]
    assert date(2023, 11, 20) == found.since


def test_numbers_go_when_decisions_go(relay: Relay) -> None:
    relay.forwarded()
    relay.later(40 * DAY)
    retention.forget(relay.store)
    relay.later(relay.store.periods.decisions)
    retention.forget(relay.store)

    oldest = do(relay.store, lambda tx: tx.execute(select(schema.tallies.c.day)).scalars().all())
    kept = date.fromtimestamp(relay.clock.time - relay.store.periods.decisions)
    assert str(kept) <= min(oldest)


def test_nothing_is_claimed_about_days_before_the_first(relay: Relay) -> None:
    """An earlier version counted nothing, and forwarded mail of then is gone."""
    relay.forwarded()
    relay.held()
    relay.later(31 * DAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "close", lambda tx: False)
        retention.forget(relay.store)
    relay.forwarded()

    assert {} == dict(relay.day().numbers)
    assert date(2023, 11, 21) == relay.figures(90).since
    relay.close()
    assert {} == dict(relay.day().numbers)
    assert 1 == relay.figures(90).total(What.FORWARDED)


def test_marks_are_counted_by_policy(relay: Relay) -> None:
    for rightly in (True, True, False):
        id = relay.held()
        do(relay.store, casework.mark, id, rightly=rightly)
    relay.held()

    found = relay.figures()

    assert [("lists", 4, 2, 1)] == [
        (one.name, one.stopped, one.rightly, one.wrongly) for one in found.policies
    ]
    assert (2, 1) == (found.rightly, found.wrongly)


def test_a_message_that_matches_nothing_writes_no_row(relay: Relay) -> None:
    id = relay.forwarded()

    rows = do(relay.store, lambda tx: tx.execute(select(schema.matches)).all())
    assert [] == rows
    do(relay.store, matches.renew, id, Verdict(Action.TAG, (by("a", Action.TAG),)), facts())
    rows = do(relay.store, lambda tx: tx.execute(select(schema.matches)).all())
    assert [(id, "a", "tag", False)] == [tuple(row) for row in rows]


@pytest.mark.embedded
def test_days_and_decisions_are_found_by_an_index(relay: Relay) -> None:
    """A month of mail is not read to count a day of it."""
    relay.release(relay.held())
    asked: list[tuple[str, Any]] = []

    def look(tx: Transaction) -> list[str]:
        def note(_c: object, _k: object, statement: str, values: Any, *_rest: object) -> None:
            asked.append((statement, values))

        event.listen(tx.connection, "before_cursor_execute", note)
        tallies.days(tx, date(2023, 11, 20), date(2023, 11, 20))
        event.remove(tx.connection, "before_cursor_execute", note)
        return [
            "; ".join(row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", v))
            for s, v in asked
        ]

    plans = relay.store.database.read_now(look)

    assert 8 <= len(plans)
    assert not [plan for plan in plans if re.search(r"SCAN (?!tallies|sums)", plan)], plans
    assert any("moves_decisions" in plan for plan in plans)
    assert any("messages_received" in plan for plan in plans)


def test_every_wait_has_a_step() -> None:
    assert list(waits.ENDS) == sorted(set(waits.ENDS))
    assert (60, 60, 120) == (waits.step(-5.0), waits.step(60.0), waits.step(60.1))
    assert waits.ENDS[-1] == waits.step(1e12)
    assert waits.quantile({}, 0.5) is None
