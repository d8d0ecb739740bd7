"""Opening a store to look at it: nothing changes, whoever uses it and whatever is wrong with it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dlpguard.errors import ConfigurationError, NotFoundError, TemporaryError
from dlpguard.store import audit, secrets
from dlpguard.store.looking import open_to_look
from dlpguard.store.opening import Store, open_store
from tests import _stores
from tests.commands._line import NOBODY, as_nobody

embedded = pytest.mark.embedded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that was closed."""
    folder = tmp_path_factory.mktemp("made")
    store = _stores.open_in(folder)
    store.database.write_now(lambda tx: audit.record(tx, "ann", "an act", "a subject"))
    store.close()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same, for one test."""
    _stores.copy(made, tmp_path)
    return tmp_path


def look(folder: Path) -> Store:
    return open_to_look(_stores.url(folder), folder / "dlpguard.key", folder)


def acts(store: Store) -> list[str]:
    return store.database.read_now(lambda tx: [one.act for one in audit.entries(tx, "a subject")])


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file with its time and its content."""
    return {
        str(file): (
            file.stat().st_mtime_ns,
            hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "",
        )
        for file in sorted(folder.rglob("*"))
    }


@pytest.fixture
def running(folder: Path) -> Iterator[Store]:
    """The store of the folder, in use by somebody."""
    store = _stores.open_in(folder)
    store.database.write_now(lambda tx: audit.record(tx, "ann", "another act", "a subject"))
    yield store
    store.close()


def test_a_store_that_nobody_uses_is_read_and_left_as_it_was(folder: Path) -> None:
    before = state(folder)
    store = look(folder)
    found = acts(store)
    store.close()

    assert ["an act"] == found
    assert before == state(folder)


@pytest.mark.usefixtures("running")
def test_a_store_in_use_is_read_with_what_was_written_last(folder: Path) -> None:
    before = {name: content for name, (_, content) in state(folder).items() if "-shm" not in name}
    store = look(folder)
    found = acts(store)
    store.close()
    after = {name: content for name, (_, content) in state(folder).items() if "-shm" not in name}

    assert ["an act", "another act"] == found
    assert before == after


def test_nothing_can_be_written_through_it(folder: Path) -> None:
    store = look(folder)
    with pytest.raises((TemporaryError, DBAPIError)):
        store.database.write_now(lambda tx: audit.record(tx, "a", "b", "c"))
    store.close()


@embedded
@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to somebody else")
def test_it_can_be_read_where_nothing_can_be_written(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    elsewhere = Path("/var/tmp") / f"looking-{os.getpid()}"
    shutil.copytree(folder, elsewhere)
    try:
        for path in (elsewhere, *elsewhere.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
            path.chmod(0o500 if path.is_dir() else 0o400)
        with as_nobody():
            store = open_to_look("sqlite:///dlpguard.db", elsewhere / "dlpguard.key", elsewhere)
            found = acts(store)
            store.close()
    finally:
        shutil.rmtree(elsewhere)

    assert ["an act"] == found


@embedded
@pytest.mark.parametrize("content", [None, b""])
def test_where_there_is_no_database_none_is_made(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "dlpguard.db").write_bytes(content)
    before = state(tmp_path)
    with pytest.raises(NotFoundError):
        open_to_look("sqlite:///dlpguard.db", tmp_path / "dlpguard.key", tmp_path)

    assert before == state(tmp_path)


@embedded
def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "dlpguard.db").write_bytes(b"not a database at all" * 100)

    with pytest.raises(ConfigurationError, match="file is not a database"):
        open_to_look("sqlite:///dlpguard.db", tmp_path / "dlpguard.key", tmp_path)


def test_a_key_file_of_another_database_is_named(folder: Path) -> None:
    (folder / "dlpguard.key").unlink()
    with pytest.raises(ConfigurationError, match="key file is missing"):
        look(folder)
    secrets.create(folder / "dlpguard.key", 0.0)

    with pytest.raises(ConfigurationError, match="belongs to another database"):
        look(folder)


def test_a_store_of_another_version_can_be_looked_at(folder: Path) -> None:
    changed = open_store(_stores.url(folder), folder / "dlpguard.key", folder)
    older = text("UPDATE alembic_version SET version_num = '0003'")
    changed.database.write_now(lambda tx: tx.execute(older))
    changed.close()
    store = look(folder)
    asked = text("SELECT version_num FROM alembic_version")
    found = store.database.read_now(lambda tx: tx.execute(asked).scalar())
    store.close()

    assert "0003" == found


@embedded
@pytest.mark.skipif(os.geteuid() != 0, reason="looks as somebody else")
def test_what_this_user_may_not_see_is_told_from_what_is_not_there(folder: Path) -> None:
    folder.chmod(0o700)
    with as_nobody(), pytest.raises(ConfigurationError, match="ask as the user who runs dlpguard"):
        look(folder)
