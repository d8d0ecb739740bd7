"""The last upgrade: mail in every state goes on as if nothing had been, and nodes run meanwhile."""

from __future__ import annotations

import ast
import itertools
import shutil
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, select, text

from dlpguard.lifecycle import Event, State
from dlpguard.store import database, opening, schema, verification
from dlpguard.store.opening import Store, open_store
from tests import _postgres
from tests.store._protocol import Protocol
from tests.store._steps import LATER
from tests.store._world import Clock, Poster

MIGRATIONS = Path(schema.__file__).parents[1] / "migrations"

SHARED = "0013"
"""The first schema that nodes could share."""

HARMLESS = frozenset({"create_table", "add_column", "create_index", "drop_index"})
"""What a migration may do while nodes of the version before still run.  Without an index they find
the same rows: more slowly, so what they ask by it must be found by another (`ASKED_BY`)."""

ASKED_BY = {
    "messages_sender": (
        "SELECT id FROM messages WHERE sender_digest = x'00' AND (state = 'received' OR "
        "state = 'set-aside') AND received_at <= 1.0 LIMIT 1",
        "SELECT id FROM messages JOIN lines ON lines.message_id = messages.id "
        "WHERE origin = 'client' AND state = 'quarantined' AND sender_digest = x'00'",
    )
}
"""What the version before asks, with every message or page, by an index that was dropped."""

BESIDE = """\
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.drop_index("messages_unjudged", "messages")
    op.create_table("something_new", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("messages", sa.Column("something_new", sa.Integer(), nullable=True))
    op.create_index("messages_something_new", "messages", ["something_new"])
"""
"""A migration such as a next version may have."""


def test_mail_in_every_state_goes_on_after_the_upgrade(tmp_path: Path) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.mkdir()
    old.mkdir()
    clock = Clock()
    with closing(_open(new, clock)) as store:
        protocol = Protocol(store, clock)
        _in_every_state(protocol)
        states = {_state(store, id) for id in protocol.all_ids()}
        before = _rows(store.database.engine)
    assert set(State) == states

    _as_of_before(new, old)
    engine = database.connect("sqlite:///dlpguard.db", old, clock)
    opening.upgrade(engine, old / "dlpguard.key")
    assert before == _rows(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert [] == compare_metadata(context, schema.metadata)
    engine.dispose()

    with closing(_open(old, clock)) as upgraded:
        protocol.store = upgraded
        protocol.check()
        assert () == upgraded.database.read_now(verification.verify).faults
        protocol.finish_everything()


def test_migrations_take_nothing_away_since_nodes_can_share_a_database() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    since = [Path(s.path) for s in scripts.walk_revisions() if s.revision >= SHARED]
    assert since

    for script in since:
        done = {
            node.func.attr
            for node in ast.walk(ast.parse(script.read_text()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "op"
        }
        assert done <= HARMLESS, f"{script.name}: nodes of the version before would fail"


def test_for_an_index_that_is_dropped_another_stands_in(tmp_path: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    steps = [s.revision for s in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    before: dict[str, bool] = {}
    dropped: dict[str, bool] = {}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        for revision in sorted(step for step in steps if step >= SHARED):
            command.upgrade(config, revision)
            now = _indexes(connection)
            dropped |= {name: unique for name, unique in before.items() if name not in now}
            before = now
        plans = {
            asked: [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}")]
            for asked in itertools.chain(*ASKED_BY.values())
        }
    engine.dispose()

    assert dict.fromkeys(ASKED_BY, False) == dropped, "an index that is unique promises something"
    assert [] == [asked for asked, plan in plans.items() if "SCAN messages" in "".join(plan)]


def test_nodes_of_the_version_before_work_during_an_upgrade_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _postgres.server() as server:
        url = server.url(server.create())
        with closing(open_store(url, tmp_path / "dlpguard.key", tmp_path)) as node:
            post, ended = Poster(node), threading.Event()
            failed: list[BaseException] = []

            def work() -> None:
                try:
                    while not ended.is_set():
                        post()
                except Exception as error:  # noqa: BLE001 - looked at below
                    failed.append(error)

            working = threading.Thread(target=work)
            working.start()
            try:
                _add_a_migration(tmp_path, monkeypatch)
                other = database.connect(url, tmp_path)
                opening.upgrade(other, tmp_path / "dlpguard.key")
                other.dispose()
                sent = post.number
                while post.number < sent + 5 and not failed:
                    ended.wait(0.01)
            finally:
                ended.set()
                working.join()

            assert [] == failed
            with node.database.engine.connect() as connection:
                assert "9999" == database.revision(connection)
                rows = connection.execute(text("SELECT something_new FROM messages")).all()
            assert post.number == len(rows)


def test_a_database_of_a_later_version_is_said_to_be_one(tmp_path: Path) -> None:
    clock = Clock()
    _open(tmp_path, clock).close()
    engine = database.connect("sqlite:///dlpguard.db", tmp_path)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(Exception, match="a later version of dlpguard"):
            _open(tmp_path, clock)
        with pytest.raises(Exception, match="a later version of dlpguard"):
            opening.upgrade(engine, tmp_path / "dlpguard.key")
    finally:
        engine.dispose()


def _in_every_state(protocol: Protocol) -> None:
    """As a relay is left that is stopped in the middle of its work."""
    for event in (Event.PASS, Event.HOLD, Event.ASK, Event.REFUSE, Event.HOLD, Event.HOLD):
        protocol.accept(recipients=2)
        protocol.claim_to_read("a")
        protocol.judge(protocol.reading[0], event)
    *_, released, returned = protocol.all_ids()
    for id, event in ((released, Event.RELEASE), (returned, Event.RETURN)):
        protocol.look("rita", id)
        assert protocol.decide("rita", id, event)
    protocol.claim_to_send("a")  # one is on its way, one was put off
    protocol.claim_to_send("b")
    first, second = protocol.sending
    protocol.open_attempt(first, with_dot=True)
    protocol.open_attempt(second, with_dot=True)
    protocol.arrive(second, LATER)
    protocol.conclude(second)
    protocol.accept()
    protocol.claim_to_read("b")
    protocol.crash_reading(protocol.reading[0])  # set aside
    protocol.accept()
    protocol.claim_to_read("a")  # being read
    protocol.accept(sibling=True)


def _as_of_before(new: Path, old: Path) -> None:
    """The same store with the schema of the version before."""
    shutil.copy(new / "dlpguard.key", old)
    shutil.copytree(new / "dlpguard.db.bodies", old / "dlpguard.db.bodies")
    (old / "dlpguard.db").touch(mode=0o600)
    engine = database.connect("sqlite:///dlpguard.db", old)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    heads = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    _, before = next(heads), next(heads)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, before.revision)
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in _tables(connection).sorted_tables:
            _copy(connection, table.name, [c.name for c in table.columns], new / "dlpguard.db")
    engine.dispose()


def _copy(connection: Connection, table: str, columns: list[str], source: Path) -> None:
    if table == "alembic_version":
        return
    names = ", ".join(columns)
    with closing(sqlalchemy.create_engine(f"sqlite:///{source}").connect()) as other:
        rows = other.execute(text(f"SELECT {names} FROM {table}")).mappings().all()
    if rows:
        values = ", ".join(f":{name}" for name in columns)
        statement = f"INSERT INTO {table} ({names}) VALUES ({values})"
        connection.execute(text(statement), [dict(row) for row in rows])


def _tables(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    return found


def _indexes(connection: Connection) -> dict[str, bool]:
    """The names of all indexes, and whether each is unique."""
    inspector = sqlalchemy.inspect(connection)
    return {
        str(index["name"]): bool(index["unique"])
        for table in inspector.get_table_names()
        for index in inspector.get_indexes(table)
    }


def _rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr)
            for table in schema.metadata.sorted_tables
        }


def _state(store: Store, id: str) -> State:
    query = select(schema.messages.c.state).where(schema.messages.c.id == id)
    return State(store.database.read_now(lambda tx: tx.execute(query).scalar_one()))


def _add_a_migration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder / "migrations"
    shutil.copytree(MIGRATIONS, place, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "versions" / "9999_next.py").write_text(BESIDE.format(head=schema.HEAD))
    monkeypatch.setattr(database, "MIGRATIONS", place)


def _open(folder: Path, clock: Clock) -> Store:
    return open_store("sqlite:///dlpguard.db", folder / "dlpguard.key", folder, clock=clock)
