"""Whatever is done to the audit or to sealed moves behind its back is named."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, delete, insert, select, update

from dlpguard.lifecycle import Event, State, Who
from dlpguard.store import audit, batches, epochs, messages, schema, secrets, verification, work
from dlpguard.store.audit import Head
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store, open_store
from dlpguard.store.verification import Report
from tests.store._world import Clock, Poster, do

LAST = 6
"""The number of the last entry of the store below."""

Tampering = Callable[[Transaction], object]


def written(store: Store, clock: Clock) -> Store:
    """Entries 1 to 6: three acts, a batch of moves, two acts; then a move that is in no batch."""
    post = Poster(store)
    do(store, audit.record, "rita", "show", "m1")
    do(store, audit.record, "rita", "release", "m1", "Ann said it is right")
    clock.time += 60
    do(store, audit.record, "sam", "return", "m2", "no")
    id = post()
    do(store, work.claim, State.RECEIVED, "node", 1, 60.0)
    step = Step(Who.INSPECTOR, actor="rita", reason="because", fence=1)
    do(store, messages.move, id, Event.HOLD, State.QUARANTINED, step)
    assert do(store, batches.seal) == 2
    clock.time += 60
    do(store, audit.record, "sam", "show", "m3")
    do(store, audit.record, "sam", "show", "m4", "x")
    post()
    return store


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all tests that undo what they do."""
    folder, clock = tmp_path_factory.mktemp("full"), Clock()
    opened = open_store("sqlite:///dlpguard.db", folder / "dlpguard.key", folder, clock=clock)
    yield written(opened, clock)
    opened.close()


@pytest.fixture
def own(store: Store, clock: Clock) -> Store:
    """One for a test that leaves changes."""
    return written(store, clock)


def report(store: Store, *checkpoints: Head) -> Report:
    return store.database.read_now(lambda tx: verification.verify(tx, checkpoints))


class _Undo(Exception):
    pass


def after(store: Store, tamper: Tampering) -> Report:
    """What is found after somebody has changed something, which is then undone."""
    found = []

    def work(tx: Transaction) -> None:
        tamper(tx)
        found.append(verification.verify(tx))
        raise _Undo

    with pytest.raises(_Undo):
        store.database.write_now(work)
    return found[0]


def first(store: Store, tamper: Tampering) -> int:
    """The entry that is named."""
    faults = after(store, tamper).faults
    assert faults, "nothing was noticed"
    return faults[0].entry


def flipped(value: Any) -> Iterator[object]:
    """A value with each of its bytes changed, the lowest bit and the highest."""
    if isinstance(value, int):
        yield from (value ^ 8, value ^ (1 << 20))
        return
    if isinstance(value, float):
        yield from (struct.unpack("<d", new)[0] for new in changed(struct.pack("<d", value)))
        return
    content = value if isinstance(value, bytes) else value.encode()
    yield from changed(content)


def changed(content: bytes) -> Iterator[bytes]:
    for place in range(len(content)):
        for bit in (1, 0x80):
            yield content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]


def every_flip(store: Store, table: str, id: int, column: str) -> Iterator[Tampering]:
    """Each change of a byte of one column of one row, as SQLite would read it then."""
    query = f"SELECT {column} FROM {table} WHERE id = {id}"
    value = store.database.read_now(lambda tx: tx.connection.exec_driver_sql(query).scalar())
    if value is None:
        return
    how = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
    statement = f"UPDATE {table} SET {column} = {how} WHERE id = {id}"
    for new in flipped(value):
        if new == new:  # a time may become "not a number", which SQLite stores as NULL
            yield partial(_run, statement=statement, value=new)


def _run(tx: Transaction, statement: str, value: object) -> None:
    tx.connection.exec_driver_sql(statement, (value,))


def changing(statement: Executable) -> Tampering:
    """A statement as somebody's change."""
    return lambda tx: tx.execute(statement)


def test_what_was_written_is_whole(full: Store) -> None:
    found = report(full)

    assert () == found.faults
    assert (LAST, 1, LAST) == (found.entries, found.first, found.last)
    assert 120.0 == found.until - found.since
    assert (2, 1) == (found.moves, found.unsealed)


def test_an_empty_audit_is_whole(store: Store) -> None:
    found = report(store)

    assert ((), 0, 0) == (found.faults, found.entries, found.last)


@pytest.mark.parametrize("entry", [2, 4])
@pytest.mark.parametrize("column", [c.name for c in schema.audit.c])
def test_a_changed_byte_of_an_entry_is_named(full: Store, entry: int, column: str) -> None:
    flips = list(every_flip(full, "audit", entry, column))
    named = {first(full, flip) for flip in flips}

    assert bool(flips) == (
        column not in {2: {"seals", "last_seal"}, 4: {"detail", "last_seal"}}[entry]
    )
    assert named <= {entry}


@pytest.mark.parametrize("column", [c.name for c in schema.moves.c if c.name != "message_id"])
@pytest.mark.parametrize("move", [1, 2])
def test_a_changed_byte_of_a_sealed_move_is_named(full: Store, move: int, column: str) -> None:
    named = {first(full, flip) for flip in every_flip(full, "moves", move, column)}

    assert named <= {4}
    assert named or (move, column) in {(1, "source"), (1, "reason"), (1, "actor")}


def test_a_sealed_move_of_another_message_is_named(full: Store) -> None:
    ids = full.database.read_now(
        lambda tx: tx.execute(select(schema.messages.c.id)).scalars().all()
    )
    moved = update(schema.moves).where(schema.moves.c.id == 2).values(message_id=ids[1])

    assert 4 == first(full, changing(moved))


@pytest.mark.parametrize("column", ["actor", "detail", "seals", "mac"])
def test_what_is_emptied_is_named(full: Store, column: str) -> None:
    for entry in (2, 4):
        value = "" if column == "actor" else None
        emptied = update(schema.audit).where(schema.audit.c.id == entry).values({column: value})
        if (entry, column) not in {(2, "seals"), (4, "detail")}:
            assert entry == first(full, changing(emptied))


@pytest.mark.parametrize("entry", range(1, LAST + 1))
def test_a_deleted_entry_is_named(full: Store, entry: int) -> None:
    gone = delete(schema.audit).where(schema.audit.c.id == entry)

    assert entry == first(full, changing(gone))


@pytest.mark.parametrize("beginning", range(1, LAST + 1))
def test_a_tail_that_was_cut_off_is_named(full: Store, beginning: int) -> None:
    gone = delete(schema.audit).where(schema.audit.c.id >= beginning)

    assert beginning == first(full, changing(gone))


def test_a_beginning_that_was_cut_off_is_named(full: Store) -> None:
    gone = delete(schema.audit).where(schema.audit.c.id <= 2)

    assert "1 to 2 are missing" == told(after(full, changing(gone)))


def told(found: Report) -> str:
    fault = found.faults[0]
    return f"{fault.entry} {fault.what}"


@pytest.mark.parametrize("number", [0, -5, 7, 99])
def test_an_entry_that_somebody_added_is_named(full: Store, number: int) -> None:
    values = {"id": number, "acted_at": 0.0, "actor": "eve", "act": "show", "subject": "m1"}

    # 7 is the number that ours would have had; 99 leaves a gap that begins there.
    assert (7 if number > 0 else number) == first(
        full, lambda tx: tx.execute(insert(schema.audit).values(values))
    )


def test_two_entries_that_were_swapped_are_named(full: Store) -> None:
    def swap(tx: Transaction) -> None:
        for old, new in ((5, -1), (6, 5), (-1, 6)):
            table = schema.audit
            tx.execute(update(table).where(table.c.id == old).values(id=new))

    assert 5 == first(full, swap)


def test_a_copy_of_an_entry_in_the_place_of_another_is_named(full: Store) -> None:
    def copy(tx: Transaction) -> None:
        table = schema.audit
        row = dict(tx.execute(select(table).where(table.c.id == 1)).one()._mapping)
        tx.execute(update(table).where(table.c.id == 5).values(row | {"id": 5}))

    assert 5 == first(full, copy)


@pytest.mark.parametrize("move", [1, 2])
def test_a_deleted_move_is_named(full: Store, move: int) -> None:
    gone = delete(schema.moves).where(schema.moves.c.id == move)

    assert "4 seals 2 moves, and there are 1" == told(after(full, changing(gone)))


def test_a_move_that_was_added_to_a_batch_is_named(full: Store) -> None:
    added = update(schema.moves).values(sealed_in=4)

    assert "4 seals 2 moves, and there are 3" == told(after(full, changing(added)))


def test_a_move_that_was_taken_out_of_its_batch_is_named(full: Store) -> None:
    out = update(schema.moves).where(schema.moves.c.id == 1).values(sealed_in=None)

    assert 4 == first(full, changing(out))


def test_every_byte_of_the_head_counts(full: Store) -> None:
    head = schema.installation
    query = select(head.c.value).where(head.c.name == "audit")
    value = full.database.read_now(lambda tx: tx.execute(query).scalar_one())

    for new in changed(value):
        wrong = update(head).where(head.c.name == "audit").values(value=new)
        assert first(full, changing(wrong)) in {LAST, LAST + 1}


def test_a_tail_that_was_cut_off_with_the_head_is_told_for_good(full: Store) -> None:
    def cut(tx: Transaction) -> None:
        tx.execute(delete(schema.audit).where(schema.audit.c.id >= 5))
        tx.execute(delete(schema.installation).where(schema.installation.c.name == "audit"))
        audit.record(tx, "eve", "show", "m9")

    assert "5 says that the head was found changed" == told(after(full, cut))


def test_decisions_go_on_when_the_head_was_changed_and_when_rows_were_added(own: Store) -> None:
    def work(tx: Transaction) -> int:
        value = {"id": 9, "acted_at": 0.0, "actor": "eve", "act": "show", "subject": "m1"}
        tx.execute(insert(schema.audit).values(value))
        return audit.record(tx, "rita", "show", "m1")

    assert 10 == do(own, work)
    assert {7} <= {fault.entry for fault in report(own).faults}


@pytest.mark.embedded
def test_an_older_copy_is_whole_and_only_a_checkpoint_knows_better(
    own: Store, tmp_path: Path, clock: Clock
) -> None:
    own.database.truncate_log()
    shutil.copytree(tmp_path, tmp_path / "copy", ignore=shutil.ignore_patterns("copy"))
    do(own, audit.record, "rita", "show", "m5")
    now = own.database.read_now(audit.head)
    assert now
    copy = open_store("sqlite:///dlpguard.db", own.keys.file, tmp_path / "copy", clock=clock)
    try:
        old = report(copy)
        compared = report(copy, now)
        do(copy, audit.record, "eve", "show", "m6")
        diverged = report(copy, now)
    finally:
        copy.close()

    assert () == old.faults
    assert "7 is missing (checkpoint)" == told(compared)
    assert "7 is not the one of the checkpoint" == told(diverged)
    assert () == report(own, now).faults


def test_an_audit_that_was_written_anew_with_the_keys_is_found_by_a_checkpoint(
    own: Store,
) -> None:
    before = own.database.read_now(audit.head)
    assert before

    def forge(tx: Transaction) -> None:
        tx.execute(delete(schema.audit))
        tx.execute(update(schema.moves).values(sealed_in=None))
        audit.begin(tx)
        for number in range(LAST + 1):
            audit.record(tx, "rita", "show", f"m{number}")

    do(own, forge)
    assert () == report(own).faults
    assert "6 is not the one of the checkpoint" == told(report(own, before))


def test_a_database_in_which_a_text_is_no_text_any_more_is_still_looked_at(full: Store) -> None:
    def spoil(tx: Transaction) -> None:
        tx.connection.exec_driver_sql("UPDATE audit SET actor = CAST(x'ff' AS TEXT) WHERE id = 3")

    found = after(full, spoil)
    assert "3 cannot be read" == told(found)
    assert LAST == found.entries


def test_verifying_needs_no_epoch_that_was_destroyed(own: Store, clock: Clock) -> None:
    epochs.rotate(own, force=True)
    clock.time += epochs.UNUSED_SECONDS + 1
    sealed = epochs.destroy(own, 1)

    assert sealed > 2
    assert () == report(own).faults
    assert {2} == set(own.keys.epochs)
    said = {e.detail for e in own.database.read_now(lambda tx: list(audit.entries(tx)))}
    assert {"Ann said it is right", "no", "x"} <= said


def test_an_entry_that_names_a_destroyed_key_is_named(full: Store) -> None:
    row = select(schema.audit.c.detail).where(schema.audit.c.id == 2)
    value = full.database.read_now(lambda tx: tx.execute(row).scalar_one())
    other = update(schema.audit).where(schema.audit.c.id == 2)
    other = other.values(detail=secrets.mark(9) + value[4:])

    assert "names a key that is not in the key file" in told(after(full, changing(other)))
