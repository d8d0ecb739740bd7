"""Keys: made once, checked at start, never guessed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlpguard import faults
from dlpguard.errors import ConfigurationError, KeyDestroyedError
from dlpguard.store import secrets
from dlpguard.store.opening import Store, open_store
from tests.store._world import Clock, Poster


def test_a_key_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)

    assert 0o600 == keys.file.stat().st_mode & 0o777


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = secrets.create(tmp_path / "k", 0.0).file
    file.chmod(0o640)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        secrets.load(file)


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    secrets.create(tmp_path / "k", 0.0)

    with pytest.raises(FileExistsError):
        secrets.create(tmp_path / "k", 0.0)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"installation": 1, "digest": "?"}'])
def test_a_broken_key_file_is_a_clear_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "k"
    file.touch(0o600)
    file.write_text(text)

    with pytest.raises(ConfigurationError, match="not a dlpguard key file"):
        secrets.load(file)


def test_what_was_sealed_is_opened_only_in_its_own_place(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    sealed = keys.seal(b"ann@council.example", "address:1:0")

    assert b"ann@council.example" == keys.open(sealed, "address:1:0")
    with pytest.raises(ConfigurationError):
        keys.open(sealed, "address:1:1")


def test_a_new_epoch_comes_after_a_week_and_old_ones_still_open(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    elsewhere = secrets.load(keys.file)
    sealed = keys.seal(b"old", "x")

    assert not secrets.rotate(keys, secrets.EPOCH_SECONDS - 1)
    assert secrets.rotate(keys, secrets.EPOCH_SECONDS)
    assert 2 == keys.current
    assert b"old" == keys.open(sealed, "x")
    # Another process meets the new epoch, and reads the file again.
    assert b"new" == elsewhere.open(keys.seal(b"new", "x"), "x")


def test_a_new_epoch_leaves_the_key_file_to_its_owner(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    keys = secrets.create(tmp_path / "k", 0.0)
    os.chown(keys.file, 12345, 12345)
    secrets.rotate(keys, secrets.EPOCH_SECONDS)
    status = keys.file.stat()

    assert (12345, 12345, 0o600) == (status.st_uid, status.st_gid, status.st_mode & 0o777)


def test_opening_a_store_never_makes_a_new_epoch(
    store: Store, tmp_path: Path, clock: Clock
) -> None:
    clock.time += 2 * secrets.EPOCH_SECONDS
    other = open_store("sqlite:///dlpguard.db", store.keys.file, tmp_path, clock=clock)
    other.close()

    assert 1 == other.keys.current


def test_what_was_sealed_to_last_stays_the_same_under_another_epoch(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    sealed = keys.seal_lasting(b"because", "reason:m")
    secrets.rotate(keys, 0.0, force=True)
    again = keys.reseal(sealed, "reason:m", lasts=True)

    assert (1, 2) == (secrets.epoch_of(sealed), secrets.epoch_of(again))
    assert secrets.lasting(sealed) == secrets.lasting(again)
    assert (
        b"because" == keys.open_lasting(again, "reason:m") == keys.open_lasting(sealed, "reason:m")
    )
    assert secrets.destroy(keys, 1)
    assert b"because" == keys.open_lasting(again, "reason:m")
    with pytest.raises(KeyDestroyedError):
        keys.open_lasting(sealed, "reason:m")


@pytest.mark.parametrize("length", [0, 3, 4, 10, 16, 20, 63, 64, 70])
def test_what_was_cut_short_is_a_clear_error(tmp_path: Path, length: int) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    sealed = keys.seal_lasting(b"because of this", "reason:m")[:length]

    for opens in (keys.open, keys.open_lasting):
        with pytest.raises((ConfigurationError, KeyDestroyedError)):
            opens(sealed, "reason:m")


def test_a_key_file_that_cannot_be_replaced_is_a_clear_error(
    tmp_path: Path,
) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    faults.arm("key-written:1:enospc")
    try:
        with pytest.raises(ConfigurationError, match="cannot be replaced"):
            secrets.rotate(keys, 0.0, force=True)
    finally:
        faults.arm("")

    assert {1} == set(secrets.load(keys.file).epochs)
    assert secrets.rotate(keys, 0.0, force=True)


def test_the_newest_epoch_is_never_destroyed(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)

    assert not secrets.destroy(keys, 1)
    assert not secrets.destroy(keys, 7)
    assert {1} == set(keys.epochs)


def test_what_was_sealed_under_a_destroyed_epoch_is_gone(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    sealed = keys.seal(b"old", "x")
    others = secrets.create(tmp_path / "others", 0.0)
    del others.epochs[1]
    others.file.write_text(others.file.read_text().replace('"id": 1', '"id": 2'))

    with pytest.raises(KeyDestroyedError):
        others.open(sealed, "x")


def test_digests_of_different_parts_differ(tmp_path: Path) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)

    assert keys.digest("p", "ab", "c") == keys.digest("p", b"ab", "c")
    assert keys.digest("p", "ab", "c") != keys.digest("p", "a", "bc")
    assert keys.digest("p", "ab") != keys.digest("q", "ab")


@pytest.mark.embedded
def test_a_store_without_its_key_file_does_not_open(store: Store, tmp_path: Path) -> None:
    store.keys.file.unlink()

    with pytest.raises(ConfigurationError, match="key file is missing"):
        open_store("sqlite:///dlpguard.db", store.keys.file, tmp_path)
    assert not store.keys.file.exists()


@pytest.mark.embedded
def test_a_store_with_the_key_file_of_another_does_not_open(
    store: Store, tmp_path: Path, clock: Clock
) -> None:
    others = secrets.create(tmp_path / "others.key", clock())

    with pytest.raises(ConfigurationError, match="another database"):
        open_store("sqlite:///dlpguard.db", others.file, tmp_path, clock=clock)


@pytest.mark.embedded
@pytest.mark.parametrize("name", ["dlpguard.db", "dlpguard.db.bodies", "dlpguard.db-wal"])
def test_a_store_that_others_may_read_does_not_open(
    store: Store, post: Poster, tmp_path: Path, clock: Clock, name: str
) -> None:
    post()
    (tmp_path / name).chmod(0o750 if (tmp_path / name).is_dir() else 0o640)

    with pytest.raises(ConfigurationError, match=f"{name}: others may read it; run: chmod"):
        open_store("sqlite:///dlpguard.db", store.keys.file, tmp_path, clock=clock)
    (tmp_path / name).chmod(0o700)
    open_store("sqlite:///dlpguard.db", store.keys.file, tmp_path, clock=clock).close()


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "dlpguard.db").write_bytes(b"this is not SQLite at all, is it?" * 40)

    with pytest.raises(ConfigurationError, match="not a database"):
        open_store("sqlite:///dlpguard.db", tmp_path / "k", tmp_path)


@pytest.mark.embedded
def test_a_second_serve_on_one_database_is_refused(
    store: Store, tmp_path: Path, clock: Clock
) -> None:
    store.lock()
    other = open_store("sqlite:///dlpguard.db", store.keys.file, tmp_path, clock=clock)
    try:
        with pytest.raises(ConfigurationError, match="another dlpguard serve"):
            other.lock()
    finally:
        other.close()
