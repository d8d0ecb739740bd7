"""`dlpguard quarantine keep`: content that outlives its retention, for an incident."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dlpguard.store.periods import Periods
from tests.commands._held import hold
from tests.commands._line import line, settings_in, store_of


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def keep(settings: Path, id: str, until: str, reason: str = "incident 7") -> tuple[int, str]:
    words = ("--until", until, "--reason", reason, "--as", "olu", "--config", settings)
    done = line("quarantine", "keep", id, *words)
    return done.code, done.out + done.error


def test_it_is_kept_shown_and_recorded(settings: Path) -> None:
    id, day = hold(settings), in_days(300)
    done = keep(settings, id[:-1], day)
    shown = line("quarantine", "show", id, "--config", settings)
    [values] = line("quarantine", "show", id, "--json", "--config", settings).json()
    first = line("audit", "show", id, "--json", "--config", settings).json()[0]

    assert (0, f"{id}: its content is kept until {day}.\n") == done
    assert f"Kept for an incident, until {day}" in shown.words()
    assert day == values["kept_until"]
    assert ("olu", "keep") == (first["who"], first["act"])


def test_what_nobody_keeps_says_nothing(settings: Path) -> None:
    id = hold(settings)
    [values] = line("quarantine", "show", id, "--json", "--config", settings).json()

    assert values["kept_until"] is None
    assert "incident" not in line("quarantine", "show", id, "--config", settings).out


def test_wrong_use_is_told(settings: Path) -> None:
    id = hold(settings)

    assert (2, "more than 365 days away") == told(keep(settings, id, in_days(366)))
    assert (2, "is no date; write YYYY-MM-DD") == told(keep(settings, id, "soon"))
    assert (2, "--reason is empty") == told(keep(settings, id, in_days(1), " "))
    assert 2 == keep(settings, "ZZZ", in_days(1))[0]
    assert 2 == line("quarantine", "keep", id, "--config", settings).code


def told(done: tuple[int, str]) -> tuple[int, str]:
    """The exit code, and which of the sentences that are looked for it said."""
    sentences = ("more than 365 days away", "is no date; write YYYY-MM-DD", "--reason is empty")
    return done[0], next((s for s in sentences if s in done[1]), done[1])


def test_how_long_is_a_setting(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, '[retention]\nincident = "10d"\n')
    id = hold(settings)

    assert "more than 10 days away" in keep(settings, id, in_days(30))[1]
    assert 0 == keep(settings, id, in_days(5))[0]


def test_every_period_of_the_settings_is_that_of_the_store(tmp_path: Path) -> None:
    names = [f.name for f in dataclasses.fields(Periods) if f.name != "patience"]
    chosen = {name: float(40 + n) for n, name in enumerate(names)}
    lines = "".join(f'{name} = "{days:.0f}d"\n' for name, days in chosen.items())
    other = tmp_path / "other"
    other.mkdir()
    with store_of(settings_in(other, f"[retention]\n{lines}")) as (_, store):
        assert chosen == {n: getattr(store.periods, n) / 86400 for n in names}
    with store_of(settings_in(tmp_path)) as (_, store):
        assert Periods() == dataclasses.replace(store.periods, patience=Periods().patience)


@pytest.mark.parametrize(
    ("line_of_it", "said"),
    [
        ('metadata = "1d"', "retention.metadata"),
        ('undecided = "1m"', "retention.undecided"),
        ('decisions = "31d"\nmetadata = "60d"', "decisions cannot be kept for a shorter time"),
        ('delivered = "20000d"', "retention.delivered"),
        ('forever = "1d"', "unknown key retention.forever"),
    ],
)
def test_periods_that_cannot_be_are_told(tmp_path: Path, line_of_it: str, said: str) -> None:
    done = line("keys", "list", "--config", settings_in(tmp_path, f"[retention]\n{line_of_it}\n"))

    assert 2 == done.code
    assert said in done.error
