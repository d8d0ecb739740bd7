"""Each check: what it says when all is well, and what when something is not."""

from __future__ import annotations

import shutil
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select, text

from dlpguard import health
from dlpguard.errors import TemporaryError
from dlpguard.health import (
    Around,
    Level,
    approvers,
    chain,
    database,
    disk,
    keys,
    policies,
    probing,
    readiness,
    waiting,
    workers,
)
from dlpguard.health import clock as clock_check
from dlpguard.policy import Policies
from dlpguard.policy import load as load_policies
from dlpguard.runners import sandbox
from dlpguard.smtp.client import Target
from dlpguard.store import accounts, audit, batches, epochs, modes, schema
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests.health._lines import ALL_WELL, SHIPPED, levels, one, put_off
from tests.store._world import Clock, do
from tests.store.test_tallies import Relay


def test_a_new_installation_has_nothing_that_is_broken(store: Store) -> None:
    found = levels(health.look(store, Around(running=ALL_WELL)))
    people = found.pop("Approvers")
    found.pop("Nodes", None)  # on a shared database: none runs in this test

    assert Level.BROKEN is people  # nobody has an account yet
    assert Level.BROKEN not in found.values()
    assert Level.LOOK is found["Mode"]


def test_where_only_the_site_runs_it_says_what_is_not_known(store: Store) -> None:
    found = levels(health.look(store, Around(Target("hop.example", 25))))

    unknown = {about for about, level in found.items() if level is Level.UNKNOWN}
    assert {"Next hop", "Policies", "Approvers", "Reading of attachments"} <= unknown
    assert Level.FINE is found["Database"]


def test_every_line_that_is_not_fine_says_what_to_do(store: Store) -> None:
    said = (line for line in health.look(store, Around()) if line.level is Level.LOOK)

    assert all(line.advice for line in said)


def test_every_module_of_the_family_is_a_check() -> None:
    folder = Path(health.__file__).parent
    modules = {file.stem for file in folder.glob("[a-z]*.py")} - {"readiness", "probing"}
    listed = (*health.CHECKS.values(), *probing.PROBES.values())

    assert modules == {check.__module__.rpartition(".")[2] for check in listed}


def test_a_check_that_cannot_look_does_not_stop_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(store: Store, around: Around) -> None:
        raise TemporaryError("the database cannot be written now (SQLITE_FULL)")

    monkeypatch.setitem(health.CHECKS, "Keys", fails)
    found = health.look(store, Around())

    [line] = [line for line in found if line.about == "Keys"]
    assert (Level.BROKEN, True) == (line.level, "SQLITE_FULL" in line.said)
    assert "Clock" in levels(found)


# -- mail on its way ------------------------------------------------------------------------------


def test_mail_that_nobody_reads_is_noticed(relay: Relay) -> None:
    relay.post()
    assert Level.FINE is one(waiting.look, relay.store).level
    relay.later(waiting.SLOW_SECONDS + 1)
    found = one(waiting.look, relay.store)

    assert (Level.BROKEN, "1 message, the oldest for 5 minutes.") == (found.level, found.said)


def test_mail_that_the_next_hop_does_not_take_is_noticed(relay: Relay) -> None:
    put_off(relay)
    _, unsent, _ = waiting.look(relay.store, Around())
    relay.later(waiting.LATE_SECONDS + 1)
    _, later, _ = waiting.look(relay.store, Around())

    assert (Level.LOOK, Level.BROKEN) == (unsent.level, later.level)
    assert "The next try is in 10 minutes." in unsent.said


def test_mail_that_waits_for_people_is_no_fault(relay: Relay) -> None:
    relay.held()
    relay.later(3 * 86400)
    *_, people = waiting.look(relay.store, Around())

    said = "1 message for reviewers, the oldest for 3 days."
    assert (Level.FINE, said) == (people.level, people.said)


# -- policies and people --------------------------------------------------------------------------


def test_the_policies_in_force_are_told_with_since_when(store: Store, clock: Clock) -> None:
    shipped = load_policies(SHIPPED)
    do(store, audit.note_policies, shipped.digest, "25 policies")
    clock.time += 7200
    found = one(policies.look, store, Around(running=ALL_WELL))

    assert Level.FINE is found.level
    assert shipped.digest[: policies.SHOWN] in found.said
    assert "in force for 2 hours" in found.said


def test_that_another_set_is_in_force_elsewhere_is_noticed(store: Store) -> None:
    do(store, audit.note_policies, "0" * 64, "other policies")

    assert Level.LOOK is one(policies.look, store, Around(running=ALL_WELL)).level


def test_that_there_is_no_policy_is_noticed(store: Store) -> None:
    empty = replace(ALL_WELL, policies=Policies)

    assert Level.LOOK is one(policies.look, store, Around(running=empty)).level


def test_the_mode_is_that_which_somebody_switched_to(store: Store) -> None:
    around = Around(mode="enforce", running=ALL_WELL)
    _, before = policies.look(store, around)
    do(store, modes.set, "observe", "polly", "too much")
    _, after = policies.look(store, around)

    assert (Level.FINE, Level.LOOK) == (before.level, after.level)


@pytest.mark.parametrize(("number", "level"), [(1, "BROKEN"), (2, "LOOK"), (3, "FINE")])
def test_too_few_approvers_are_noticed(store: Store, number: int, level: str) -> None:
    for name in range(number):
        do(store, accounts.add, f"a{name}@council.example", "A", "x", ["approver"])
    do(store, accounts.add, "b@council.example", "B", "x", ["reviewer"])
    gone = schema.accounts.update().where(schema.accounts.c.name == "c@council.example")
    do(store, accounts.add, "c@council.example", "C", "x", ["approver"])
    store.database.write_now(lambda tx: tx.execute(gone.values(disabled=True)))

    assert level == one(approvers.look, store, Around(running=ALL_WELL)).level.name


@pytest.mark.parametrize(
    ("members", "level"),
    [
        ({}, "BROKEN"),
        ({"a": ["auditor"]}, "BROKEN"),
        ({"a": ["reviewer"]}, "LOOK"),
        ({"a": ["approver"], "b": ["approver"]}, "FINE"),
    ],
)
def test_a_group_without_people_who_may_decide_is_noticed(
    store: Store, members: dict[str, list[str]], level: str
) -> None:
    def join(tx: Transaction) -> None:
        for name, roles in members.items():
            accounts.add(tx, f"{name}@council.example", name, "x", roles)
        tx.execute(schema.accounts.update().values(groups="legal"))

    store.database.write_now(join)
    around = Around(running=ALL_WELL, groups=("legal",))
    _, found = approvers.look(store, around)

    assert ("Group legal", level) == (found.about, found.level.name)


# -- the machine ----------------------------------------------------------------------------------


def test_a_protection_that_is_missing_is_named(store: Store) -> None:
    without = replace(ALL_WELL, protections=lambda: ("rlimits", "no-new-privileges", "landlock"))
    found = one(workers.look, store, Around(running=without))

    assert Level.LOOK is found.level
    assert "seccomp" in found.said
    assert "limits on memory" not in found.said
    assert set(sandbox.PROTECTIONS) == set(workers.WORDS)


def test_that_no_worker_has_started_is_noticed(store: Store) -> None:
    none = replace(ALL_WELL, protections=lambda: ())

    assert Level.BROKEN is one(workers.look, store, Around(running=none)).level


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("total", "free", "level"),
    [
        (1 << 40, 1 << 39, "FINE"),
        (1 << 40, 1 << 35, "FINE"),  # a thirty-second part, and 32 GB
        (1 << 36, 1 << 31, "LOOK"),
        (1 << 31, 1 << 30, "FINE"),  # a small disk, half of it free
        (1 << 36, 1 << 28, "BROKEN"),
    ],
)
def test_a_disk_that_fills_is_noticed(
    store: Store, monkeypatch: pytest.MonkeyPatch, total: int, free: int, level: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free, free))

    [found] = disk.look(store, Around())

    assert level == found.level.name


def test_a_schema_of_another_version_is_told(store: Store) -> None:
    change = text("UPDATE alembic_version SET version_num = '0003'")
    store.database.write_now(lambda tx: tx.execute(change))
    found = one(database.look, store)

    assert (Level.BROKEN, "Stop dlpguard and run: dlpguard db upgrade") == (
        found.level,
        found.advice,
    )
    assert not readiness.look(store, Around()).ready


@pytest.mark.embedded
def test_a_log_that_is_never_emptied_is_noticed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOG_BYTES", 1)
    store.database.write_now(lambda tx: audit.record(tx, "a", "b", "c"))
    _, found = database.look(store, Around())

    assert Level.LOOK is found.level


def test_a_key_that_is_missing_is_told(store: Store) -> None:
    store.database.write_now(lambda tx: epochs.write_list(tx, {1, 2}))

    found = one(keys.look, store)

    assert (Level.BROKEN, True) == (found.level, "epoch 2 is missing" in found.said)


def test_a_key_that_is_not_renewed_is_noticed(store: Store, clock: Clock) -> None:
    fine = one(keys.look, store)
    clock.time += 8 * 86400 + 1
    late = one(keys.look, store)
    epochs.rotate(store)

    assert (Level.FINE, Level.LOOK) == (fine.level, late.level)
    assert Level.FINE is one(keys.look, store).level
    assert "2 keys" in one(keys.look, store).said


# -- the record -----------------------------------------------------------------------------------


def test_moves_that_nobody_seals_are_noticed(relay: Relay) -> None:
    relay.forwarded()
    assert Level.FINE is one(chain.look, relay.store).level
    relay.later(chain.UNSEALED_SECONDS + 1)
    assert Level.LOOK is one(chain.look, relay.store).level
    do(relay.store, batches.seal)

    found = one(chain.look, relay.store)
    assert (Level.FINE, "Sealed last now.") == (found.level, found.said)


def test_a_record_that_was_changed_is_told(store: Store) -> None:
    gone = schema.installation.delete().where(schema.installation.c.name == "audit")
    store.database.write_now(lambda tx: tx.execute(gone))
    without = one(chain.look, store)
    do(store, audit.record, "a", "b", "c")
    after = one(chain.look, store)

    assert (Level.BROKEN, Level.BROKEN) == (without.level, after.level)


def test_a_record_that_nobody_verifies_is_noticed(store: Store, clock: Clock) -> None:
    do(store, audit.record, "a", "b", "c")
    _, new = chain.look(store, Around())
    clock.time += chain.UNVERIFIED_SECONDS + 1
    _, old = chain.look(store, Around())
    do(store, audit.record, "audrey", chain.VERIFIED, "")
    _, verified = chain.look(store, Around())

    assert [Level.FINE, Level.LOOK, Level.FINE] == [new.level, old.level, verified.level]


@pytest.fixture
def one_clock(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """This machine and the database have the clock of the test."""
    monkeypatch.setattr(time, "time", clock)


@pytest.mark.usefixtures("one_clock")
def test_a_clock_that_was_ahead_is_noticed(relay: Relay) -> None:
    relay.post()
    relay.later(-3600)

    found = one(clock_check.look, relay.store)
    assert (Level.LOOK, True) == (found.level, "the clock was ahead" in found.said)


@pytest.mark.usefixtures("one_clock")
@pytest.mark.parametrize(("kept", "level"), [(True, "FINE"), (False, "LOOK"), (None, "UNKNOWN")])
def test_whether_the_clock_is_kept_right_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, kept: bool | None, level: str
) -> None:
    monkeypatch.setattr(clock_check, "_is_kept", lambda: kept)

    assert level == one(clock_check.look, store).level.name


def test_the_kernel_can_be_asked() -> None:
    assert clock_check._is_kept() in {True, False, None}


# -- ready ----------------------------------------------------------------------------------------


def test_what_is_ready_says_so(store: Store) -> None:
    found = readiness.look(store, Around(running=ALL_WELL))

    assert (True, "database: can be used") == (found.ready, found.said[0])
    assert found.said[1].endswith("in force")
    assert readiness.look(store, Around()).ready  # the site alone


def test_what_cannot_read_its_database_is_not_ready(store: Store) -> None:
    locked = sqlite3.OperationalError("disk I/O error: /secret/path")

    def fail(work: object) -> None:
        raise TemporaryError(f"the database cannot be written now ({type(locked).__name__})")

    class Broken:
        read_now = staticmethod(fail)

    broken = replace(store, database=Broken())  # type: ignore[arg-type]
    found = readiness.look(broken, Around())

    assert (False, ("database: cannot be used now",)) == (found.ready, found.said)


def test_looking_changes_nothing(relay: Relay) -> None:
    relay.held()

    def dump(tx: Transaction) -> list[object]:
        return [tx.execute(select(table)).all() for table in schema.metadata.sorted_tables]

    before = relay.store.database.read_now(dump)
    health.look(relay.store, Around(Target("hop.example", 25), running=ALL_WELL))

    assert before == relay.store.database.read_now(dump)
