"""`dlpguard audit show`: what people did and looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands._held import hold
from tests.commands._line import line, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def test_every_look_and_every_decision_is_there_oldest_first(settings: Path) -> None:
    one, two = hold(settings), hold(settings)
    line("quarantine", "show", one, "--as", "rita", "--config", settings)
    line("quarantine", "return", one, "--as", "rita", "--reason", "no", "--config", settings)
    line("quarantine", "release", two, "--as", "sam", "--config", settings)
    everything = line("audit", "show", "--json", "--config", settings)
    about_one = line("audit", "show", one, "--json", "--config", settings)

    assert [
        ("rita", "show", one, ""),
        ("rita", "return", one, "no"),
        ("sam", "release", two, ""),
    ] == [(e["who"], e["act"], e["about"], e["said"]) for e in everything.json()]
    assert [one, one] == [e["about"] for e in about_one.json()]
    assert {"at", "who", "act", "about", "said"} == set(about_one.json()[0])


def test_a_decision_that_was_refused_is_not(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "return", id, "--version", "1", "--config", settings)

    assert "" == line("audit", "show", "--json", "--config", settings).out


def test_for_people_there_is_a_table(settings: Path) -> None:
    id = hold(settings)
    line("quarantine", "return", id, "--as", "rita", "--reason", "[b]no", "--config", settings)
    done = line("audit", "show", "--config", settings)

    assert 0 == done.code
    assert f"rita return {id} [b]no" in done.words()


def test_wrong_use_is_told(tmp_path: Path) -> None:
    assert 2 == line("audit", "show", "--config", tmp_path / "none.toml").code
    assert 2 == line("audit").code
    assert 2 == line("audit", "burn").code
