"""The writer: groups, failures that stay alone, a schema that matches its migrations."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, text

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.store import audit, database, schema
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store


def subjects(store: Store) -> set[str]:
    return {e.subject for e in store.database.read_now(lambda tx: list(audit.entries(tx)))}


def test_a_change_that_raises_undoes_itself_alone(store: Store) -> None:
    gate = threading.Event()

    def wait(tx: Transaction) -> None:
        gate.wait()
        audit.record(tx, "a", "b", "first")

    def broken(tx: Transaction) -> None:
        audit.record(tx, "a", "b", "broken")
        raise ValueError("on purpose")

    def wrong(tx: Transaction) -> None:
        audit.record(tx, "a", "b", "wrong")
        tx.execute(insert(schema.audit).values(id=1))

    def good(tx: Transaction) -> None:
        audit.record(tx, "a", "b", "good")

    threads = []
    problems: list[type[BaseException]] = []

    def run(work: database.Work[None]) -> None:
        try:
            store.database.write_now(work)
        except (ValueError, sqlalchemy.exc.IntegrityError) as error:
            problems.append(type(error))

    for work in (wait, broken, wrong, good):
        threads.append(threading.Thread(target=run, args=(work,)))
        threads[-1].start()
    gate.set()
    for thread in threads:
        thread.join()

    assert {"first", "good"} == subjects(store)
    assert {ValueError, sqlalchemy.exc.IntegrityError} == set(problems)


@pytest.mark.embedded
def test_a_database_that_another_process_locks_is_a_temporary_error(
    store: Store, tmp_path: Path
) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'dlpguard.db'}")
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 100")
    with engine.connect() as other:
        other.execute(text("BEGIN IMMEDIATE"))
        with pytest.raises(TemporaryError, match="SQLITE_BUSY"):
            store.database.write_now(lambda tx: audit.record(tx, "a", "b", "c"))
        other.rollback()
    engine.dispose()
    store.database.write_now(lambda tx: audit.record(tx, "a", "b", "later"))

    assert {"later"} == subjects(store)


def test_the_migrations_make_the_schema_that_the_code_uses(store: Store) -> None:
    with store.database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), schema.metadata)
        revision = database.revision(connection)

    assert [] == differences
    assert schema.HEAD == revision


@pytest.mark.embedded
def test_commits_are_durable_and_deleted_content_is_overwritten(store: Store) -> None:
    with store.database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }

    assert {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    } == found


def test_an_old_schema_says_what_to_do(tmp_path: Path) -> None:
    engine = database.connect("sqlite:///old.db", tmp_path)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0000')")

    with pytest.raises(ConfigurationError, match="dlpguard db upgrade"):
        database.check(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("nonsense", "examples are"),
        ("mysql://x/y", "use sqlite"),
        ("sqlite://", "names no file"),
    ],
)
def test_a_wrong_address_says_what_to_do(tmp_path: Path, url: str, fix: str) -> None:
    with pytest.raises(ConfigurationError, match=fix):
        database.connect(url, tmp_path)


def test_nothing_can_be_written_after_closing(store: Store) -> None:
    store.database.close()

    with pytest.raises(TemporaryError):
        store.database.write_now(lambda tx: audit.record(tx, "a", "b", "c"))
