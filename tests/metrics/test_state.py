"""How everything is: asked of the store at each scrape, right whichever node is asked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from dlpguard.health import Around, Certificate, Running
from dlpguard.lifecycle import Event, State, Who
from dlpguard.metrics import FRESH_SECONDS, Asking, Metrics
from dlpguard.runners.sandbox import PROTECTIONS
from dlpguard.smtp.client import Pool, Target
from dlpguard.store import alarms, messages, returning, schema
from dlpguard.store.guards import Step
from dlpguard.verdict import Action
from tests.health._machine import certificate
from tests.metrics._scrape import HERE, samples, value
from tests.runners._world import World


@pytest.fixture
def asked(here: World) -> Metrics:
    return Metrics(here.store, Around(mode="enforce"))


def held(here: World) -> str:
    id = here.post()
    here.judge(id, Event.HOLD, Action.QUARANTINE)
    return id


def test_an_empty_store_has_every_state_with_nothing_in_it(asked: Metrics) -> None:
    found = samples(asked)
    states = [str(state) for state in State if state is not State.DONE]

    assert 1 == value(found, "store_up")
    assert [0.0] * 5 == [value(found, "queue_messages", state=s) for s in states]
    assert [0.0] * 5 == [value(found, "queue_oldest_seconds", state=s) for s in states]
    assert (0, 0) == (value(found, "deferred_messages"), value(found, "deferred_oldest_seconds"))


def test_what_waits_is_told_with_the_age_of_the_oldest(here: World, asked: Metrics) -> None:
    held(here)
    here.clock.time += 100
    held(here)
    here.post()
    here.clock.time += 7
    found = samples(asked)

    assert 2 == value(found, "queue_messages", state="quarantined")
    assert 107 == value(found, "queue_oldest_seconds", state="quarantined")
    assert (1, 7) == (
        value(found, "queue_messages", state="received"),
        value(found, "queue_oldest_seconds", state="received"),
    )


def test_mail_that_the_next_hop_put_off_is_told_apart(here: World, asked: Metrics) -> None:
    here.ready()
    late = here.ready()
    here.change(update(schema.messages).where(schema.messages.c.id == late).values(tries=3))
    here.clock.time += 60
    found = samples(asked)

    assert 2 == value(found, "queue_messages", state="ready")
    assert (1, 60) == (value(found, "deferred_messages"), value(found, "deferred_oldest_seconds"))


def test_the_budget_and_what_people_decided_today(here: World, asked: Metrics) -> None:
    released, returned, _ = held(here), held(here), held(here)
    step = Step(Who.REVIEWER, actor="rita")
    here.do(messages.move, released, Event.RELEASE, State.READY, step)
    here.do(returning.give_back, returned, Event.RETURN, step)
    here.clock.time += 1
    found = samples(asked)
    decisions = ("released", "returned", "confirmed", "cancelled", "expired")

    assert (3, 25) == (value(found, "budget_held"), value(found, "budget_allowed"))
    assert [1, 1, 0, 0, 0] == [value(found, "decisions_today", decision=d) for d in decisions]


def test_an_alarm_counts_while_its_message_waits(here: World) -> None:
    id = held(here)
    here.do(alarms.write, id, "", "She is in danger.", 2)
    before = value(samples(Metrics(here.store, Around())), "alarms_waiting")
    here.do(returning.give_back, id, Event.RETURN, Step(Who.REVIEWER, actor="rita"))

    assert (1, 0) == (before, value(samples(Metrics(here.store, Around())), "alarms_waiting"))


def test_whether_policies_act(here: World) -> None:
    modes = [
        value(samples(Metrics(here.store, Around(mode=mode))), "enforcing")
        for mode in ("observe", "enforce")
    ]

    assert [0, 1] == modes


def test_certificates_end_at_a_time_and_one_that_cannot_be_read_has_ended(
    here: World, tmp_path: Path
) -> None:
    end = float(int(time.time()) + 86400)
    good = certificate(tmp_path / "good.pem", end - 2 * 86400, end)
    (tmp_path / "bad.pem").write_text("no certificate")
    named = (
        Certificate("listen.tls_certificate", good),
        Certificate("next_hop.certificate", tmp_path / "bad.pem"),
        Certificate("next_hop.authorities", tmp_path / "missing.pem"),
    )
    found = samples(Metrics(here.store, Around(certificates=named)))

    assert [end, 0, 0] == [value(found, "certificate_end_seconds", key=one.key) for one in named]


def test_a_role_that_runs_elsewhere_is_not_told_of(here: World, asked: Metrics) -> None:
    pool = Pool(Target("hop.example", 25))
    running = Running(protections=lambda: PROTECTIONS[:1], pool=lambda: pool)
    found = samples(Metrics(here.store, Around(running=running)))

    assert (1, 1) == (value(found, "sandbox_ready"), value(found, "next_hop_up"))
    assert len(PROTECTIONS) - 1 == value(found, "sandbox_missing_protections")
    for name in ("sandbox_ready", "sandbox_missing_protections", "next_hop_up"):
        assert value(samples(asked), name) is None


def test_a_sandbox_without_a_worker_is_not_ready(here: World) -> None:
    running = Running(protections=lambda: ())

    assert 0 == value(samples(Metrics(here.store, Around(running=running))), "sandbox_ready")


def test_nodes_say_when_they_were_seen(here: World, asked: Metrics) -> None:
    now = here.clock.time
    row = {"name": "relay-2", "started_at": now, "seen_at": now, "version": "1", "roles": "edge"}
    here.change(insert(schema.nodes).values(row))
    here.clock.time += 30

    assert 30 == value(samples(asked), "node_silent_seconds", node="relay-2")


def test_the_store_is_asked_once_in_a_while(
    here: World, asked: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr("dlpguard.metrics.time.monotonic", lambda: moment)
    counts = []
    for later in (0.0, FRESH_SECONDS, 0.1):
        moment += later
        here.post()
        counts.append(value(samples(asked), "queue_messages", state="received"))

    assert [1, 1, 3] == counts


@pytest.mark.embedded
def test_a_database_that_is_away_leaves_the_counters(here: World) -> None:
    asked = Metrics(here.store, Around())
    here.store.database.engine.dispose()
    file = here.folder / "dlpguard.db"
    kept = file.rename(here.folder / "away.db")
    file.mkdir()
    try:
        found = samples(asked)
    finally:
        file.rmdir()
        kept.rename(file)

    assert 0 == value(found, "store_up")
    assert 0 == value(found, "messages_accepted_total")
    assert value(found, "disk_free_bytes")


def test_both_formats_can_be_had(asked: Metrics) -> None:
    text = asked.answer(Asking(HERE))
    newer = asked.answer(Asking(HERE, accept="application/openmetrics-text; version=1.0.0"))

    assert text.content_type.startswith("text/plain")
    assert newer.content_type.startswith("application/openmetrics-text")
    assert newer.body.endswith(b"# EOF\n")
