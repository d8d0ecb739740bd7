"""`dlpguard db upgrade`: the schema of this version, and nothing that a first start would miss."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from dlpguard.store import engines, opening, schema
from tests import _stores
from tests.commands._held import hold
from tests.commands._line import line, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return settings_in(tmp_path)


def test_before_the_first_start_there_is_nothing_to_upgrade_and_nothing_is_made(
    settings: Path, tmp_path: Path
) -> None:
    done = line("db", "upgrade", "--config", settings)

    assert 0 == done.code
    assert "no database yet" in done.out
    engine = engines.connect(_stores.url(tmp_path), tmp_path)
    assert not opening.exists(engine)
    engine.dispose()
    assert 0 == line("quarantine", "list", "--config", settings).code


def test_a_database_of_this_version_is_left_alone(settings: Path) -> None:
    id = hold(settings)
    done = line("db", "upgrade", "--config", settings)

    assert (0, f"already at schema {schema.HEAD}\n") == (done.code, done.out)
    assert id in line("quarantine", "list", "--json", "--config", settings).out


def test_a_database_of_another_version_is_not_touched_by_other_commands(settings: Path) -> None:
    hold(settings)
    _stores.change(settings.parent, "UPDATE alembic_version SET version_num = '0000'")
    done = line("quarantine", "list", "--config", settings)

    assert 2 == done.code
    assert f"is at schema 0000, this version needs {schema.HEAD}; run: dlpguard db upgrade" in (
        done.error
    )


@pytest.mark.embedded
def test_a_file_that_is_no_database_is_refused(settings: Path) -> None:
    (settings.parent / "dlpguard.db").write_bytes(b"something else entirely\n" * 100)

    listed = line("quarantine", "list", "--config", settings)
    upgraded = line("db", "upgrade", "--config", settings)

    assert (2, 2) == (listed.code, upgraded.code)
    assert "dlpguard.db: not a database of dlpguard" in listed.error
    assert "dlpguard.db: cannot be upgraded (DatabaseError); is it dlpguard's" in upgraded.error


@pytest.mark.embedded  # on PostgreSQL nodes go on meanwhile: `tests/store/test_upgrade.py`
def test_a_database_that_is_in_use_is_not_upgraded(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(settings)
    monkeypatch.setattr("dlpguard.store.engines.sqlite.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(settings.parent / "dlpguard.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = line("db", "upgrade", "--config", settings)
    other.close()

    assert 2 == done.code
    assert "has every dlpguard that uses it been stopped?" in done.error


def test_a_database_of_another_kind_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, '[store]\nurl = "mysql://x/y"\n')
    done = line("db", "upgrade", "--config", settings)

    assert 2 == done.code
    assert "store.url: mysql is not supported" in done.error


def test_a_server_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, f'[store]\nurl = "postgresql:///dlpguard?host={tmp_path}"\n')
    done = line("db", "upgrade", "--config", settings)

    assert 2 == done.code
    assert "store.url: the database cannot be opened (connection" in done.error
