"""What waits too long, what is left over, and what must be forgotten."""

from __future__ import annotations

import asyncio
import email
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dlpguard import review
from dlpguard.errors import NotFoundError
from dlpguard.facts import Facts
from dlpguard.lifecycle import Event, Outcome, State, Who
from dlpguard.mail import Recipient
from dlpguard.notices import Letterhead
from dlpguard.runners.janitor import SWEEP_SECONDS, Janitor, Waits
from dlpguard.store import (
    accounts,
    bodies,
    deliveries,
    messages,
    overdue,
    schema,
    secrets,
    sessions,
    verdicts,
    verification,
    work,
)
from dlpguard.store.database import Transaction
from dlpguard.store.deliveries import Answer
from dlpguard.store.guards import Step
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Plan, Verdict
from tests import _stores
from tests._files import files_of, large
from tests.runners._world import ANN, HEAD, NODE, SMALL, World, world

DAY = 86400.0
GIVE_UP = 5 * DAY
STORED = SMALL + b"a line of a body that is kept in a file\r\n" * 10_000


@dataclass
class Household:
    """A world with a janitor in it."""

    here: World
    head: Letterhead = HEAD

    def round(self, *, after: float = 0.0) -> None:
        """Let time pass, and go round once."""
        self.here.clock.time += after
        self.here.run(self.janitor().round())

    def janitor(self) -> Janitor:
        """A new one."""
        return Janitor(self.here.store, self.head, Waits(GIVE_UP))

    def deferred(self, *recipients: str | Recipient, sender: str = ANN) -> str:
        """A message in READY that the next hop did not take, once."""
        id = self.here.ready(SMALL, *recipients, sender=sender)
        [claim] = self.here.claim(State.READY, NODE)
        self.here.do(work.give_back, id, claim.fence, wait=60.0, tried=True)
        return id

    def held(self, subject: str = "the minutes", content: bytes = SMALL) -> str:
        """A message in quarantine."""
        id = self.here.post(content, "bob@outside.example", "cy@outside.example")
        [claim] = self.here.claim(State.RECEIVED, NODE)
        facts = Facts(sender=ANN, subject=subject, plain_subject=subject)
        record = Record(facts, Verdict(Action.QUARANTINE))
        self.here.do(verdicts.judge, id, claim.fence, record, Plan(Event.HOLD), b"evidence")
        return id


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as here:
        yield Household(here)


def reports(house: Household) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Our own mail: to whom, its subject, and recipients with their status in a DSN."""
    found = []
    for address, content in house.here.own_mail():
        message = email.message_from_bytes(content)
        groups = [part for part in message.walk() if part["Status"]]
        failed = [(g["Final-Recipient"].removeprefix("rfc822; "), g["Status"]) for g in groups]
        found.append((address, str(message["Subject"]), failed))
    return found


def test_what_could_not_be_delivered_in_five_days_expires_and_its_sender_is_told(
    house: Household,
) -> None:
    id = house.deferred("bob@outside.example", "cy@outside.example")
    answers = [Answer(0, Outcome.DELIVERED, "250"), Answer(1, Outcome.PENDING, "450 4.2.2")]
    house.here.do(deliveries.answer, id, answers)
    house.round(after=GIVE_UP)
    assert State.READY is house.here.state(id), "not before"
    house.round(after=1)

    assert State.DONE is house.here.state(id)
    assert {"delivered": 1, "expired": 1} == house.here.outcomes(id)
    assert ["accept", "pass", "expire"] == house.here.events(id)
    assert not house.here.has_body(id)
    assert [
        (ANN, "Your email could not be delivered", [("cy@outside.example", "4.2.2")])
    ] == reports(house)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("", Recipient("bob@outside.example")),
        ("ann@elsewhere.example", Recipient("bob@outside.example")),
        (ANN, Recipient("bob@outside.example", ("NEVER",))),
    ],
    ids=["null sender", "sender of others", "NOTIFY=NEVER"],
)
def test_nobody_is_told_who_must_not_be(
    house: Household, sender: str, recipient: Recipient
) -> None:
    id = house.deferred(recipient, sender=sender)
    house.round(after=GIVE_UP + 1)

    assert {"expired": 1} == house.here.outcomes(id)
    assert [] == reports(house)


def test_five_days_switched_off_expire_nothing_that_was_never_tried(house: Household) -> None:
    ready, received = house.here.ready(), house.here.post()
    house.round(after=2 * GIVE_UP)

    assert [State.READY, State.RECEIVED] == [house.here.state(id) for id in (ready, received)]


def test_mail_that_cannot_be_inspected_for_five_days_expires(house: Household) -> None:
    id = house.here.post()
    [claim] = house.here.claim(State.RECEIVED, NODE)
    house.here.do(work.give_back, id, claim.fence, wait=30.0)  # the sandbox did not work
    house.round(after=GIVE_UP + 1)

    assert (State.DONE, {"expired": 1}) == (house.here.state(id), house.here.outcomes(id))
    assert [(ANN, [("bob@outside.example", "4.4.7")])] == [(r[0], r[2]) for r in reports(house)]


def test_what_the_courier_could_not_even_read_expires_too(house: Household) -> None:
    """A damaged body: no attempt was ever made, and the message must end all the same."""
    id = house.here.ready()
    [claim] = house.here.claim(State.READY, NODE)
    house.here.do(work.give_back, id, claim.fence, wait=30.0, failed=True)
    house.here.change(update(schema.bodies).values(content=b"\0" * 100))
    house.round(after=GIVE_UP + 1)

    assert {"expired": 1} == house.here.outcomes(id)
    assert 1 == len(reports(house))


def test_one_message_that_cannot_be_handled_stops_no_other(house: Household) -> None:
    first, second, held = house.deferred(), house.deferred(), house.held()
    columns = schema.messages.c
    house.here.change(
        update(schema.messages).where(columns.id == first).values(envelope=b"\0\0\0\1broken")
    )
    house.round(after=14 * DAY + 1)

    assert State.READY is house.here.state(first)
    assert [State.DONE] * 2 == [house.here.state(id) for id in (second, held)]
    assert "what=janitor error=" in "\n".join(house.here.log)


def test_what_is_being_sent_is_not_expired(house: Household) -> None:
    id = house.deferred()
    house.here.clock.time += GIVE_UP
    [claim] = house.here.claim(State.READY, NODE)
    house.here.do(deliveries.open_attempt, id, NODE, claim.fence, [0], with_dot=True)
    house.round(after=2)

    assert State.READY is house.here.state(id)


def test_an_attempt_whose_courier_is_gone_is_closed_and_then_expires_in_doubt(
    house: Household,
) -> None:
    id = house.deferred()
    house.here.clock.time += GIVE_UP
    [claim] = house.here.claim(State.READY, NODE)
    house.here.do(deliveries.open_attempt, id, NODE, claim.fence, [0], with_dot=True)
    house.round(after=work.ATTEMPT_SECONDS + 1)
    house.round()

    assert {"expired": 1, "in doubt": 1} == house.here.outcomes(id)
    [(_, content)] = house.here.own_mail()
    assert b"it may or may not have arrived" in content


def test_nobody_decided_in_two_working_days_so_it_is_returned_and_never_released(
    house: Household,
) -> None:
    id = house.held()
    patience = house.here.store.periods.patience
    end = patience.calendar.add(house.here.clock.time, patience.give_back)
    house.round(after=end - house.here.clock.time)
    assert State.QUARANTINED is house.here.state(id), "not before"
    house.round(after=1)

    assert (State.DONE, {"returned": 2}) == (house.here.state(id), house.here.outcomes(id))
    assert ["accept", "hold", "expire"] == house.here.events(id)
    [(address, content)] = house.here.own_mail()
    assert (ANN, "Your email was not sent") == (address, reports(house)[0][1])
    assert "“the minutes” to 2 recipients waited for a decision" in _text(content)
    house.round(after=7 * DAY - 1)
    assert house.here.has_body(id), "somebody may ask why"
    house.round(after=2)
    assert not house.here.has_body(id)


def _text(content: bytes) -> str:
    payload = email.message_from_bytes(content).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_sender_who_was_asked_and_did_not_answer_gets_it_back(house: Household) -> None:
    id = house.here.post()
    house.here.judge(id, Event.ASK, Action.CONFIRM)
    house.round(after=14 * DAY + 1)

    assert {"returned": 1} == house.here.outcomes(id)
    assert ["accept", "ask", "expire"] == house.here.events(id)


def test_a_subject_in_which_something_was_found_is_not_in_the_notice(house: Household) -> None:
    house.held(subject="")
    house.round(after=14 * DAY + 1)
    [(_, content)] = house.here.own_mail()

    assert _text(content).startswith("Your email to 2 recipients waited")


def test_a_decided_body_is_forgotten_after_seven_days_file_evidence_and_all(
    house: Household,
) -> None:
    id = house.held(content=STORED)
    review.return_(house.here.store, HEAD, id, "rita", "no")
    assert 1 == len(large(house.here.store))
    house.round(after=7 * DAY)
    assert house.here.has_body(id), "not before"
    house.round(after=1)

    assert not house.here.has_body(id)
    assert set() == large(house.here.store)
    query = select(schema.evidence.c.page).where(schema.evidence.c.message_id == id)
    assert [] == house.here.do(lambda tx: tx.execute(query).all())


def test_a_released_body_is_kept_for_seven_days_after_its_delivery(house: Household) -> None:
    id = house.held()
    review.release(house.here.store, id, "rita")
    house.here.clock.time += 3 * DAY
    [claim] = house.here.claim(State.READY, NODE)
    house.here.do(deliveries.answer, id, [Answer(n, Outcome.DELIVERED, "250") for n in (0, 1)])
    house.here.do(deliveries.finish, id, claim.fence)
    house.round(after=7 * DAY)
    assert house.here.has_body(id)
    house.round(after=1)

    assert not house.here.has_body(id)


def test_a_message_that_waited_long_for_its_release_has_five_days_from_then(
    house: Household,
) -> None:
    id = house.held()
    house.here.clock.time += 10 * DAY
    review.release(house.here.store, id, "rita")
    [claim] = house.here.claim(State.READY, NODE)
    house.here.do(work.give_back, id, claim.fence, wait=60.0, tried=True)
    house.round(after=GIVE_UP)
    assert (State.READY, {"pending": 2}) == (house.here.state(id), house.here.outcomes(id))
    house.round(after=1)

    assert {"expired": 2} == house.here.outcomes(id)
    assert house.here.has_body(id), "somebody decided it: kept for seven days"


def test_what_was_set_aside_is_tried_again_at_once(house: Household) -> None:
    id = house.here.post()
    [claim] = house.here.claim(State.RECEIVED, NODE)
    step = Step(Who.INSPECTOR, fence=claim.fence)
    house.here.do(messages.move, id, Event.CRASH, State.SET_ASIDE, step)
    left: list[State] = []
    house.here.store.database.moved = left.append
    house.round()

    assert State.RECEIVED is house.here.state(id)
    assert ["accept", "crash", "retry"] == house.here.events(id)
    house.round()
    assert [State.RECEIVED] == left, "whoever reads is woken, and once"


@pytest.mark.embedded
def test_a_file_that_no_row_names_is_removed_once_it_is_old(house: Household) -> None:
    store = house.here.store
    kept = house.here.ready(STORED)
    lost = bodies.prepare(STORED, store.keys, store.shelf)
    fresh = bodies.prepare(STORED, store.keys, store.shelf)
    old = time.time() - bodies.ORPHAN_SECONDS - 1
    for file in files_of(store).directory.glob("??/*"):
        if file.name != fresh.id:
            os.utime(file, (old, old))
    house.here.run(house.janitor().sweep())

    left = {file.name for file in files_of(store).directory.glob("??/*")}
    assert lost.id not in left
    assert fresh.id in left
    assert house.here.has_body(kept)
    assert 2 == len(left)


def test_a_janitor_goes_round_and_survives_a_round_that_fails(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlpguard.runners.janitor.ROUND_SECONDS", 0.01)
    assert SWEEP_SECONDS > 60
    id = house.here.post()
    [claim] = house.here.claim(State.RECEIVED, NODE)
    step = Step(Who.INSPECTOR, fence=claim.fence)
    house.here.do(messages.move, id, Event.CRASH, State.SET_ASIDE, step)
    rounds = []
    find = overdue.find

    def fail_first(tx: Transaction, give_up: float, tell_delay: float) -> overdue.Overdue:
        rounds.append(1)
        if len(rounds) == 1:
            raise OSError("SESAME")
        return find(tx, give_up, tell_delay)

    monkeypatch.setattr(overdue, "find", fail_first)

    async def live() -> None:
        janitor = Janitor(house.here.store, HEAD, Waits(GIVE_UP))
        running = asyncio.create_task(janitor.run())
        while house.here.state(id) is not State.RECEIVED:
            assert not running.done()
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    house.here.run(live())

    assert State.RECEIVED is house.here.state(id)
    assert "what=janitor error=OSError" in house.here.log[0]
    assert "SESAME" not in "\n".join(house.here.log)


def test_only_our_own_domains_are_told(house: Household) -> None:
    house.head = replace(HEAD, domains=("other.example",))
    id = house.deferred()
    house.round(after=GIVE_UP + 1)

    assert {"expired": 1} == house.here.outcomes(id)
    assert [] == reports(house)


def test_a_sweep_seals_what_happened_makes_a_key_when_it_is_time_and_empties_the_log(
    house: Household,
) -> None:
    house.here.post()
    house.here.run(house.janitor().sweep())
    log = house.here.folder / "dlpguard.db-wal"
    assert not _stores.EMBEDDED or log.stat().st_size == 0
    assert {1} == set(house.here.store.keys.epochs)
    house.here.clock.time += secrets.EPOCH_SECONDS
    house.here.post()
    house.here.run(house.janitor().sweep())

    found = house.here.do(verification.verify)
    assert ((), 2, 0) == (found.faults, found.moves, found.unsealed)
    assert {1, 2} == set(house.here.store.keys.epochs)


def test_what_has_been_kept_for_long_enough_is_forgotten_with_its_keys(house: Household) -> None:
    id = house.deferred("bob@outside.example")
    house.round(after=GIVE_UP + 1)
    assert State.DONE is house.here.state(id)
    for _ in range(8):
        house.here.clock.time += 6 * DAY
        house.round()
        house.here.run(house.janitor().sweep())
        house.here.run(house.janitor().forget())

    with pytest.raises(NotFoundError):
        house.here.state(id)
    assert 1 not in house.here.store.keys.epochs
    assert () == house.here.do(verification.verify).faults
    # It, and the notice to its sender, which was sent to nobody and has waited in vain.
    assert "forgot messages=1 epochs=none" in house.here.log
    assert "forgot messages=0 epochs=1" in house.here.log


def test_the_janitor_forgets_by_itself(house: Household) -> None:
    async def until_forgotten() -> None:
        running = asyncio.create_task(house.janitor().run())
        while not any(line.startswith("forgot ") for line in house.here.log):
            await asyncio.sleep(0.01)
        running.cancel()

    house.here.run(until_forgotten())
    assert not [line for line in house.here.log if line.startswith("failed ")]


def test_sessions_that_have_expired_are_removed(house: Household) -> None:
    here = house.here
    account = here.do(accounts.add, "rita@council.example", "Rita", "hash", ["reviewer"])
    here.do(sessions.open_, account.id, "10.0.0.5", "a browser")
    here.clock.time += sessions.IDLE_SECONDS + 1

    here.run(house.janitor().sweep())

    left = select(schema.sessions.c.id)
    assert [] == here.store.database.read_now(lambda tx: tx.execute(left).all())
