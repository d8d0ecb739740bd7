"""What a backup is, and what it never is."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from dlpguard import backup
from dlpguard.backup import Place, embedded
from dlpguard.errors import ConfigurationError
from dlpguard.lifecycle import Event
from dlpguard.store import audit, bodies, verification
from dlpguard.store.opening import Store
from tests.backup._world import LARGE, finish, nothing, opened, posted, state
from tests.store._world import Poster


def test_every_byte_comes_back_and_the_audit_is_whole_and_tells_of_it(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    small, large = b"Subject: hello\r\n\r\nhello\r\n", LARGE
    ids = [posted(store, post, Event.HOLD, content) for content in (small, large)]
    backup.take(store, tmp_path / "first", "olu", nothing)
    made = backup.take(store, tmp_path / "copy", "olu", nothing)
    backup.restore(tmp_path / "copy", elsewhere, "pam", nothing)

    assert {"quarantined": 2} == made.messages
    with opened(elsewhere) as there:
        entries = there.database.read_now(lambda tx: [*audit.entries(tx)])
        report = there.database.read_now(verification.verify)
        assert [("olu", "backup"), ("pam", "restore")] == [(e.actor, e.act) for e in entries]
        assert () == report.faults
        for id, content in zip(ids, (small, large), strict=True):
            found = there.database.read_now(lambda tx, id=id: bodies.find(tx, id))  # type: ignore[misc]
            assert content == found.read(there.keys, there.shelf)
            assert "quarantined" == state(there, id)


@pytest.mark.embedded
def test_nobody_else_may_read_it_and_no_key_is_in_it(
    store: Store, post: Poster, tmp_path: Path
) -> None:
    posted(store, post, Event.HOLD)
    backup.take(store, tmp_path / "copy", "olu", nothing)
    made = [tmp_path / "copy", *(tmp_path / "copy").rglob("*")]
    keys = [e["key"] for e in json.loads(store.keys.file.read_text())["epochs"]]

    assert [] == [f for f in made if stat.S_IMODE(f.stat().st_mode) & 0o077]
    assert [] == [
        f for f in made if f.is_file() and any(k.encode() in f.read_bytes() for k in keys)
    ]


@pytest.mark.embedded
def test_the_keys_are_copied_where_the_backup_is_not(store: Store, tmp_path: Path) -> None:
    inside = tmp_path / "copy" / "keys"
    with pytest.raises(ConfigurationError, match="inside the backup"):
        backup.copy_keys(store, inside, tmp_path / "copy")
    backup.copy_keys(store, tmp_path / "keys", tmp_path / "copy")

    assert store.keys.file.read_bytes() == (tmp_path / "keys").read_bytes()
    assert 0o600 == stat.S_IMODE((tmp_path / "keys").stat().st_mode)
    with pytest.raises(ConfigurationError, match="is there already"):
        backup.copy_keys(store, tmp_path / "keys", tmp_path / "copy")


@pytest.mark.embedded
def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(ConfigurationError, match="overwrites nothing"):
        backup.take(store, tmp_path / "copy", "olu", nothing)

    assert [] == [*(tmp_path / "copy").iterdir()]


def test_what_fails_leaves_nothing(store: Store, tmp_path: Path) -> None:
    def fail() -> None:
        raise ConfigurationError("no")

    with pytest.raises(ConfigurationError, match="no"):
        backup.take(store, tmp_path / "copy", "olu", nothing, fail)

    assert [] == [*tmp_path.glob("copy*")]
    assert [] == store.database.read_now(lambda tx: [*audit.entries(tx)])


@pytest.mark.embedded
def test_what_a_killed_one_left_is_replaced(store: Store, tmp_path: Path) -> None:
    left = tmp_path / "copy.unfinished"
    (left / "bodies").mkdir(parents=True)
    (left / "dlpguard.db").write_bytes(b"half")
    backup.take(store, tmp_path / "copy", "olu", nothing)

    assert not left.exists()
    assert not (tmp_path / "copy" / "bodies").exists()


@pytest.mark.embedded
def test_the_copy_is_of_one_moment_though_mail_goes_on(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is written between two steps of the copy, and the copy does not begin anew."""
    monkeypatch.setattr(embedded, "PAGES", 16)
    for _ in range(2):
        posted(store, post, Event.HOLD)
    steps: list[int] = []

    def meanwhile(what: str, done: int, _total: int) -> None:
        if what == "database":
            steps.append(done)
            posted(store, post, Event.HOLD, b"Subject: late\r\n\r\nlate\r\n")

    made = backup.take(store, tmp_path / "copy", "olu", meanwhile)

    assert {"quarantined": 2} == made.messages
    assert sorted(set(steps)) == steps
    assert len(steps) > 5
    backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)


@pytest.mark.embedded
def test_mail_that_ends_while_it_is_copied_is_told_and_has_ended(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    ids = [posted(store, post, Event.PASS) for _ in range(2)]

    def meanwhile(what: str, done: int, total: int) -> None:
        if what == "database" and done == total:
            finish(store, ids[0])

    made = backup.take(store, tmp_path / "copy", "olu", meanwhile)
    done = backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)

    assert 1 == len(made.ended)
    assert {
        "had ended when the backup was made": 1,
        "held now: it was on its way": 1,
    } == done.became
    with opened(elsewhere) as there:
        assert ["done", "quarantined"] == [state(there, id) for id in ids]


def _shorter(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _changed(file: Path) -> None:
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])


@pytest.mark.embedded
@pytest.mark.parametrize("harm", [_shorter, _changed, os.unlink])
def test_what_was_changed_is_not_restored(
    store: Store, elsewhere: Place, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    made = backup.take(store, tmp_path / "copy", "olu", nothing)
    harm(tmp_path / "copy" / made.database.name)
    with pytest.raises(ConfigurationError, match="is not as it was"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)

    assert ["dlpguard.key"] == [f.name for f in elsewhere.base.iterdir()]


@pytest.mark.embedded
@pytest.mark.parametrize("harm", [_shorter, os.unlink])
def test_a_manifest_that_was_changed_is_not_believed(
    store: Store, elsewhere: Place, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    backup.take(store, tmp_path / "copy", "olu", nothing)
    manifest = tmp_path / "copy" / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"schema": "00', '"schema": "01'))
    with pytest.raises(ConfigurationError, match="was changed since"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)
    harm(manifest)
    with pytest.raises(ConfigurationError):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)


def test_a_program_that_is_missing_or_too_old_is_told_and_sqlite_needs_none(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    if not store.database.is_shared:
        assert backup.take(store, tmp_path / "copy", "olu", nothing)
        return
    with pytest.raises(ConfigurationError, match=r"pg_dump is not there; .*postgresql-client-\d"):
        backup.take(store, tmp_path / "copy", "olu", nothing)
    (programs / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    (programs / "pg_dump").chmod(0o755)
    with pytest.raises(ConfigurationError, match="is of version 9, and the server of version 1"):
        backup.take(store, tmp_path / "copy", "olu", nothing)

    assert [] == [*tmp_path.glob("copy*")]
