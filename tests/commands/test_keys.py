"""`dlpguard keys`: what there is, what needs it, and destroying what nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlpguard.store import epochs
from tests import _stores
from tests.commands._held import hold
from tests.commands._line import line, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def test_the_list_says_what_still_needs_a_key(settings: Path) -> None:
    hold(settings)
    [epoch] = line("keys", "list", "--json", "--config", settings).json()
    shown = line("keys", "list", "--config", settings)

    assert (1, None) == (epoch["epoch"], epoch["used_until"])
    assert {
        *(("contents", 1), ("envelopes", 1), ("header fields", 1), ("queue lines", 1)),
        *(("recipients", 4), ("verdicts", 1)),
    } == {*epoch["needed_by"].items()}
    assert (
        "in use 1 contents, 1 envelopes, 1 header fields, 1 queue lines, 4 recipients, 1 verdicts"
    ) in shown.words()


def test_a_key_is_rotated_then_destroyed_and_what_is_held_is_still_shown(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = hold(settings)
    rotated = line("keys", "rotate", "--as", "olu", "--config", settings)
    early = line("keys", "destroy", "1", "--config", settings)
    monkeypatch.setattr(epochs, "UNUSED_SECONDS", -1.0)
    words = ("--as", "olu", "--reason", "a copy was lost", "--config", settings)
    destroyed = line("keys", "destroy", "1", *words)

    assert (0, 2, 0) == (rotated.code, early.code, destroyed.code)
    assert "epoch 2 is in use; keep a copy of" in rotated.out
    assert "epoch 1 was in use until a moment ago; destroy it in 60 minutes" in early.error
    assert "epoch 1 is destroyed; 9 fields that are kept were sealed again" in destroyed.out
    assert [2] == [e["epoch"] for e in line("keys", "list", "--json", "--config", settings).json()]
    assert 0 == line("quarantine", "show", id, "--config", settings).code
    acts = line("audit", "show", "--json", "--config", settings).json()
    assert [
        ("olu", "rotate", "epoch 2", ""),
        ("olu", "destroy", "epoch 1", "a copy was lost"),
    ] == [(e["who"], e["act"], e["about"], e["said"]) for e in acts][:2]


def test_the_key_in_use_is_not_destroyed(settings: Path) -> None:
    hold(settings)
    done = line("keys", "destroy", "1", "--config", settings)

    assert 2 == done.code
    assert "epoch 1 is in use; run dlpguard keys rotate" in done.error


def test_a_check_opens_everything(settings: Path) -> None:
    hold(settings)
    whole = line("keys", "check", "--config", settings)
    _stores.change(settings.parent, "UPDATE verdicts SET record = substr(record, 1, 60)")
    damaged = line("keys", "check", "--config", settings)

    assert (0, "1 epoch; everything that is sealed can be opened.\n") == (whole.code, whole.out)
    assert (1, "1 of the verdicts are damaged: no key opens them.\n") == (damaged.code, damaged.out)


def test_a_key_file_that_is_not_the_newest_copy_is_told_by_every_command(settings: Path) -> None:
    hold(settings)
    file = settings.parent / "dlpguard.key"
    old = file.read_text("ascii")
    line("keys", "rotate", "--config", settings)
    new = json.loads(file.read_text("ascii"))
    file.write_text(old, "ascii")
    listed = line("quarantine", "list", "--config", settings)
    served = line("serve", "--config", settings)
    checked = line("keys", "check", "--config", settings)

    assert [2, 2, 1] == [listed.code, served.code, checked.code]
    for done in (listed, served):
        assert "the key of epoch 2 is missing" in done.error
        assert "put that in its place" in done.error
    assert "The key of epoch 2 is missing; it is needed by nothing.\n" == checked.out
    file.write_text(json.dumps(new), "ascii")
    assert 0 == line("quarantine", "list", "--config", settings).code


def test_wrong_use_is_told(settings: Path, tmp_path: Path) -> None:
    assert 2 == line("keys").code
    assert 2 == line("keys", "destroy", "--config", settings).code
    assert 2 == line("keys", "list", "--config", tmp_path / "none.toml").code
