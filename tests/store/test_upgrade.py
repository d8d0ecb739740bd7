"""A database of an older version is brought up to date with what is in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from dlpguard.errors import ConfigurationError
from dlpguard.store import (
    audit,
    database,
    epochs,
    opening,
    quarantine,
    schema,
    secrets,
    verification,
)
from tests.store._world import Clock

MIGRATIONS = Path(schema.__file__).parents[1] / "migrations"


def test_mailings_of_the_second_version_survive(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    with sqlite3.connect(file) as old:
        old.execute("INSERT INTO campaigns VALUES (1, x'00', 0, 1)")
        old.execute(
            "INSERT INTO messages (id, state, version, origin, campaign_id, sender_digest, "
            "envelope, trace, size, received_at, next_try, state_since, expires_at) "
            "VALUES ('m', 'ready', 1, 'client', 1, x'00', x'00', x'00', 1, 0, 0, 0, 0)"
        )
        old.execute("INSERT INTO campaign_mailboxes VALUES (1, x'01', x'02', 'm')")
    old.close()

    database.upgrade(engine)

    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT mailbox, own FROM campaign_mailboxes").all()
        assert [(b"\x02", None)] == [tuple(row) for row in rows]
        context = MigrationContext.configure(connection)
        assert [] == compare_metadata(context, schema.metadata)
    engine.dispose()


def test_who_may_sign_in_gets_a_mail_in_the_morning_after_an_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
    with sqlite3.connect(file) as old:
        old.execute(
            "INSERT INTO accounts (id, name, full_name, password_hash, roles, groups, disabled, "
            "failures, locked_until, totp_step, created_at, last_seen_at) "
            "VALUES (1, 'rita', 'Rita', '$', 'reviewer', '', 0, 0, 0, 0, 0, 0)"
        )
        old.execute(
            "INSERT INTO messages (id, state, version, origin, sender_digest, envelope, trace, "
            "size, received_at, next_try, state_since, expires_at) "
            "VALUES ('m', 'quarantined', 1, 'client', x'00', x'00', x'00', 1, 0, 0, 0, 0)"
        )
    old.close()

    database.upgrade(engine)

    with engine.connect() as connection:
        accounts = connection.execute(sqlalchemy.select(schema.accounts.c.digest)).all()
        told = connection.exec_driver_sql("SELECT reminded_at, escalated_at FROM messages").all()
        assert [(True,)] == [tuple(row) for row in accounts]
        assert [(None, None)] == [tuple(row) for row in told]
    engine.dispose()


def test_messages_of_the_first_version_survive(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with sqlite3.connect(file) as old:
        old.execute("INSERT INTO bodies VALUES ('b', 1, x'00', x'00', x'00', 1, 0)")
        old.execute(
            "INSERT INTO messages (id, state, version, origin, body_id, sender_digest, envelope, "
            "trace, size, received_at, next_try, state_since, expires_at) "
            "VALUES ('m', 'quarantined', 1, 'client', 'b', x'00', x'00', x'00', 1, 0, 0, 0, 0)"
        )
        old.execute(
            "INSERT INTO recipients (message_id, position, address, digest, dsn, outcome) "
            "VALUES ('m', 0, x'00', x'00', x'00', 'pending')"
        )
    old.close()
    sqlalchemy.event.listen(
        engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON")
    )
    engine.dispose()

    database.upgrade(engine)

    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id, state, settle_until FROM messages").all()
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        context = MigrationContext.configure(connection)
        assert [("m", "quarantined", 0.0)] == [tuple(row) for row in rows]
        assert [] == broken
        assert [] == compare_metadata(context, schema.metadata)
    engine.dispose()


def database_of_the_third_version(folder: Path, clock: Clock) -> sqlalchemy.Engine:
    """With a message that was returned, and two entries in an audit that is no chain."""
    keys = secrets.create(folder / "dlpguard.key", clock())
    engine = database.connect("sqlite:///dlpguard.db", folder, clock)
    (folder / "dlpguard.db").touch(mode=0o600)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    with sqlite3.connect(folder / "dlpguard.db") as old:
        check = keys.digest("key check", keys.installation)
        old.execute("INSERT INTO installation VALUES ('key', ?)", (check,))
        old.execute(
            "INSERT INTO messages (id, state, version, origin, sender_digest, envelope, "
            "trace, size, received_at, next_try, state_since, expires_at) "
            "VALUES ('m', 'done', 1, 'client', x'00', x'00', x'00', 1, 0, 0, 0, 0)"
        )
        move = "INSERT INTO moves (message_id, event, target, who, reason, moved_at) "
        old.execute(move + "VALUES ('m', 'accept', 'received', 'edge', NULL, 0)")
        why = keys.seal(b"because", "reason:m")
        old.execute(move + "VALUES ('m', 'return', 'done', 'reviewer', ?, 1)", (why,))
        entry = "INSERT INTO audit (id, acted_at, actor, act, subject, detail) VALUES "
        old.execute(entry + "(1, 1.5, 'rita', 'show', 'm', NULL)")
        said = keys.seal(b"because", "audit")
        old.execute(entry + "(4, 2.5, 'rita', 'return', 'm', ?)", (said,))
    old.close()
    return engine


def test_an_audit_of_an_earlier_version_becomes_a_chain(tmp_path: Path) -> None:
    clock = Clock()
    engine = database_of_the_third_version(tmp_path, clock)
    opening.upgrade(engine, tmp_path / "dlpguard.key")
    opening.upgrade(engine, tmp_path / "dlpguard.key")
    engine.dispose()
    store = opening.open_store(
        "sqlite:///dlpguard.db", tmp_path / "dlpguard.key", tmp_path, clock=clock
    )
    try:
        entries = store.database.read_now(lambda tx: list(audit.entries(tx)))
        reasons = [
            m.reason for m in store.database.read_now(lambda t: [*quarantine.history(t, "m")])
        ]
        found = store.database.read_now(verification.verify)
        known = store.database.read_now(epochs.listed)
    finally:
        store.close()

    assert [
        (1, "rita", "show", ""),
        (2, "rita", "return", "because"),
        (3, "dlpguard", "chained", ""),
    ] == [(e.number, e.actor, e.act, e.detail) for e in entries]
    assert ["", "because"] == reasons
    assert ((), 3, {1}) == (found.faults, found.last, known)


def test_without_its_keys_nothing_is_upgraded(tmp_path: Path) -> None:
    engine = database_of_the_third_version(tmp_path, Clock())
    (tmp_path / "dlpguard.key").unlink()
    secrets.create(tmp_path / "dlpguard.key", 0.0)
    with pytest.raises(ConfigurationError, match="belongs to another database"):
        opening.upgrade(engine, tmp_path / "dlpguard.key")
    with engine.connect() as connection:
        assert "0003" == database.revision(connection)
    engine.dispose()


def test_a_chain_that_lost_its_head_is_not_made_good_by_an_upgrade(tmp_path: Path) -> None:
    clock = Clock()
    engine = database_of_the_third_version(tmp_path, clock)
    key_file = tmp_path / "dlpguard.key"
    opening.upgrade(engine, key_file)
    with sqlite3.connect(tmp_path / "dlpguard.db") as other:
        other.execute("DELETE FROM installation WHERE name = 'audit'")
        other.execute("DELETE FROM audit WHERE id = 3")
    other.close()
    opening.upgrade(engine, key_file)
    engine.dispose()
    store = opening.open_store("sqlite:///dlpguard.db", key_file, tmp_path, clock=clock)
    found = store.database.read_now(verification.verify)
    store.close()

    assert [3] == [fault.entry for fault in found.faults]
