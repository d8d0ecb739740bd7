"""Every default of what is kept, and for how long; what is deleted is gone, its sums are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from dlpguard.errors import ConfigurationError, NotFoundError
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.store import (
    audit,
    batches,
    bodies,
    campaigns,
    deliveries,
    epochs,
    messages,
    overdue,
    quarantine,
    retention,
    returning,
    schema,
    verdicts,
    verification,
    work,
)
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Answer
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store, open_store
from dlpguard.store.periods import Patience, Periods
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Plan, Verdict
from tests.store._world import Clock, Poster, do, facts

DAY = 86400.0


class Desk:
    """Takes messages where a test wants them, with the clock in hand."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.post = Poster(store)

    def judged(self, event: Event, action: Action = Action.ALLOW, *recipients: str) -> str:
        id = self.post(b"x", *recipients)
        fence = self._claim(id, State.RECEIVED)
        record = Record(facts(), Verdict(action))
        do(self.store, verdicts.judge, id, fence, record, Plan(event), b"evidence")
        return id

    def held(self) -> str:
        return self.judged(Event.HOLD, Action.QUARANTINE)

    def forwarded(self, *recipients: str) -> str:
        id = self.judged(Event.PASS, Action.ALLOW, *recipients)
        self.deliver(id)
        return id

    def deliver(self, id: str) -> None:
        fence = self._claim(id, State.READY)
        pending = range(len(do(self.store, messages.envelope_of, id).recipients))
        do(
            self.store,
            deliveries.answer,
            id,
            [Answer(n, Outcome.DELIVERED, "250") for n in pending],
        )
        do(self.store, deliveries.finish, id, fence)

    def released(self) -> str:
        id = self.held()
        step = Step(Who.REVIEWER, actor="rita", reason="it is right")
        do(self.store, messages.move, id, Event.RELEASE, State.READY, step)
        self.deliver(id)
        return id

    def returned(self) -> str:
        id = self.held()
        step = Step(Who.REVIEWER, actor="rita", reason="not this")
        do(self.store, returning.give_back, id, Event.RETURN, step)
        return id

    def later(self, days: float) -> int:
        """Let days pass, and forget what is due as the janitor does."""
        self.clock.time += days * DAY
        for id in do(self.store, overdue.find, 5 * DAY, 0.0).forgettable:
            do(self.store, bodies.forget, id)
        return retention.forget(self.store)

    def has_body(self, id: str) -> bool:
        return do(self.store, messages.get, id).body_id is not None

    def exists(self, id: str) -> bool:
        try:
            do(self.store, messages.get, id)
        except NotFoundError:
            return False
        return True

    def _claim(self, id: str, state: State) -> int:
        claims = do(self.store, work.claim, state, "node", 100, 60.0)
        return next(claim.fence for claim in claims if claim.id == id)


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store, clock)


def with_periods(desk: Desk, **changed: Any) -> Desk:
    """The same store, opened with other settings."""
    desk.store.close()
    folder = desk.store.keys.file.parent
    store = open_store(
        "sqlite:///dlpguard.db",
        desk.store.keys.file,
        folder,
        periods=Periods(**changed),
        clock=desk.clock,
    )
    return Desk(store, desk.clock)


def rows(store: Store) -> dict[str, int]:
    """How many rows there are in every table that has some of messages."""

    def count(tx: Transaction) -> dict[str, int]:
        return {
            t.name: tx.execute(select(func.count()).select_from(t)).scalar_one()
            for t in (*retention._OF_A_MESSAGE, schema.messages)
        }

    return store.database.read_now(count)


def test_the_content_of_forwarded_mail_goes_with_its_last_outcome(desk: Desk) -> None:
    assert not desk.has_body(desk.forwarded())


def test_the_content_of_forwarded_mail_may_be_kept_for_a_while(desk: Desk) -> None:
    desk = with_periods(desk, delivered=2 * DAY)
    id = desk.forwarded()
    desk.later(1)
    assert desk.has_body(id)
    desk.later(1.1)

    assert not desk.has_body(id)
    desk.store.close()


@pytest.mark.parametrize("days", [14.0, 3.0])
def test_undecided_mail_is_due_to_be_returned_after_a_fortnight(desk: Desk, days: float) -> None:
    desk = with_periods(desk, undecided=days * DAY, patience=Patience(give_back=0.0))
    id = desk.held()
    desk.clock.time += days * DAY
    assert () == do(desk.store, overdue.find, 5 * DAY, 0.0).undecided
    desk.clock.time += 1

    assert (id,) == do(desk.store, overdue.find, 5 * DAY, 0.0).undecided
    desk.store.close()


@pytest.mark.parametrize("days", [7.0, 2.0])
@pytest.mark.parametrize("end", ["released", "returned"])
def test_what_somebody_decided_on_is_kept_for_a_week(desk: Desk, end: str, days: float) -> None:
    desk = with_periods(desk, decided=days * DAY)
    id = desk.released() if end == "released" else desk.returned()
    desk.later(days)
    assert desk.has_body(id)
    desk.later(0.01)

    assert not desk.has_body(id)
    assert desk.exists(id)
    desk.store.close()


def test_what_is_kept_for_an_incident_outlives_its_week(desk: Desk) -> None:
    id = desk.returned()
    do(desk.store, retention.keep, id, "olu", "incident 7", desk.clock.time + 300 * DAY)
    held = do(desk.store, quarantine.find, id)
    assert held
    assert desk.clock.time + 300 * DAY == held.kept_until
    for _ in range(45):
        desk.later(6.6)
        epochs.rotate(desk.store)
        epochs.destroy_old(desk.store)
    assert desk.has_body(id)
    assert 1 not in desk.store.keys.epochs
    stored = do(desk.store, bodies.find, id)
    assert b"x" == stored.read(desk.store.keys, desk.store.shelf)
    desk.later(4)

    assert not desk.has_body(id)
    told = do(desk.store, lambda tx: [e for e in audit.entries(tx) if e.act == "keep"])
    assert [("olu", id)] == [(e.actor, e.subject) for e in told]
    assert told[0].detail.endswith(": incident 7")


def test_what_is_kept_while_it_is_under_way_is_not_forgotten_with_its_delivery(desk: Desk) -> None:
    id = desk.judged(Event.PASS)
    do(desk.store, retention.keep, id, "olu", "incident 7", desk.clock.time + 20 * DAY)
    desk.deliver(id)
    desk.later(19)
    assert desk.has_body(id)
    desk.later(2)

    assert not desk.has_body(id)


def test_keeping_ends_when_somebody_says_so(desk: Desk) -> None:
    id = desk.returned()
    do(desk.store, retention.keep, id, "olu", "incident 7", desk.clock.time + 300 * DAY)
    do(desk.store, retention.keep, id, "olu", "it is closed", desk.clock.time)
    desk.later(8)

    assert not desk.has_body(id)


def test_nothing_is_kept_for_more_than_a_year_or_when_it_is_gone(desk: Desk) -> None:
    id, gone = desk.returned(), desk.forwarded()
    with pytest.raises(ConfigurationError, match="more than 365 days away"):
        do(desk.store, retention.keep, id, "olu", "x", desk.clock.time + 366 * DAY)
    with pytest.raises(ConfigurationError, match="is not kept any more"):
        do(desk.store, retention.keep, gone, "olu", "x", desk.clock.time + DAY)


def test_every_table_with_rows_of_a_message_is_known() -> None:
    message = schema.messages.c.id
    refer = {
        table
        for table in schema.metadata.tables.values()
        for key in table.foreign_keys
        if key.column is message
    }

    assert refer == set(retention._OF_A_MESSAGE)


def test_what_was_forwarded_is_forgotten_after_a_month_but_for_its_numbers(desk: Desk) -> None:
    old = [desk.forwarded("a@x.example", "b@x.example"), desk.forwarded()]
    assert 0 == desk.later(29)
    young = desk.forwarded()
    assert 2 == desk.later(1.1)

    assert [False, False, True] == [desk.exists(id) for id in (*old, young)]
    assert {"messages": 1, "recipients": 1, "verdicts": 1, "moves": 3} == {
        name: number for name, number in rows(desk.store).items() if number
    }
    assert [("2023-11-14", "delivered", 3), ("2023-11-14", "messages", 2)] == do(
        desk.store, lambda tx: list(retention.sums_of(tx))
    )
    desk.later(30)
    assert ("2023-12-13", "messages", 1) in do(desk.store, lambda tx: list(retention.sums_of(tx)))


def test_what_was_decided_is_kept_for_two_years(desk: Desk) -> None:
    ids = [desk.released(), desk.returned()]
    for _ in range(24):
        desk.later(30)
    assert [True, True] == [desk.exists(id) for id in ids]
    history = do(desk.store, lambda tx: [m.reason for m in quarantine.history(tx, ids[0])])
    assert "it is right" in history
    desk.later(11)

    assert [False, False] == [desk.exists(id) for id in ids]


def test_what_waits_is_never_forgotten(desk: Desk) -> None:
    ids = [desk.held(), desk.judged(Event.PASS), desk.post()]
    desk.later(1000)

    assert [True, True, True] == [desk.exists(id) for id in ids]


def test_campaign_digests_are_forgotten_with_what_decided_messages_say_of_them(desk: Desk) -> None:
    id = desk.held()
    table = schema.campaigns
    made = do(desk.store, lambda tx: tx.execute(
        table.insert().values(sender_digest=b"s", opened_at=desk.clock.time)
    ).inserted_primary_key[0])  # fmt: skip
    member = update(schema.messages).values(
        campaign_id=made, campaign_version=1, content=b"c", people=b"p"
    )
    shown = schema.campaign_shown.insert().values(campaign_id=made, mailbox=b"m", message_id=id)
    gets = schema.campaign_mailboxes.insert().values(
        campaign_id=made, people=b"p", mailbox=b"m", message_id=id
    )
    do(desk.store, lambda tx: [tx.execute(s) for s in (member, shown, gets)])
    step = Step(Who.REVIEWER, actor="rita")
    do(desk.store, returning.give_back, id, Event.RETURN, step)
    do(desk.store, campaigns.forget)
    desk.later(29)
    do(desk.store, campaigns.forget)
    assert 1 == do(desk.store, lambda tx: tx.execute(select(func.count(table.c.id))).scalar())
    desk.clock.time += 2 * DAY
    do(desk.store, campaigns.forget)
    desk.later(0)

    row = do(desk.store, messages.get, id)
    assert (None, None, None) == (row.campaign_id, row.content, row.people)
    assert 0 == do(desk.store, lambda tx: tx.execute(select(func.count(table.c.id))).scalar())


def test_the_audit_is_whole_after_everything_that_retention_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 4)
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "CUT", 3)
    for _ in range(8):
        for _ in range(3):
            desk.forwarded()
        desk.returned()
        do(desk.store, audit.record, "rita", "show", "m", "looked")
        while do(desk.store, batches.seal):
            pass
        desk.later(11)
    first = do(desk.store, verification.verify)
    desk.later(740)
    second = do(desk.store, verification.verify)
    desk.forwarded()
    desk.later(740)
    last = do(desk.store, verification.verify)

    assert ((), (), ()) == (first.faults, second.faults, last.faults)
    assert 1 == first.first
    assert first.last < second.first < last.first
    assert 0 == last.moves == second.moves
    assert 24 <= sum(
        n
        for _, what, n in do(desk.store, lambda tx: list(retention.sums_of(tx)))
        if what == "messages"
    )


def test_entries_are_cut_after_two_years_and_not_before(desk: Desk) -> None:
    for n in range(5):
        do(desk.store, audit.record, "rita", "show", f"m{n}")
    desk.later(730)
    assert 5 == len(do(desk.store, lambda tx: list(audit.entries(tx))))
    do(desk.store, audit.record, "rita", "show", "now")
    desk.later(0.01)

    assert ["now"] == [e.subject for e in do(desk.store, lambda tx: list(audit.entries(tx)))]
    found = do(desk.store, verification.verify)
    assert ((), 6) == (found.faults, found.first)


def test_who_removes_the_beginning_of_an_audit_that_was_cut_is_found(desk: Desk) -> None:
    for n in range(5):
        do(desk.store, audit.record, "rita", "show", f"m{n}")
    desk.later(729)
    for n in range(5):
        do(desk.store, audit.record, "rita", "show", f"n{n}")
    desk.later(2)
    do(desk.store, lambda tx: tx.execute(delete(schema.audit).where(schema.audit.c.id <= 7)))

    fault = do(desk.store, verification.verify).faults[0]
    assert (6, "to 7 are missing") == (fault.entry, fault.what)


def test_retention_does_not_hide_what_somebody_else_deleted(desk: Desk) -> None:
    ids = [desk.forwarded() for _ in range(3)]
    do(desk.store, batches.seal)
    moves = schema.moves
    gone = delete(moves).where(moves.c.message_id == ids[0], moves.c.event == "pass")
    do(desk.store, lambda tx: tx.execute(gone))
    desk.later(31)

    assert not any(desk.exists(id) for id in ids)
    fault = do(desk.store, verification.verify).faults[0]
    assert "says that batch 1 was found changed" == fault.what


def test_deleted_moves_are_told_from_forgotten_ones(desk: Desk) -> None:
    desk.forwarded()
    kept = desk.returned()
    desk.later(31)
    assert () == do(desk.store, verification.verify).faults
    moves = schema.moves
    gone = delete(moves).where(moves.c.message_id == kept, moves.c.event == "return")
    do(desk.store, lambda tx: tx.execute(gone))

    assert ["seals 3 moves, and there are 2"] == [
        fault.what for fault in do(desk.store, verification.verify).faults
    ]


def test_a_forgotten_move_that_comes_back_is_found(desk: Desk) -> None:
    desk.forwarded()
    other = desk.returned()
    do(desk.store, batches.seal)
    copy = do(desk.store, lambda tx: dict(tx.execute(select(schema.moves)).first()._mapping))
    desk.later(31)
    do(desk.store, lambda tx: tx.execute(
        schema.moves.insert().values({**copy, "message_id": other})
    ))  # fmt: skip

    assert ["seals 3 moves, and there are 4"] == [
        fault.what for fault in do(desk.store, verification.verify).faults
    ]


@pytest.mark.embedded
def test_what_was_deleted_is_in_no_file_any_more(desk: Desk, tmp_path: Path) -> None:
    """Ciphertext neither: a table's pages are overwritten, and the log is emptied."""
    id = desk.forwarded("bob.sesame@x.example")
    row = do(desk.store, messages.get, id)
    trace = [row.envelope, row.trace]
    files = ("dlpguard.db", "dlpguard.db-wal")
    assert all(any(t in (tmp_path / f).read_bytes() for f in files) for t in trace)
    desk.later(31)
    assert desk.store.database.truncate_log()

    for file in files:
        content = (tmp_path / file).read_bytes()
        assert not [t for t in trace if t in content]


@pytest.mark.embedded
def test_a_log_that_somebody_reads_is_emptied_later(desk: Desk, tmp_path: Path) -> None:
    reader = desk.store.database.engine.connect()
    reader.exec_driver_sql("SELECT count(*) FROM messages").all()
    desk.forwarded()
    assert not desk.store.database.truncate_log()
    reader.close()

    assert desk.store.database.truncate_log()
    assert 0 == (tmp_path / "dlpguard.db-wal").stat().st_size


def test_the_life_of_a_key_follows_the_settings() -> None:
    usual = Periods()

    assert 30 * DAY == usual.of_a_key
    assert 60 * DAY == replace(usual, metadata=60 * DAY).of_a_key
    assert 37 * DAY == replace(usual, undecided=30 * DAY).of_a_key
