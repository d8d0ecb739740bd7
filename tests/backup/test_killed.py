"""A backup or a restore that is killed leaves nothing that could be taken for a whole one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlpguard import backup
from dlpguard.backup import Place
from dlpguard.errors import ConfigurationError
from dlpguard.lifecycle import Event
from dlpguard.store import database, schema
from dlpguard.store.opening import Store, open_store
from tests.backup._world import nothing, opened, posted, state
from tests.store._world import Poster

PROGRAM = """
import os, signal, sys
from pathlib import Path
from dlpguard import backup
from dlpguard.store.opening import open_store

act, at, folder, place = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])

def told(what, done, total):
    if what == at:
        os.kill(os.getpid(), signal.SIGKILL)

url, keys = "sqlite:///dlpguard.db", place / "dlpguard.key"
if act == "take":
    backup.take(open_store(url, keys, place), folder, "olu", told)
else:
    backup.restore(folder, backup.Place(url, keys, place), "olu", told)
"""


def killed(*words: str | Path) -> bool:
    """Run one of the two in a process that is killed on the way; whether it was."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *map(str, words)], check=False)
    return done.returncode == -9


@pytest.mark.embedded
def test_a_backup_that_is_killed_is_none_and_the_next_one_is(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    posted(store, post, Event.HOLD)
    copy = tmp_path / "copy"

    assert killed("take", "contents", copy, store.keys.file.parent)
    assert not copy.exists()
    with pytest.raises(ConfigurationError, match=r"has no manifest\.json"):
        backup.restore(tmp_path / "copy.unfinished", elsewhere, "olu", nothing)
    backup.take(store, copy, "olu", nothing)
    assert [copy] == [*tmp_path.glob("copy*")]


@pytest.mark.embedded
def test_a_restore_that_is_killed_is_none_and_the_next_one_is(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    id = posted(store, post, Event.HOLD)
    backup.take(store, tmp_path / "copy", "olu", nothing)

    assert killed("restore", "files", tmp_path / "copy", elsewhere.base)
    assert not (elsewhere.base / "dlpguard.db").exists()
    backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)
    with opened(elsewhere) as there:
        assert "quarantined" == state(there, id)
    assert [] == [*elsewhere.base.glob("*.restoring")]


@pytest.mark.embedded
def test_one_that_was_killed_between_its_last_two_steps_is_done_again(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bodies have their place, and the database has not."""
    id = posted(store, post, Event.HOLD)
    backup.take(store, tmp_path / "copy", "olu", nothing)
    rename = Path.rename

    def stop(self: Path, target: Path) -> Path:
        if target.name == "dlpguard.db":
            raise OSError(5, "no")
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", stop)
        with pytest.raises(ConfigurationError):
            backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)
    backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)

    with opened(elsewhere) as there:
        assert "quarantined" == state(there, id)


def test_what_is_not_settled_cannot_be_opened(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    """Otherwise the first start would send what was on its way."""
    posted(store, post, Event.PASS)
    backup.take(store, tmp_path / "copy", "olu", nothing)

    def stop(_what: str, done: int, total: int) -> None:
        if done == total:
            raise ConfigurationError("killed")

    with pytest.raises(ConfigurationError, match="killed"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", stop)
    if store.database.is_shared:
        with pytest.raises(ConfigurationError, match="belongs to another database"):
            open_store(elsewhere.url, elsewhere.key_file, elsewhere.base)
        with pytest.raises(ConfigurationError, match="not empty"):
            backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)
    else:
        assert ["dlpguard.key"] == [f.name for f in elsewhere.base.iterdir()]


@pytest.mark.embedded
def test_an_older_schema_is_brought_up_to_date_and_a_newer_one_refused(
    store: Store, elsewhere: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _downgrade(store)
    made = backup.take(store, tmp_path / "copy", "olu", nothing)
    with monkeypatch.context() as patched:
        patched.setattr(schema, "HEAD", "0011")
        with pytest.raises(ConfigurationError, match="this version does not know"):
            backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)
    backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)

    assert "0012" == made.schema
    with opened(elsewhere) as there, there.database.engine.connect() as connection:
        assert schema.HEAD == database.revision(connection)


def _downgrade(store: Store) -> None:
    """What the newest migrations that this test knows have made, unmade."""
    with store.database.engine.begin() as connection:
        for table in ("nodes", "body_pieces"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        for index in (
            *("retries_acknowledged", "recipients_attempt"),
            *("attempts_message", "campaigns_opened", "verdicts_held", "messages_unjudged"),
        ):
            connection.exec_driver_sql(f"DROP INDEX {index}")
        connection.exec_driver_sql("CREATE INDEX messages_sender ON messages (sender_digest)")
        connection.exec_driver_sql("ALTER TABLE retries DROP COLUMN acknowledged_at")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0012'")
