"""Until when a message waits: working time, and two weeks at the most."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from dlpguard import review
from dlpguard.lifecycle import Event, State
from dlpguard.store import messages
from dlpguard.store.periods import DAY, Patience, Periods
from dlpguard.verdict import Action
from dlpguard.working_time import USUAL
from tests.runners._world import ANN, HEAD, World, world

CHRISTMAS = frozenset(date(2026, 12, day) for day in range(24, 32))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def set_patience(here: World, **changed: Any) -> None:
    patience = replace(Patience(replace(USUAL, holidays=CHRISTMAS)), **changed)
    here.store.database._periods = replace(here.store.periods, patience=patience)


def stopped(here: World, when: str, event: Event) -> str:
    """A message that a policy has held, or asked its sender about, at a time (UTC)."""
    here.clock.time = datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()
    id = here.post()
    here.judge(id, event, {Event.HOLD: Action.QUARANTINE, Event.ASK: Action.CONFIRM}[event])
    return id


def until(here: World, id: str) -> str:
    """When it is returned by itself."""
    row = here.store.database.read_now(lambda tx: messages.get(tx, id))
    return datetime.fromtimestamp(row.expires_at, UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("held", "end"),
    [
        ("2026-11-17 10:00", "2026-11-19 10:00"),
        ("2026-11-20 16:00", "2026-11-24 16:00"),  # a Friday
        ("2026-11-21 23:00", "2026-11-24 17:00"),  # a Saturday
        ("2026-12-23 16:00", "2027-01-04 16:00"),
    ],
)
def test_nobody_decides_for_two_working_days(here: World, held: str, end: str) -> None:
    set_patience(here)

    assert end == until(here, stopped(here, held, Event.HOLD))


@pytest.mark.parametrize(
    ("asked", "end"),
    [
        ("2026-11-17 16:00", "2026-11-18 16:00"),
        ("2026-11-20 16:00", "2026-11-23 16:00"),
        ("2026-11-21 09:00", "2026-11-23 17:00"),
    ],
)
def test_a_question_waits_for_a_working_day(here: World, asked: str, end: str) -> None:
    set_patience(here)

    assert end == until(here, stopped(here, asked, Event.ASK))


def test_two_weeks_are_the_most_whatever_the_patience(here: World) -> None:
    set_patience(here, give_back=20 * USUAL.day)

    assert "2026-12-01 10:00" == until(here, stopped(here, "2026-11-17 10:00", Event.HOLD))


def test_without_a_patience_it_is_two_weeks(here: World) -> None:
    set_patience(here, give_back=0.0)

    assert "2026-12-01 10:00" == until(here, stopped(here, "2026-11-17 10:00", Event.HOLD))


def test_to_and_fro_between_reviewers_and_sender_ends_after_two_weeks(here: World) -> None:
    set_patience(here)
    id = stopped(here, "2026-11-17 10:00", Event.HOLD)
    for _ in range(11):
        review.ask(here.store, HEAD, id, "rita", "who is it for?")
        here.clock.time += DAY
        review.confirm(here.store, id, ANN, "the panel")
        here.clock.time += DAY / 10

    assert State.QUARANTINED is here.state(id)
    assert "2026-12-01 10:00" == until(here, id)


def test_reviewers_have_their_time_again_after_an_answer(here: World) -> None:
    set_patience(here)
    id = stopped(here, "2026-11-17 10:00", Event.HOLD)
    review.ask(here.store, HEAD, id, "rita", "who is it for?")
    asked = until(here, id)
    here.clock.time += 3600
    review.confirm(here.store, id, ANN, "the panel")

    assert ("2026-11-18 10:00", "2026-11-19 11:00") == (asked, until(here, id))


def test_who_takes_a_release_back_late_has_a_day(here: World) -> None:
    set_patience(here)
    id = stopped(here, "2026-11-17 10:00", Event.HOLD)
    review.release(here.store, id, "rita")
    here.clock.time += 20 * DAY
    review.undo(here.store, id, "rita")

    assert "2026-12-08 10:00" == until(here, id)


def test_the_usual_periods_are_those_of_settings_that_say_nothing() -> None:
    patience = Periods().patience

    assert (3600.0, 4 * 3600.0) == (patience.remind, patience.escalate)
    assert (2 * USUAL.day, USUAL.day) == (patience.give_back, patience.answer)
