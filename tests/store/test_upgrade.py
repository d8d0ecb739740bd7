"""A database of an older version is brought up to date with what is in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from dlpguard.store import database, schema

MIGRATIONS = Path(schema.__file__).parent / "migrations"


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
