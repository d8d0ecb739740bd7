"""Several nodes on one PostgreSQL: they behave as one writer, and survive what it goes through."""

from __future__ import annotations

import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, func, insert, select, text, update

from dlpguard.errors import ConfigurationError, TemporaryError
from dlpguard.lifecycle import State
from dlpguard.store import (
    audit,
    epochs,
    messages,
    presences,
    schema,
    secrets,
    verification,
    work,
)
from dlpguard.store.bells import Bells
from dlpguard.store.database import Transaction
from dlpguard.store.engines.postgresql import Postgresql
from dlpguard.store.opening import Store, open_store
from tests import _postgres
from tests.store._world import Clock, Poster, do

NODES = 3

CARD = presences.Card(("edge", "deliver"), ("8BITMIME", "SIZE"))


@pytest.fixture(scope="module")
def server() -> Iterator[_postgres.Server]:
    with _postgres.server() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def nodes(server: _postgres.Server, tmp_path: Path, clock: Clock) -> Iterator[list[Store]]:
    """Stores of several processes over one database."""
    url = server.url(server.create())
    key_file = tmp_path / "dlpguard.key"
    made = [open_store(url, key_file, tmp_path, clock=clock) for _ in range(NODES)]
    yield made
    for store in made:
        store.close()


def count(store: Store) -> int:
    """How many entries of Ann the audit has."""
    query = select(func.count()).where(schema.audit.c.actor == "ann")
    return int(store.database.read_now(lambda tx: tx.execute(query).scalar_one()))


def test_nodes_that_start_at_once_make_one_schema(
    server: _postgres.Server, tmp_path: Path, clock: Clock
) -> None:
    url = server.url(server.create())
    key_file = tmp_path / "dlpguard.key"
    open_store(server.url(server.create()), key_file, tmp_path, clock=clock).close()
    with ThreadPoolExecutor(4) as threads:
        made = list(
            threads.map(lambda _: open_store(url, key_file, tmp_path, clock=clock), range(4))
        )
    try:
        for store in made:
            do(store, audit.record, "ann", "show", "m1")
        begun = count(made[0])
    finally:
        for store in made:
            store.close()

    assert 4 == begun


def test_what_every_node_writes_at_once_is_one_chain(nodes: list[Store]) -> None:
    """The audit's head is read and written by every act: one row that all are in the way at."""
    with ThreadPoolExecutor(12) as threads:
        for _ in threads.map(
            lambda n: do(nodes[n % NODES], audit.record, "ann", "show", f"m{n}"), range(240)
        ):
            pass

    assert 240 == count(nodes[0])
    found = nodes[1].database.read_now(verification.verify)
    assert () == found.faults


def test_each_message_is_claimed_once(nodes: list[Store]) -> None:
    post = Poster(nodes[0])
    posted = {post() for _ in range(60)}
    claimed: list[str] = []
    together = threading.Barrier(NODES)

    def claim(store: Store, name: str) -> None:
        together.wait()
        for _ in range(40):
            found = do(store, work.claim, State.RECEIVED, name, 2, 60.0)
            claimed.extend(c.id for c in found)

    threads = [
        threading.Thread(target=claim, args=(store, f"node-{n}")) for n, store in enumerate(nodes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(posted) == sorted(claimed)


def test_a_commit_whose_answer_is_lost_is_done_once(
    nodes: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server commits and the connection breaks: nobody may do it again."""
    commit = psycopg.Connection.commit
    broken: list[int] = []

    def lose(self: psycopg.Connection) -> None:
        commit(self)
        if not broken:
            broken.append(1)
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", lose)
    do(nodes[0], audit.record, "ann", "show", "m1")
    monkeypatch.undo()

    assert broken
    assert 1 == count(nodes[0])


def test_a_connection_that_is_lost_before_the_commit_is_tried_again(
    nodes: list[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = Postgresql.ticket
    broken: list[int] = []

    def lose(self: Postgresql, connection: object) -> str:
        found = ticket(self, connection)  # type: ignore[arg-type]
        if not broken:
            broken.append(1)
            pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[attr-defined]
            nodes[1].database.read_now(
                lambda tx: tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            )
        return found

    monkeypatch.setattr(Postgresql, "ticket", lose)
    do(nodes[0], audit.record, "ann", "show", "m1")

    assert broken
    assert 1 == count(nodes[0])


def test_a_connection_that_breaks_while_the_audit_is_verified_is_no_sign_of_tampering(
    nodes: list[Store],
) -> None:
    do(nodes[0], audit.record, "ann", "show", "m1")
    broken: list[int] = []

    def lose(connection: Any, cursor: psycopg.Cursor[Any], statement: str, *_: object) -> None:
        del connection
        if "WHERE audit.id IN" in statement and not broken:
            broken.append(cursor.connection.info.backend_pid)
            end = text("SELECT pg_terminate_backend(:pid)").bindparams(pid=broken[0])
            nodes[1].database.read_now(lambda tx: tx.execute(end))

    event.listen(nodes[0].database.engine, "before_cursor_execute", lose)
    found = nodes[0].database.read_now(verification.verify)

    assert broken
    assert (1, ()) == (found.entries, found.faults)


def test_what_was_answered_is_there_after_a_crash_of_the_server(tmp_path: Path) -> None:
    """Durable settings: it is killed while two nodes write, twice, and started again."""
    with _postgres.server(durable=True) as server:
        url = server.url(server.create())
        stores = [open_store(url, tmp_path / "dlpguard.key", tmp_path) for _ in range(2)]
        answered: list[str] = []
        refused: list[str] = []
        stop = threading.Event()

        def write(n: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                name = f"{n}-{number}"
                try:
                    do(stores[n % 2], audit.record, "ann", "show", name)
                    answered.append(name)
                except TemporaryError:
                    refused.append(name)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(2):
                stop.wait(1.0)
                server.stop(signal.SIGQUIT)
                server.start()
            stop.wait(1.0)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        query = select(schema.audit.c.subject).where(schema.audit.c.actor == "ann")
        found = stores[0].database.read_now(lambda tx: tx.execute(query).scalars().all())
        verified = stores[0].database.read_now(verification.verify)
        for store in stores:
            store.close()

    assert answered
    assert len(found) == len(set(found))  # none twice
    assert set(answered) <= set(found)
    assert set(found) <= {*answered, *refused}
    assert () == verified.faults


def test_a_database_that_stays_away_is_a_temporary_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlpguard.store._groups.PATIENCE", 0.3)
    with _postgres.server() as server:
        store = open_store(server.url(server.create()), tmp_path / "dlpguard.key", tmp_path)
        server.stop()
        with pytest.raises(TemporaryError):
            do(store, audit.record, "ann", "show", "m1")
        with pytest.raises(TemporaryError):
            count(store)
        server.start()
        do(store, audit.record, "ann", "show", "m2")

        assert 1 == count(store)
        store.close()


class TestKeys:
    """One key file for all nodes; two that are copies of each other must not grow apart."""

    def test_nodes_that_rotate_at_once_add_one_epoch(
        self, nodes: list[Store], clock: Clock
    ) -> None:
        clock.time += secrets.EPOCH_SECONDS + 1
        with ThreadPoolExecutor(NODES) as pool:
            assert 1 == sum(pool.map(epochs.rotate, nodes))

        assert {1, 2} == nodes[0].database.read_now(epochs.listed)

    def test_a_copy_of_the_key_file_adds_no_key_of_its_own(
        self, server: _postgres.Server, nodes: list[Store], tmp_path: Path, clock: Clock
    ) -> None:
        copied = tmp_path / "copied" / "dlpguard.key"
        copied.parent.mkdir()
        shutil.copy(tmp_path / "dlpguard.key", copied)
        url = nodes[0].database.engine.url.render_as_string(hide_password=False)
        other = open_store(url, copied, tmp_path, clock=clock)
        clock.time += secrets.EPOCH_SECONDS + 1
        assert epochs.rotate(nodes[0])

        with pytest.raises(ConfigurationError, match=r"made epoch 2.*share one key file"):
            epochs.rotate(other)
        assert {1} == set(other.keys.epochs)
        other.close()
        with pytest.raises(ConfigurationError, match="the key of epoch 2 is missing"):
            open_store(url, copied, tmp_path, clock=clock)

    def test_a_number_that_a_crash_left_claimed_is_used_later(
        self, nodes: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock.time += secrets.EPOCH_SECONDS + 1
        with monkeypatch.context() as patched:
            patched.setattr(secrets, "_epoch", _dies)
            with pytest.raises(RuntimeError, match="died"):
                epochs.rotate(nodes[0])

        assert not epochs.rotate(nodes[1])
        clock.time += epochs.CLAIM_SECONDS + 1
        assert epochs.rotate(nodes[1])


def _dies(_id: int, _now: float) -> None:
    raise RuntimeError("died")


class TestNodes:
    """The registry: who is dead."""

    def held_by(self, store: Store, name: str) -> str:
        id = Poster(store)()
        claimed = do(store, work.claim, State.RECEIVED, name, 1, 600.0)
        assert [id] == [c.id for c in claimed]
        return id

    def leased(self, store: Store, id: str) -> str | None:
        row = store.database.read_now(lambda tx: messages.get(tx, id))
        return str(row.lease_node) if row.lease_node else None

    def bury(self, store: Store) -> tuple[str, ...]:
        return store.database.write_now(presences.bury)

    def test_a_node_that_is_gone_loses_its_leases(self, nodes: list[Store], clock: Clock) -> None:
        gone = nodes[0].lock()
        nodes[0].database.write_now(partial(gone.beat, card=CARD))
        id = self.held_by(nodes[0], gone.name)
        gone.end()
        nodes[0]._presence.clear()

        assert () == self.bury(nodes[1])  # it may have lost its connection only
        clock.time += presences.DEAD_SECONDS + 1
        assert (gone.name,) == _soon(lambda: self.bury(nodes[1]))
        assert self.leased(nodes[1], id) is None
        assert () == self.bury(nodes[2])

    def test_a_node_that_has_its_lock_lives_however_silent(
        self, nodes: list[Store], clock: Clock
    ) -> None:
        silent = nodes[0].lock()
        nodes[0].database.write_now(partial(silent.beat, card=CARD))
        id = self.held_by(nodes[0], silent.name)
        clock.time += 10 * presences.DEAD_SECONDS

        assert () == self.bury(nodes[1])
        assert silent.name == self.leased(nodes[1], id)

    def test_a_lock_that_was_lost_is_taken_again(
        self, server: _postgres.Server, nodes: list[Store], clock: Clock
    ) -> None:
        present = nodes[0].lock()
        nodes[0].database.write_now(partial(present.beat, card=CARD))
        clock.time += 10 * presences.DEAD_SECONDS
        nodes[1].database.read_now(_end_all_locks)
        with pytest.raises(Exception, match=r"terminat|closed"):
            present.hold()
        present.hold()

        assert () == self.bury(nodes[1])

    def test_nobody_is_buried_for_the_silence_of_a_database_that_was_away(
        self, nodes: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """All locks were lost, all rows are old: who comes back first knows nothing of others."""
        other, first = nodes[0].lock(), nodes[1].lock()
        nodes[0].database.write_now(partial(other.beat, card=CARD))
        clock.time += 10 * presences.DEAD_SECONDS
        nodes[2].database.read_now(_end_all_locks)
        with pytest.raises(Exception, match=r"terminat|closed"):
            first.hold()
        first.hold()

        assert not first.is_steady()
        assert () == nodes[1].database.write_now(partial(presences.bury, is_steady=False))

        monkeypatch.setattr("dlpguard.store.presences.DEAD_SECONDS", 0.0)
        assert first.is_steady()
        assert (other.name,) == _soon(lambda: self.bury(nodes[1]))

    def test_a_process_of_this_machine_that_is_gone_is_dead_at_once(
        self, nodes: list[Store]
    ) -> None:
        machine = nodes[0].lock().name.rsplit("-", 2)[0]
        child = subprocess.Popen(["true"])
        child.wait()
        name = f"{machine}-{child.pid}-0000000a"
        do(nodes[0], _note, name)
        id = self.held_by(nodes[0], name)

        assert (name,) == self.bury(nodes[1])
        assert self.leased(nodes[1], id) is None

    def test_what_one_node_knows_of_the_next_hop_the_others_know(
        self, nodes: list[Store], clock: Clock
    ) -> None:
        first, second = nodes[0].lock(), nodes[1].lock()
        assert nodes[2].database.read_now(presences.next_hop) is None

        nodes[0].database.write_now(partial(first.beat, card=CARD))
        clock.time += 1
        nodes[1].database.write_now(partial(second.beat, card=presences.Card(("edge",))))

        assert CARD.next_hop == nodes[2].database.read_now(presences.next_hop)
        told = {n.name: n.roles for n in nodes[2].database.read_now(presences.present)}
        assert {first.name: CARD.roles, second.name: ("edge",)} == told

    def test_only_nodes_have_names_of_their_own(self, nodes: list[Store]) -> None:
        names = {node.lock().name for node in nodes}

        assert NODES == len(names)


def _note(tx: Transaction, name: str) -> None:
    now = tx.now()
    tx.execute(
        insert(schema.nodes).values(
            name=name, started_at=now, seen_at=now, version="0.1.0", roles="edge"
        )
    )


def _soon(look: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """What is found within seconds: a server ends a connection in its own time."""
    for _ in range(100):
        if found := look():
            return found
        time.sleep(0.05)
    return ()


def _end_all_locks(tx: Transaction) -> None:
    tx.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    )


def test_a_change_that_meets_another_every_time_gives_up_in_the_end(
    nodes: list[Store], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlpguard.store._groups.CONFLICT_SECONDS", 0.5)
    do(nodes[0], audit.record, "ann", "show", "m1")
    runs: list[int] = []

    def unlucky(tx: Transaction) -> None:
        runs.append(1)
        row = schema.installation.c.name == "key"
        tx.execute(select(schema.installation).where(row)).one()
        do(nodes[1], _touch)
        _touch(tx)

    with pytest.raises(TemporaryError):
        do(nodes[0], unlucky)

    assert 2 < len(runs) < 100


def _touch(tx: Transaction) -> None:
    tx.execute(
        update(schema.installation)
        .where(schema.installation.c.name == "key")
        .values(value=schema.installation.c.value)
    )


def test_a_commit_rings_where_others_work(nodes: list[Store]) -> None:
    heard: queue.SimpleQueue[State] = queue.SimpleQueue()
    here = Bells(nodes[0].database.engine, lambda _: None)
    there = Bells(nodes[1].database.engine, heard.put)
    try:
        time.sleep(0.5)  # until it listens; what was rung before is found by looking
        nodes[0].database.moved = here.ring
        Poster(nodes[0])()

        assert State.RECEIVED is heard.get(timeout=10)
        nodes[2].database.read_now(_end_all_listeners)
        time.sleep(3)  # it connects again
        Poster(nodes[0], 1)()

        assert State.RECEIVED is heard.get(timeout=10)
    finally:
        here.end()
        there.end()


def _end_all_listeners(tx: Transaction) -> None:
    tx.execute(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    )
