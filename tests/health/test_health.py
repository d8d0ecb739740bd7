"""Each check: what it says when all is well, and what when something is not."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import ssl
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, text

from dlpguard import health
from dlpguard.errors import TemporaryError
from dlpguard.health import (
    Around,
    Certificate,
    Level,
    Line,
    Running,
    approvers,
    certificates,
    chain,
    database,
    disk,
    keys,
    next_hop,
    nodes,
    policies,
    probing,
    readiness,
    waiting,
    workers,
)
from dlpguard.health import clock as clock_check
from dlpguard.lifecycle import Outcome, State
from dlpguard.policy import Policies
from dlpguard.policy import load as load_policies
from dlpguard.runners import sandbox
from dlpguard.smtp.client import Pool, Target, Timeouts
from dlpguard.store import accounts, audit, batches, deliveries, epochs, modes, schema, work
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests import _stores
from tests.health._machine import certificate, hop
from tests.smtp._clients import authority
from tests.smtp.conftest import DROP, HANG
from tests.store._world import Clock, do
from tests.store.test_tallies import Relay

SHIPPED = Path(__file__).parents[2] / "policies"
ALL_WELL = Running(
    lambda: load_policies(SHIPPED), lambda: sandbox.PROTECTIONS, lambda: Pool(Target("hop", 25))
)


def levels(lines: tuple[Line, ...]) -> dict[str, Level]:
    return {line.about: line.level for line in lines}


def one(check: health.Check, store: Store, around: Around | None = None) -> Line:
    """The first line of a check."""
    return next(iter(check(store, around or Around())))


def put_off(relay: Relay, reply: str = "451 4.7.1") -> str:
    """A message that the next hop did not take now."""
    id = relay.forwarded_later()
    answers = [deliveries.Answer(0, Outcome.PENDING, reply)]
    do(relay.store, deliveries.answer, id, answers)
    fence = relay._claim(id, State.READY)
    do(relay.store, lambda tx: work.give_back(tx, id, fence, wait=600.0, tried=True))
    return id


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


# -- the next hop ---------------------------------------------------------------------------------


def test_the_last_delivery_is_told(relay: Relay) -> None:
    id = relay.forwarded_later()
    fence = relay._claim(id, State.READY)
    attempt = partial(deliveries.open_attempt, id=id, node="n", fence=fence, positions=[0])
    relay.store.database.write_now(partial(attempt, with_dot=True))
    do(relay.store, deliveries.answer, id, [deliveries.Answer(0, Outcome.DELIVERED, "250")])
    relay.later(180)
    around = Around(Target("hop.example", 25), running=ALL_WELL)

    found = one(next_hop.look, relay.store, around)

    assert Level.FINE is found.level
    assert "hop.example, port 25, with TLS" in found.said
    assert "delivered last 3 minutes ago" in found.said


def test_what_it_says_of_mail_that_waits_is_told_in_words(relay: Relay) -> None:
    put_off(relay, "451 4.7.1")
    _, answers = next_hop.look(relay.store, Around())

    assert Level.LOOK is answers.level
    assert "“451 4.7.1” (not now, for reasons of security or policy)" in answers.said


def test_refusals_that_mean_a_wrong_setup_are_explained(relay: Relay) -> None:
    for reply in ("550 5.7.64", "550 5.1.1"):
        id = relay.forwarded_later()
        fence = relay._claim(id, State.READY)
        attempt = partial(deliveries.open_attempt, id=id, node="n", fence=fence, positions=[0])
        relay.store.database.write_now(partial(attempt, with_dot=False))
        do(relay.store, deliveries.answer, id, [deliveries.Answer(0, Outcome.BOUNCED, reply)])
    lines = next_hop.look(relay.store, Around())
    [found] = [line for line in lines if line.about == "Refusals of the next hop"]

    assert Level.BROKEN is found.level
    assert "1 recipient lately with “550 5.7.64”" in found.said
    assert "connector" in found.advice


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("452 4.2.2", "not now, about a mailbox"),
        ("554", "never"),
        ("550 5.9.9", "never"),
        ("x 1.2", "nothing that is known"),
    ],
)
def test_a_reply_has_a_meaning(reply: str, words: str) -> None:
    assert f"“{reply}” ({words})" == next_hop.in_words(reply)


def test_that_it_cannot_be_reached_is_told_with_why(store: Store) -> None:
    target = Target("127.0.0.1", 1, tls="none")
    pool = Pool(target)
    around = Around(target, running=replace(ALL_WELL, pool=lambda: pool))

    async def fail() -> None:
        async with pool.session():
            raise AssertionError

    with pytest.raises(TemporaryError):
        asyncio.run(fail())
    found = one(next_hop.look, store, around)

    assert Level.BROKEN is found.level
    assert "could not be reached now: cannot connect" in found.said


def test_that_it_could_not_be_reached_is_forgotten_when_it_can() -> None:
    async def connect(port: int) -> list[tuple[float, str] | None]:
        pool = Pool(Target("127.0.0.1", port, tls="none"))
        with pytest.raises(TemporaryError):
            async with pool.session():
                raise AssertionError
        before = pool.trouble()
        async with pool.session():
            pass
        await pool.close()
        return [before, pool.trouble()]

    with hop({"connect": [b"421 4.3.2 busy\r\n"]}) as there:
        before, after = asyncio.run(connect(there.port))

    assert before is not None
    assert "answered 421" in before[1]
    assert after is None


def test_trying_it_connects_and_sends_nothing(store: Store) -> None:
    with hop() as there:
        trial = next_hop.try_now(Target("127.0.0.1", there.port, tls="none"))

    assert trial.reached, trial.said
    assert trial.said.startswith("without TLS")
    assert ["EHLO", "QUIT"] == [command.partition(" ")[0] for command in there.commands]


def test_trying_it_goes_under_tls(store: Store, tmp_path: Path) -> None:
    file = certificate(tmp_path / "hop.pem", 0, 2**32, "hop.example")
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(file, file.with_suffix(".key"))
    with hop(tls=theirs) as there:
        target = Target(
            *("127.0.0.1", there.port), server_name="hop.example", authorities=str(file)
        )
        good = next_hop.try_now(target)
        bad = next_hop.try_now(replace(target, server_name="other.example"))

    assert (True, True) == (good.reached, good.said.startswith("with TLS"))
    assert (False, True) == (bad.reached, "certificate" in bad.said)


@pytest.mark.parametrize(
    ("answer", "said"),
    [(DROP, "lost"), (b"554 5.7.1 go away\r\n", "answered 554"), (HANG, "timed out")],
)
def test_trying_one_that_does_not_answer_says_why(
    answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(next_hop, "STEP_SECONDS", 0.3)
    with hop({"connect": [answer]}) as there:
        trial = next_hop.try_now(Target("127.0.0.1", there.port, tls="none"))

    assert (False, True) == (trial.reached, said in trial.said)


def test_trying_is_over_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_hop, "TRY_SECONDS", 0.3)
    with hop({"connect": [HANG]}) as there:
        trial = next_hop.try_now(Target("127.0.0.1", there.port, tls="none"))

    assert (False, True) == (trial.reached, "no answer" in trial.said)


def test_the_time_limits_are_those_of_a_conversation_without_mail() -> None:
    first = list(Timeouts.__dataclass_fields__)[:5]

    assert ["connect", "tls", "greeting", "hello", "auth"] == first


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    target = Target("127.0.0.1", 1, certificate=str(tmp_path / "none.pem"))

    trial = next_hop.try_now(target)

    assert (False, True) == (trial.reached, "certificate" in trial.said)


def test_the_last_try_is_kept(store: Store, clock: Clock) -> None:
    next_hop.record(store, "max", next_hop.Trial(False, "timed out (EHLO)"))
    *_, failed = next_hop.look(store, Around())
    next_hop.record(store, "max", next_hop.Trial(True, "with TLS, in 0.1 seconds"))
    clock.time += 120
    *_, worked = next_hop.look(store, Around())

    assert (Level.BROKEN, Level.FINE) == (failed.level, worked.level)
    assert "Tried by hand 2 minutes ago: reached: with TLS" in worked.said


# -- nodes ----------------------------------------------------------------------------------------

ALL_ROLES = ("edge", "inspect", "deliver", "web")


@pytest.mark.skipif(not _stores.EMBEDDED, reason="about an embedded database")
def test_an_embedded_database_has_no_nodes_to_speak_of(store: Store) -> None:
    assert [] == list(nodes.look(store, Around()))


@pytest.mark.skipif(_stores.EMBEDDED, reason="about a shared database")
@pytest.mark.parametrize(
    ("roles", "level", "said"),
    [
        ((), "BROKEN", "No node runs"),
        ((ALL_ROLES,), "FINE", "1 node: 1 edge, 1 inspect, 1 deliver, 1 web."),
        ((("edge",), ("inspect", "web")), "BROKEN", "None does deliver (passes it on)."),
        ((ALL_ROLES, ("edge",)), "FINE", "Only one has inspect, deliver"),
    ],
)
def test_what_no_node_does_is_noticed(
    store: Store, clock: Clock, roles: tuple[tuple[str, ...], ...], level: str, said: str
) -> None:
    for number, each in enumerate(roles):
        _node(store, clock, f"n{number}", each)
    found = one(nodes.look, store)

    assert level == found.level.name
    assert said in found.said


@pytest.mark.skipif(_stores.EMBEDDED, reason="about a shared database")
def test_a_node_that_is_silent_or_of_another_version_is_noticed(store: Store, clock: Clock) -> None:
    _node(store, clock, "n1", ALL_ROLES)
    _node(store, clock, "n2", ALL_ROLES, "0.0.1")
    _node(store, clock, "n3", ALL_ROLES, silent=120.0)
    alive, silent, versions = nodes.look(store, Around())

    assert ["FINE", "LOOK", "LOOK"] == [line.level.name for line in (alive, silent, versions)]
    assert "n3 said last 2 minutes ago" in silent.said
    assert "0.0.1 and" in versions.said


def _node(
    store: Store, clock: Clock, name: str, roles: tuple[str, ...], version: str = "9.9.9",
    silent: float = 0.0,
) -> None:  # fmt: skip
    values = {"name": name, "started_at": clock(), "seen_at": clock() - silent}
    row = schema.nodes.insert().values(version=version, roles=" ".join(roles), **values)
    store.database.write_now(lambda tx: tx.execute(row))


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


@pytest.mark.parametrize(
    ("begin", "end", "level"),
    [(-9, 300, "FINE"), (-9, 20, "LOOK"), (-9, -1, "BROKEN"), (1, 300, "BROKEN")],
)
def test_the_end_of_a_certificate_is_noticed(
    store: Store, clock: Clock, tmp_path: Path, begin: int, end: int, level: str
) -> None:
    file = tmp_path / "relay.pem"
    certificate(file, clock() + begin * 86400, clock() + end * 86400)
    certificate(file, 0, 86400)  # whoever signed it: not ours to renew
    named = Certificate("listen.tls_certificate", file)

    assert level == one(certificates.look, store, Around(certificates=(named,))).level.name


def test_of_a_list_of_authorities_every_end_is_noticed(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    file = tmp_path / "authorities.pem"
    certificate(file, 0, clock() + 300 * 86400)
    certificate(file, 0, clock() - 86400)
    named = Certificate("next_hop.authorities", file)

    assert Level.BROKEN is one(certificates.look, store, Around(certificates=(named,))).level


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_certificate_that_cannot_be_read_is_told(
    store: Store, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "relay.pem"
    if content is not None:
        file.write_bytes(content)
    named = Certificate("listen.tls_certificate", file)

    assert Level.BROKEN is one(certificates.look, store, Around(certificates=(named,))).level


@pytest.mark.parametrize("wrong", ["another's", "no key", "missing", "a password"])
def test_a_key_that_does_not_go_with_its_certificate_is_told(
    store: Store, clock: Clock, tmp_path: Path, wrong: str
) -> None:
    file = certificate(tmp_path / "relay.pem", clock() - 1, clock() + 300 * 86400)
    key = file.with_suffix(".key")
    named = Certificate("listen.tls_certificate", file, key)
    right = one(certificates.look, store, Around(certificates=(named,)))
    if wrong == "another's":
        certificate(tmp_path / "other.pem", 0, 1)
        (tmp_path / "other.key").replace(key)
    elif wrong == "a password":
        key.write_bytes(_locked())
    elif wrong == "missing":
        key.unlink()
    else:
        key.write_text("not a key")

    found = one(certificates.look, store, Around(certificates=(named,)))
    assert (Level.FINE, Level.BROKEN) == (right.level, found.level)
    assert "key" in found.said


def _locked() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("relay.council.example", "FINE"),
        ("RELAY.council.example", "FINE"),
        ("mx.council.example", "LOOK"),
        ("a.wild.example", "FINE"),
        ("a.b.wild.example", "LOOK"),
    ],
)
def test_a_certificate_for_another_name_is_noticed(
    store: Store, clock: Clock, tmp_path: Path, name: str, level: str
) -> None:
    its = "*.wild.example" if "wild" in name else "relay.council.example"
    file = certificate(tmp_path / "relay.pem", clock() - 1, clock() + 300 * 86400, its)
    named = Certificate("listen.tls_certificate", file, name=name)

    assert level == one(certificates.look, store, Around(certificates=(named,))).level.name


@pytest.mark.parametrize(
    ("name", "chain", "said"),
    [
        ("relay.elsewhere.example", True, "cannot tell by it whose mail this is"),
        ("relay.council.example", False, "no chain"),
        ("relay.council.example", True, "Valid until"),
        ("council.example", True, "Valid until"),
        ("notcouncil.example", True, "cannot tell by it"),
    ],
)
def test_what_microsoft_asks_of_a_certificate_is_looked_at(
    store: Store, clock: Clock, tmp_path: Path, name: str, chain: bool, said: str
) -> None:
    issuer = authority(tmp_path)
    file, key = issuer.issue(name, name)
    if chain:
        file.write_bytes(file.read_bytes() + issuer.certificate.read_bytes())
    clock.time = time.time()  # which is when it was issued
    named = Certificate("next_hop.certificate", file, key, domains=("council.example",))
    with mock.patch.object(certificates, "SOON_SECONDS", 60.0):
        found = one(certificates.look, store, Around(certificates=(named,)))

    assert said in found.said
    assert (Level.FINE if said == "Valid until" else Level.LOOK) is found.level


def test_a_certificate_of_our_own_making_is_not_for_microsoft(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    file = certificate(tmp_path / "relay.pem", clock() - 1, clock() + 300 * 86400)
    named = Certificate("next_hop.certificate", file, domains=("council.example",))
    found = one(certificates.look, store, Around(certificates=(named,)))

    assert (Level.LOOK, True) == (found.level, "Nobody but you has signed it" in found.said)


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
