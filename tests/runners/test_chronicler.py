"""One line in the log for each life."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from dlpguard.lifecycle import Event
from dlpguard.runners.chronicler import LAG_SECONDS, Chronicler
from dlpguard.store import lives
from dlpguard.verdict import Action
from tests.runners._deliver import BOB, CY, deliver
from tests.runners._hop import Hop
from tests.runners._world import SMALL, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with asyncio.Runner() as runner, world(tmp_path, runner) as made:
        yield made


def told(here: World) -> list[str]:
    """The lines about lives so far."""
    return [line for line in here.log if line.startswith("life ")]


def round_of(here: World) -> None:
    """What a chronicler says after a while."""
    here.clock.time += LAG_SECONDS + 1
    here.run(Chronicler(here.store).round())


def test_a_message_has_one_line_when_it_is_over(here: World) -> None:
    round_of(here)  # from now on
    id = here.ready(SMALL, BOB, CY)
    before = told(here)
    deliver(here, Hop())
    round_of(here)
    round_of(here)

    assert [] == before
    [line] = told(here)
    assert f"life id={id} origin=client outcome=delivered by=courier bytes={len(SMALL)}" in line
    assert " delivered=2 action=allow observed= policies= gaps= tries=0" in line
    assert "@" not in line


def test_many_nodes_say_it_once(here: World) -> None:
    round_of(here)
    id = here.ready()
    deliver(here, Hop())
    for _ in range(3):
        round_of(here)

    assert [id] == [line.split()[1].removeprefix("id=") for line in told(here)]


def test_what_is_held_for_a_week_has_its_line_then(here: World) -> None:
    round_of(here)
    id = here.post()
    here.judge(id, Event.HOLD, Action.QUARANTINE)
    round_of(here)

    assert [] == told(here)


def test_a_page_is_followed_by_the_next(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "PAGE", 2)
    round_of(here)
    for _ in range(5):
        here.ready()
    deliver(here, Hop())
    round_of(here)

    assert 5 == len(told(here))


def test_a_database_that_is_away_ends_no_chronicler(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0

    async def fail(self: Chronicler) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            raise KeyboardInterrupt
        raise OperationalError("SELECT 1", {}, Exception("SESAME"))

    monkeypatch.setattr("dlpguard.runners.chronicler.ROUND_SECONDS", 0.0)
    monkeypatch.setattr(Chronicler, "round", fail)
    with pytest.raises(KeyboardInterrupt):
        here.run(Chronicler(here.store).run())

    assert any("failed what=chronicle error=OperationalError" in line for line in here.log)
    assert "SESAME" not in "".join(here.log)
