"""Epoch keys: made, needed, sealed again, destroyed; and nothing lost whatever happens between."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dlpguard.errors import ConfigurationError, KeyDestroyedError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.store import (
    accounts,
    audit,
    bodies,
    casework,
    epochs,
    messages,
    modes,
    quarantine,
    schema,
    secrets,
    verdicts,
    work,
)
from dlpguard.store.choices import INSIDE
from dlpguard.store.database import Transaction
from dlpguard.store.guards import Step
from dlpguard.store.opening import Store, open_store
from dlpguard.store.secrets import Keyring
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Plan, Verdict
from tests.store._world import Clock, Poster, do, facts

HOUR, DAY = 3600.0, 86400.0
LARGE = b"From: ann\r\n\r\n" + b"a line of a large message\r\n" * 20_000


@pytest.fixture
def used(store: Store, post: Poster) -> Store:
    """A store with something sealed in every column that there is."""
    id = post()
    post(LARGE)
    do(store, work.claim, State.RECEIVED, "node", 1, 60.0)
    record = Record(facts(), Verdict(Action.QUARANTINE))
    do(store, verdicts.judge, id, 1, record, Plan(Event.HOLD), b"evidence")
    step = Step(Who.REVIEWER, "rita", "because")
    do(store, messages.move, id, Event.RELEASE, State.READY, step)
    do(store, modes.set, "enforce", "rita", "we are ready")
    do(store, audit.record, "rita", "release", id, "it is right")
    do(store, casework.comment, id, "rita", "she has asked them")
    do(store, quarantine.approve, id, 2, "rita", INSIDE)
    account = do(store, accounts.add, "rita@council.example", "Rita Reid", "hash", ["reviewer"])
    do(store, accounts.set_second_factor, account.id, "JBSWY3DPEHPK3PXP")
    return store


def sealed_values(tx: Transaction) -> list[tuple[str, bytes, bool]]:
    """Context and content of everything that is sealed, and whether it was sealed to last."""
    return [
        (column.context(row), row._mapping[column.column.name], column.lasts)
        for column in epochs.COLUMNS
        for row in tx.execute(select(column.table).where(column.column.is_not(None)))
    ]


def everything(store: Store, keys: Keyring | None = None) -> list[bytes]:
    """All that is sealed, opened."""
    keys = keys or store.keys
    return [
        (keys.open_lasting if lasts else keys.open)(sealed, context)
        for context, sealed, lasts in store.database.read_now(sealed_values)
    ]


def last_act(store: Store) -> tuple[str, str, str, str]:
    """Who did what with what, and said what, last."""
    entry = store.database.read_now(lambda tx: list(audit.entries(tx)))[-1]
    return entry.actor, entry.act, entry.subject, entry.detail


def test_every_column_that_says_it_is_sealed_is_known() -> None:
    said = {
        column
        for table in schema.metadata.tables.values()
        for column in table.columns
        if (column.comment or "").startswith("sealed") or column.name == "wrapped_key"
    }

    assert said == {known.column for known in epochs.COLUMNS}


def test_every_column_has_something_in_the_store_of_these_tests(used: Store) -> None:
    filled = {context.partition(":")[0] for context, _, _ in used.database.read_now(sealed_values)}

    assert {
        *("envelope", "trace", "address", "dsn", "verdict", "reason", "mode", "audit", "body"),
        *("line", "comment", "choice", "totp"),
    } == filled


def test_the_overview_says_when_each_was_used_and_what_needs_it(used: Store, clock: Clock) -> None:
    clock.time += DAY
    epochs.rotate(used, "rita", force=True)
    do(used, audit.record, "rita", "show", "m", "seen")
    old, new = used.database.read_now(epochs.overview)

    assert (1, clock.time - DAY, clock.time) == (old.id, old.created, old.superseded)
    assert (2, clock.time, None) == (new.id, new.created, new.superseded)
    assert (2, 2, 4, 1) == tuple(
        old.needed[k] for k in ("contents", "envelopes", "recipients", "audit entries")
    )
    assert {"audit entries": 1} == new.needed


def test_a_new_epoch_is_made_after_a_week_and_told_in_the_audit(used: Store, clock: Clock) -> None:
    clock.time += secrets.EPOCH_SECONDS - 1
    assert not epochs.rotate(used)
    clock.time += 1
    assert epochs.rotate(used)

    assert ("dlpguard", "rotate", "epoch 2", "") == last_act(used)
    assert {1, 2} == used.database.read_now(epochs.listed)


def test_what_is_still_kept_is_sealed_again_before_a_key_goes(
    used: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epochs, "BATCH", 2)
    before = everything(used)
    epochs.rotate(used, force=True)
    clock.time += 2 * HOUR
    count = epochs.destroy(used, 1, "rita", "a laptop was lost")

    assert len(before) == count
    assert before == everything(used)[: len(before)]
    assert {2} == {secrets.epoch_of(s) for _, s, _ in used.database.read_now(sealed_values)}
    assert b'"id": 1' not in used.keys.file.read_bytes()
    assert ("rita", "destroy", "epoch 1", "a laptop was lost") == last_act(used)


def test_contents_of_both_sizes_are_read_after_their_key_was_sealed_again(
    used: Store, clock: Clock
) -> None:
    epochs.rotate(used, force=True)
    clock.time += 2 * HOUR
    epochs.destroy(used, 1)
    ids = used.database.read_now(
        lambda tx: tx.execute(select(schema.messages.c.id)).scalars().all()
    )
    contents = [do(used, bodies.find, id).read(used.keys, used.shelf) for id in ids]

    assert LARGE in contents
    assert b"evidence" == used.database.read_now(lambda tx: bodies.read_evidence(tx, ids[0]))


def test_the_key_in_use_and_one_used_a_moment_ago_are_not_destroyed(
    used: Store, clock: Clock
) -> None:
    with pytest.raises(ConfigurationError, match="epoch 1 is in use"):
        epochs.destroy(used, 1)
    epochs.rotate(used, force=True)
    clock.time += HOUR - 60
    with pytest.raises(ConfigurationError, match="in 1 minutes"):
        epochs.destroy(used, 1)
    with pytest.raises(ConfigurationError, match="there is no epoch 7"):
        epochs.destroy(used, 7)

    assert {1, 2} == set(used.keys.epochs)


def test_a_damaged_field_is_counted_and_does_not_keep_a_key_alive(
    used: Store, clock: Clock
) -> None:
    epochs.rotate(used, force=True)
    clock.time += 2 * HOUR
    verdict = schema.verdicts
    do(used, lambda tx: tx.execute(update(verdict).values(record=secrets.mark(1) + bytes(40))))
    assert {"verdicts": 1} == used.database.read_now(epochs.unopenable)
    epochs.destroy(used, 1)

    assert ("dlpguard", "destroy", "epoch 1", "1 damaged fields lost") == last_act(used)


def test_keys_outlive_their_use_as_long_as_the_longest_that_goes_by_itself(
    used: Store, clock: Clock
) -> None:
    for _ in range(6):
        clock.time += 7 * DAY
        epochs.rotate(used)
        epochs.destroy_old(used)
    assert {2, 3, 4, 5, 6, 7} == set(used.keys.epochs), "epoch 1 was used until five weeks ago"
    assert everything(used)


def test_another_process_seals_under_the_new_key_within_a_second(
    used: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = secrets.load(used.keys.file)
    epochs.rotate(used, force=True)
    assert 1 == other.current, "it has looked a moment ago"
    monkeypatch.setattr(secrets, "LOOK_SECONDS", 0.0)

    assert 2 == secrets.epoch_of(other.seal(b"x", "y"))
    clock.time += 2 * HOUR
    epochs.destroy(used, 1)
    other.seal(b"x", "y")
    assert {2} == set(other.epochs), "nor does it keep a key that was destroyed"


def test_a_key_file_that_is_gone_for_a_while_stops_no_mail(
    used: Store, post: Poster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "LOOK_SECONDS", 0.0)
    used.keys.file.rename(used.keys.file.with_name("away"))

    assert post()


@pytest.mark.embedded
def test_an_old_copy_of_the_database_is_noise_to_the_keys_of_today(
    used: Store, clock: Clock, tmp_path: Path
) -> None:
    used.database.truncate_log()
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(tmp_path / "dlpguard.db", copy)
    for _ in range(7):
        clock.time += 7 * DAY
        epochs.rotate(used)
    assert 1 in epochs.destroy_old(used)
    with pytest.raises(ConfigurationError, match="the key of epoch 1 is missing"):
        open_store("sqlite:///dlpguard.db", used.keys.file, copy, clock=clock)
    old = open_store(
        "sqlite:///dlpguard.db", used.keys.file, copy, clock=clock, with_all_keys=False
    )
    try:
        values = old.database.read_now(sealed_values)
    finally:
        old.close()

    assert len(values) > 10
    for context, sealed, lasts in values:
        with pytest.raises(KeyDestroyedError):
            (old.keys.open_lasting if lasts else old.keys.open)(sealed, context)


def test_the_key_is_overwritten_where_it_stood(used: Store, clock: Clock) -> None:
    values = json.loads(used.keys.file.read_text("ascii"))
    key = values["epochs"][0]["key"].encode()
    epochs.rotate(used, force=True)
    clock.time += 2 * HOUR
    with used.keys.file.open("rb") as old:
        assert key in old.read()
        epochs.destroy(used, 1)
        old.seek(0)
        assert not old.read().strip(b"\0")


@pytest.mark.embedded
def test_a_database_restored_from_a_copy_goes_on_without_the_keys_that_are_gone(
    used: Store, clock: Clock, tmp_path: Path
) -> None:
    """Whoever restores is told first, and says so; what can be opened is there."""
    for _ in range(2):
        epochs.rotate(used, force=True)
        clock.time += 2 * HOUR
    secrets.destroy(used.keys, 2)
    used.close()
    with pytest.raises(ConfigurationError, match="dlpguard keys destroy 2"):
        open_store("sqlite:///dlpguard.db", used.keys.file, tmp_path, clock=clock)
    repaired = open_store(
        "sqlite:///dlpguard.db", used.keys.file, tmp_path, clock=clock, with_all_keys=False
    )
    assert 0 == epochs.destroy(repaired, 2, "rita", "restored from Monday's copy")
    repaired.close()
    again = open_store("sqlite:///dlpguard.db", used.keys.file, tmp_path, clock=clock)
    opened = everything(again)
    again.close()

    assert len(opened) > 10


CHANGE = """
import sys
from pathlib import Path
from dlpguard import faults
from dlpguard.store import secrets
faults.arm()
keys = secrets.load(Path(sys.argv[1]))
secrets.destroy(keys, 1) if sys.argv[2] == "destroy" else secrets.rotate(keys, 0.0, force=True)
"""

STEPS = """
import os, signal, sys
left = int(sys.argv[3])
def counted(call):
    def step(*args, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **named)
    return step
for name in ("open", "fsync", "replace", "unlink", "write", "chown", "rename"):
    setattr(os, name, counted(getattr(os, name)))
"""


@pytest.mark.parametrize("what", ["rotate", "destroy"])
def test_a_power_cut_at_any_step_leaves_the_old_key_file_or_the_new_one(
    tmp_path: Path, what: str
) -> None:
    keys = secrets.create(tmp_path / "k", 0.0)
    secrets.rotate(keys, 0.0, force=True)
    old = keys.file.read_bytes()
    new_ids = {1, 2, 3} if what == "rotate" else {2}
    seen = set()
    for step in range(40):
        keys.file.write_bytes(old)
        done = subprocess.run(
            [sys.executable, "-c", STEPS + CHANGE, str(keys.file), what, str(step)], check=False
        )
        found = secrets.load(keys.file)
        seen.add(frozenset(found.epochs))
        assert set(found.epochs) in ({1, 2}, new_ids)
        assert found.digest_key == keys.digest_key
        assert keys.epochs[2] == found.epochs[2]
        assert secrets.rotate(found, 0.0, force=True), "what is left does not stop the next"
        if done.returncode == 0:
            break

    assert 0 == done.returncode, "every step was reached"
    assert {frozenset({1, 2}), frozenset(new_ids)} == seen
    assert not keys.file.with_name("k.new").exists()


@pytest.mark.parametrize("point", ["key-written", "key-rotated"])
def test_a_rotation_that_a_crash_interrupted_is_finished_at_the_next_start(
    used: Store, point: str
) -> None:
    subprocess.run(
        [sys.executable, "-c", CHANGE, str(used.keys.file), "rotate"],
        env={**os.environ, "DLPGUARD_FAULT": point},
        check=False,
    )
    used.keys.refresh()
    used.lock()

    assert set(used.keys.epochs) == used.database.read_now(epochs.listed)
    assert everything(used)


def test_a_destruction_that_a_crash_interrupted_is_finished_at_the_next_start(
    used: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs.rotate(used, force=True)
    clock.time += 2 * HOUR
    with monkeypatch.context() as crash:
        crash.setattr(secrets, "destroy", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            epochs.destroy(used, 1)
    assert {1, 2} == set(used.keys.epochs)
    used.lock()

    assert {2} == set(used.keys.epochs) == used.database.read_now(epochs.listed)


@pytest.mark.parametrize("value", [b"", b"\x91\x02", b"\x92\x91\x02\xc4\x20" + bytes(32)])
def test_who_can_write_the_database_cannot_have_its_keys_destroyed(
    used: Store, value: bytes
) -> None:
    epochs.rotate(used, force=True)
    row = schema.installation
    forged = update(row).where(row.c.name == "epochs").values(value=value)
    do(used, lambda tx: tx.execute(forged))
    used.lock()

    assert {1, 2} == set(used.keys.epochs) == used.database.read_now(epochs.listed)


def test_keys_of_two_that_rotate_at_once_are_all_kept(used: Store) -> None:
    others = [secrets.load(used.keys.file) for _ in range(3)]
    for other in others:
        assert secrets.rotate(other, 0.0, force=True)
    used.keys.refresh()

    assert {1, 2, 3, 4} == set(used.keys.epochs)
    assert len({base64.b64encode(k) for k in used.keys.epochs.values()}) == 4
