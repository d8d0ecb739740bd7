"""`dlpguard backup` and `dlpguard restore`, as somebody types them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands._held import hold, post
from tests.commands._line import line, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return settings_in(folder)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    folder.mkdir()
    return settings_in(folder, '[policies]\nmode = "enforce"\n')


def test_a_backup_is_made_and_put_back(settings: Path, elsewhere: Path, tmp_path: Path) -> None:
    id, keys = hold(settings), elsewhere.parent / "dlpguard.key"
    unread = post(settings)
    made = line("backup", tmp_path / "b", "--keys", keys, "--as", "olu", "--config", settings)
    done = line("restore", tmp_path / "b", "--as", "olu", "--config", elsewhere)
    held = line("quarantine", "list", "--json", "--config", elsewhere)
    audit = line("audit", "show", "--config", elsewhere)

    assert (0, 0) == (made.code, done.code), made.error + done.error
    assert "2 messages, 0 files of contents" in made.out
    assert f"{keys}: the keys, to epoch 1. Keep them apart" in made.out
    assert "1  held, as it was" in done.out
    assert "1  to be read again, and then held" in done.out
    assert [id] == [one["id"] for one in held.json()]
    assert "restore" in audit.out
    assert 0 == line("audit", "verify", "--config", elsewhere).code
    assert 0 == line("quarantine", "show", unread, "--config", elsewhere).code


def test_without_the_key_file_it_says_what_is_missing(
    settings: Path, elsewhere: Path, tmp_path: Path
) -> None:
    hold(settings)
    made = line("backup", tmp_path / "b", "--json", "--config", settings)
    done = line("restore", tmp_path / "b", "--config", elsewhere)

    assert {"quarantined": 1} == json.loads(made.out)["messages"]
    assert 2 == done.code
    assert "the key file is missing" in done.error


def test_the_keys_do_not_go_into_the_backup(settings: Path, tmp_path: Path) -> None:
    done = line("backup", tmp_path / "b", "--keys", tmp_path / "b" / "k", "--config", settings)

    assert 2 == done.code
    assert "inside the backup" in done.error
    assert [] == [*tmp_path.glob("b*")]


def test_a_store_that_is_in_use_is_not_overwritten(settings: Path, tmp_path: Path) -> None:
    hold(settings)
    line("backup", tmp_path / "b", "--config", settings)
    done = line("restore", tmp_path / "b", "--config", settings)

    assert 2 == done.code
    assert "the store is not empty" in done.error


def test_what_is_no_backup_is_told(settings: Path, elsewhere: Path, tmp_path: Path) -> None:
    hold(settings)
    shutil.copy(settings.parent / "dlpguard.key", elsewhere.parent)
    done = line("restore", tmp_path, "--config", elsewhere)

    assert 2 == done.code
    assert "not a backup of dlpguard" in done.error
